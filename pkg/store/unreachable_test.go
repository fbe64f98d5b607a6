package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

const password = "a-password-to-keep-secret"

// lockCalls are those that take, keep and give back the lease.
func lockCalls(s *store.Store, l model.Lease) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Acquire": func(ctx context.Context) error { _, err := s.Acquire(ctx); return err },
		"Extend":  l.Extend,
		"Release": l.Release,
	}
}

// calls are others that a store can be asked, those of a lease if there is one.
func calls(s *store.Store, w *store.Window, l model.Lease) map[string]func(context.Context) error {
	all := map[string]func(context.Context) error{
		"Rehearse": s.Rehearse,
		"Held":     func(ctx context.Context) error { _, err := s.Held(ctx); return err },
		"Job":      func(ctx context.Context) error { _, err := s.Job(ctx, jobID); return err },
		"Jobs":     func(ctx context.Context) error { _, err := s.Jobs(ctx, 20); return err },
		"CreateJob": func(ctx context.Context) error {
			_, err := s.CreateJob(ctx, newJob(jobID))
			return err
		},
		"SwapJob": func(ctx context.Context) error { _, err := s.SwapJob(ctx, newJob(jobID), newJob(jobID)); return err },
		"SetWaiting": func(ctx context.Context) error {
			_, err := s.SetWaiting(ctx, model.Waiting{}, model.Waiting{})
			return err
		},
		"Turn":    func(ctx context.Context) error { _, err := s.Schedule(ctx); return err },
		"Todo":    func(ctx context.Context) error { _, err := s.Todo(ctx, jobID, 1); return err },
		"Records": func(ctx context.Context) error { _, err := s.Records(ctx, []string{"p1"}); return err },
		"Bundle":  func(ctx context.Context) error { _, err := s.Bundle(ctx, "one"); return err },
		"Troubles": func(ctx context.Context) error {
			_, _, err := s.Troubles(ctx, jobID, 1)
			return err
		},
		"Take":  func(ctx context.Context) error { _, _, err := w.Take(ctx, 1); return err },
		"Block": func(ctx context.Context) error { return w.Block(ctx, time.Millisecond) },
		"Used":  func(ctx context.Context) error { _, err := w.Used(ctx); return err },
		"Note": func(ctx context.Context) error {
			_, err := s.Enqueue(ctx, model.Edit{Event: "e0", Names: []string{"p1"}, Now: epoch})
			return err
		},
		"Called": func(ctx context.Context) error { _, err := s.SetPickup(ctx, "e1", 0, epoch, epoch); return err },
		"Due":    func(ctx context.Context) error { _, err := s.Due(ctx, epoch); return err },
		"TakeOver": func(ctx context.Context) error {
			_, err := s.TakeOver(ctx, newJob("msg_events"), []string{"p1"}, epoch, epoch)
			if errors.Is(err, model.ErrUnknownJob) { // nothing of it is noted
				return nil
			}
			return err
		},
		"Edits": func(ctx context.Context) error { _, err := s.Edits(ctx); return err },
	}
	if l != nil {
		all["Commit"] = func(ctx context.Context) error { return l.Commit(ctx, &model.Change{Job: jobID}) }
		all["SaveJob"] = func(ctx context.Context) error { return l.SaveJob(ctx, newJob(jobID), nil) }
		all["BuildIndex"] = func(ctx context.Context) error { return l.BuildIndex(ctx, model.Index{Name: "i", List: "i"}) }
	}
	return all
}

func newWindow(t *testing.T, s *store.Store, limit int, span time.Duration) *store.Window {
	t.Helper()
	w, err := store.NewWindow(s, limit, span)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// wantUnreachable fails the test unless every call ends with ErrUnreachable and keeps the password to itself.
func wantUnreachable(t *testing.T, all map[string]func(context.Context) error) {
	t.Helper()
	for name, call := range all {
		err := call(t.Context())
		if !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("%s = %v, want ErrUnreachable", name, err)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%s = %q, which tells the password", name, err)
		}
	}
}

func withPassword(address string) string {
	return strings.Replace(address, "://", "://default:"+password+"@", 1)
}

