package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

func names(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%04d", prefix, i)
	}
	return list
}

// More members than one command of a script may have: Lua's stack holds 8000.
const many = 9000

func TestCommit_Sets(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		l := r.acquire()
		ids := names("p", many)
		r.commit(l, &model.Change{EvidenceChange: model.EvidenceChange{Put: map[model.Set][]string{model.SetChanged: ids, model.SetLists: {"a", "b", "a"}}}})
		r.size(model.SetChanged, many)
		r.size(model.SetLists, 2)
		r.size(model.SetMissing, 0)
		some, err := r.Sample(ctx, jobID, model.SetChanged, 100)
		r.must(err)
		slices.Sort(some)
		if got := len(slices.Compact(some)); got != 100 {
			r.t.Errorf("Sample(100) has %d different members", got)
		}
		for _, id := range some {
			if !slices.Contains(ids, id) {
				r.t.Errorf("Sample has %q, which nobody put there", id)
			}
		}
		none, err := r.Sample(ctx, jobID, model.SetMissing, 100)
		if err != nil || len(none) != 0 {
			r.t.Errorf("Sample of an empty set = %v, %v; want none", none, err)
		}
		r.commit(l, &model.Change{EvidenceChange: model.EvidenceChange{Take: map[model.Set][]string{model.SetChanged: ids[1:], model.SetLists: {"b", "c"}}}})
		for set, want := range map[model.Set]string{model.SetChanged: ids[0], model.SetLists: "a"} {
			got, err := r.Sample(ctx, jobID, set, 100)
			r.must(err)
			same(r.t, "what is left of "+string(set), got, []string{want})
		}
	})
}

func (r *rig) size(set model.Set, want int) {
	r.t.Helper()
	got, err := r.Sample(r.t.Context(), jobID, set, 1<<20)
	if err != nil || len(got) != want {
		r.t.Errorf("%s has %d members, %v; want %d", set, len(got), err, want)
	}
}

func TestStore_Complete(t *testing.T) {
	onBoth(t, func(r *rig) {
		ids := names("source", many)
		r.commit(r.acquire(), &model.Change{EvidenceChange: model.EvidenceChange{Complete: ids}})
		ask := []string{"unknown"}
		want := []bool{false}
		for i, id := range ids[:1200] {
			ask, want = append(ask, id), append(want, true)
			if i%3 == 0 {
				ask, want = append(ask, id+"?"), append(want, false)
			}
		}
		got, err := r.Complete(r.t.Context(), jobID, ask)
		r.must(err)
		same(r.t, "Complete", got, want)
		got, err = r.Complete(r.t.Context(), jobID, nil)
		r.must(err)
		same(r.t, "Complete of nothing", got, nil)
	})
}

// Block lists are kept with the job under their page, for a job's lifetime at most.
func TestCommit_Parts(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		e, again, third, last := todo("p1", 1), todo("p1", 2), todo("p1", 3), todo("p1", 4)
		again.Parts, third.Parts, last.Parts = 1, 2, 3
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		first := json.RawMessage(`[{"text":"<a> & \"b\"  "}]`)
		second, newer := json.RawMessage("[]"), json.RawMessage(`["more"]`)
		r.commit(l, &model.Change{ListChange: model.ListChange{Task: e, Then: &again}, KeptChange: model.KeptChange{Parts: map[string]json.RawMessage{"b1": first}}})
		r.commit(l, &model.Change{ListChange: model.ListChange{Task: again, Then: &third}, KeptChange: model.KeptChange{Parts: map[string]json.RawMessage{"b2": second}}})
		r.commit(l, &model.Change{ListChange: model.ListChange{Task: third, Then: &last}, KeptChange: model.KeptChange{Parts: map[string]json.RawMessage{"b2": newer}}})
		parts := func(page string) map[string]json.RawMessage {
			got, err := r.Parts(r.t.Context(), jobID, page, 3)
			r.must(err)
			return got
		}
		same(r.t, "Parts", parts("p1"), map[string]json.RawMessage{"b1": first, "b2": newer})
		same(r.t, "Parts of another page", parts("p2"), map[string]json.RawMessage{})
		key := "sync:job:" + jobID + ":parts"
		if ttl := r.ttl(key); ttl <= 0 || ttl > 7*24*time.Hour {
			r.t.Errorf("parts last %s, want 7 days", ttl)
		}
		r.do("HSET", r.prefix+key, "p1|1", "damaged")
		same(r.t, "Parts, some damaged", parts("p1"), map[string]json.RawMessage{"b2": newer})
		r.commit(l, &model.Change{ListChange: model.ListChange{Task: last}, KeptChange: model.KeptChange{DropParts: []model.Task{last}}})
		if r.exists(key) {
			r.t.Errorf("dropped parts are still there: %s", parts("p1"))
		}
	})
}

