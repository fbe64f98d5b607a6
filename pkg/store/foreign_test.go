package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// A key of ours that holds a stranger's value of another type is left alone. The error names it and says what to do, and it
// is no outage: Redis answers.
func TestErrForeignKey(t *testing.T) {
	tests := []struct {
		key  string
		call func(*rig, model.Lease) error
	}{
		{key: jobKey, call: func(r *rig, _ model.Lease) error {
			_, err := r.Job(r.t.Context(), jobID)
			return err
		}},
		{key: jobKey, call: func(r *rig, _ model.Lease) error {
			_, err := r.CreateJob(r.t.Context(), newJob(jobID))
			return err
		}},
		{key: jobsKey, call: func(r *rig, _ model.Lease) error {
			_, err := r.CreateJob(r.t.Context(), newJob(jobID))
			return err
		}},
		{key: jobsKey, call: func(r *rig, _ model.Lease) error { _, err := r.Jobs(r.t.Context(), 20); return err }},
		{key: "sync:waiting", call: func(r *rig, _ model.Lease) error {
			_, err := r.SetWaiting(r.t.Context(), model.Waiting{}, model.Waiting{ID: jobID})
			return err
		}},
		{key: windowKey, call: func(r *rig, _ model.Lease) error {
			_, _, err := newWindow(r.t, r.Store, 100, time.Minute).Take(r.t.Context(), 5)
			return err
		}},
		{key: jobKey + ":todo", call: func(r *rig, _ model.Lease) error {
			_, err := r.Todo(r.t.Context(), jobID, 1)
			return err
		}},
		{key: "sync:pages", call: func(r *rig, _ model.Lease) error {
			_, err := r.Records(r.t.Context(), []string{"p1"})
			return err
		}},
		{key: "sync:pages", call: func(r *rig, _ model.Lease) error {
			_, _, err := r.ScanRecords(r.t.Context(), "")
			return err
		}},
		{key: "sync:slugs", call: func(r *rig, l model.Lease) error {
			return l.Commit(r.t.Context(), &model.Change{Job: jobID, SlugChange: model.SlugChange{Claim: map[string]string{"one": "p1"}}})
		}},
		{key: errorsKey, call: func(r *rig, _ model.Lease) error {
			_, _, err := r.Troubles(r.t.Context(), jobID, 1)
			return err
		}},
		{key: leaseKey, call: func(r *rig, l model.Lease) error { return l.Extend(r.t.Context()) }},
		{key: leaseKey, call: func(r *rig, _ model.Lease) error { _, err := r.Acquire(r.t.Context()); return err }},
		{key: "sync:due", call: func(r *rig, _ model.Lease) error {
			_, err := r.Due(r.t.Context(), time.Now())
			return err
		}},
		{key: "page:one", call: func(r *rig, _ model.Lease) error { _, err := r.Bundle(r.t.Context(), "one"); return err }},
		{key: "sync:files", call: func(r *rig, _ model.Lease) error {
			_, _, err := r.ScanFiles(r.t.Context(), "")
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				r.do("DEL", r.prefix+tt.key) // of what the test is about, only the lease exists
				r.do("RPUSH", r.prefix+tt.key, "a stranger's")
				r.foreign(tt.key, tt.call(r, l))
				same(r.t, "what the key holds", r.strings("LRANGE", r.prefix+tt.key, 0, -1), []string{"a stranger's"})
			})
		})
	}
}

// foreign fails the test unless err tells whoever runs the site what to do about the key.
func (r *rig) foreign(key string, err error) {
	r.t.Helper()
	if !errors.Is(err, store.ErrForeignKey) || errors.Is(err, store.ErrUnreachable) {
		r.t.Fatalf("%v, want ErrForeignKey and not ErrUnreachable", err)
	}
	for _, part := range []string{`"` + r.prefix + key + `"`, "rename or delete", "SYNC_KEY_PREFIX"} {
		if !strings.Contains(err.Error(), part) {
			r.t.Errorf("error is %q, want %s in it", err, part)
		}
	}
}
