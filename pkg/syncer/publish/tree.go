package publish

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// treeReader reads a page's blocks, all lists at one level at once, and what else of a page is listed.
type treeReader struct {
	inv   *Room
	began model.Task // as it was when reading began
	task  model.Task // as it stands on the list; changed by save and startOver
	anew  bool       // the page changed while it was read, and is being read for the second time

	mu            sync.Mutex
	lists         map[string]keptList // complete, or read up to a cursor
	unsaved       map[string]bool
	goesOn        bool                     // something of the page was read before
	objectUnsaved bool                     // the task has a page object that the list has not
	reading       map[string]chan struct{} // each has a value while its list is read
	saving        chan struct{}            // has a value while lists are stored
	asked         int                      // requests made so far
	warnings      []string
	err           error
}

// errChanged: a block that a list of the page has just shown is gone, so the page is being edited.
var errChanged = errors.New("the page changed while it was read")

// newReader returns a reader of the task's page. What an earlier slice has read of it is not read again. unkept: the
// task has the page object, but the one on the list does not.
func (inv *Room) newReader(ctx context.Context, e model.Task, unkept bool) (*treeReader, error) {
	t := &treeReader{
		inv: inv, began: e, task: e, anew: e.Restarts > 0, goesOn: unkept || e.Parts > 0, objectUnsaved: unkept,
		lists: map[string]keptList{}, unsaved: map[string]bool{}, saving: make(chan struct{}, 1),
	}
	if e.Parts > 0 {
		parts, err := inv.Store.Parts(ctx, inv.Job.ID, e.ID, e.Parts)
		if err != nil {
			return t, err
		}
		for id, raw := range parts {
			var l keptList
			if json.Unmarshal(raw, &l) == nil {
				t.lists[id] = l
			}
		}
	}
	return t, nil
}

// rescue keeps what was read with the job, also when the slice is over. The page object alone is worth it where the page
// has only to wait: what fails does not get on by it.
func (t *treeReader) rescue(ctx context.Context, why error) {
	var wait *model.Wait
	if !errors.As(why, &wait) && !errors.Is(why, work.ErrPaused) {
		t.objectUnsaved = false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := t.save(ctx, 1); err != nil && !errors.Is(err, model.ErrStale) {
		t.inv.Logger.WarnContext(ctx, "block lists read so far are lost", "page_id", t.began.ID, "error", err)
	}
}

// tree returns all blocks of the page. If the page is edited meanwhile it is read anew, once.
func (t *treeReader) tree(ctx context.Context) ([]page.Block, error) {
	root := page.Block{ID: t.began.ID}
	blocks := t.under(ctx, root, nil)
	if errors.Is(t.err, errChanged) {
		if err := t.startOver(ctx); err != nil {
			return nil, err
		}
		blocks = t.under(ctx, root, nil)
	}
	return blocks, t.err
}

// startOver drops what was read of the page, here and with the job. That it has done so stands in the task, so that the
// next slice does not do it once more.
func (t *treeReader) startOver(ctx context.Context) error {
	next := t.task
	next.Restarts, next.Parts = next.Restarts+1, 0
	c := model.Replace(t.task, next)
	c.Begun, c.DropParts = true, t.task.WithParts()
	if err := t.inv.Commit(ctx, c); err != nil {
		return err
	}
	t.task, t.objectUnsaved, t.anew = *c.Then, false, true // with the revision that the commit has given it
	t.inv.Progressed(t.task)
	t.lists, t.unsaved, t.warnings, t.err = map[string]keptList{}, map[string]bool{}, nil, nil
	return nil
}

// under returns the blocks below a block, or below the page itself, with all that is below them. An error is kept and
// the rest is read on: a request that is under way has been paid for.
func (t *treeReader) under(ctx context.Context, at page.Block, above []string) []page.Block {
	list, err := t.list(ctx, at.ID)
	if err != nil && at.ID != t.began.ID {
		list, err = t.without(ctx, at.ID, blockKind(at), list, err)
	}
	if err != nil {
		t.fail(err)
		return nil
	}
	blocks := make([]page.Block, 0, len(list.Items))
	for _, raw := range list.Items {
		b, err := page.DecodeBlock(raw)
		if err != nil {
			t.fail(fmt.Errorf("block list of %s: %w: %w", at.ID, model.ErrRefused, err))
			return nil
		}
		blocks = append(blocks, b)
	}
	above = append(above[:len(above):len(above)], at.ID)
	var wg sync.WaitGroup
	for i := range blocks {
		if blocks[i].Descends() {
			wg.Go(func() {
				defer func() {
					if err := t.inv.Panicked(ctx, t.began, recover()); err != nil {
						t.fail(err)
					}
				}()
				blocks[i].Children = t.children(ctx, blocks[i], above)
			})
		}
	}
	wg.Wait()
	return blocks
}

// children returns what is below a block. A synced copy carries what its own id lists, or the original's children if
// that is empty or refused.
func (t *treeReader) children(ctx context.Context, b page.Block, above []string) []page.Block {
	if b.SyncedFrom == "" {
		return t.under(ctx, b, above)
	}
	if slices.Contains(above, b.SyncedFrom) || slices.Contains(above, b.ID) {
		return nil // a copy inside its own original, or inside itself: it would never end
	}
	above = append(above[:len(above):len(above)], b.SyncedFrom)
	if b.HasChildren {
		if own, err := t.list(ctx, b.ID); err == nil && len(own.Items) > 0 || err != nil && !model.Permanent(err) {
			return t.under(ctx, b, above)
		}
	}
	if _, err := t.list(ctx, b.SyncedFrom); model.Permanent(err) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.warnings = append(t.warnings, fmt.Sprintf("page %s: the synced block %s stays empty, its original %s cannot be "+
			"read; share the page it stands on with the integration", t.began.ID, b.ID, b.SyncedFrom))
		return nil
	}
	return t.under(ctx, page.Block{ID: b.SyncedFrom, Type: b.Type}, above)
}

