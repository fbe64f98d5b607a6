package place

import (
	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// StandsIn reports whether a page stands in another one, as far as its page object tells: that of one inside a block
// names the block.
func StandsIn(o page.Object, parent string) bool {
	return o.Parent.Type == "block_id" || o.Parent.Type == "page_id" && o.Parent.ID == parent
}

// Target is what a page is to become, before its content is known.
type Target struct {
	Task     model.Task
	Object   page.Object   // of a page that is read; one that is only refreshed has none
	Was      *model.Record // as it is known; nil: not at all
	Next     *model.Record // as it will be; Next.Want is where it is to be published
	Parent   *model.Record // nil for a collection page
	Read     bool          // the object was read now: the task on the list does not have it yet
	Stays    bool          // it is made anew where it is published, though it wants another slug
	Warn     []string
	Observed map[string]string
}

// Finish is the change that ends the target's task, with what has come to light on the way.
func (t *Target) Finish() *model.Change {
	c := model.Finish(t.Task)
	c.DropParts, c.Observed, c.Warnings = t.Task.WithParts(), t.Observed, t.Warn
	return c
}

// Agrees reports whether a page stands at a place, as far as its page object tells.
func Agrees(p model.Place, o page.Object) bool {
	if p.Kind == page.KindChild {
		return StandsIn(o, p.Parent)
	}
	return o.Parent.Type == "data_source_id" && o.Parent.ID == p.Source
}

// Place fills in the record to be, and reports whether the page is a draft.
func (t *Target) Place(p model.Place) (draft bool) {
	o := t.Object
	t.Next = &model.Record{
		ID:         o.ID,
		Place:      p,
		Properties: model.Properties{Title: o.Title(), Created: o.Created, Edited: o.Edited},
		Reading:    model.Reading{Fetched: t.Task.Read},
	}
	if t.Was != nil {
		t.Next.Slug, t.Next.Anchors = t.Was.Slug, t.Was.Anchors
	}
	switch p.Kind {
	case page.KindPage:
		t.Next.Want, draft = page.CollectionSlug(o)
	case page.KindRow:
		if value, has := o.RawSlug(); has {
			t.Next.SlugValue = &value
		}
		t.Next.Want = t.Next.Wanted(t.Parent)
	default:
		t.Next.Want = t.Next.Wanted(t.Parent)
	}
	return draft
}

// Unchanged reports whether the page is published as it should be already.
func (t *Target) Unchanged() bool {
	w, n := t.Was, t.Next
	return w != nil && w.Slug == n.Want && w.Kind == n.Kind && w.Parent == n.Parent && w.List == n.List &&
		w.Collection == n.Collection
}

// warnIfKnown is a warning, or none where it would be about a page that was never published and that nobody but an event
// has named: Notion sends events about drafts, and about all else that is shared with the integration.
func (t *Target) warnIfKnown(warning string) string {
	if t.Task.Quiet && t.Was == nil {
		return ""
	}
	return warning
}
