package syncer

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"notionsync/pkg/page"
)

// forecast stands in a dry run for the reading of pages. Of a page's content it tells what is known of it, and counts the
// requests that reading it would take. A nil forecast is that of a job that does read.
type forecast struct {
	source *planSource

	mu     sync.Mutex
	blocks map[string]page.Block // child pages as lists of blocks have shown them
	read   map[string]bool       // pages read
	known  int                   // requests for page objects, and for content that was read before
	first  int                   // pages whose content is read for the first time
	differ int                   // pages that are new or have changed
}

// saw takes down what lists of blocks show of child pages.
func (f *forecast) saw(blocks []page.Block) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range blocks {
		if isKid(b) {
			b.Raw = nil
			f.blocks[b.ID] = b
		}
	}
}

// knows fills in the page object of a child page from the block that shows it, and counts the request for it. It reports
// false where a job would look at what only the page object tells.
func (f *forecast) knows(ctx context.Context, sl *slice, t *target) bool {
	e := t.entry
	if f == nil || e.Page != page.KindChild || e.Limited {
		return false
	}
	if distrust, err := sl.facts.get(ctx, sl.Store, FactStamps); distrust != "" || err != nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, shown := f.blocks[e.ID]
	switch {
	case shown:
	case t.was != nil:
		b = page.Block{ID: e.ID, Title: t.was.Title, Created: t.was.Created, Edited: t.was.Edited}
	default:
		return false
	}
	f.known++
	t.object = objectOf(b, e.Parent, t.was)
	t.entry.Read, t.read = sl.now(), true
	return true
}

// objectOf is the page object of a child page as far as the block that shows it tells.
func objectOf(b page.Block, parent string, was *Record) page.Object {
	above := map[string]any{"type": "page_id", "page_id": parent}
	if was != nil && was.In != "" && was.In != parent && was.Parent == parent {
		above = map[string]any{"type": "block_id", "block_id": was.In}
	}
	raw, _ := json.Marshal(map[string]any{ // always has a JSON form
		"object": "page", "id": b.ID, "created_time": b.Created, "last_edited_time": b.Edited, "parent": above,
		"properties": map[string]any{"title": map[string]any{
			"id": "title", "type": "title", "title": []any{map[string]any{"type": "text", "plain_text": b.Title}},
		}},
	})
	o, _ := page.DecodeObject(raw)
	return o
}

// compose makes the change that publishes a page at next.Want, as far as the dry run goes: there is nothing in its bundle.
func (f *forecast) compose(ctx context.Context, sl *slice, t *target) (*Change, error) {
	derived := t.entry.Kind == workDerive
	if derived {
		missing, err := sl.Store.Examine(ctx, []*Record{t.was})
		if err != nil {
			return nil, err
		}
		if missing[0] {
			return sl.refetch(t), nil
		}
	}
	kids, err := f.kids(ctx, sl, t)
	if err != nil {
		return nil, err
	}
	r, was := t.next, t.was
	if !t.stays {
		r.Slug = r.Want
	}
	if was == nil {
		was = &Record{}
	}
	r.Icon, r.Originals, r.Files, r.Unkept, r.Reads = was.Icon, was.Originals, was.Files, was.Unkept, was.Reads
	r.Labels, r.Points = was.Labels, was.Points
	links, err := sl.around(ctx, r, t.parent, kids, slices.Sorted(maps.Keys(was.Links)), !derived)
	if err != nil {
		return nil, err
	}
	c := &Change{Entry: t.entry}
	if !derived {
		f.count(sl, t)
		if c, err = sl.changeOf(ctx, t, kids, true); err != nil {
			return nil, err
		}
	}
	meta := page.Meta{NotionID: r.ID, Title: r.Title, Icon: r.Icon}
	r.describe(&meta, links)
	return c, sl.publish(ctx, c, t, page.Bundle{Meta: meta}, &page.Item{Slug: r.Slug, NotionID: r.ID})
}

// count counts what reading a page's content would take. What has a page read a second time is mostly a child page that a
// job would have found in it at the first.
func (f *forecast) count(sl *slice, t *target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read[t.next.ID] {
		return
	}
	f.read[t.next.ID] = true
	if t.was != nil && t.was.Reads > 0 {
		f.known += t.was.Reads
	} else {
		f.first++
	}
	if !sl.fresh(t.was, t.next.Edited) {
		f.differ++
	}
}

// kids are the child pages and inner databases that a page holds: those it held when it was read. In a full job the lists
// in which known child pages stand are looked at, too, for a job would see there what has changed; these requests are not
// counted, since a job gets the lists with the content.
func (f *forecast) kids(ctx context.Context, sl *slice, t *target) ([]foundKid, error) {
	var kids []foundKid
	if t.was == nil {
		return nil, nil
	}
	lists, err := f.lists(ctx, sl, t)
	if err != nil {
		return nil, err
	}
	shown := map[string]foundKid{}
	for _, list := range lists {
		for _, kid := range list.kids {
			shown[kid.ID] = kid
		}
	}
	for _, kid := range t.was.Kids {
		found, there := shown[kid.ID]
		if list := lists[kid.List]; !there && (list == nil || !list.whole) {
			found, there = kid.found(), true
			if sl.asked() == "" {
				found.Edited = neverEdited
			}
		}
		if there {
			kids = append(kids, found)
			delete(shown, kid.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(shown)) {
		kids = append(kids, shown[id])
	}
	return kids, nil
}

// neverEdited is the stamp of a child page whose block was not looked at: if it is looked after at all, it is read.
var neverEdited = time.Unix(0, 0)

// lists looks at the lists of a page's blocks in which known child pages stand.
func (f *forecast) lists(ctx context.Context, sl *slice, t *target) (map[string]*kidList, error) {
	lists := map[string]*kidList{}
	if t.entry.Kind == workDerive || !sl.job.Scope.Full || sl.asked() == page.ContentMarkdown {
		return lists, nil
	}
	pages := slices.DeleteFunc(slices.Clone(t.was.Kids), func(k Kid) bool { return k.Database || k.List == "" })
	for _, e := range sl.checksOf(t.was.ID, t.was.Collection, pages) {
		list, err := f.list(ctx, sl, e)
		if permanent(err) && e.ID != t.was.ID {
			list, err = &kidList{whole: true}, nil // the block is gone, and what stood in it
		}
		if err != nil {
			return nil, fromSource(err)
		}
		lists[e.ID] = list
	}
	return lists, nil
}

// kidList is what a list of blocks shows of child pages and inner databases.
type kidList struct {
	kids  []foundKid
	whole bool // it was read to its end
}

// list reads a list of blocks as far as known child pages stand in it.
func (f *forecast) list(ctx context.Context, sl *slice, e Entry) (*kidList, error) {
	list := &kidList{}
	for {
		read := sl.now()
		res, err := f.source.uncounted(ctx, e.ID, e.Cursor)
		if again, ok := e.restarted(err); ok {
			e, list.kids = again, nil
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, b := range res.Blocks {
			if isKid(b) {
				list.kids = append(list.kids, foundKid{Block: b, list: e.ID, read: read})
			}
		}
		if e.Cursor, list.whole = res.Next, res.Next == ""; list.whole || list.shows(e.Left) {
			return list, nil
		}
	}
}

// shows reports whether so many child pages have been shown.
func (l *kidList) shows(pages int) bool {
	for _, kid := range l.kids {
		if kid.Type == "child_page" {
			pages--
		}
	}
	return pages <= 0
}
