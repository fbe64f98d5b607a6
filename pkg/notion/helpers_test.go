package notion_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

const (
	token = "ntn_topsecret0123456789"
	id1   = "11111111-1111-4111-8111-111111111111"
	id2   = "22222222-2222-4222-8222-222222222222"

	emptyList  = `{"object":"list","results":[],"has_more":false,"next_cursor":null}`
	minuteRead = `"created_time":"2026-01-02T03:04:00.000Z","last_edited_time":"2026-01-02T03:05:00.000Z"`
)

// answer is one response of a scripted server.
type answer struct {
	status int // 0: 200
	header map[string]string
	body   string
	hangUp bool // close the connection without any answer
}

// fail is an error body as Notion writes it.
func fail(status int, code, message string) answer {
	return answer{status: status, body: fmt.Sprintf(
		`{"object":"error","status":%d,"code":%q,"message":%q,"request_id":"req-1"}`, status, code, message)}
}

func (a answer) with(key, value string) answer {
	header := map[string]string{key: value}
	for k, v := range a.header {
		header[k] = v
	}
	a.header = header
	return a
}

// received is one request as a scripted server saw it.
type received struct {
	method, host, uri, body string
	header                  http.Header
}

// script is a server that gives its answers in order, and the last one for ever.
type script struct {
	*httptest.Server
	mu       sync.Mutex
	answers  []answer
	requests []received
}

func serve(t *testing.T, answers ...answer) *script {
	t.Helper()
	s := &script{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests = append(s.requests, received{r.Method, r.Host, r.RequestURI, string(body), r.Header})
	a := s.answers[min(len(s.requests), len(s.answers))-1]
	s.mu.Unlock()
	if a.hangUp {
		panic(http.ErrAbortHandler)
	}
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	io.WriteString(w, a.body)
}

func (s *script) seen() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.requests...)
}

// sleeps notes what would have been slept.
type sleeps struct {
	mu   sync.Mutex
	each []time.Duration
}

func (s *sleeps) sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.each = append(s.each, d)
	return context.Cause(ctx)
}

// connect makes a client of the server at url that never really sleeps.
func connect(t *testing.T, url string, change ...func(*notion.Options)) *notion.Client {
	t.Helper()
	o := notion.Options{Token: token, BaseURL: url, Sleep: new(sleeps).sleep}
	for _, f := range change {
		f(&o)
	}
	c, err := notion.New(o)
	if err != nil {
		t.Fatalf("New(): %v", err)
	}
	return c
}

// window is a notion.Window of function fields; those left out grant everything and ignore blocks. It has as many spares as
// said.
type window struct {
	spares int
	take   func(ctx context.Context, n int) (int, time.Duration, error)
	block  func(d time.Duration) error

	mu     sync.Mutex
	takes  []int
	blocks []time.Duration
}

func (w *window) Spares() int { return w.spares }

func (w *window) Take(ctx context.Context, n int) (int, time.Duration, error) {
	w.mu.Lock()
	w.takes = append(w.takes, n)
	w.mu.Unlock()
	if w.take == nil {
		return n, 0, nil
	}
	return w.take(ctx, n)
}

func (w *window) Block(_ context.Context, d time.Duration) error {
	w.mu.Lock()
	w.blocks = append(w.blocks, d)
	w.mu.Unlock()
	if w.block == nil {
		return nil
	}
	return w.block(d)
}

// calls is every method that makes requests, for what must hold for all of them.
var calls = map[string]func(context.Context, *notion.Client, string) error{
	"Database": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Database(ctx, id)
		return err
	},
	"Rows": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Rows(ctx, rowsOf(id))
		return err
	},
	"Children": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Children(ctx, id, "")
		return err
	},
	"Block": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Block(ctx, id)
		return err
	},
	"Page": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Page(ctx, id)
		return err
	},
	"Markdown": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Markdown(ctx, id)
		return err
	},
	"Property": func(ctx context.Context, c *notion.Client, id string) error {
		_, err := c.Property(ctx, id, "title", "")
		return err
	},
}

// roundTrip is an http.RoundTripper without a network, for tests under synctest.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func respond(req *http.Request, status int, body string) *http.Response {
	rec := httptest.NewRecorder()
	rec.WriteHeader(status)
	rec.WriteString(body)
	resp := rec.Result()
	resp.Request = req
	return resp
}

func rowsOf(id string) model.Query { return model.Query{DataSource: id} }
