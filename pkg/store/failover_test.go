package store_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/store"
)

// After a failover the connections that there are lead to what is a replica now, and new ones to the new primary. Whoever
// asks first gets an answer from that one, and so do all who ask at the same time; from then on nobody is led astray.
func TestStore_Failover(t *testing.T) {
	t.Parallel()
	for name, demoted := range map[string][][]any{
		"the old primary takes no writes": {{"REPLICAOF", "127.0.0.1", "1"}},
		"the old primary says nothing but that": {
			{"CONFIG", "SET", "replica-serve-stale-data", "no"}, {"REPLICAOF", "127.0.0.1", "1"},
		},
		"the old primary has no replicas": {{"CONFIG", "SET", "min-replicas-to-write", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, next := newServer(t), newServer(t)
			p := newProxy(t, old.url())
			s, err := store.New(p.url(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			together(t, func(ctx context.Context) error { return s.Rehearse(ctx) }) // connections that are idle afterwards
			command(t, old.url(), demoted...)
			u, err := url.Parse(next.url())
			if err != nil {
				t.Fatal(err)
			}
			p.leadTo(u.Host)
			if _, err := s.CreateJob(t.Context(), newJob(jobID)); err != nil {
				t.Errorf("the first to write: %v", err)
			}
			together(t, func(ctx context.Context) error { return s.Rehearse(ctx) })
		})
	}
}

// together does the same eight times at once.
func together(t *testing.T, do func(context.Context) error) {
	t.Helper()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := do(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Where there is nobody else to ask, what is said is said at once, and the connections are not used again.
func TestStore_Failover_nobodyElse(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	p := newProxy(t, server.url())
	s, err := store.New(p.url(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := s.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	command(t, server.url(), []any{"REPLICAOF", "127.0.0.1", "1"})
	var said *diagnosis.Error
	if err := l.Extend(t.Context()); !errors.As(err, &said) || said.ID != diagnosis.RedisReadOnly || !strings.Contains(err.Error(), "READONLY") {
		t.Errorf("Extend = %v, want that it is a replica", err)
	}
	if n := p.open(); n > 4 {
		t.Errorf("%d connections were made, want few", n)
	}
	command(t, server.url(), []any{"REPLICAOF", "NO", "ONE"})
	if err := l.Extend(t.Context()); err != nil {
		t.Errorf("Extend once it takes writes: %v", err)
	}
}
