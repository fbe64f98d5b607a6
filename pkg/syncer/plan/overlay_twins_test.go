package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/page"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

// twins are two stores that hold the same; what comes after branch goes to one of them only.
type twins struct {
	t     *testing.T
	rand  *rand.Rand
	rev   int64
	still *miniredis.Miniredis
	both  []*store.Store
	real  *store.Store
	lease model.Lease
}

func newTwins(t *testing.T, seed uint64) *twins {
	t.Helper()
	w := &twins{t: t, rand: rand.New(rand.NewPCG(seed, 7))}
	for range 2 {
		w.still = miniredis.RunT(t)
		s, err := store.New("redis://"+w.still.Addr(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		w.both = append(w.both, s)
	}
	w.real = w.both[0]
	w.before(&model.Change{IndexChange: model.IndexChange{Linked: true}})
	return w
}

// before commits a change to both.
func (w *twins) before(c *model.Change) {
	w.t.Helper()
	for _, s := range w.both {
		lease, err := s.Acquire(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		_ = lease.Commit(w.t.Context(), c)
		if err := lease.Release(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// branch returns an overlay over the one store; further changes are for it and for the other.
func (w *twins) branch() plan.Overlay {
	w.t.Helper()
	ctx := w.t.Context()
	var err error
	if w.lease, err = w.real.Acquire(ctx); err != nil {
		w.t.Fatal(err)
	}
	dry := plan.NewOverlay(w.both[1])
	for _, lease := range []model.Lease{w.lease, dry} {
		if err := lease.SaveJob(ctx, &model.Job{ID: "job", State: model.Running}, model.Counts{model.CountSkipped: 3}); err != nil {
			w.t.Fatal(err)
		}
	}
	return dry
}

var (
	someIDs     = []string{"p0", "p1", "p2", "p3", "p4", "p5"}
	someSlugs   = []string{"", "s0", "s1", "s2", "s3", "s4"}
	someLists   = []string{"", "posts:index", "db:d0"}
	someEntries = []string{"page:p0", "page:p1", "page:p2", "rows:a", "rows:b", "sweep:"}
)

func (w *twins) one(of []string) string { return of[w.rand.IntN(len(of))] }

// some returns up to two of a list.
func (w *twins) some(of []string) (some []string) {
	for range w.rand.IntN(3) {
		some = append(some, w.one(of))
	}
	return some
}

// entry is one of few entries, with a revision of its own.
func (w *twins) entry() model.Task {
	w.rev++
	key := w.one(someEntries)
	kind, id, _ := strings.Cut(key, ":")
	e := model.Task{
		Key:   key,
		Work:  model.Work(kind),
		ID:    id,
		Class: w.rand.IntN(3),
		Order: int64(w.rand.IntN(3)) - 1,
		Rev:   w.rev,
		Found: model.Found{Parts: 1 + w.rand.IntN(2)},
	}
	if w.rand.IntN(4) == 0 {
		e.Skipped = page.KindPage
	}
	return e
}

// record is a page as it may be after what is known of it.
func (w *twins) record(id string) *model.Record {
	w.rev++
	r := &model.Record{
		ID:         id,
		Want:       w.one(someSlugs[1:]),
		Place:      model.Place{Kind: page.KindPage, List: w.one(someLists)},
		Properties: model.Properties{Title: fmt.Sprint("Title ", w.rev), Created: time.Unix(1e9+int64(w.rand.IntN(5)), 0).UTC()},
		Contents:   model.Contents{Links: map[string]string{}},
	}
	r.Slug = r.Want
	for _, target := range w.some(someIDs) {
		r.Links[target] = ""
	}
	return r
}

// change is a change of many kinds at random.
func (w *twins) change(job string) *model.Change {
	w.t.Helper()
	c := &model.Change{
		Job:            job,
		Phase:          model.Fetch,
		EvidenceChange: model.EvidenceChange{Complete: w.some(someIDs), Put: map[model.Set][]string{model.SetChanged: w.some(someIDs), model.SetMissing: w.some(someIDs), model.SetLists: w.some(someLists[1:])}, Take: map[model.Set][]string{model.SetChanged: w.some(someIDs)}},
		Report:         model.Report{Cleared: w.some(someIDs), Count: model.Counts{"synced": 1}},
		KeptChange:     model.KeptChange{Observed: map[string]string{}, Files: map[string]model.KeptFile{}},
		SlugChange:     model.SlugChange{Claim: map[string]string{}, Unclaim: map[string]string{}, Give: map[string]string{}},
	}
	w.work(c)
	w.pages(c)
	for _, name := range w.some(someIDs) {
		c.Observed[name] = fmt.Sprint(w.rev)
		c.Warnings = append(c.Warnings, "warning about "+name)
		c.Errors = append(c.Errors, model.PageError{PageID: name, Error: fmt.Sprint(w.rev), Unknown: w.rand.IntN(3) == 0})
		c.Files["file "+name] = model.KeptFile{Key: fmt.Sprint(w.rev)}
		c.Failure = "failure of " + name
	}
	switch w.rand.IntN(6) {
	case 0:
		c.DropFiles = []string{"file p0", "file p3"}
	case 1:
		c.Databases = []model.InnerDatabase{{ID: "d0", Title: fmt.Sprint(w.rev)}, {ID: "d1"}}
	case 2:
		c.DropDatabases = []string{"d0"}
	case 3:
		c.DropIndexes = []string{"posts:index"}
	}
	return c
}

// work adds what a change does to the to-do list.
func (w *twins) work(c *model.Change) {
	known, err := w.real.Todo(w.t.Context(), c.Job, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(known) > 0 && w.rand.IntN(3) > 0 {
		c.Task = known[w.rand.IntN(len(known))]
		c.DropParts = []model.Task{{ID: c.Task.ID, Found: model.Found{Parts: w.rand.IntN(3)}}}
		switch w.rand.IntN(6) {
		case 0:
			c.Task.Rev++
		case 1, 2:
			then := c.Task
			w.rev++
			then.Rev, then.Class, then.Parts = w.rev, w.rand.IntN(3), 1+w.rand.IntN(2)
			c.Then = &then
			c.Parts = map[string]json.RawMessage{w.one(someIDs): json.RawMessage(fmt.Sprint(w.rev))}
		}
		if len(known) > 1 && w.rand.IntN(4) == 0 && known[0].Key != c.Task.Key {
			c.Also = known[:1]
		}
	}
	for range w.rand.IntN(3) {
		c.Add = append(c.Add, w.entry())
	}
	for range w.rand.IntN(3) {
		m := model.Sighting{ID: w.one(someIDs), Kind: page.KindPage}
		switch e := w.entry(); w.rand.IntN(3) {
		case 0:
			m.Draft = true
		case 1:
			m.Task = &e
		default:
			m.Add = []model.Task{e}
		}
		c.Sightings = append(c.Sightings, m)
	}
}

// pages adds what a change does to pages: to each one thing.
func (w *twins) pages(c *model.Change) {
	known, err := w.real.Records(w.t.Context(), someIDs)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range w.some(someIDs) {
		next, was := w.record(id), known[id]
		switch kind := w.rand.IntN(6); {
		case slices.ContainsFunc(c.Write, func(p model.PageWrite) bool { return p.Record.ID == id || p.Record.Slug == next.Slug }):
		case kind < 3:
			c.Write = append(c.Write, w.write(next, was))
			if w.rand.IntN(3) == 0 {
				c.Give[next.Slug] = id
			}
		case kind == 3 && was != nil:
			c.Drop = append(c.Drop, model.Removal{Record: was})
			if w.rand.IntN(2) == 0 {
				keep := *was
				keep.Slug = ""
				c.Drop[len(c.Drop)-1].Keep = &keep
			}
			return
		default:
			if next.Slug = ""; was != nil {
				next.Slug, next.List = was.Slug, was.List
				c.Unclaim[was.Want] = id
				next.Raw = was.Raw
			}
			if w.rand.IntN(4) == 0 {
				c.Yield = map[string]string{next.Want: w.one(someIDs)}
			}
			c.Remember = append(c.Remember, next)
			c.Claim[next.Want] = id
			return
		}
	}
}

func (w *twins) write(next, was *model.Record) model.PageWrite {
	bundle, err := page.Bundle{Meta: page.Meta{Slug: next.Slug, NotionID: next.ID, Title: next.Title}}.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	write := model.PageWrite{Record: next, Was: was, Bundle: bundle}
	if next.List != "" {
		write.Item = []byte(fmt.Sprintf(`{"slug":%q,"n":%d}`, next.Slug, w.rev))
	}
	return write
}
