package store_test

import (
	"errors"
	"strings"
	"testing"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// Redis with no memory left takes nothing, and answers. That is another thing than a Redis that does not.
func TestErrValueRefused_NoMemory(t *testing.T) {
	t.Parallel()
	const text = "OOM command not allowed when used memory > 'maxmemory'."
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		r := onMini(t)
		testRefused(r, func(full bool) {
			if full {
				r.mini.SetError(text)
			} else {
				r.mini.SetError("")
			}
		})
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, newServer(t).url())
		testRefused(r, func(full bool) {
			r.do("CONFIG", "SET", "maxmemory", map[bool]string{false: "0", true: "1"}[full])
		})
	})
}

func testRefused(r *rig, fill func(bool)) {
	ctx := r.t.Context()
	l := r.acquire()
	j := r.create(newJob(jobID))
	r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{todo("p1", 1)}}})
	r.commit(l, published(record("p2", "two")))
	before := r.snapshot()
	writes := map[string]func() error{
		"Commit": func() error {
			c := everything()
			c.Job, c.Task = jobID, todo("p1", 1)
			c.Drop, c.Write = nil, c.Write[:1] // see TestErrValueRefused_AllOrNothing
			return l.Commit(ctx, c)
		},
		"SaveJob": func() error {
			next := *j
			next.State = model.Running
			return l.SaveJob(ctx, &next, nil)
		},
		"BuildIndex": func() error {
			return l.BuildIndex(ctx, model.Index{Name: postsIndex, List: postsIndex, Head: `{"items":`, Tail: "}"})
		},
	}
	for name, write := range writes {
		fill(true)
		err := write()
		fill(false)
		if name == "BuildIndex" && r.mini != nil {
			continue // the embedded one refuses reads too
		}
		if !errors.Is(err, model.ErrValueRefused) || errors.Is(err, store.ErrUnreachable) {
			r.t.Errorf("%s = %v, want ErrValueRefused", name, err)
		} else if !strings.Contains(err.Error(), "bytes") {
			r.t.Errorf("%s = %q, want the size in it", name, err)
		}
		r.unchanged(before)
		if err := write(); err != nil {
			r.t.Errorf("%s once there is memory: %v", name, err)
		}
		before = r.snapshot()
	}
}

// A commit that begins by freeing memory is carried out whole, or not at all.
func TestErrValueRefused_AllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, newServer(t).url())
	l := r.acquire()
	was := record("p1", "one")
	r.commit(l, published(was))
	r.place(l, postsIndex)
	before := r.snapshot()
	now := at(was, "two")
	r.do("CONFIG", "SET", "maxmemory", "1")
	err := l.Commit(r.t.Context(), &model.Change{Job: jobID, PageChange: model.PageChange{Write: []model.PageWrite{write(now, was)}}})
	r.do("CONFIG", "SET", "maxmemory", "0")
	if err != nil {
		if !errors.Is(err, model.ErrValueRefused) {
			t.Errorf("Commit = %v, want nil or ErrValueRefused", err)
		}
		r.unchanged(before)
		return
	}
	same(t, "what is at one", r.get("page:one"), "")
	same(t, "what is at two", r.get("page:two"), bundle(now))
	same(t, "the record", r.record("p1"), now)
	same(t, "owner of two", r.owner("two"), "p1")
	same(t, "the index", r.index(postsIndex), []string{})
}

// What Redis and services like it say to values they will not take, and what they say for other reasons.
func TestErrValueRefused_Texts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text                 string
		refused, unreachable bool
	}{
		{text: "OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:47.", refused: true},
		{text: "ERR Error running script: @user_script:47: -OOM command not allowed", refused: true},
		{text: "ERR max request size exceeded. Limit: 1048576 bytes, Actual: 2097152 bytes", refused: true},
		{text: "ERR max single record size exceeded. Limit: 104857600 bytes, Actual: 104857601 bytes", refused: true},
		{text: "ERR DB capacity quota exceeded", refused: true},
		{text: "ERR Protocol error: invalid bulk length", refused: true},
		{text: "ERR max requests limit exceeded. Limit: 10000, Usage: 10000", unreachable: true},
		{text: "ERR max number of clients reached", unreachable: true},
		{text: "NOAUTH Authentication required.", unreachable: true},
		{text: "WRONGPASS invalid username-password pair or user is disabled.", unreachable: true},
		{text: "LOADING Redis is loading the dataset in memory", unreachable: true},
		{text: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", unreachable: true},
		{text: "CLUSTERDOWN The cluster is down", unreachable: true},
		{text: "WRONGTYPE Operation against a key holding the wrong kind of value"},
		{text: "ERR unknown command 'EVALSHA'"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			r := onMini(t)
			l := r.acquire()
			r.mini.SetError(tt.text)
			err := l.Commit(t.Context(), &model.Change{Job: jobID})
			r.mini.SetError("")
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Commit = %v, want what Redis has said in it", err)
			}
			if got := errors.Is(err, model.ErrValueRefused); got != tt.refused {
				t.Errorf("Commit = %v, is ErrValueRefused: %t, want %t", err, got, tt.refused)
			}
			if got := errors.Is(err, store.ErrUnreachable); got != tt.unreachable {
				t.Errorf("Commit = %v, is ErrUnreachable: %t, want %t", err, got, tt.unreachable)
			}
		})
	}
}
