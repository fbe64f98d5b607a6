package syncer_test

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// broken are the files that a page shows though they are not there.
func (s *shelf) broken(r *rig, slug string) (keys []string) {
	r.t.Helper()
	for url := range r.bundles()[slug].Meta.Media {
		if key := path.Base(url); !slices.Contains(s.keys(), key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// careless loses its lease, or refuses, while it removes files.
type careless struct {
	*shelf
	before func()
	refuse string // this key is not removed
}

func (c *careless) Drop(ctx context.Context, keys []string) error {
	if c.before != nil {
		c.before()
	}
	left := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == c.refuse })
	if err := c.shelf.Drop(ctx, left); err != nil || len(left) == len(keys) {
		return err
	}
	return errors.New("one was refused")
}

// Where the file store removes one file and refuses another, neither counts as kept: a page that shows them again gets
// new copies. What was refused is removed by a later sync.
func TestFiles_HalfRemoved(t *testing.T) {
	t.Parallel()
	w, s, r, id := gallery(t, 2)
	photos := []notionsim.Block{
		imageBlock(w.AddFile("one.png", "image/png", []byte("x"))), imageBlock(w.AddFile("two.png", "image/png", []byte("x"))),
	}
	w.must(w.EditBlocks(id, photos...))
	store := &careless{shelf: s, refuse: "two.png"}
	r.opts.Media = store
	r.renew()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.EditBlocks(id, paragraph("no pictures")))
	warned{r.sync(model.TriggerMessage{})}.about(t, "could not be removed", "one was refused")
	if got := s.keys(); !slices.Equal(got, []string{"two.png"}) {
		t.Fatalf("kept are %q, want the one that was refused", got)
	}
	w.tick()
	w.must(w.EditBlocks(id, photos...))
	if v := r.sync(model.TriggerMessage{}); v.Metrics.MediaMirrored != 2 || len(s.broken(r, "gallery")) > 0 {
		t.Errorf("%d files were copied, %q are broken; want two, and none", v.Metrics.MediaMirrored, s.broken(r, "gallery"))
	}
	w.tick()
	w.must(w.EditBlocks(id, paragraph("no pictures")))
	r.sync(model.TriggerMessage{}) // "two.png" was copied under another key since
	store.refuse = "1-one.png"
	w.must(w.EditBlocks(id, paragraph("still none")))
	r.sync(model.TriggerMessage{})
	if got := s.keys(); !slices.Equal(got, []string{"two.png"}) {
		t.Errorf("kept are %q, want only the copy that nobody knows any more", got)
	}
}

// What is refused once is removed by the next full sync.
func TestFiles_RefusedOnce(t *testing.T) {
	t.Parallel()
	w, s, r, id := gallery(t, 2)
	store := &careless{shelf: s, refuse: "photo-1.png"}
	r.opts.Media = store
	r.renew()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.EditBlocks(id, paragraph("no pictures")))
	r.sync(model.TriggerMessage{})
	store.refuse = ""
	w.tick()
	if r.sync(model.TriggerMessage{}); len(s.keys()) != 0 {
		t.Errorf("kept are %q, want none", s.keys())
	}
	w.clock = w.clock.Add(25 * time.Hour)
	r.sync(model.TriggerMessage{})
	if left, _ := r.redis.HKeys("sync:files"); len(left) != 0 {
		t.Errorf("%q are still remembered a day after", left)
	}
}

