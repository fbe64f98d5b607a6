package plan

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
	"notionsync/pkg/syncer/publish"
)

// forecast stands in a dry run for the reading of pages. Of a page's content it tells what is known of it, and counts the
// requests that reading it would take.
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
		if discover.IsChild(b) {
			b.Raw = nil
			f.blocks[b.ID] = b
		}
	}
}

// Knows implements Forecast: it fills in the page object of a child page from the block that shows it, and counts the request for it. It reports
// false where a job would look at what only the page object tells.
func (f *forecast) Knows(ctx context.Context, inv *place.Room, t *place.Target) bool {
	e := t.Task
	if e.Kind != page.KindChild || e.Limited {
		return false
	}
	if distrust, err := inv.Observed.Get(ctx, inv.Store, model.StampsDiffer); distrust != "" || err != nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, shown := f.blocks[e.ID]
	switch {
	case shown:
	case t.Was != nil:
		b = page.Block{ID: e.ID, Title: t.Was.Title, Created: t.Was.Created, Edited: t.Was.Edited}
	default:
		return false
	}
	f.known++
	t.Object = objectOf(b, e.Parent, t.Was)
	t.Task.Read, t.Read = inv.Time(), true
	return true
}

// objectOf is the page object of a child page as far as the block that shows it tells.
func objectOf(b page.Block, parent string, was *model.Record) page.Object {
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

// Compose implements Forecast: it makes the change that publishes a page at t.Next.Want, as far as the dry run goes. There is
// nothing in its bundle.
func (f *forecast) Compose(ctx context.Context, inv *publish.Room, t *place.Target) (*model.Change, error) {
	derived := t.Task.Work == model.WorkRefresh
	if derived {
		missing, err := inv.Store.Examine(ctx, []*model.Record{t.Was})
		if err != nil {
			return nil, err
		}
		if missing[0] {
			return inv.Refetch(t), nil
		}
	}
	children, err := f.children(ctx, inv, t)
	if err != nil {
		return nil, err
	}
	r, was := t.Next, t.Was
	if !t.Stays {
		r.Slug = r.Want
	}
	if was == nil {
		was = &model.Record{}
	}
	r.Icon, r.Originals, r.Files, r.Unkept, r.Reads = was.Icon, was.Originals, was.Files, was.Unkept, was.Reads
	r.Labels, r.Points = was.Labels, was.Points
	links, err := inv.Around(ctx, r, t.Parent, children, slices.Sorted(maps.Keys(was.Links)), !derived)
	if err != nil {
		return nil, err
	}
	c := model.Finish(t.Task)
	if !derived {
		f.count(inv, t)
		if c, err = inv.ChangeOf(ctx, t, children, true); err != nil {
			return nil, err
		}
	}
	meta := page.Meta{NotionID: r.ID, Title: r.Title, Icon: r.Icon}
	r.Describe(&meta, links)
	return c, inv.Publish(ctx, c, t, page.Bundle{Meta: meta}, &page.Item{Slug: r.Slug, NotionID: r.ID})
}

// count counts what reading a page's content would take. What has a page read a second time is mostly a child page that a
// job would have found in it at the first.
func (f *forecast) count(inv *publish.Room, t *place.Target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read[t.Next.ID] {
		return
	}
	f.read[t.Next.ID] = true
	if t.Was != nil && t.Was.Reads > 0 {
		f.known += t.Was.Reads
	} else {
		f.first++
	}
	if !inv.Fresh(t.Was, t.Next.Edited) {
		f.differ++
	}
}

// children are the child pages and inner databases that a page contains: those it contained when it was read. In a full job the lists
// in which known child pages stand are looked at, too, for a job would see there what has changed; these requests are not
// counted, since a job gets the lists with the content.
func (f *forecast) children(ctx context.Context, inv *publish.Room, t *place.Target) ([]discover.FoundChild, error) {
	var children []discover.FoundChild
	if t.Was == nil {
		return nil, nil
	}
	lists, err := f.lists(ctx, inv, t)
	if err != nil {
		return nil, err
	}
	shown := map[string]discover.FoundChild{}
	for _, list := range lists {
		for _, child := range list.children {
			shown[child.ID] = child
		}
	}
	for _, child := range t.Was.Children {
		found, there := shown[child.ID]
		if list := lists[child.List]; !there && (list == nil || !list.whole) {
			found, there = publish.AsFound(child), true
			if inv.ContentAsked() == "" {
				found.Edited = neverEdited
			}
		}
		if there {
			children = append(children, found)
			delete(shown, child.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(shown)) {
		children = append(children, shown[id])
	}
	return children, nil
}

// neverEdited is the stamp of a child page whose block was not looked at: if it is looked after at all, it is read.
var neverEdited = time.Unix(0, 0)

// lists looks at the lists of a page's blocks in which known child pages stand.
func (f *forecast) lists(ctx context.Context, inv *publish.Room, t *place.Target) (map[string]*childList, error) {
	lists := map[string]*childList{}
	if t.Task.Work == model.WorkRefresh || !inv.Job.Scope.Full || inv.ContentAsked() == page.ContentMarkdown {
		return lists, nil
	}
	pages := slices.DeleteFunc(slices.Clone(t.Was.Children), func(k model.Child) bool { return k.Database || k.List == "" })
	for _, e := range inv.ChecksOf(t.Was.ID, t.Was.Collection, pages) {
		list, err := f.list(ctx, inv, e)
		if model.Permanent(err) && e.ID != t.Was.ID {
			list, err = &childList{whole: true}, nil // the block is gone, and what stood in it
		}
		if err != nil {
			return nil, model.FromSource(err)
		}
		lists[e.ID] = list
	}
	return lists, nil
}

// childList is what a list of blocks shows of child pages and inner databases.
type childList struct {
	children []discover.FoundChild
	whole    bool // it was read to its end
}

// list reads a list of blocks as far as known child pages stand in it.
func (f *forecast) list(ctx context.Context, inv *publish.Room, e model.Task) (*childList, error) {
	list := &childList{}
	for {
		read := inv.Time()
		res, err := f.source.uncounted(ctx, e.ID, e.Cursor)
		if again, ok := e.Restarted(err); ok {
			e, list.children = again, nil
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, b := range res.Blocks {
			if discover.IsChild(b) {
				list.children = append(list.children, discover.FoundChild{Block: b, List: e.ID, Read: read})
			}
		}
		if e.Cursor, list.whole = res.Next, res.Next == ""; list.whole || list.shows(e.Left) {
			return list, nil
		}
	}
}

// shows reports whether so many child pages have been shown.
func (l *childList) shows(pages int) bool {
	for _, child := range l.children {
		if child.Type == "child_page" {
			pages--
		}
	}
	return pages <= 0
}
