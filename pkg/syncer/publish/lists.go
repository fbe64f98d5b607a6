package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// saveLists is how many lists of one page are read before they are kept with the job, so that a page larger than a slice
// makes progress even if every slice is killed.
const saveLists = 32

// keptList is one list of a page as it is kept with a job: the blocks directly under the page or one of its blocks, or the
// values of one of its properties. What Notion gives in one piece, its own Markdown, is kept in the same way.
type keptList struct {
	Items   []json.RawMessage `json:"blocks"`
	Next    string            `json:"next,omitempty"` // set: there are more
	Read    time.Time         `json:"read"`
	Native  *model.Markdown   `json:"native,omitempty"`  // set: no list, but Notion's own Markdown
	Refused string            `json:"refused,omitempty"` // set: Notion gives no more of it; the kind of block that it is under
}

// propertyPart names what is kept with the job of one property's values.
func propertyPart(id string) string { return "property:" + id }

// list returns the complete list of blocks directly under id.
func (t *treeReader) list(ctx context.Context, id string) (keptList, error) {
	return t.read(ctx, id, func(ctx context.Context, cursor string) ([]json.RawMessage, string, error) {
		res, err := t.inv.Source.Children(ctx, id, cursor)
		items := make([]json.RawMessage, len(res.Blocks))
		for i, b := range res.Blocks {
			items[i] = b.Raw
		}
		return items, res.Next, err
	})
}

// property returns all values of one property of the page.
func (t *treeReader) property(ctx context.Context, id string) (keptList, error) {
	return t.read(ctx, propertyPart(id), func(ctx context.Context, cursor string) ([]json.RawMessage, string, error) {
		res, err := t.inv.Source.Property(ctx, t.began.ID, id, cursor)
		return res.Items, res.Next, err
	})
}

// read returns a list to its end. ask makes one request for what follows a cursor. On an error it returns as much as has
// been read.
func (t *treeReader) read(
	ctx context.Context, part string, ask func(context.Context, string) ([]json.RawMessage, string, error),
) (keptList, error) {
	defer t.alone(part)()
	t.mu.Lock()
	l, begun := t.lists[part]
	t.mu.Unlock()
	if begun && l.Next == "" {
		return l, nil
	}
	if !begun {
		l.Read = t.inv.Time()
	}
	for restarts := 0; ; {
		request, ok := t.mayAsk(ctx)
		if !ok {
			return l, work.ErrPaused
		}
		items, next, err := ask(request, l.Next)
		if errors.Is(err, model.ErrCursor) && l.Next != "" {
			t.forget(part)
			if restarts++; restarts <= model.MaxRestarts {
				l = keptList{Read: t.inv.Time()}
				continue
			}
		}
		if err != nil {
			return l, err
		}
		size := 0
		for _, raw := range items {
			size += len(raw)
		}
		t.inv.HoldBlocks(t.began, size)
		l.Items, l.Next = append(l.Items, items...), next
		if err := t.keep(ctx, part, l); err != nil || l.Next == "" {
			return l, err
		}
	}
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

// forget drops what was read of a list whose cursor is good no more: kept with the job it would look like progress.
func (t *treeReader) forget(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.lists, id)
	delete(t.unsaved, id)
}

// mayAsk reports whether there is time for one more request. What is under way when the slice's time is over still gets
// the grace; what is begun then might be cut off, and be made again. Even the smallest budget gets one list. Of a page that
// is to be read anew nothing more is asked for. The request is made with the context returned.
func (t *treeReader) mayAsk(ctx context.Context) (context.Context, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if errors.Is(t.err, errChanged) {
		return ctx, false
	}
	t.asked++
	if t.asked > 1 || t.goesOn {
		ctx = model.Begun(ctx)
	}
	return ctx, t.asked == 1 || t.inv.HasTime()
}

// keep remembers what was read, and from time to time stores it with the job.
func (t *treeReader) keep(ctx context.Context, id string, l keptList) error {
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
	next := t.task
	if len(parts) > 0 {
		next.Parts++
	}
	c := model.Replace(t.task, next)
	c.Begun, c.Parts = true, parts
	if err := t.inv.Commit(ctx, c); err != nil {
		return err
	}
	t.task, t.objectUnsaved = *c.Then, false // with the revision that the commit has given it
	t.inv.Progressed(t.task)
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
	if len(t.unsaved) < atLeast && !(t.objectUnsaved && atLeast == 1) {
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

// reads is how many requests the lists took, a hundred items in each.
func (t *treeReader) reads() (n int) {
	for _, l := range t.lists {
		n += max(1, (len(l.Items)+99)/100)
	}
	return n
}

// encode leaves <, > and & as they are: a page read in two slices has the bytes of one read in one.
func (l keptList) encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(l)
	return out.Bytes(), err
}