// An invocation that has lost its lease may still remove files: never one that another job relies on by then.
func TestFiles_RemovedTooLate(t *testing.T) {
	t.Parallel()
	w, s, r, id := gallery(t, 0)
	photo := imageBlock(w.AddFile("back.png", "image/png", []byte("x")))
	w.must(w.EditBlocks(id, photo, paragraph("x")))
	store := &careless{shelf: s}
	r.opts.Media = store
	r.renew()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.EditBlocks(id, paragraph("gone")))
	other := w.rig(func(o *model.Options) { o.Media = s })
	other.opts.Store, other.store, other.redis, other.queue, other.opts.Queue = r.store, r.store, r.redis, r.queue, r.queue
	other.renew()
	store.before = func() {
		store.before = nil
		r.redis.Del("sync:lease") // it has run out, and another invocation goes on with the job
		turn, err := other.store.Schedule(t.Context())
		w.must(err)
		_, err = other.Run(t.Context(), model.Delivery{Job: turn.Running, Slice: 1})
		w.must(err)
		w.tick()
		w.must(w.EditBlocks(id, photo))
		other.sync(model.TriggerMessage{Pages: []string{"gallery"}})
	}
	if _, _, err := r.Trigger(t.Context(), model.TriggerMessage{}); err != nil {
		t.Fatal(err)
	}
	m, _ := r.queue.pop()
	_, err := r.deliver(m)
	if store.before != nil {
		t.Fatalf("no file was removed: %v", err)
	}
	if shown := r.bundles()["gallery"].Meta.Media; len(shown) != 1 || len(s.broken(r, "gallery")) > 0 {
		t.Errorf("the page shows %v, kept are %q; want one file that is there", shown, s.keys())
	}
}

// A file stays as long as one page shows it, whatever else Redis has lost: what pages show is told by their records.
func TestFiles_SharedFileStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := imageBlock(w.AddFile("both.png", "image/png", []byte("x")))
	w.page("A", "a", both)
	b := w.page("B", "b", both, imageBlock(w.AddFile("one.png", "image/png", []byte("x"))))
	s := &shelf{}
	r := w.rig(func(o *model.Options) { o.Media = s })
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.EditBlocks(b, paragraph("no picture")))
	r.sync(model.TriggerMessage{Pages: []string{"b"}})
	if got := s.keys(); len(got) != 2 {
		t.Errorf("kept are %q after a job of one page, want both: only full syncs remove files", got)
	}
	r.sync(model.TriggerMessage{})
	if got := s.keys(); !slices.Equal(got, []string{"both.png"}) {
		t.Errorf("kept are %q, want the one that a page shows", got)
	}
}

// Where the records of pages are lost, and a page cannot be read anew, nobody knows which files it shows: none is removed.
func TestFiles_RecordsLost(t *testing.T) {
	t.Parallel()
	_, s, r, id := gallery(t, 3)
	r.sync(model.TriggerMessage{})
	r.redis.Del("sync:pages")
	remove := r.notion.Fail(notionsim.Rule{Kind: "children", ID: id, Fault: notionsim.Status(http.StatusBadRequest)})
	r.sync(model.TriggerMessage{Force: true})
	if broken := s.broken(r, "gallery"); len(broken) > 0 || len(s.keys()) != 3 {
		t.Errorf("%q are broken, kept are %q; want all three kept", broken, s.keys())
	}
	remove()
	r.sync(model.TriggerMessage{})
	if broken := s.broken(r, "gallery"); len(broken) > 0 || len(s.keys()) != 3 {
		t.Errorf("%q are broken, kept are %q; want all three kept", broken, s.keys())
	}
}

// A full forced sync looks whether copies are where they should be, and copies anew what is missing; it looks once for
// each, and takes a store that does not answer for no evidence.
func TestFiles_ForcedSyncVerifies(t *testing.T) {
	t.Parallel()
	_, s, r, _ := gallery(t, 3)
	r.sync(model.TriggerMessage{})
	must(0, s.Drop(t.Context(), []string{"photo-1.png"}))
	if v := r.sync(model.TriggerMessage{}); v.Metrics.MediaMirrored != 0 {
		t.Errorf("%d files were copied by a plain sync, want none", v.Metrics.MediaMirrored)
	}
	s.away = errors.New("the store does not answer")
	if v := r.sync(model.TriggerMessage{Force: true}); v.Metrics.MediaMirrored != 0 || v.Metrics.MediaReused != 3 {
		t.Errorf("metrics are %+v, want all taken for kept while the store does not answer", v.Metrics)
	}
	s.away = nil
	if v := r.sync(model.TriggerMessage{Force: true}); v.Metrics.MediaMirrored != 1 || v.Metrics.MediaReused != 2 {
		t.Errorf("metrics are %+v, want the missing file copied", v.Metrics)
	}
	if broken := s.broken(r, "gallery"); len(broken) > 0 {
		t.Errorf("%q are broken", broken)
	}
}
