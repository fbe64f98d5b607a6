package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/syncer"
)

// A stranger's value in a key of ours is moved aside, not lost, and the store goes on as if the key had been free.
func TestStore_StrangersKeys(t *testing.T) {
	tests := []struct {
		key   string
		write bool // the call writes to the key
		call  func(*rig, syncer.Lease) error
	}{
		{key: jobKey, call: func(r *rig, _ syncer.Lease) error {
			_, err := r.Job(r.t.Context(), jobID)
			if errors.Is(err, syncer.ErrUnknownJob) {
				err = nil
			}
			return err
		}},
		{key: jobKey, write: true, call: func(r *rig, _ syncer.Lease) error {
			_, err := r.CreateJob(r.t.Context(), newJob(jobID))
			return err
		}},
		{key: jobsKey, write: true, call: func(r *rig, _ syncer.Lease) error {
			_, err := r.CreateJob(r.t.Context(), newJob(jobID))
			return err
		}},
		{key: jobsKey, call: func(r *rig, _ syncer.Lease) error { _, err := r.Jobs(r.t.Context(), 20); return err }},
		{key: "sync:waiting", write: true, call: func(r *rig, _ syncer.Lease) error {
			ok, err := r.SetWaiting(r.t.Context(), syncer.Waiting{}, syncer.Waiting{ID: jobID})
			if !ok {
				r.t.Error("SetWaiting = false, want true")
			}
			return err
		}},
		{key: windowKey, write: true, call: func(r *rig, _ syncer.Lease) error {
			r.take(newWindow(r.t, r.Store, 100, time.Minute), 5, 5)
			return nil
		}},
		{key: jobKey + ":todo", call: func(r *rig, _ syncer.Lease) error {
			_, err := r.Todo(r.t.Context(), jobID, 1)
			return err
		}},
		{key: "sync:pages", call: func(r *rig, _ syncer.Lease) error {
			_, err := r.Records(r.t.Context(), []string{"p1"})
			return err
		}},
		{key: "sync:pages", call: func(r *rig, _ syncer.Lease) error {
			_, _, err := r.ScanRecords(r.t.Context(), "")
			return err
		}},
		{key: "sync:slugs", write: true, call: func(r *rig, l syncer.Lease) error {
			return l.Commit(r.t.Context(), &syncer.Change{Job: jobID, Claim: map[string]string{"one": "p1"}})
		}},
		{key: errorsKey, call: func(r *rig, _ syncer.Lease) error {
			_, _, err := r.Troubles(r.t.Context(), jobID, 1)
			return err
		}},
		{key: "page:one", call: func(r *rig, _ syncer.Lease) error { _, err := r.Bundle(r.t.Context(), "one"); return err }},
		{key: "sync:files", call: func(r *rig, _ syncer.Lease) error {
			_, _, err := r.ScanFiles(r.t.Context(), "")
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.key+map[bool]string{true: " written"}[tt.write], func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				key := r.prefix + tt.key
				r.do("RPUSH", key, "a stranger's")
				r.must(tt.call(r, l))
				if r.exists(tt.key) != tt.write {
					r.t.Errorf("%s: exists is %t, want %t", tt.key, r.exists(tt.key), tt.write)
				}
				r.aside(tt.key)
			})
		})
	}
}

// aside fails the test unless the stranger's value has been moved, once.
func (r *rig) aside(key string) {
	r.t.Helper()
	n := 0
	for _, name := range r.keys() {
		if strings.HasPrefix(name, r.prefix+"sync:quarantine:"+key+":") {
			n++
			same(r.t, "what was moved aside", r.strings("LRANGE", name, 0, -1), []string{"a stranger's"})
		}
	}
	if n != 1 {
		r.t.Errorf("%d keys were moved aside, want 1: %q", n, r.keys())
	}
}

// A lease that nobody holds is free in a while at the latest.
func TestStore_Acquire_StrangersLease(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		r.do("SET", r.prefix+leaseKey, "for ever")
		if _, err := r.Acquire(ctx); !errors.Is(err, syncer.ErrHeld) {
			r.t.Errorf("Acquire = %v, want ErrHeld", err)
		}
		if ttl := r.ttl(leaseKey); ttl <= 0 || ttl > 10*time.Second {
			r.t.Errorf("a lease for ever now lasts %s, want 10s", ttl)
		}
		r.lapse(leaseKey)
		r.must(r.acquire().Release(ctx))

		r.do("RPUSH", r.prefix+leaseKey, "a stranger's")
		if _, err := r.Acquire(ctx); err != nil && !errors.Is(err, syncer.ErrHeld) {
			r.t.Errorf("Acquire = %v, want nil or ErrHeld", err)
		}
		r.aside(leaseKey)
	})
}

// Whoever only looks for the lease does not make it last longer.
func TestStore_Acquire_HeldLeaseRunsOut(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.acquire()
		r.do("PEXPIRE", r.prefix+leaseKey, 5000)
		if _, err := r.Acquire(r.t.Context()); !errors.Is(err, syncer.ErrHeld) {
			r.t.Errorf("Acquire = %v, want ErrHeld", err)
		}
		if ttl := r.ttl(leaseKey); ttl > 5*time.Second {
			r.t.Errorf("the lease lasts %s after another has asked for it, want less than 5s", ttl)
		}
	})
}
