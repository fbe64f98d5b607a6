package notionsim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// clock is a clock that stands still until it is told to move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 8, 3, 10, 20, 30, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// client asks a server without a network.
type client struct {
	t       *testing.T
	http    *http.Client
	version notionsim.Version
	token   string
}

func newClient(t *testing.T, s *notionsim.Server, v notionsim.Version) *client {
	t.Helper()
	return &client{t: t, http: &http.Client{Transport: s.Transport()}, version: v, token: "secret"}
}

// unlimited is a server for tests that are not about the request window.
func unlimited(t *testing.T, w *notionsim.Workspace) *client {
	t.Helper()
	return newClient(t, w.Server(notionsim.ServerOptions{Limit: -1}), notionsim.V20250903)
}

func (c *client) do(method, path, body string) (*http.Response, []byte, error) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, "http://notion.test/v1/"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatalf("http.NewRequest(%s): %v", path, err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.version != "" {
		r.Header.Set("Notion-Version", string(c.version))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp, raw, err
}

// ask makes a request that must be answered with the status.
func (c *client) ask(status int, method, path, body string) []byte {
	c.t.Helper()
	resp, raw, err := c.do(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if resp.StatusCode != status {
		c.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, resp.StatusCode, status, raw)
	}
	return raw
}

func (c *client) get(path string) []byte { c.t.Helper(); return c.ask(200, "GET", path, "") }

// list is an answer's envelope.
type list struct {
	Results []json.RawMessage `json:"results"`
	Next    string            `json:"next_cursor"`
	More    bool              `json:"has_more"`
	Status  json.RawMessage   `json:"request_status"`
}

// children lists everything directly under a block, size at a time.
func (c *client) children(id string, size string) []json.RawMessage {
	c.t.Helper()
	var all []json.RawMessage
	for cursor := ""; ; {
		q := url.Values{"page_size": {size}}
		if cursor != "" {
			q.Set("start_cursor", cursor)
		}
		l := parse[list](c.t, c.get("blocks/"+id+"/children?"+q.Encode()))
		all = append(all, l.Results...)
		if cursor = l.Next; cursor == "" {
			return all
		}
	}
}

// query lists the rows that a query body finds; the body must lack its closing brace.
func (c *client) query(source, body string) (ids []string, last list) {
	c.t.Helper()
	for cursor := ""; ; {
		more := ""
		if cursor != "" {
			more = `,"start_cursor":"` + cursor + `"`
		}
		last = parse[list](c.t, c.ask(200, "POST", "data_sources/"+source+"/query", body+more+"}"))
		for _, raw := range last.Results {
			ids = append(ids, idOf(c.t, raw))
		}
		if cursor = last.Next; cursor == "" {
			return ids, last
		}
	}
}

func parse[T any](t *testing.T, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("json.Unmarshal(%.300s): %v", raw, err)
	}
	return v
}

func idOf(t *testing.T, raw []byte) string {
	t.Helper()
	return parse[struct{ ID string }](t, raw).ID
}

// keysOf are the members of a JSON object, in order.
func keysOf(t *testing.T, raw []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("not an object: %.200s", raw)
	}
	var keys []string
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatalf("keys of %.200s: %v", raw, err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatalf("keys of %.200s: %v", raw, err)
		}
	}
	return keys
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rows makes a workspace with one data source of n rows, created a minute apart.
func rows(t *testing.T, n int) (w *notionsim.Workspace, source string, ids []string) {
	t.Helper()
	c := newClock()
	w = notionsim.New(c.now)
	_, source, err := w.AddDatabase("", "Rows", notionsim.Column{Name: "slug", Type: "rich_text"})
	ok(t, err)
	for range n {
		c.add(time.Minute)
		ids = append(ids, must[string](t)(w.AddRow(source, "Row", nil)))
	}
	return w, source, ids
}

func sorted(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}
