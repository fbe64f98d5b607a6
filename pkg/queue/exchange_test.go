package queue_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notionsync/pkg/queue"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/syncer/model"
)

// A lost answer: published again only with a deduplication id, and then it is one message all the same.
func TestQueue_PublishAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		faults   qstashsim.Faults
		dedupID  string
		ok       bool
		messages int
	}{
		{"one answer lost", qstashsim.Faults{DropAnswers: 1}, "d", true, 1},
		{"two answers lost", qstashsim.Faults{DropAnswers: 2}, "d", true, 1},
		{"three answers lost", qstashsim.Faults{DropAnswers: 3}, "d", false, 1},
		{"one answer lost, no deduplication id", qstashsim.Faults{DropAnswers: 1}, "", false, 1},
		{"three internal errors", qstashsim.Faults{FailPublishes: 3}, "d", false, 0},
		{"two internal errors", qstashsim.Faults{FailPublishes: 2}, "d", true, 1},
		{"an internal error, no deduplication id", qstashsim.Faults{FailPublishes: 1}, "", false, 0},
		{"quota used up", qstashsim.Faults{FailPublishes: 1, FailStatus: 429}, "d", false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ok := func(http.ResponseWriter, *http.Request) {}
			withSim(t, ok, func(t *testing.T, q *queue.Queue, sim *qstashsim.Server) {
				sim.Misbehave(tt.faults)
				began := time.Now()
				id, err := q.Publish(t.Context(), model.Message{Body: toWorker.Body, DedupID: tt.dedupID})
				if (err == nil) != tt.ok || (id != "") != tt.ok {
					t.Errorf("Publish = %q, %v, want success %v", id, err, tt.ok)
				}
				if tt.faults.DropAnswers > 0 && err != nil && !errors.Is(err, errBroken) {
					t.Errorf("Publish: %v, want it to wrap the network's error", err)
				}
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("took %s, want a short pause", took)
				}
				all := sim.Messages()
				if len(all) != tt.messages || id != "" && all[0].ID != id {
					t.Errorf("%d messages, id %q; want %d with that id", len(all), id, tt.messages)
				}
			})
		})
	}
}

func TestQueue_PublishTimeout(t *testing.T) {
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, options(wire{hang}))
		began := time.Now()
		_, err := q.Publish(t.Context(), model.Message{Body: toWorker.Body, DedupID: "d"})
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 15*time.Second {
			t.Errorf("without a deadline: %v after %s, want DeadlineExceeded after 15s", err, took)
		}
		const want = "queue: publish: no answer from qstash.upstash.io: context deadline exceeded after 15s"
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	})
}

func TestQueue_PublishCancelled(t *testing.T) {
	t.Parallel()
	reason := errors.New("the budget is used up")
	for name, handler := range map[string]http.HandlerFunc{
		"during a request":     func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"after a lost answer":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"after a server error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(50*time.Millisecond, func() { cancel(reason) }).Stop()
				var requests atomic.Int32
				q := newQueue(t, options(wire{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					handler(w, r)
				})}))
				began := time.Now()
				_, err := q.Publish(ctx, model.Message{Body: toWorker.Body, DedupID: "d"})
				if !errors.Is(err, reason) || requests.Load() != 1 || time.Since(began) != 50*time.Millisecond {
					t.Errorf("%v after %d requests and %s; want the reason at once", err, requests.Load(), time.Since(began))
				}
			})
		})
	}
}

// A redirect would be followed with GET, and its answer taken for a success.
func TestQueue_PublishFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	q := newQueue(t, options(wire{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.Redirect(w, r, "https://qstash.upstash.io/login", http.StatusFound)
	})}))
	if _, err := q.Publish(t.Context(), toWorker); err == nil || requests.Load() != 1 {
		t.Errorf("Publish: %v after %d requests, want an error after one", err, requests.Load())
	}
}

// However long the answer is, it is read to a limit and closed.
func TestQueue_PublishClosesTheBody(t *testing.T) {
	t.Parallel()
	body := &endless{}
	q := newQueue(t, options(roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: body}, nil
	})))
	if _, err := q.Publish(t.Context(), toWorker); err == nil || !body.closed {
		t.Errorf("Publish: %v, body closed %v, want an error and true", err, body.closed)
	}
}

// endless is a body without end.
type endless struct{ closed bool }

func (*endless) Read(p []byte) (int, error) { return len(p), nil }
func (e *endless) Close() error             { e.closed = true; return nil }

// Over real sockets: connections are used again, though qstash-go closes no body.
func TestQueue_OverTheNetwork(t *testing.T) {
	t.Setenv("QSTASH_URL", "")
	sim := qstashsim.New(qstashsim.Options{Token: token})
	defer sim.Close()
	sim.Pause()
	connections := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
		sim.ServeHTTP(w, r)
	}))
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	opts := options(transport)
	opts.BaseURL = server.URL + "/"
	q := newQueue(t, opts)
	var want []qstashsim.Message
	for range 3 {
		id, err := q.Publish(t.Context(), toWorker)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, qstashsim.Message{ID: id, URL: workerURL, Method: "POST", Body: toWorker.Body})
	}
	got := cmpopts.IgnoreFields(qstashsim.Message{}, "Header", "Published", "CallerIP", "MaxRetries", "CreatedAt",
		"NotBefore", "State")
	if diff := cmp.Diff(want, sim.Messages(), got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if len(connections) != 1 {
		t.Errorf("%d connections, want one", len(connections))
	}
}
