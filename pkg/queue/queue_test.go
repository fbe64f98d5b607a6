package queue_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/queue"
	"notionsync/pkg/sim/qstashsim"
)

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*queue.Options)
		want   string // in the error, empty: none
	}{
		{"everything", func(*queue.Options) {}, ""},
		{"token only", func(o *queue.Options) { *o = queue.Options{Token: token} }, ""},
		{"no token", func(o *queue.Options) { o.Token = "" }, "no QStash token"},
		{"line break in the token", func(o *queue.Options) { o.Token = token + "\n" }, "no header can"},
		{"space in the token", func(o *queue.Options) { o.Token = "a token" }, "no header can"},
		{"line break in the bypass secret", func(o *queue.Options) { o.Bypass += "\n" }, "no header can"},
		{"base URL without scheme", func(o *queue.Options) { o.BaseURL = "qstash.upstash.io" },
			"base URL is not an absolute http(s) URL"},
		{"base URL of a file", func(o *queue.Options) { o.BaseURL = "file:///keep-secret" }, "base URL is not an absolute"},
		{"base URL with a query", func(o *queue.Options) { o.BaseURL = "https://q.example?a" }, "base URL has a query"},
		{"base URL with an empty query", func(o *queue.Options) { o.BaseURL = "https://q.example?" },
			"base URL has a query"},
		{"base URL with a password", func(o *queue.Options) { o.BaseURL = "https://u:keep-secret@q.example" },
			"base URL has a user or password"},
		{"base URL with a space", func(o *queue.Options) { o.BaseURL = "https://keep-secret example" },
			"base URL is not a URL"},
		{"worker without callback", func(o *queue.Options) { o.CallbackURL = "" }, "go together"},
		{"callback without worker", func(o *queue.Options) { o.WorkerURL = "" }, "go together"},
		{"worker without scheme", func(o *queue.Options) { o.WorkerURL = "site.example/api" },
			"worker URL is not an absolute http(s) URL"},
		{"worker with a query", func(o *queue.Options) { o.WorkerURL += "?keep-secret=1" }, "worker URL has a query"},
		{"worker with a fragment", func(o *queue.Options) { o.WorkerURL += "#x" }, "worker URL has a fragment"},
		{"worker with a space", func(o *queue.Options) { o.WorkerURL += "/a b" }, "must be percent-encoded"},
		{"worker with an umlaut", func(o *queue.Options) { o.WorkerURL += "/ü" }, "must be percent-encoded"},
		{"worker with an escape", func(o *queue.Options) { o.WorkerURL += "/%C3%BC%2F//x" }, ""},
		{"callback with a query", func(o *queue.Options) { o.CallbackURL += "?" }, "callback URL has a query"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := options(nil)
			tt.change(&opts)
			q, err := queue.New(opts)
			if tt.want == "" {
				if err != nil {
					t.Errorf("New: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || q != nil {
				t.Fatalf("New: got %v, want %q in the error", err, tt.want)
			}
			checkSecrets(t, err)
		})
	}
}

func TestNew_BaseURL(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                                      "https://qstash.upstash.io/v2/keys",
		"https://qstash-us-east-1.upstash.io":   "https://qstash-us-east-1.upstash.io/v2/keys",
		"https://q.example/":                    "https://q.example/v2/keys",
		"https://q.example//":                   "https://q.example/v2/keys",
		"https://q.example/v2":                  "https://q.example/v2/keys",
		"https://q.example/v2/publish":          "https://q.example/v2/keys",
		"https://q.example/v2/publish/":         "https://q.example/v2/keys",
		"http://127.0.0.1:8080/behind/a/proxy/": "http://127.0.0.1:8080/behind/a/proxy/v2/keys",
	} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			var got string
			opts := options(roundTripper(func(r *http.Request) (*http.Response, error) {
				got = r.URL.String()
				if r.Host != r.URL.Host {
					t.Errorf("Host %q of a request to %s", r.Host, r.URL)
				}
				return nil, errBroken
			}))
			opts.BaseURL = base
			_, _, _ = newQueue(t, opts).Keys(t.Context())
			if got != want {
				t.Errorf("asked %q, want %q", got, want)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The library reads QSTASH_URL itself and would go there, whatever it was told.
func TestNew_BaseURLWinsOverTheEnvironment(t *testing.T) {
	wrong := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the request went where QSTASH_URL says")
	}))
	defer wrong.Close()
	sim := qstashsim.New(qstashsim.Options{Token: token})
	defer sim.Close()
	host := ""
	right := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host {
			t.Errorf("Host %q, want %q", r.Host, host)
		}
		sim.ServeHTTP(w, r)
	}))
	defer right.Close()
	host = right.Listener.Addr().String()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	opts := options(transport)
	opts.BaseURL = right.URL
	q := newQueue(t, opts)
	for _, value := range []string{wrong.URL, wrong.URL + "/", wrong.URL + "/v2/publish/"} {
		t.Setenv("QSTASH_URL", value)
		if current, _, err := q.Keys(t.Context()); err != nil || current != qstashsim.DefaultCurrentKey {
			t.Errorf("Keys with QSTASH_URL=%s: %q, %v", value, current, err)
		}
		sim.Pause()
		id, err := q.Publish(t.Context(), toWorker)
		if err != nil {
			t.Fatalf("Publish with QSTASH_URL=%s: %v", value, err)
		}
		if m, _ := sim.Message(id); m.URL != workerURL {
			t.Errorf("Publish with QSTASH_URL=%s: to %q, want %q", value, m.URL, workerURL)
		}
	}
	for _, value := range []string{wrong.URL + "\n", `"` + wrong.URL + `"`} {
		t.Setenv("QSTASH_URL", value)
		_, err := q.Publish(t.Context(), toWorker)
		if err == nil || !strings.Contains(err.Error(), "QSTASH_URL holds more than a URL") || queue.Diagnose(err).ID != diagnosis.QStashSpaces {
			t.Errorf("Publish with QSTASH_URL=%q: got %v, want an error naming the variable", value, err)
		}
	}
}

func TestQueue_Keys(t *testing.T) {
	withSim(t, nil, func(t *testing.T, q *queue.Queue, sim *qstashsim.Server) {
		sim.RotateKeys()
		wantCurrent, wantNext := sim.Keys()
		current, next, err := q.Keys(t.Context())
		if err != nil || current != wantCurrent || next != wantNext {
			t.Errorf("Keys() = %q, %q, %v, want %q, %q", current, next, err, wantCurrent, wantNext)
		}
	})
}

func TestQueue_KeysRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"wrong token", 401, `{"error":"unable to authenticate: invalid token"}`, "copy QSTASH_TOKEN again"},
		{"no keys", 200, `{}`, "something else than QStash's JSON"},
		{"one key", 200, `{"current":"keep-secret"}`, "something else than QStash's JSON"},
		{"a web page", 200, `<html>`, "something else than QStash's JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			current, next, err := answering(t, tt.status, tt.body).Keys(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || current+next != "" {
				t.Fatalf("Keys() = %q, %q, %v, want %q in the error", current, next, err, tt.want)
			}
			checkSecrets(t, err)
		})
	}
}
