package syncer

import "notionsync/pkg/page"

// standsIn reports whether a page stands in another one, as far as its page object tells: that of one inside a block
// names the block.
func standsIn(o page.Object, parent string) bool {
	return o.Parent.Type == "block_id" || o.Parent.Type == "page_id" && o.Parent.ID == parent
}

// Target is what a page is to become, before its content is known.
type Target struct {
	task     Task
	object   page.Object // of a page that is read; a derived one has none
	was      *Record     // as it is known; nil: not at all
	next     *Record     // as it will be; next.Want is where it is to be published
	parent   *Record     // nil for a collection page
	read     bool        // the object was read now: the entry on the list does not hold it yet
	stays    bool        // it is made anew where it is published, though it wants another slug
	warn     []string
	observed map[string]string
}

// place is where a page stands.
type place struct{ kind, collection, parent, source, list string }

func placeOf(e Task) *place {
	return &place{kind: e.Page, collection: e.Collection, parent: e.Parent, source: e.Source, list: e.indexOf()}
}

// agrees reports whether a page stands at a place, as far as its page object tells.
func (p *place) agrees(o page.Object) bool {
	if p.kind == page.KindChild {
		return standsIn(o, p.parent)
	}
	return o.Parent.Type == "data_source_id" && o.Parent.ID == p.source
}

// place fills in the record to be, and reports whether the page is a draft.
func (t *Target) place(p *place) (draft bool) {
	o := t.object
	t.next = &Record{
		ID: o.ID, Kind: p.kind, Collection: p.collection, Parent: p.parent, Source: p.source, List: p.list,
		Title: o.Title(), Created: o.Created, Edited: o.Edited, Fetched: t.task.Read,
	}
	if t.was != nil {
		t.next.Slug = t.was.Slug
	}
	switch p.kind {
	case page.KindPage:
		t.next.Want, draft = page.CollectionSlug(o)
	case page.KindRow:
		if value, has := o.RawSlug(); has {
			t.next.SlugValue = &value
		}
		t.next.Want = t.next.wanted(t.parent)
	default:
		t.next.Want = t.next.wanted(t.parent)
	}
	return draft
}

// unchanged reports whether the page is published as it should be already.
func (t *Target) unchanged() bool {
	w, n := t.was, t.next
	return w != nil && w.Slug == n.Want && w.Kind == n.Kind && w.Parent == n.Parent && w.List == n.List &&
		w.Collection == n.Collection
}

// warnIfKnown is a warning, or none where it would be about a page that was never published and that nobody but an event
// has named: Notion sends events about drafts, and about all else that is shared with the integration.
func (t *Target) warnIfKnown(warning string) string {
	if t.task.Event && t.was == nil {
		return ""
	}
	return warning
}
