package qstashsim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"notionsync/pkg/sim/qstashsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// destination is where most tests publish to.
const destination = "https://site.example/api/sync/worker"

// hosts is a network without sockets: a request is answered by the handler of its host, in the caller's goroutine, so
// that a test in a synctest bubble has a clock that moves by itself.
type hosts map[string]http.HandlerFunc

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	handler, ok := h[r.URL.Host]
	if !ok {
		return nil, fmt.Errorf("lookup %s: no such host", r.URL.Host)
	}
	w := httptest.NewRecorder()
	handler(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// rig is a server in a bubble, its destinations, and what arrived there.
type rig struct {
	*qstashsim.Server
	t     *testing.T
	began time.Time

	mu       sync.Mutex
	arrivals []arrival
}

// arrival is a delivery as its destination saw it.
type arrival struct {
	after  time.Duration // since the test began, rounded to the second
	header http.Header
	method string
	url    string
	body   string
}

// inBubble runs a test with a server whose deliveries to site.example are recorded and answered.
func inBubble(t *testing.T, opts qstashsim.Options, answer http.HandlerFunc, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, began: time.Now()}
		opts.Client = &http.Client{Transport: hosts{"site.example": r.record(answer)}}
		r.Server = qstashsim.New(opts)
		defer r.Close()
		test(t, r)
	})
}

func (r *rig) record(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			r.t.Errorf("reading a delivery: %v", err)
		}
		r.mu.Lock()
		r.arrivals = append(r.arrivals, arrival{
			after:  time.Since(r.began).Round(time.Second),
			header: req.Header.Clone(), method: req.Method, url: req.URL.String(), body: string(body),
		})
		r.mu.Unlock()
		next(w, req)
	}
}

// call makes an API request with the right token. Headers are given as name, value, name, value.
func (r *rig) call(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+qstashsim.DefaultToken)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

// publish publishes to the usual destination and returns the id.
func (r *rig) publish(body string, headers ...string) string {
	r.t.Helper()
	w := r.call("POST", "/v2/publish/"+destination, body, headers...)
	if w.Code != http.StatusCreated {
		r.t.Fatalf("publish: got %d %s, want 201", w.Code, w.Body)
	}
	return decode(r.t, w)["messageId"].(string)
}

// wait waits until everything is delivered or given up.
func (r *rig) wait() {
	r.t.Helper()
	if err := r.Wait(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// message returns what the server knows of a message.
func (r *rig) message(id string) qstashsim.Message {
	r.t.Helper()
	m, ok := r.Message(id)
	if !ok {
		r.t.Fatalf("Message(%q): none, want one", id)
	}
	return m
}

func (r *rig) seen() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]arrival(nil), r.arrivals...)
}

// times returns when deliveries arrived.
func (r *rig) times() []time.Duration {
	var all []time.Duration
	for _, a := range r.seen() {
		all = append(all, a.after)
	}
	return all
}

// bodies returns what was delivered.
func (r *rig) bodies() []string {
	var all []string
	for _, a := range r.seen() {
		all = append(all, a.body)
	}
	return all
}

func decode(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	return v
}

// always answers every delivery with one status. Headers are given as name, value, name, value.
func always(status int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

// failing answers the first n deliveries with a status and the rest with 200.
func failing(n int, status int, headers ...string) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n--
		failed := n >= 0
		mu.Unlock()
		if failed {
			always(status, headers...)(w, r)
		}
	}
}
