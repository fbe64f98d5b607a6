package store_test

import (
	"fmt"
	"slices"
	"testing"

	"notionsync/pkg/syncer/model"
)

func (r *rig) news() model.News {
	r.t.Helper()
	n, err := r.News(r.t.Context(), 100)
	r.must(err)
	for _, list := range [][]string{n.Slugs, n.Removed, n.Indexes} {
		slices.Sort(list)
	}
	return n
}

// A page that is written where one was removed is no removal, and the other way round.
func TestCommit_News(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		same(r.t, "News of nothing", r.news(), model.News{Slugs: []string{}, Removed: []string{}, Indexes: []string{}})
		r.commit(l, &model.Change{News: model.News{Slugs: []string{"a", "b"}, Removed: []string{"c"}, Indexes: []string{postsIndex}}})
		r.commit(l, &model.Change{News: model.News{Slugs: []string{"c"}, Removed: []string{"a"}, Indexes: []string{postsIndex, "db:d1"}}})
		want := model.News{Slugs: []string{"b", "c"}, Removed: []string{"a"}, Indexes: []string{"db:d1", postsIndex}}
		same(r.t, "News", r.news(), want)
		r.commit(l, &model.Change{Told: model.News{Slugs: []string{"b"}, Removed: []string{"a"}, Indexes: []string{"db:d1"}}})
		same(r.t, "News after telling", r.news(), model.News{Slugs: []string{"c"}, Removed: []string{}, Indexes: []string{postsIndex}})

		r.must(l.Release(r.t.Context()))
		r.refused(l, &model.Change{Told: r.news()}, model.ErrLeaseLost)
	})
}

func TestStore_News_Limit(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		var slugs []string
		for i := range 120 {
			slugs = append(slugs, fmt.Sprint("p", i))
		}
		r.commit(l, &model.Change{News: model.News{Slugs: slugs}})
		for _, want := range []int{100, 20, 0} {
			n := r.news()
			if len(n.Slugs) != want {
				r.t.Errorf("%d slugs, want %d", len(n.Slugs), want)
			}
			r.commit(l, &model.Change{Told: n})
		}
	})
}
