package notionsim_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/notionsim"
)

func TestServer_window(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := notionsim.New(c.now)
	s := w.Server(notionsim.ServerOptions{})
	cl := newClient(t, s, notionsim.V20250903)
	for i := range 180 {
		if i == 100 {
			c.add(20 * time.Second)
		}
		cl.get("users/me")
	}
	c.add(500 * time.Millisecond)
	resp, raw, err := cl.do("GET", "users/me", "")
	ok(t, err)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "40" {
		t.Fatalf("request 181: status %d, Retry-After %q; want 429, 40", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	for _, want := range []string{`"code":"rate_limited"`, `"rate_limit_reason":"public_api_request_rate_limit"`,
		`"retry_after":"40"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("body %s lacks %s", raw, want)
		}
	}
	c.add(39*time.Second + 500*time.Millisecond) // the first request was a minute ago
	// The hundred requests of the first moment are out of the window, the eighty after them are not.
	for range 100 {
		cl.get("users/me")
	}
	cl.ask(429, "GET", "users/me", "")
	if got := s.Refused(); got != 2 {
		t.Errorf("Refused() = %d, want 2", got)
	}
}

func TestServer_limits(t *testing.T) {
	t.Parallel()
	w := notionsim.New(newClock().now)
	few := newClient(t, w.Server(notionsim.ServerOptions{Limit: 2, Window: time.Second}), notionsim.V20250903)
	few.get("users/me")
	few.get("users/me")
	few.ask(429, "GET", "users/me", "")
	none := newClient(t, w.Server(notionsim.ServerOptions{Limit: -1}), notionsim.V20250903)
	for range 1000 {
		none.get("users/me")
	}
}

func TestServer_latency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := notionsim.New(nil).Server(notionsim.ServerOptions{Latency: 300 * time.Millisecond})
		start := time.Now()
		newClient(t, s, notionsim.V20250903).get("users/me")
		if got := time.Since(start); got != 300*time.Millisecond {
			t.Errorf("an answer took %s, want 300ms", got)
		}
	})
}

func TestServer_log(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 3)
	s := w.Server(notionsim.ServerOptions{})
	c := newClient(t, s, notionsim.V20250903)
	c.get("pages/" + ids[0])
	c.ask(200, "POST", "data_sources/"+source+"/query", `{"page_size":2}`)
	c.get("blocks/" + ids[1] + "/children?page_size=5")
	c.ask(404, "GET", "pages/00000000-0000-0000-0000-000000000000", "")
	counts := s.Counts()
	want := map[string]int{"": 4, notionsim.KindPage: 2, notionsim.KindQuery: 1, notionsim.KindChildren: 1}
	for kind, n := range want {
		if counts[kind] != n {
			t.Errorf("Counts()[%q] = %d, want %d", kind, counts[kind], n)
		}
	}
	log := s.Requests()
	query, children, missing := log[1], log[2], log[3]
	if query.ID != source || query.Body != `{"page_size":2}` || query.Method != "POST" {
		t.Errorf("logged query %+v", query)
	}
	if children.Query != "page_size=5" || children.Path != "/v1/blocks/"+ids[1]+"/children" || children.Status != 200 {
		t.Errorf("logged listing %+v", children)
	}
	if missing.Status != 404 || missing.Header.Get("Authorization") != "" || missing.Header.Get("Notion-Version") == "" {
		t.Errorf("logged miss %+v, want status 404, the version, no token", missing)
	}
	if s.Reset(); len(s.Requests()) != 0 {
		t.Errorf("after Reset %d requests are logged", len(s.Requests()))
	}
}

func TestWorkspace_AddFile(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := notionsim.New(c.now)
	page := w.AddPage("Files", notionsim.Image(w.AddFile("a.png", "image/png", []byte("png")), nil))
	s := w.Server(notionsim.ServerOptions{Limit: -1})
	cl := newClient(t, s, notionsim.V20250903)
	read := func() (url, expiry string) {
		f := parse[struct {
			Image struct {
				Type string
				File struct {
					URL    string
					Expiry string `json:"expiry_time"`
				}
			}
		}](t, cl.children(page, "10")[0]).Image
		if f.Type != "file" {
			t.Fatalf("image of type %q, want file", f.Type)
		}
		return f.File.URL, f.File.Expiry
	}
	first, expiry := read()
	second, _ := read()
	path := func(url string) string { return url[:strings.Index(url, "?")] }
	if first == second || path(first) != path(second) {
		t.Errorf("two reads gave %s and %s, want one path with two signatures", first, second)
	}
	if want := c.now().Add(time.Hour).Format("2006-01-02T15:04:05.000Z"); expiry != want {
		t.Errorf("expiry_time %s, want %s", expiry, want)
	}
	for _, row := range []struct {
		later  time.Duration
		status int
	}{{0, 200}, {time.Hour, 200}, {time.Second, 403}} {
		c.add(row.later)
		r, err := http.NewRequestWithContext(t.Context(), "GET", first, nil)
		ok(t, err)
		resp, err := cl.http.Do(r)
		ok(t, err)
		resp.Body.Close()
		if resp.StatusCode != row.status {
			t.Errorf("GET of the file %s later: status %d, want %d", row.later, resp.StatusCode, row.status)
		}
	}
	if n := strconv.Itoa(s.Counts()[""]); n != "2" {
		t.Errorf("%s requests logged, want the two of the API", n)
	}
}

func TestServer_concurrentUse(t *testing.T) {
	t.Parallel()
	w := notionsim.Generate(varied)
	s := w.Server(notionsim.ServerOptions{Limit: -1})
	c := newClient(t, s, notionsim.V20250903)
	pages, source := w.Pages(), w.Databases()[0].SourceIDs[0]
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 8 {
				id := pages[(i*8+j)%len(pages)].ID
				c.children(id, "100")
				_, _ = c.query(source, oldestFirst)
				if err := w.SetTitle(id, "New title"); err != nil {
					t.Errorf("SetTitle(%s): %v", id, err)
				}
			}
		})
	}
	group.Wait()
	if got, want := s.Counts()[notionsim.KindQuery], 32; got != want {
		t.Errorf("%d queries were logged, want %d", got, want)
	}
}
