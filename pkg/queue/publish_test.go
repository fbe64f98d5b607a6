package queue_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/queue"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/syncer/model"
)

func TestQueue_Publish(t *testing.T) {
	const redact = "header[X-Vercel-Protection-Bypass]"
	json := []string{"application/json"}
	full := http.Header{
		"Content-Type":             json,
		"Upstash-Retries":          {"3"},
		"Upstash-Label":            {"notionsync"},
		"Upstash-Failure-Callback": {callbackURL},
		"Upstash-Forward-X-Vercel-Protection-Bypass":                  {bypass},
		"Upstash-Failure-Callback-Forward-X-Vercel-Protection-Bypass": {bypass},
		"Upstash-Redact-Fields":                                       {redact},
		"Upstash-Failure-Callback-Redact-Fields":                      {redact},
	}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	body := []byte(`{"a": "ü", "b":1.0}`)
	tests := []struct {
		name    string
		message model.Message
		url     string
		headers http.Header
		after   time.Duration
	}{
		{"to the worker", model.Message{Body: body}, workerURL, full, 0},
		{"delayed", model.Message{Body: body, Delay: 40 * time.Second}, workerURL,
			with(full, "Upstash-Delay", "40s"), 40 * time.Second},
		{"delay rounded up", model.Message{Body: body, Delay: 90*time.Second + 1}, workerURL,
			with(full, "Upstash-Delay", "91s"), 91 * time.Second},
		{"shortest delay", model.Message{Body: body, Delay: 1}, workerURL,
			with(full, "Upstash-Delay", "1s"), time.Second},
		{"negative delay", model.Message{Body: body, Delay: -time.Second}, workerURL, full, 0},
		{"deduplicated", model.Message{Body: body, DedupID: "msg_1-2"}, workerURL,
			with(full, "Upstash-Deduplication-Id", "msg_1-2"), 0},
		{"to a URL outside: no bypass, no callback", model.Message{Body: body, URL: outsideURL}, outsideURL,
			http.Header{"Content-Type": json, "Upstash-Retries": {"3"}, "Upstash-Label": {"notionsync"}}, 0},
		{"with a secret for it, hidden from QStash's logs", model.Message{Body: body, URL: outsideURL, Bearer: "a secret"}, outsideURL,
			http.Header{
				"Content-Type": json, "Upstash-Retries": {"3"}, "Upstash-Label": {"notionsync"},
				"Upstash-Forward-Authorization": {"Bearer a secret"}, "Upstash-Redact-Fields": {"header[Authorization]"},
			}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *http.Request
			var gotBody string
			site := func(_ http.ResponseWriter, r *http.Request) {
				raw, _ := io.ReadAll(r.Body)
				got, gotBody = r, string(raw)
			}
			withSim(t, site, func(t *testing.T, q *queue.Queue, sim *qstashsim.Server) {
				began := time.Now()
				id, err := q.Publish(t.Context(), tt.message)
				if err != nil {
					t.Fatal(err)
				}
				if err := sim.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				m, ok := sim.Message(id)
				if !ok || m.State != qstashsim.Delivered || m.URL != tt.url {
					t.Fatalf("message %q: %s to %q, want DELIVERED to %q", id, m.State, m.URL, tt.url)
				}
				if diff := cmp.Diff(tt.headers, m.Published); diff != "" {
					t.Errorf("headers of the publish call (-want +got):\n%s", diff)
				}
				if after := m.Attempts[0].At.Sub(began); after != tt.after {
					t.Errorf("delivered after %s, want %s", after, tt.after)
				}
				if gotBody != string(body) || got.URL.String() != tt.url {
					t.Errorf("delivered %s to %s", gotBody, got.URL)
				}
				wantBypass := ""
				if tt.message.URL == "" {
					wantBypass = bypass
				}
				if b := got.Header.Get("X-Vercel-Protection-Bypass"); b != wantBypass {
					t.Errorf("delivered with bypass %q, want %q", b, wantBypass)
				}
			})
		})
	}
}

