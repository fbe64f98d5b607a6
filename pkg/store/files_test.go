package store_test

import (
	"fmt"
	"testing"

	"notionsync/pkg/syncer"
)

// unused returns the copies that no page shows, at most a hundred, by their keys.
func (r *rig) unused() map[string]string {
	r.t.Helper()
	unused, _, err := r.UnusedFiles(r.t.Context(), 100)
	r.must(err)
	if unused.Count != len(unused.Keys) {
		r.t.Errorf("UnusedFiles has %d keys and says %d", len(unused.Keys), unused.Count)
	}
	return unused.Keys
}

// A copy is unused until a page shows it, and again once no page does.
func TestStore_UnusedFiles(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		check := func(when string, want ...string) {
			r.t.Helper()
			keys := map[string]string{}
			for _, id := range want {
				keys[id] = "key of " + id
			}
			same(r.t, "unused "+when, r.unused(), keys)
		}
		showing := func(rec *syncer.Record, files ...string) *syncer.Record {
			next := *rec
			next.Files = files
			return &next
		}
		check("at first")
		r.commit(l, &syncer.Change{Files: map[string]syncer.KeptFile{"f1": {Key: "key of f1"}, "f2": {Key: "key of f2"}}})
		check("before any page is written", "f1", "f2")
		one, two := showing(record("p1", "one"), "f1", "f2"), showing(record("p2", "two"), "f1")
		r.commit(l, published(one, two))
		check("while both are shown")
		now := showing(one, "f1")
		r.commit(l, &syncer.Change{Write: []syncer.PageWrite{write(now, one)}})
		check("once p1 does without f2", "f2")
		r.commit(l, &syncer.Change{Write: []syncer.PageWrite{write(now, now)}})
		check("once p1 is written as it was", "f2")
		r.commit(l, &syncer.Change{Drop: []syncer.Removal{{Record: now}}})
		check("once p1 is gone", "f2")
		moved := at(two, "moved")
		r.commit(l, &syncer.Change{Write: []syncer.PageWrite{write(moved, two)}})
		check("once p2 has moved", "f2")
		r.commit(l, &syncer.Change{Drop: []syncer.Removal{{Record: moved}}})
		check("once all pages are gone", "f1", "f2")
		r.commit(l, &syncer.Change{DropFiles: []string{"f1"}})
		check("once one copy is gone", "f2")
		got, err := r.Files(r.t.Context(), []string{"f1", "f2"})
		r.must(err)
		same(r.t, "Files", got, map[string]syncer.KeptFile{"f2": {Key: "key of f2"}})
	})
}

func TestStore_UnusedFiles_Limit(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		c := &syncer.Change{Files: map[string]syncer.KeptFile{}}
		rec := record("p1", "one")
		for i := range 150 {
			c.Files[fmt.Sprint("unused", i)] = syncer.KeptFile{Key: fmt.Sprint("key", i)}
			used := fmt.Sprint("used", i)
			c.Files[used], rec.Files = syncer.KeptFile{}, append(rec.Files, used)
		}
		r.commit(l, c)
		r.commit(l, published(rec))
		unused, total, err := r.UnusedFiles(r.t.Context(), 100)
		r.must(err)
		if len(unused.Keys) != 100 || unused.Count != 150 || total != 300 {
			r.t.Errorf("UnusedFiles(100) = %d keys of %d, %d in all; want 100 of 150, 300",
				len(unused.Keys), unused.Count, total)
		}
		for id, key := range unused.Keys {
			if c.Files[id].Key != key || key == "" {
				r.t.Errorf("UnusedFiles has %q with key %q", id, key)
			}
		}
	})
}

func TestStore_Files(t *testing.T) {
	onBoth(t, func(r *rig) {
		c := &syncer.Change{Files: map[string]syncer.KeptFile{}}
		ids := []string{"unknown", "damaged"}
		for i := range 1200 {
			id := fmt.Sprintf("https://files.example/%d/ü <&> .png", i)
			c.Files[id] = syncer.KeptFile{
				URL: id, Key: fmt.Sprint(i), Width: i, Height: 1, ContentType: "image/png", Bytes: 1 << 40,
			}
			ids = append(ids, id)
		}
		r.commit(r.acquire(), c)
		r.do("HSET", r.prefix+"sync:files", "damaged", "{")
		got, err := r.Files(r.t.Context(), ids)
		r.must(err)
		same(r.t, "Files", got, c.Files)
	})
}