func TestStore_Databases(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		databases := func() []model.InnerDatabase {
			got, err := r.Databases(r.t.Context())
			r.must(err)
			slices.SortFunc(got, func(a, b model.InnerDatabase) int { return slices.Compare([]string{a.ID}, []string{b.ID}) })
			return got
		}
		same(r.t, "at first", databases(), nil)
		one := model.InnerDatabase{
			ID: "d1", Title: "One <1>", Page: "p1", Collection: "posts", Sources: []string{"s1", "s2"},
		}
		two := model.InnerDatabase{ID: "d2", Title: "Two", Page: "p1", Sources: []string{}}
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Databases: []model.InnerDatabase{one, two}}})
		two.Title = "New"
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Databases: []model.InnerDatabase{two}}})
		same(r.t, "Databases", databases(), []model.InnerDatabase{one, two})

		row := record("p2", "row")
		row.List = "db:d1"
		r.commit(l, published(row))
		r.place(l, "db:d1")
		r.commit(l, &model.Change{IndexChange: model.IndexChange{DropDatabases: []string{"d1", "d9"}}})
		same(r.t, "Databases", databases(), []model.InnerDatabase{two})
		if r.exists("db:d1") || len(r.members("db:d1")) > 0 {
			r.t.Error("a dropped database has left its entry or its list")
		}
		r.do("HSET", r.prefix+"sync:databases", "d3", "{garbage")
		same(r.t, "Databases beside a damaged one", databases(), []model.InnerDatabase{two})
	})
}

func TestStore_Fact(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, &model.Change{KeptChange: model.KeptChange{Observed: map[string]string{model.StampsDiffer: "p1", "other": "x"}}})
		r.commit(l, &model.Change{KeptChange: model.KeptChange{Observed: map[string]string{model.StampsDiffer: "p2"}}})
		for name, want := range map[string]string{model.StampsDiffer: "p2", "other": "x"} {
			if got, err := r.Observation(r.t.Context(), name); got != want || err != nil {
				r.t.Errorf("Fact(%q) = %q, %v; want %q", name, got, err, want)
			}
		}
	})
}

// A commit counts, and tells when the job last got something done and what it was busy with.
func TestCommit_Count(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		before := r.create(newJob(jobID)).UpdatedAt
		began := time.Now().Truncate(time.Millisecond)
		r.commit(l, &model.Change{Report: model.Report{Count: model.Counts{model.CountSynced: 2, model.CountPending: 4, "zero": 0}}})
		r.commit(l, &model.Change{Report: model.Report{Count: model.Counts{model.CountSynced: 3, model.CountPending: -1}, Failure: "first"}})
		r.commit(l, &model.Change{Report: model.Report{Failure: "last"}, Phase: model.Fetch})
		j := r.job(jobID)
		same(r.t, "phase", j.Phase, model.Fetch)
		same(r.t, "counters", j.Counts, model.Counts{model.CountSynced: 5, model.CountPending: 3})
		same(r.t, "failure", j.Failure, "last")
		if !before.Equal(epoch) || j.UpdatedAt.Before(began) || j.UpdatedAt.After(time.Now()) {
			r.t.Errorf("UpdatedAt was %s and is %s, want a moment ago", before, j.UpdatedAt)
		}
	})
}
