package store_test

import (
	"fmt"
	"slices"
	"testing"

	"notionsync/pkg/syncer/model"
)

// Reads take any number of pages, though one command does not.
func TestStore_Records(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		const n = 1200
		c := &model.Change{SlugChange: model.SlugChange{Claim: map[string]string{}}}
		want, owners := map[string]*model.Record{}, map[string]string{}
		var ids, slugs []string
		for i := range n {
			rec := record(fmt.Sprintf("id-%04d", i), "")
			rec.Want = fmt.Sprintf("slug-%04d", i)
			c.Remember, c.Claim[rec.Want] = append(c.Remember, rec), rec.ID
			want[rec.ID], owners[rec.Want] = rec, rec.ID
			ids, slugs = append(ids, rec.ID), append(slugs, rec.Want)
		}
		r.commit(r.acquire(), c)
		r.do("HSET", r.prefix+"sync:pages", "damaged", "{", "zz another's", `{"id":"id-0001"}`)

		got, err := r.Records(ctx, slices.Concat(ids, []string{"", "unknown", "damaged", "zz another's"}, ids[:300]))
		r.must(err)
		same(r.t, "Records", got, want)
		same(r.t, "the caller's list", ids[0], "id-0000")
		none, err := r.Records(ctx, nil)
		r.must(err)
		same(r.t, "Records of nothing", none, map[string]*model.Record{})

		found, err := r.Owners(ctx, slices.Concat(slugs, []string{"", "free"}, slugs[:300]))
		r.must(err)
		same(r.t, "Owners", found, owners)
	})
}

// A walk meets every record, and ends.
func TestStore_ScanRecords(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		l := r.acquire()
		recs, cursor, err := r.ScanRecords(ctx, "")
		if len(recs) != 0 || cursor != "" || err != nil {
			r.t.Fatalf("ScanRecords of nothing = %v, %q, %v", recs, cursor, err)
		}
		want := map[string]*model.Record{}
		c := &model.Change{}
		for i := range 1200 {
			rec := record(fmt.Sprintf("id-%04d", i), fmt.Sprintf("slug-%04d", i))
			c.Remember, want[rec.ID] = append(c.Remember, rec), rec
		}
		r.commit(l, c)
		r.do("HSET", r.prefix+"sync:pages", "damaged", "{")
		got, batches := map[string]*model.Record{}, 0
		for done := false; !done; done = cursor == "" {
			if recs, cursor, err = r.ScanRecords(ctx, cursor); err != nil {
				r.t.Fatal(err)
			}
			for _, rec := range recs {
				got[rec.ID] = rec
			}
			if batches++; batches > 1200 {
				r.t.Fatal("ScanRecords does not end")
			}
		}
		same(r.t, "ScanRecords", got, want)
		if r.mini == nil && batches < 2 { // an embedded one gives everything at once
			r.t.Error("ScanRecords gave 1200 records at once")
		}
	})
}

func TestStore_Seen(t *testing.T) {
	onBoth(t, func(r *rig) {
		c := &model.Change{}
		var ids []string
		var want []bool
		for i := range 1200 {
			id := fmt.Sprintf("id-%04d", i)
			if i%7 != 0 {
				c.Sightings = append(c.Sightings, model.Sighting{ID: id, Kind: "page"})
			}
			ids, want = append(ids, id), append(want, i%7 != 0)
		}
		r.commit(r.acquire(), c)
		got, err := r.Seen(r.t.Context(), jobID, ids)
		r.must(err)
		same(r.t, "Seen", got, want)
	})
}
