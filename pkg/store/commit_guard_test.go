package store_test

import (
	"errors"
	"testing"

	"notionsync/pkg/syncer/model"
)

// A commit finishes the work that stands on the list, as it stands there.
func TestCommit_Stale(t *testing.T) {
	listed := todo("p1", 12)
	tests := []struct {
		name  string
		entry model.Task
		also  []model.Task
	}{
		{name: "never listed", entry: todo("p9", 12)},
		{name: "another revision", entry: todo("p1", 13)},
		{name: "the beginning of the revision", entry: todo("p1", 1)},
		{name: "a longer revision", entry: todo("p1", 123)},
		{name: "more work, never listed", entry: listed, also: []model.Task{todo("p9", 1)}},
		{name: "more work of another revision", entry: listed, also: []model.Task{todo("p2", 1), todo("p3", 7)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{listed, todo("p2", 1), todo("p3", 2)}}})
				c := everything()
				c.Task, c.Also = tt.entry, tt.also
				r.refused(l, c, model.ErrStale)
			})
		})
	}
}

// everything is a change that does a bit of all that changes do.
func everything() *model.Change {
	gone, stays, moved := record("p5", "five"), record("p6", "six"), record("p7", "seven")
	again := todo("p3", 33)
	return &model.Change{
		ListChange: model.ListChange{Then: &again, Add: []model.Task{todo("p4", 4)}, Sightings: []model.Sighting{
			{ID: "p4", Kind: "page", Add: []model.Task{other("below", 2, 0, 5)}}, {ID: "d1", Draft: true},
		}},
		PageChange:     model.PageChange{Write: []model.PageWrite{write(record("p1", "one"), nil), write(at(moved, "moved"), moved)}, Drop: []model.Removal{{Record: gone}, {Record: stays, Keep: at(stays, "")}}, Remember: []*model.Record{record("p8", "")}},
		SlugChange:     model.SlugChange{Claim: map[string]string{"claimed": "p9"}},
		EvidenceChange: model.EvidenceChange{Complete: []string{"source"}, Put: map[model.Set][]string{model.SetChanged: {"p1"}}},
		IndexChange:    model.IndexChange{Databases: []model.InnerDatabase{{ID: "db1", Title: "T", Page: "p1", Sources: []string{"s1"}}}},
		KeptChange:     model.KeptChange{Observed: map[string]string{"fact": "yes"}},
		News:           model.News{Slugs: []string{"one", "moved"}, Removed: []string{"five", "seven"}, Indexes: []string{postsIndex}},
		Report:         model.Report{Count: model.Counts{model.CountSynced: 1}, Warnings: []string{"careful"}, Failure: "not listed", Errors: []model.PageError{{PageID: "p1", Error: "broken"}}, Cleared: []string{"p2"}},
	}
}

// Sent again because its answer never came, a commit changes nothing twice.
func TestCommit_Again(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		e := todo("p1", 1)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		c := everything()
		c.Task = e
		r.commit(l, c)
		same(r.t, "synced", r.counts()[model.CountSynced], 1)
		r.refused(l, c, model.ErrStale)
	})
}

// Entries that stay on the list under a new revision tell a repeated commit too.
func TestCommit_Again_EntryKept(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		e, next := other("source", 0, 0, 1), other("source", 0, 0, 2)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		c := &model.Change{ListChange: model.ListChange{Task: e, Then: &next}, Report: model.Report{Count: model.Counts{model.CountRequests: 1}}}
		r.commit(l, c)
		r.refused(l, c, model.ErrStale)
	})
}

// The store repeats by itself what it does not know the fate of.
func TestCommit_AnswerLost(t *testing.T) {
	onBoth(t, func(r *rig) {
		p := newProxy(r.t, r.url)
		s := r.another(p.url())
		r.create(newJob(jobID))
		l, err := s.Acquire(r.t.Context())
		r.must(err)
		e := todo("p1", 1)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		c := everything()
		c.Job, c.Task = jobID, e
		p.loseAnswer(0)
		if err := l.Commit(r.t.Context(), c); !errors.Is(err, model.ErrStale) {
			r.t.Errorf("Commit whose answer was lost = %v, want ErrStale: the work is done", err)
		}
		if !p.lost() {
			r.t.Fatal("no answer was lost")
		}
		same(r.t, "what one is", r.get("page:one"), bundle(record("p1", "one")))
		want := model.Counts{
			model.CountSynced: 1, model.CountPending: 2, model.CountDrafts: 1, model.CountSkipped: 1,
			model.CountOf(model.CountSkipped, "page"): 1,
		}
		same(r.t, "counters", r.counts(), want)
	})
}

func TestCommit_SlugTaken(t *testing.T) {
	tests := []struct {
		name  string
		make  *model.Change
		write *model.Record
		was   *model.Record
		taken bool
	}{
		{name: "free", make: &model.Change{}, write: record("p2", "one")},
		{name: "published", make: published(record("p1", "one")), write: record("p2", "one"), taken: true},
		{
			name: "published, by a page that moves there", make: published(record("p1", "one"), record("p2", "two")),
			write: record("p2", "one"), was: record("p2", "two"), taken: true,
		},
		{
			name: "reserved", make: &model.Change{SlugChange: model.SlugChange{Claim: map[string]string{"one": "p1"}}}, write: record("p2", "one"),
			taken: true,
		},
		{name: "its own", make: published(record("p2", "one")), write: record("p2", "one"), was: record("p2", "one")},
		{name: "its own, unknown", make: published(record("p2", "one")), write: record("p2", "one")},
		{name: "reserved for it", make: &model.Change{SlugChange: model.SlugChange{Claim: map[string]string{"one": "p2"}}}, write: record("p2", "one")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				made := *tt.make
				r.commit(l, &made)
				r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{todo("p2", 1)}}})
				before := r.snapshot()
				c := everything()
				c.Job, c.Task = jobID, todo("p2", 1)
				c.Write = []model.PageWrite{write(record("p0", "zero"), nil), write(tt.write, tt.was)}
				err := l.Commit(r.t.Context(), c)
				var taken *model.SlugTaken
				switch {
				case !tt.taken:
					r.must(err)
					same(r.t, "owner of one", r.owner("one"), "p2")
					same(r.t, "what is at one", r.get("page:one"), bundle(tt.write))
				case !errors.As(err, &taken) || *taken != model.SlugTaken{Slug: "one", Owner: "p1"}:
					r.t.Errorf("Commit = %v, want SlugTaken one by p1", err)
				default:
					r.unchanged(before)
				}
			})
		})
	}
}