// without returns as much as was read of a list below the page itself that Notion does not give, or the error if that says
// nothing for good. A refusal holds for as long as the block is what it is, so the page does without. A block that is not
// found has been deleted after the list above it was read; if that is so the second time as well, the page does without.
func (t *treeReader) without(ctx context.Context, part, kind string, l keptList, err error) (keptList, error) {
	switch {
	case errors.Is(err, model.ErrNotFound) && !t.anew:
		return l, errChanged
	case errors.Is(err, model.ErrNotFound), errors.Is(err, model.ErrRefused):
		t.inv.Logger.WarnContext(ctx, "a block's content is left out", "page_id", t.began.ID, "part", part, "error", err)
		if l.Next, l.Refused = "", kind; l.Read.IsZero() {
			l.Read = t.inv.Time()
		}
		return l, t.keep(ctx, part, l)
	}
	return l, err
}

// missing are the kinds of block whose content Notion has not given, each once.
func (t *treeReader) missing() (kinds []string) {
	for _, l := range t.lists {
		if l.Refused != "" {
			kinds = append(kinds, l.Refused)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// warningsOf are the warnings about what could not be read of a page.
func (t *treeReader) warningsOf(r *model.Record) []string {
	kinds := t.missing()
	if len(kinds) == 0 {
		return t.warnings
	}
	return append(t.warnings, fmt.Sprintf("page %q (%q) is published without what stands below its blocks of these kinds, "+
		"which Notion does not give: %s", r.Slug, r.Title, strings.Join(kinds, ", ")))
}

// blockKind names a block's type for people. Of a type that the API does not support it may tell the name.
func blockKind(b page.Block) string {
	var odd struct {
		Unsupported struct {
			Kind string `json:"block_type"`
		} `json:"unsupported"`
	}
	_ = json.Unmarshal(b.Raw, &odd)
	return cmp.Or(odd.Unsupported.Kind, b.Type, "unknown")
}

func (t *treeReader) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait *model.Wait
	switch {
	case errors.As(err, &wait), t.err == nil, errors.Is(t.err, work.ErrPaused):
		t.err = model.FromSource(err) // a wait says most about what to do next, a pause least
	}
}

// found lists the child pages and databases in the order in which they stand in the page, whatever they stand in. One
// inside a synced copy belongs to the original's page.
func (t *treeReader) found(list string, blocks []page.Block) (children []discover.FoundChild) {
	for _, b := range blocks {
		switch {
		case discover.IsChild(b):
			children = append(children, discover.FoundChild{Block: b, List: list, Read: t.lists[list].Read})
		case b.Descends() && b.SyncedFrom == "":
			children = append(children, t.found(b.ID, b.Children)...)
		}
	}
	return children
}
