package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// met is a page that a listing has shown, with a page object that is kept in a hash of its own.
func met(id string, hash int) model.Sighting {
	e := todo(id, 1)
	e.Object, e.Objects = json.RawMessage(`{"id":"`+id+`"}`), hash
	return model.Sighting{ID: id, Task: &e}
}

func (r *rig) objects(hash int) string {
	return fmt.Sprint(r.prefix, "sync:job:", jobID, ":objects:", hash)
}

// Page objects that are kept apart come back with their entries, and each hash of them goes with its last entry.
func TestCommit_ObjectsApart(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		r.commit(l, &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{met("p1", 1), met("p2", 1), met("p3", 2)}}})
		again := met("p1", 2)
		r.commit(l, &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{again}, Add: []model.Task{*again.Task}}}) // it stands on the list
		list := r.list(10)
		same(r.t, "the list", list, []model.Task{*met("p1", 1).Task, *met("p2", 1).Task, *met("p3", 2).Task})
		for _, e := range list {
			if doc := fmt.Sprintf("%s", r.do("HGET", r.prefix+"sync:job:"+jobID+":entries", e.Key)); strings.Contains(doc, `"object"`) {
				r.t.Errorf("entry %s is kept as %s, want it without its object", e.Key, doc)
			}
		}
		moved := list[0]
		moved.Class, moved.Rev = 5, 2
		r.commit(l, &model.Change{ListChange: model.ListChange{Task: list[0], Then: &moved}})
		r.commit(l, model.Finish(list[1]))
		same(r.t, "the list", r.list(1), []model.Task{list[2]})
		r.commit(l, model.Finish(list[2]))
		same(r.t, "the list", r.list(10), []model.Task{moved})
		if !r.exists("sync:job:"+jobID+":objects:1") || r.exists("sync:job:"+jobID+":objects:2") {
			r.t.Error("want the hash of p1 to be there, and that of p3 gone")
		}
		home := moved
		home.Objects, home.Rev, home.Object = 0, 3, json.RawMessage(`{"read":"anew"}`)
		r.commit(l, &model.Change{ListChange: model.ListChange{Task: moved, Then: &home}})
		same(r.t, "the list", r.list(10), []model.Task{home})
		if r.exists("sync:job:" + jobID + ":objects:1") {
			r.t.Error("the hash of p1 is there, though its entry holds its object now")
		}
	})
}

// An entry whose object Redis has lost comes without it: its page is read again.
func TestStore_Todo_ObjectLost(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		r.commit(l, &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{met("p1", 1)}}})
		r.do("DEL", r.objects(1))
		want := *met("p1", 1).Task
		want.Object = nil
		same(r.t, "the list", r.list(1), []model.Task{want})
	})
}

// What a job has kept apart goes with it, however it ends.
func TestLease_SaveJob_ObjectsGo(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		r.commit(l, &model.Change{
			ListChange: model.ListChange{Sightings: []model.Sighting{met("p1", 1), met("p2", 2), met("p3", 3)}},
			Report:     model.Report{Count: model.Counts{model.CountObjects: 2*work.ObjectsTogether + 1}},
		})
		job, err := r.Job(r.t.Context(), jobID)
		r.must(err)
		job.State = model.Failed
		r.must(l.SaveJob(r.t.Context(), job, nil))
		for n := range 3 {
			if r.exists(fmt.Sprint("sync:job:", jobID, ":objects:", n+1)) {
				r.t.Errorf("hash %d is there", n+1)
			}
		}
	})
}
