package syncer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"notionsync/pkg/page"
)

// saveLists is how many block lists of one page are fetched before they are kept with the job, so that a page larger
// than a slice makes way even if every slice is killed.
const saveLists = 32

// treeReader reads a page's blocks, all lists at one level at once.
type treeReader struct {
	sl    *slice
	began Entry // as it was when reading began
	entry Entry // as it stands on the list; changed by save

	mu       sync.Mutex
	lists    map[string]blockList // complete, or read up to a cursor
	unsaved  map[string]bool
	goesOn   bool                     // something of the page was read before
	unkept   bool                     // the entry holds a page object that the list has not
	reading  map[string]chan struct{} // each holds a value while its list is read
	saving   chan struct{}            // holds a value while lists are stored
	kids     map[string][]foundKid    // by list
	asked    int                      // requests made so far
	warnings []string
	err      error
}

// blockList is the list of blocks directly under a page or block, as it is kept with a job.
type blockList struct {
	Blocks []json.RawMessage `json:"blocks"`
	Next   string            `json:"next,omitempty"` // set: there are more
	Read   time.Time         `json:"read"`
	Native *Markdown         `json:"native,omitempty"` // set: no list, but Notion's own Markdown
}

// newReader returns a reader of the entry's page. What an earlier slice has read of it is not read again. unkept: the
// entry holds the page object, but the one on the list does not.
func (sl *slice) newReader(ctx context.Context, e Entry, unkept bool) (*treeReader, error) {
	t := &treeReader{
		sl: sl, began: e, entry: e, goesOn: unkept || e.Parts > 0, unkept: unkept, lists: map[string]blockList{},
		unsaved: map[string]bool{}, kids: map[string][]foundKid{}, saving: make(chan struct{}, 1),
	}
	if e.Parts > 0 {
		parts, err := sl.Store.Parts(ctx, sl.job.ID, e.ID, e.Parts)
		if err != nil {
			return t, err
		}
		for id, raw := range parts {
			var l blockList
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
	var wait *Wait
	if !errors.As(why, &wait) && !errors.Is(why, errPaused) {
		t.unkept = false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := t.save(ctx, 1); err != nil && !errors.Is(err, ErrStale) {
		t.sl.Logger.WarnContext(ctx, "block lists read so far are lost", "page_id", t.began.ID, "error", err)
	}
}

// under returns the blocks below id, with all that is below them. An error is noted and the rest is read on: a request
// that is under way has been paid for.
func (t *treeReader) under(ctx context.Context, id string, above []string, inCopy bool) []page.Block {
	list, err := t.list(ctx, id)
	if err != nil {
		t.fail(err)
		return nil
	}
	blocks := make([]page.Block, 0, len(list.Blocks))
	var kids []foundKid
	for _, raw := range list.Blocks {
		b, err := page.DecodeBlock(raw)
		if err != nil {
			t.fail(fmt.Errorf("block list of %s: %w: %w", id, ErrRefused, err))
			return nil
		}
		blocks = append(blocks, b)
		if isKid(b) {
			kids = append(kids, foundKid{Block: b, list: id, read: list.Read})
		}
	}
	if !inCopy { // a child page inside a copy belongs to the original's page, which may be this one
		t.mu.Lock()
		t.kids[id] = kids
		t.mu.Unlock()
	}
	above = append(above[:len(above):len(above)], id)
	var wg sync.WaitGroup
	for i := range blocks {
		if blocks[i].Descends() {
			wg.Go(func() {
				defer func() {
					if err := t.sl.panicked(ctx, t.began, recover()); err != nil {
						t.fail(err)
					}
				}()
				blocks[i].Children = t.children(ctx, blocks[i], above, inCopy)
			})
		}
	}
	wg.Wait()
	return blocks
}

// children returns what is below a block. A synced copy carries what its own id lists, or the original's children if
// that is empty or refused.
func (t *treeReader) children(ctx context.Context, b page.Block, above []string, inCopy bool) []page.Block {
	if b.SyncedFrom == "" {
		return t.under(ctx, b.ID, above, inCopy)
	}
	if slices.Contains(above, b.SyncedFrom) || slices.Contains(above, b.ID) {
		return nil // a copy inside its own original, or inside itself: it would never end
	}
	above = append(above[:len(above):len(above)], b.SyncedFrom)
	if b.HasChildren {
		if own, err := t.list(ctx, b.ID); err == nil && len(own.Blocks) > 0 || err != nil && !permanent(err) {
			return t.under(ctx, b.ID, above, true)
		}
	}
	if _, err := t.list(ctx, b.SyncedFrom); permanent(err) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.warnings = append(t.warnings, fmt.Sprintf("page %s: the synced block %s stays empty, its original %s cannot be "+
			"read; share the page it stands on with the integration", t.began.ID, b.ID, b.SyncedFrom))
		return nil
	}
	return t.under(ctx, b.SyncedFrom, above, true)
}

// alone keeps others from reading the same list meanwhile: a copy that stands beside its original has the same below it.
func (t *treeReader) alone(id string) (done func()) {
	t.mu.Lock()
	if t.reading == nil {
		t.reading = map[string]chan struct{}{}
	}
	one := t.reading[id]
	if one == nil {
		one = make(chan struct{}, 1)
		t.reading[id] = one
	}
	t.mu.Unlock()
	one <- struct{}{}
	return func() { <-one }
}

// list returns the complete list of blocks directly under id.
func (t *treeReader) list(ctx context.Context, id string) (blockList, error) {
	defer t.alone(id)()
	t.mu.Lock()
	l, begun := t.lists[id]
	t.mu.Unlock()
	if begun && l.Next == "" {
		return l, nil
	}
	if !begun {
		l.Read = t.sl.now()
	}
	for restarts := 0; ; {
		ask, ok := t.mayAsk(ctx)
		if !ok {
			return l, errPaused
		}
		res, err := t.sl.Source.Children(ask, id, l.Next)
		if errors.Is(err, ErrCursor) && l.Next != "" {
			t.forget(id)
			if restarts++; restarts <= maxRestarts {
				l = blockList{Read: t.sl.now()}
				continue
			}
		}
		if err != nil {
			return l, err
		}
		size := 0
		for _, b := range res.Blocks {
			l.Blocks = append(l.Blocks, b.Raw)
			size += len(b.Raw)
		}
		t.sl.hold(t.began, size)
		l.Next = res.Next
		if err := t.keep(ctx, id, l); err != nil || l.Next == "" {
			return l, err
		}
	}
}

// forget drops what was read of a list whose cursor is good no more: kept with the job it would look like progress.
func (t *treeReader) forget(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.lists, id)
	delete(t.unsaved, id)
}

// mayAsk reports whether there is time for one more request. What is under way when the slice's time is over still gets
// the grace; what is begun then might be cut off, and be made again. Even the smallest budget gets one list. The request
// is made with the context returned.
func (t *treeReader) mayAsk(ctx context.Context) (context.Context, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	if t.asked > 1 || t.goesOn {
		ctx = Begun(ctx)
	}
	return ctx, t.asked == 1 || t.sl.now().Before(t.sl.soft)
}

// keep remembers what was read, and from time to time stores it with the job.
func (t *treeReader) keep(ctx context.Context, id string, l blockList) error {
	t.mu.Lock()
	t.lists[id] = l
	t.unsaved[id] = true
	t.mu.Unlock()
	return t.save(ctx, saveLists)
}

// save stores the lists not stored yet, if they are at least so many.
func (t *treeReader) save(ctx context.Context, atLeast int) error {
	select {
	case t.saving <- struct{}{}:
		defer func() { <-t.saving }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	parts, err := t.parts(atLeast)
	if err != nil || parts == nil {
		return err
	}
	next := t.entry
	if len(parts) > 0 {
		next.Parts++
	}
	if err := t.sl.commit(ctx, &Change{Entry: t.entry, Then: &next, Hold: true, Parts: parts}); err != nil {
		return err
	}
	t.sl.gotOn(next)
	t.entry, t.unkept = next, false
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range parts {
		delete(t.unsaved, id)
	}
	return nil
}

// parts returns the lists not stored yet, or nil if they are fewer than atLeast; the page object counts as one.
func (t *treeReader) parts(atLeast int) (map[string]json.RawMessage, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.unsaved) < atLeast && !(t.unkept && atLeast == 1) {
		return nil, nil
	}
	parts := make(map[string]json.RawMessage, len(t.unsaved))
	for id := range t.unsaved {
		raw, err := t.lists[id].encode()
		if err != nil {
			return nil, err
		}
		parts[id] = raw
	}
	return parts, nil
}

// reads is how many requests the lists took, a hundred blocks in each.
func (t *treeReader) reads() (n int) {
	for _, l := range t.lists {
		n += max(1, (len(l.Blocks)+99)/100)
	}
	return n
}

// encode leaves <, > and & as they are: a page read in two slices has the bytes of one read in one.
func (l blockList) encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(l)
	return out.Bytes(), err
}

func (t *treeReader) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait *Wait
	switch {
	case errors.As(err, &wait), t.err == nil, errors.Is(t.err, errPaused):
		t.err = fromSource(err) // a wait says most about what to do next, a pause least
	}
}

// found lists the child pages and databases in the order in which they stand in the page.
func (t *treeReader) found(root string, blocks []page.Block) []foundKid {
	kids := append([]foundKid(nil), t.kids[root]...)
	for _, b := range blocks {
		if b.Descends() && b.SyncedFrom == "" {
			kids = append(kids, t.found(b.ID, b.Children)...)
		}
	}
	return kids
}
