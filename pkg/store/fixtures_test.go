package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

const jobID = "msg_1"

// epoch is when the pages of the tests begin to be made.
var epoch = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// record is a page of the collection posts.
func record(id, slug string) *model.Record {
	return &model.Record{
		ID:         id,
		Slug:       slug,
		Want:       slug,
		Place:      model.Place{Kind: page.KindPage, Collection: "posts", List: postsIndex},
		Properties: model.Properties{Title: "Page " + id, Created: epoch, Edited: epoch},
	}
}

const postsIndex = "posts:index"

// at is the record with another slug, wanted and published.
func at(rec *model.Record, slug string) *model.Record {
	next := *rec
	next.Slug, next.Want = slug, slug
	return &next
}

func bundle(rec *model.Record) string { return fmt.Sprintf("bundle of %s at %s", rec.ID, rec.Slug) }

// item is a page's line in an index, as the engine makes it.
func item(rec *model.Record) string {
	raw, err := page.Item{Slug: rec.Slug, Title: rec.Title, NotionID: rec.ID}.Encode()
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// write publishes a page that was known as was.
func write(rec, was *model.Record) model.PageWrite {
	w := model.PageWrite{Record: rec, Was: was, Bundle: []byte(bundle(rec))}
	if rec.List != "" {
		w.Item = []byte(item(rec))
	}
	return w
}

// published is a change that publishes pages unknown before.
func published(recs ...*model.Record) *model.Change {
	c := &model.Change{}
	for _, rec := range recs {
		c.Write = append(c.Write, write(rec, nil))
	}
	return c
}

// todo is an entry that asks for a page.
func todo(id string, rev int64) model.Task {
	return model.Task{Key: "page:" + id, Work: "page", ID: id, Class: 1, Rev: rev}
}

// other is an entry that asks for something else than a page.
func other(id string, class int, order, rev int64) model.Task {
	return model.Task{Key: "rows:" + id, Work: "rows", ID: id, Class: class, Order: order, Rev: rev}
}

func keysOf(entries []model.Task) []string {
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

func newJob(id string) *model.Job {
	return &model.Job{
		Version:  model.Version,
		ID:       id,
		State:    model.Queued,
		Phase:    model.Discover,
		DueSlice: model.DueSlice{Slice: 1, DueAt: epoch},
		Scope:    model.Scope{Pages: []model.Ref{{Ref: "docs/<start>", Force: true}}},
		Times:    model.Times{TriggeredAt: time.Now().UTC().Truncate(time.Millisecond), UpdatedAt: epoch},
	}
}

// create stores a job and returns it as it is stored.
func (r *rig) create(j *model.Job) *model.Job {
	r.t.Helper()
	j, err := r.CreateJob(r.t.Context(), j)
	if err != nil {
		r.t.Fatalf("CreateJob: %v", err)
	}
	return j
}

func (r *rig) job(id string) *model.Job {
	r.t.Helper()
	j, err := r.Job(r.t.Context(), id)
	if err != nil {
		r.t.Fatalf("Job(%q): %v", id, err)
	}
	return j
}

// counts returns the counters of the tests' job.
func (r *rig) counts() model.Counts {
	r.t.Helper()
	return r.job(jobID).Counts
}

// list returns the first limit entries of the tests' job.
func (r *rig) list(limit int) []model.Task {
	r.t.Helper()
	entries, err := r.Todo(r.t.Context(), jobID, limit)
	if err != nil {
		r.t.Fatalf("Todo: %v", err)
	}
	return entries
}

// record returns what is known of a page, nil if nothing is.
func (r *rig) record(id string) *model.Record {
	r.t.Helper()
	known, err := r.Records(r.t.Context(), []string{id})
	r.must(err)
	return known[id]
}

// owner returns the page that has a slug, "" if it is free.
func (r *rig) owner(slug string) string {
	r.t.Helper()
	owners, err := r.Owners(r.t.Context(), []string{slug})
	r.must(err)
	return owners[slug]
}

// place writes the index of a list and puts it in place.
func (r *rig) place(l model.Lease, list string) {
	r.t.Helper()
	ix := model.Index{Name: list, List: list, Head: `{"items":`, Tail: `,"syncedAt":"now"}`}
	if err := l.BuildIndex(r.t.Context(), ix); err != nil {
		r.t.Fatalf("BuildIndex(%+v): %v", ix, err)
	}
	r.commit(l, &model.Change{IndexChange: model.IndexChange{Indexes: []string{list}}})
}

// index returns the slugs that an index shows, in order. It fails the test if the index is not valid JSON.
func (r *rig) index(name string) []string {
	r.t.Helper()
	return slugsIn(r.t, r.get(name))
}

func slugsIn(t *testing.T, raw string) []string {
	t.Helper()
	var ix struct{ Items []page.Item }
	if err := json.Unmarshal([]byte(raw), &ix); err != nil {
		t.Fatalf("index is no JSON: %v\n%s", err, raw)
	}
	slugs := []string{}
	for _, it := range ix.Items {
		slugs = append(slugs, it.Slug)
	}
	return slugs
}

// same fails the test unless got is want; of a record it is not compared how it was stored.
func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Record{}, "Raw")); diff != "" {
		t.Errorf("%s: got %+v, want %+v (-want +got):\n%s", what, got, want, diff)
	}
}
