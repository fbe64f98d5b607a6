package store_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

// The list is read by class, then order, then key, and never two classes at once.
func TestStore_Todo(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{
			other("publish", 10, 0, 1), other("late", 1, epoch.Unix()+1, 2), other("b", 1, epoch.Unix(), 3),
			other("a", 1, epoch.Unix(), 4), other("before 1970", 1, -5, 5), other("first", 0, 1<<40-1, 6),
		}}})
		for _, want := range [][]string{
			{"rows:first"}, {"rows:before 1970", "rows:a", "rows:b", "rows:late"}, {"rows:publish"}, nil,
		} {
			same(r.t, "Todo(10)", keysOf(r.list(10)), want)
			same(r.t, "Todo(2)", keysOf(r.list(2)), want[:min(2, len(want))])
			for _, e := range r.list(10) {
				r.commit(l, model.Finish(e))
			}
		}
		if r.exists("sync:job:"+jobID+":entries") || r.exists("sync:job:"+jobID+":todo") {
			r.t.Error("finished work has left something")
		}
	})
}

func TestStore_Todo_EntryAsItWas(t *testing.T) {
	onBoth(t, func(r *rig) {
		e := model.Task{
			Key:     "page:p1|with a bar",
			Class:   10,
			Order:   1<<40 - 1,
			Rev:     math.MaxInt64,
			Work:    "page",
			ID:      "p1",
			Listing: model.Listing{Cursor: "c|d", Since: epoch, Left: 3, Restarts: 4},
			Place:   model.Place{Collection: "posts", Parent: "p0", Source: "s", List: postsIndex, Kind: "childPage"},
			Found:   model.Found{Object: json.RawMessage(`{"<&>":"ü\u2028","n":1.50}`), Edited: epoch.Add(time.Minute), Read: epoch.Add(time.Second), Parts: 5},
			Mode:    model.Mode{Force: true, Limited: true, Orphan: true, Counted: true},
			Tries:   model.Tries{Attempts: 1, Tried: 2, Error: "it said \"no\"\n"},
		}
		r.commit(r.acquire(), &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		got := r.list(1)
		if len(got) != 1 {
			r.t.Fatalf("Todo = %+v, want one entry", got)
		}
		var object any
		r.must(json.Unmarshal(got[0].Object, &object))
		same(r.t, "object", object, any(map[string]any{"<&>": "ü\u2028", "n": 1.5}))
		got[0].Object = e.Object
		same(r.t, "entry", got[0], e)
	})
}

// What is on the list already stays as it is, and counts once.
func TestCommit_Add(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{todo("p1", 1), todo("p2", 2), other("s", 0, 0, 3), todo("p1", 4)}}})
		same(r.t, "pending", r.counts()[model.CountPending], 2)
		again, done := todo("p1", 9), todo("p2", 2)
		again.Class = 7
		r.commit(l, &model.Change{
			ListChange: model.ListChange{Task: done, Also: []model.Task{other("s", 0, 0, 3)}, Add: []model.Task{again, todo("p2", 8)}},
			Report:     model.Report{Count: model.Counts{model.CountPending: -1}},
		})
		same(r.t, "pending", r.counts()[model.CountPending], 2)
		same(r.t, "the list", r.list(10), []model.Task{todo("p1", 1), todo("p2", 8)})
	})
}

func TestCommit_Then(t *testing.T) {
	moved := todo("p1", 2)
	moved.Class, moved.Attempts = 5, 1
	another := other("next", 0, 3, 4)
	tests := []struct {
		name string
		then model.Task
	}{
		{name: "the same work in another class", then: moved},
		{name: "other work", then: another},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				r.create(newJob(jobID))
				r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{todo("p1", 1), todo("p2", 1)}}})
				r.commit(l, &model.Change{ListChange: model.ListChange{Task: todo("p1", 1), Also: []model.Task{todo("p2", 1)}, Then: &tt.then}})
				same(r.t, "the list", r.list(10), []model.Task{tt.then})
				same(r.t, "pending", r.counts()[model.CountPending], 2) // the engine's to change
			})
		})
	}
}

// What a meeting asks for happens when the job meets the page for the first time. Among several in one commit each is
// told apart.
func TestCommit_Meet(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		entry := func(id string) *model.Task { e := todo(id, 1); return &e }
		below := func(ids ...string) (entries []model.Task) {
			for _, id := range ids {
				entries = append(entries, other(id, 1, 0, 1))
			}
			return entries
		}
		c := &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{
			{ID: "same1", Kind: "page", Add: below("same1a", "same1b")},
			{ID: "work1", Task: entry("work1")},
			{ID: "draft1", Draft: true},
			{ID: "same1", Kind: "page", Add: below("never1")},
			{ID: "work1", Task: entry("never2")},
		}}}
		r.commit(l, c)
		want := model.Counts{model.CountSkipped: 1, "skipped:page": 1, model.CountPending: 1, model.CountDrafts: 1}
		same(r.t, "counters", r.counts(), want)

		c = &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{
			{ID: "same1", Kind: "page", Add: below("never3", "never4")}, // all four operations left out, and no more
			{ID: "same2", Kind: "childPage", Add: below("same2a")},
			{ID: "draft1", Draft: true},
			{ID: "draft2", Draft: true},
			{ID: "work1", Task: entry("never5")},
			{ID: "work2", Task: entry("work2")},
			{ID: "same1", Task: entry("never6")},
			{ID: "work1", Kind: "page", Add: below("never7")},
			{ID: "same3", Kind: "page"},
			{ID: "same1", Kind: "page"},
			{ID: "draft1", Task: entry("draft1")}, // no draft any more
		}}, EvidenceChange: model.EvidenceChange{Complete: []string{"after all that"}}}
		r.commit(l, c)
		same(r.t, "counters", r.counts(), model.Counts{
			model.CountSkipped: 3, "skipped:page": 2, "skipped:childPage": 1, model.CountPending: 3, model.CountDrafts: 2,
		})
		same(r.t, "the list", keysOf(r.list(20)), []string{
			"page:draft1", "page:work1", "page:work2", "rows:same1a", "rows:same1b", "rows:same2a",
		})
		seen, err := r.Seen(r.t.Context(), jobID, []string{"same1", "draft2", "work2", "never1", "same3", "draft1"})
		r.must(err)
		same(r.t, "Seen", seen, []bool{true, false, true, false, true, true})
		complete, err := r.Complete(r.t.Context(), jobID, []string{"after all that"})
		r.must(err)
		same(r.t, "Complete", complete, []bool{true})
	})
}

// A page met whose work is on the list already, as that of one found twice, is met and not counted again.
func TestCommit_Meet_OnTheList(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		e := todo("p1", 2)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{todo("p1", 1)}}})
		r.commit(l, &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{{ID: "p1", Task: &e}}}})
		same(r.t, "pending", r.counts()[model.CountPending], 1)
		same(r.t, "the list", r.list(10), []model.Task{todo("p1", 1)})
	})
}

// Jobs do not see each other's lists.
func TestCommit_OtherJobs(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, everything())
		got, err := r.Todo(r.t.Context(), "msg_10", 10)
		r.must(err)
		same(r.t, "another job's list", got, nil)
		seen, err := r.Seen(r.t.Context(), "msg_10", []string{"p4"})
		r.must(err)
		same(r.t, "seen by another job", seen, []bool{false})
	})
}
