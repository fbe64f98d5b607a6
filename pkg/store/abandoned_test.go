package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"notionsync/pkg/syncer/model"
)

// A job that is abandoned in its first slice leaves nothing behind for ever, whatever it has come to.
func TestRegression_AbandonedJob(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		e := todo("p1", 1)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e, todo("p2", 1)}}})
		j := r.job(jobID)
		j.State = model.Running
		r.must(l.SaveJob(r.t.Context(), j, nil))
		c := everything()
		next := e
		c.Task, c.Then, next.Rev = e, &next, 2
		c.Parts = map[string]json.RawMessage{"b1": json.RawMessage("[]")}
		c.Put = map[model.Set][]string{model.SetChanged: {"a"}, model.SetLists: {"b"}, model.SetMissing: {"c"}}
		r.commit(l, c)
		for _, key := range r.keys() {
			key = strings.TrimPrefix(key, r.prefix)
			if strings.HasPrefix(key, jobKey) {
				r.lasts(key, week)
			}
		}
	})
}
