package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"notionsync/pkg/syncer/model"
)

// together commits changes at the same time, each but the last with company, and returns what became of them.
func (r *rig) together(l model.Lease, changes []*model.Change) []error {
	r.t.Helper()
	errs := make([]error, len(changes))
	var all sync.WaitGroup
	for i, c := range changes {
		c.Job, c.MoreComing = jobID, i < len(changes)-1
		all.Go(func() { errs[i] = l.Commit(r.t.Context(), c) })
	}
	all.Wait()
	return errs
}

// pageChanges are the changes that publish pages, and the entries that these finish.
func pageChanges(r *rig, l model.Lease, n int) []*model.Change {
	r.t.Helper()
	changes := make([]*model.Change, n)
	for i := range changes {
		id := fmt.Sprint("p", i)
		e := todo(id, 1)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		changes[i] = published(record(id, "slug-"+id))
		changes[i].Task = e
		changes[i].Count = model.Counts{model.CountSynced: 1, model.CountPending: -1}
	}
	return changes
}

// Changes of the same moment are one command, and as many of them as are refused leave the others alone.
func TestLease_Commit_Together(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	l := r.acquire()
	j := r.create(newJob(jobID))
	changes := pageChanges(r, l, 10)
	changes[3].Task.Rev++
	changes[4].Write[0].Record.Slug = "slug-p5" // who comes first gets it
	before := r.mini.CommandCount()
	errs := r.together(l, changes)
	if n := r.mini.CommandCount() - before; n > 60 { // one alone takes some 15, those inside the script counted
		t.Errorf("%d commands for 10 changes, want no more than for a few", n)
	}
	taken := 0
	for i, err := range errs {
		var slug *model.SlugTaken
		switch {
		case i == 3 && errors.Is(err, model.ErrStale):
		case (i == 4 || i == 5) && errors.As(err, &slug) && slug.Slug == "slug-p5":
			taken++
		case err != nil:
			t.Errorf("Commit of page %d = %v", i, err)
		}
	}
	if taken != 1 || errs[3] == nil {
		t.Errorf("errors are %v, want one stale and one of two refused its slug", errs)
	}
	for i, c := range changes {
		if got := r.owner(c.Write[0].Record.Slug) == c.Write[0].Record.ID; got != (errs[i] == nil) {
			t.Errorf("page %d has its slug: %t, error %v", i, got, errs[i])
		}
	}
	got, err := r.Job(t.Context(), j.ID)
	r.must(err)
	same(t, "pages counted", got.Counts[model.CountSynced], 8)
	left, err := r.Todo(t.Context(), jobID, 100)
	r.must(err)
	same(t, "entries left", len(left), 2)
}

// A change that waits for company that does not come is applied all the same.
func TestLease_Commit_NoCompany(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		c := published(record("p1", "one"))
		c.Job, c.MoreComing = jobID, true
		r.must(l.Commit(r.t.Context(), c))
		same(r.t, "owner of one", r.owner("one"), "p1")
	})
}

// Redis will not take one of them: the others are applied.
func TestLease_Commit_TogetherWithARefusedOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, newServer(t).url())
	l := r.acquire()
	r.create(newJob(jobID))
	changes := pageChanges(r, l, 6)
	r.do("ACL", "SETUSER", "default", "resetkeys", "~*sync:*", "~*page:slug-p[^2]")
	for i, err := range r.together(l, changes) {
		if refused := err != nil && strings.Contains(err.Error(), "NOPERM"); refused != (i == 2) || err != nil && !refused {
			t.Errorf("Commit of page %d = %v, want only page 2 refused", i, err)
		}
	}
	r.do("ACL", "SETUSER", "default", "allkeys")
	for i := range changes {
		slug := fmt.Sprint("slug-p", i)
		if there := r.exists("page:" + slug); there != (i != 2) {
			t.Errorf("page:%s exists: %t", slug, there)
		}
	}
}

// Whose context ends waits no longer, and what is the others' is done.
func TestLease_Commit_OneContextEnds(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		ctx, cancel := context.WithCancel(r.t.Context())
		first, second := published(record("p1", "one")), published(record("p2", "two"))
		for _, c := range []*model.Change{first, second} {
			c.Job, c.MoreComing = jobID, true
		}
		var both sync.WaitGroup
		both.Go(func() {
			if err := l.Commit(ctx, first); err != nil && !errors.Is(err, context.Canceled) {
				r.t.Errorf("Commit = %v, want nil or context.Canceled", err)
			}
		})
		both.Go(func() { r.must(l.Commit(r.t.Context(), second)) })
		cancel()
		both.Wait()
		same(r.t, "owner of two", r.owner("two"), "p2")
	})
}

// Reads of the same moment are one command; each gets what it has asked for.
func TestStore_ReadsTogether(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	l := r.acquire()
	for i := range 20 {
		r.commit(l, published(record(fmt.Sprint("p", i), fmt.Sprint("slug-", i))))
	}
	before := r.mini.CommandCount()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := fmt.Sprint("p", i)
			known, err := r.Records(t.Context(), []string{id, "unknown", "p0"})
			if err != nil || known[id] == nil || known["p0"] == nil || known["unknown"] != nil || known[id].ID != id {
				t.Errorf("Records(%s) = %v, %v", id, known, err)
			}
		})
	}
	all.Wait()
	if n := r.mini.CommandCount() - before; n > 10 {
		t.Errorf("%d commands for 20 reads at the same time, want few", n)
	}
}
