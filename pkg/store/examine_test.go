package store_test

import (
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

func (r *rig) examine(recs ...*model.Record) []bool {
	r.t.Helper()
	missing, err := r.Examine(r.t.Context(), recs)
	r.must(err)
	return missing
}

func TestStore_Examine(t *testing.T) {
	two, child := record("p2", `a "two" <b>`), record("p3", "two/child")
	child.List = ""
	for _, test := range []struct {
		name       string
		lose       func(r *rig)
		two, child bool
	}{
		{"nothing", func(*rig) {}, false, false},
		{"a bundle", func(r *rig) { r.do("DEL", r.prefix+"page:"+two.Slug) }, true, false},
		{"a child page's bundle", func(r *rig) { r.do("DEL", r.prefix+"page:"+child.Slug) }, false, true},
		{"a line", func(r *rig) { r.do("HDEL", r.prefix+"sync:items", two.ID) }, true, false},
		{"all lines", func(r *rig) { r.do("DEL", r.prefix+"sync:items") }, true, false},
		{"a place", func(r *rig) { r.do("ZREM", r.prefix+"sync:list:"+postsIndex, two.ID) }, true, false},
		{"a list", func(r *rig) { r.do("DEL", r.prefix+"sync:list:"+postsIndex) }, true, false},
		{"whose a slug is", func(r *rig) { r.do("HDEL", r.prefix+"sync:slugs", child.Slug) }, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				r.commit(l, published(record("p1", "one"), two, child))
				test.lose(r)
				same(r.t, "missing", r.examine(record("p1", "one"), two, child)[1:], []bool{test.two, test.child})
			})
		})
	}
}

// Any number of pages can be looked at, in their order.
func TestStore_Examine_Many(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		var recs []*model.Record
		for i := range 450 {
			recs = append(recs, record(fmt.Sprint("p", i), fmt.Sprint("slug-", i)))
		}
		r.commit(l, published(recs...))
		r.do("DEL", r.prefix+"page:slug-310")
		for i, missing := range r.examine(recs...) {
			if want := i == 310; missing != want {
				r.t.Errorf("page %d: missing is %t, want %t", i, missing, want)
			}
		}
		same(r.t, "what is missing of no page", r.examine(), nil)
	})
}

// A list that is made anew holds the pages given, in the order of an index, and no stranger. Until it is put in place the
// old one is as it was.
func TestLease_BuildList(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		older, newer := record("p1", "one"), record("p2", "two")
		newer.Created = older.Created.Add(time.Hour)
		r.commit(l, published(older))
		r.do("ZADD", r.prefix+"sync:list:"+postsIndex, 1, "stranger")
		r.must(l.BuildList(r.t.Context(), postsIndex, []*model.Record{older, newer}))
		members := func() []string {
			ids, err := r.Members(r.t.Context(), postsIndex)
			r.must(err)
			return ids
		}
		same(r.t, "the list before", members(), []string{"p1", "stranger"})
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Lists: []string{postsIndex}}})
		same(r.t, "the list", members(), []string{"p2", "p1"})
	})
}

// That Redis has lost the list of an index is seen, also that of one without pages, and so is what else is not looked up
// every time.
func TestStore_Bare(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, published(record("p1", "one")))
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Databases: []model.InnerDatabase{{ID: "d1", Page: "p1"}}}})
		r.must(l.BuildList(r.t.Context(), "pages:index", nil))
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Lists: []string{"pages:index"}, Linked: true}})
		for _, lost := range []string{
			"nothing", "pages", "slugs", "databases", "links", "list:pages:index", "list:" + postsIndex, "list:db:d1",
		} {
			if lost != "nothing" {
				r.do("RENAME", r.prefix+"sync:"+lost, r.prefix+"aside")
			}
			bare, err := r.Bare(r.t.Context(), []string{postsIndex, "pages:index", "db:d1"})
			r.must(err)
			same(r.t, "bare without "+lost, bare, lost != "nothing")
			if lost != "nothing" {
				r.do("RENAME", r.prefix+"aside", r.prefix+"sync:"+lost)
			}
		}
	})
}

// Indexes that are not there are found, in their order.
func TestStore_Lacking(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, published(record("p1", "one")))
		r.place(l, postsIndex)
		for _, test := range []struct{ ask, want []string }{
			{nil, nil},
			{[]string{postsIndex}, nil},
			{[]string{"db:d1", postsIndex, "pages:index"}, []string{"db:d1", "pages:index"}},
		} {
			lacking, err := r.Lacking(r.t.Context(), test.ask)
			r.must(err)
			same(r.t, fmt.Sprint("lacking of ", test.ask), lacking, test.want)
		}
	})
}