func TestErrUnreachable(t *testing.T) {
	t.Parallel()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		url  func(*testing.T) string
	}{
		{name: "nobody listens", url: func(*testing.T) string { return fmt.Sprintf("redis://127.0.0.1:%d", port) }},
		{name: "wrong password, miniredis", url: func(t *testing.T) string {
			mini := miniredis.RunT(t)
			mini.RequireAuth("another")
			return "redis://" + mini.Addr()
		}},
		{name: "wrong password, redis", url: func(t *testing.T) string {
			return newServer(t, "--requirepass", "another").url()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := store.New(withPassword(tt.url(t)), "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			all := calls(s, newWindow(t, s, 10, time.Second), nil)
			all["Acquire"] = func(ctx context.Context) error { _, err := s.Acquire(ctx); return err }
			wantUnreachable(t, all)
		})
	}
}

func TestErrUnreachable_NoPasswordGiven(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	l := r.acquire()
	r.mini.RequireAuth(password)
	s := r.another(r.url)
	wantUnreachable(t, calls(s, newWindow(t, s, 10, time.Second), nil))
	r.mini.RequireAuth("")
	r.must(l.Extend(t.Context()))
}

// A Redis that goes away is unreachable; once it is back the next call works.
func TestErrUnreachable_GoneAndBack(t *testing.T) {
	t.Parallel()
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		r := onMini(t)
		testGoneAndBack(t, r.another(r.url), r.mini.Close, r.mini.Restart)
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		server := newServer(t)
		s, err := store.New(server.url(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		testGoneAndBack(t, s, server.stop, server.start)
	})
}

func testGoneAndBack(t *testing.T, s *store.Store, stop func(), start func() error) {
	t.Helper()
	w := newWindow(t, s, 10, time.Second)
	l, err := s.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := calls(s, w, l)
	maps.Copy(all, lockCalls(s, l))
	stop()
	wantUnreachable(t, all)
	if err := start(); err != nil {
		t.Fatal(err)
	}
	for name, call := range all {
		if err := call(t.Context()); errors.Is(err, store.ErrUnreachable) {
			t.Errorf("%s once Redis is back = %v", name, err)
		}
	}
}

// A connection that broke while nobody looked is replaced without anybody noticing.
func TestStore_BrokenConnection(t *testing.T) {
	onBoth(t, func(r *rig) {
		p := newProxy(r.t, r.url)
		s := r.another(p.url())
		l, err := s.Acquire(r.t.Context())
		r.must(err)
		r.create(newJob(jobID))
		for name, call := range calls(s, newWindow(r.t, s, 10, time.Minute), l) {
			p.cut()
			if err := call(r.t.Context()); err != nil {
				r.t.Errorf("%s on a broken connection = %v", name, err)
			}
		}
	})
}

// An invocation that has ended is told so; nothing is wrong with Redis, and nothing is written.
func TestStore_ContextEnded(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		before := r.snapshot()
		ctx, cancel := context.WithCancelCause(r.t.Context())
		cancel(errOver)
		all := calls(r.Store, newWindow(r.t, r.Store, 10, time.Minute), l)
		maps.Copy(all, lockCalls(r.Store, l))
		for name, call := range all {
			err := call(ctx)
			if !errors.Is(err, errOver) || errors.Is(err, store.ErrUnreachable) || errors.As(err, new(*diagnosis.Error)) {
				r.t.Errorf("%s = %v, want the context's cause, and nothing against Redis", name, err)
			}
		}
		r.unchanged(before)
	})
}

// A Redis that does not answer holds nobody longer than the context does.
func TestStore_ContextEnds(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	p := newProxy(t, r.url)
	s := r.another(p.url())
	l, err := s.Acquire(t.Context())
	r.must(err)
	p.hold()
	for name, call := range calls(s, newWindow(t, s, 10, time.Minute), l) {
		p.endsWithContext(name, call)
	}
}

// The lease's calls are no exception.
func TestRegression_ContextEnds_Lease(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	p := newProxy(t, r.url)
	s := r.another(p.url())
	l, err := s.Acquire(t.Context())
	r.must(err)
	p.hold()
	for name, call := range lockCalls(s, l) {
		p.endsWithContext(name, call)
	}
}

// endsWithContext fails the test unless a call that gets no answer ends as its context does.
func (p *proxy) endsWithContext(name string, call func(context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithCancelCause(p.t.Context())
	defer time.AfterFunc(10*time.Millisecond, func() { cancel(errOver) }).Stop()
	ended := make(chan error, 1)
	go func() { ended <- call(ctx) }()
	select {
	case err := <-ended:
		if !errors.Is(err, errOver) {
			p.t.Errorf("%s = %v, want the context's cause", name, err)
		}
	case <-time.After(2 * time.Second):
		p.t.Errorf("%s still waits 2s after its context has ended", name)
		p.cut()
		<-ended
	}
}

var errOver = errors.New("the invocation's time is used up")