func TestQueue_PublishWithoutBypass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := qstashsim.New(qstashsim.Options{Token: token})
		defer sim.Close()
		sim.Pause()
		opts := options(wire{sim})
		opts.Bypass = ""
		id, err := newQueue(t, opts).Publish(t.Context(), toWorker)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := sim.Message(id)
		for name := range m.Published {
			if strings.Contains(name, "Bypass") || strings.Contains(name, "Redact") {
				t.Errorf("published with %s, though there is no secret", name)
			}
		}
	})
}

// A failed slice comes back through Deployment Protection, and its secret is not to be read in the dead letter queue.
func TestQueue_FailureCallback(t *testing.T) {
	var mu sync.Mutex
	passed := map[string]bool{}
	site := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		passed[r.URL.String()] = r.Header.Get("X-Vercel-Protection-Bypass") == bypass
		w.WriteHeader(500)
	}
	withSim(t, site, func(t *testing.T, q *queue.Queue, sim *qstashsim.Server) {
		if _, err := q.Publish(t.Context(), toWorker); err != nil {
			t.Fatal(err)
		}
		if err := sim.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]bool{workerURL: true, callbackURL: true}, passed); diff != "" {
			t.Errorf("let through (-want +got):\n%s", diff)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/v2/dlq", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		sim.ServeHTTP(w, r)
		var dlq struct {
			Messages []struct{ Header http.Header }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &dlq); err != nil {
			t.Fatal(err)
		}
		if len(dlq.Messages) != 2 {
			t.Fatalf("%d dead letters, want the message and its callback", len(dlq.Messages))
		}
		for i, m := range dlq.Messages {
			if got := m.Header.Get("X-Vercel-Protection-Bypass"); !strings.HasPrefix(got, "REDACTED:") {
				t.Errorf("dead letter %d shows the secret as %q", i, got)
			}
		}
	})
}

func TestQueue_PublishInvalid(t *testing.T) {
	t.Parallel()
	body := json.RawMessage("{}")
	tests := []struct {
		name    string
		message model.Message
		want    string
	}{
		{"no body", model.Message{}, "the body is not JSON"},
		{"half a body", model.Message{Body: json.RawMessage(`{"a"`)}, "the body is not JSON"},
		{"line break in the deduplication id", model.Message{Body: body, DedupID: "a\nb"}, "no header can"},
		{"no scheme", model.Message{Body: body, URL: "hooks.example/keep-secret"}, "is not an absolute http(s) URL"},
		{"fragment", model.Message{Body: body, URL: outsideURL + "#keep-secret"}, "has a fragment"},
		{"user", model.Message{Body: body, URL: "https://keep-secret@hooks.example"}, "has a user or password"},
		{"space", model.Message{Body: body, URL: "https://hooks.example/keep-secret x"}, "must be percent-encoded"},
		{"setting of QStash", model.Message{Body: body, URL: outsideURL + "&upstash-retries=0"}, "for its own"},
		{"setting in disguise", model.Message{Body: body, URL: outsideURL + "&%75PSTASH-Retries=0"}, "for its own"},
		{"token of QStash", model.Message{Body: body, URL: outsideURL + "&qstash_token=keep-secret"}, "for its own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := newQueue(t, options(roundTripper(func(r *http.Request) (*http.Response, error) {
				t.Errorf("a request was made to %s", r.URL)
				return nil, errBroken
			})))
			id, err := q.Publish(t.Context(), tt.message)
			if err == nil || !strings.Contains(err.Error(), tt.want) || id != "" {
				t.Fatalf("Publish = %q, %v, want %q in the error", id, err, tt.want)
			}
			checkSecrets(t, err)
		})
	}
}

func TestQueue_PublishWithoutWorker(t *testing.T) {
	t.Parallel()
	q := newQueue(t, queue.Options{Token: token, Transport: wire{http.NotFoundHandler()}})
	if _, err := q.Publish(t.Context(), toWorker); err == nil || !strings.Contains(err.Error(), "no worker URL") {
		t.Errorf("Publish: got %v, want an error naming the worker URL", err)
	}
}
