package store_test

import (
	"fmt"
	"maps"
	"testing"

	"notionsync/pkg/syncer/model"
)

// Files that were dropped are still known as such, until nothing is remembered of them any more.
func TestStore_ScanFiles(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		want := map[string]model.KeptFile{}
		for i := range 1200 {
			want[fmt.Sprint("f", i)] = model.KeptFile{Key: fmt.Sprint("key", i), Copy: i}
		}
		r.commit(l, &model.Change{KeptChange: model.KeptChange{Files: want}})
		dropped := want["f7"]
		dropped.Dropped = epoch
		want["f7"] = dropped
		r.commit(l, &model.Change{KeptChange: model.KeptChange{Files: map[string]model.KeptFile{"f7": dropped}, DropFiles: []string{"f8"}}})
		delete(want, "f8")
		got := map[string]model.KeptFile{}
		for cursor := ""; ; {
			some, next, err := r.ScanFiles(r.t.Context(), cursor)
			r.must(err)
			maps.Copy(got, some)
			if cursor = next; cursor == "" {
				break
			}
		}
		same(r.t, "files", got, want)
	})
}

func TestStore_Files(t *testing.T) {
	onBoth(t, func(r *rig) {
		c := &model.Change{KeptChange: model.KeptChange{Files: map[string]model.KeptFile{}}}
		ids := []string{"unknown", "damaged"}
		for i := range 1200 {
			id := fmt.Sprintf("https://files.example/%d/ü <&> .png", i)
			c.Files[id] = model.KeptFile{
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
