package store_test

import (
	"maps"
	"slices"
	"testing"

	"notionsync/pkg/syncer/model"
)

// What goes leaves nothing behind, but for what is asked to be kept.
func TestCommit_Drop(t *testing.T) {
	tests := []struct {
		name string
		keep *model.Record
	}{
		{name: "for good"},
		{name: "remembered", keep: &model.Record{ID: "p1", Want: "one", Properties: model.Properties{Title: "Kept"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				stays := record("p2", "two")
				r.commit(l, published(stays))
				r.place(l, postsIndex)
				r.commit(l, &model.Change{}) // makes what every commit makes
				before := r.snapshot()
				gone := record("p1", "one")
				gone.Want, gone.Links = "wanted", map[string]string{"p2": "two", "p9": ""}
				c := published(gone)
				c.Claim = map[string]string{"wanted": "p1"}
				c.Errors = []model.PageError{{PageID: "p1", Error: "broken"}}
				r.commit(l, c)
				r.place(l, postsIndex)
				same(r.t, "the index", r.index(postsIndex), []string{"one", "two"})

				r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: gone, Keep: tt.keep}}}})
				same(r.t, "what is known of the page", r.record("p1"), tt.keep)
				r.do("HDEL", r.prefix+"sync:pages", "p1")
				after := r.snapshot()
				for _, all := range []map[string]string{before, after} { // the time, and the errors of the job
					maps.DeleteFunc(all, func(key, _ string) bool { return key == "sync:job:"+jobID || key == errorsKey })
				}
				same(r.t, "what is left", after, before)
			})
		})
	}
}

const errorsKey = "sync:job:" + jobID + ":errors"

// A page that never was published has no slug to lose: what stands there is another's.
func TestCommit_Drop_NeverPublished(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		c := published(record("p1", "one"))
		denied := record("p2", "")
		denied.Want, denied.List = "one", ""
		c.Remember = []*model.Record{denied}
		r.commit(l, c)
		r.place(l, postsIndex)
		r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: denied}}}})
		same(r.t, "what is known", r.record("p2"), nil)
		same(r.t, "owner of one", r.owner("one"), "p1")
		same(r.t, "what is there", r.get("page:one"), bundle(record("p1", "one")))
		same(r.t, "the index", r.index(postsIndex), []string{"one"})
	})
}

func TestStore_FailedPages(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		failed := func() []string {
			ids, err := r.FailedPages(r.t.Context())
			r.must(err)
			slices.Sort(ids)
			return append([]string{}, ids...)
		}
		same(r.t, "failed at first", failed(), []string{})
		r.commit(l, &model.Change{Report: model.Report{Errors: []model.PageError{
			{PageID: "p1", Slug: "one", Error: "refused <1>", At: epoch}, {PageID: "p2", Error: "refused", At: epoch},
		}}})
		same(r.t, "failed", failed(), []string{"p1", "p2"})
		again := model.PageError{PageID: "p1", Slug: "one", Error: "refused again", At: epoch}
		r.commit(l, &model.Change{Report: model.Report{Errors: []model.PageError{again}}})
		r.commit(l, &model.Change{Report: model.Report{Cleared: []string{"p2", "p3"}}})
		same(r.t, "failed once one is cleared", failed(), []string{"p1"})
		errs, _, err := r.Troubles(r.t.Context(), jobID, 100)
		r.must(err)
		same(r.t, "Troubles", errs, []model.PageError{again})
	})
}

func TestStore_Troubles(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		check := func(limit, wantErrors int, wantWarnings ...string) {
			r.t.Helper()
			errs, warnings, err := r.Troubles(r.t.Context(), jobID, limit)
			r.must(err)
			if errs == nil || warnings == nil || len(errs) != wantErrors {
				r.t.Errorf("Troubles(%d) = %v, %v; want %d errors and no nil", limit, errs, warnings, wantErrors)
			}
			same(r.t, "warnings", warnings, append([]string{}, wantWarnings...))
		}
		check(100, 0)
		r.commit(l, &model.Change{Report: model.Report{Warnings: []string{"b", "a", "b"}}})
		check(100, 0, "a", "b") // at the same moment
		for i := range 3 {
			r.tick()
			c := &model.Change{Report: model.Report{Warnings: []string{"again", "a", string(rune('0' + i))}}}
			c.Errors = []model.PageError{{PageID: string(rune('p' + i)), Error: "broken"}}
			r.commit(l, c)
		}
		check(100, 3, "a", "b", "0", "again", "1", "2")
		check(2, 2, "a", "b", "0", "again", "1", "2")
		r.do("HSET", r.prefix+errorsKey, "p0", "garbage")
		check(100, 3, "a", "b", "0", "again", "1", "2")
	})
}
