package notionsim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// overTCP asks the server through a real connection.
func overTCP(t *testing.T, s *notionsim.Server) *client {
	t.Helper()
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	c := newClient(t, s, notionsim.V20250903)
	c.http = &http.Client{Transport: redirect{ts}}
	return c
}

// redirect sends requests for any host to a test server.
type redirect struct{ server *httptest.Server }

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Host = strings.TrimPrefix(r.server.URL, "http://")
	return r.server.Client().Transport.RoundTrip(req)
}

func TestServer_Fail(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name       string
		fault      notionsim.Fault
		status     int
		header     string // Retry-After
		body       string // part of it
		incomplete bool   // the connection breaks within the body
		noAnswer   bool
	}{
		{name: "status", fault: notionsim.Status(503), status: 503, body: `"code":"service_unavailable"`},
		{name: "error", fault: notionsim.Error(400, "validation_error", "No."), status: 400, body: `"message":"No."`},
		{name: "html", fault: notionsim.HTML(502), status: 502, body: "<center>cloudflare</center>"},
		{name: "rate limited", fault: notionsim.RateLimited(90*time.Second, notionsim.ReasonWorkspace), status: 429,
			header: "90", body: `"rate_limit_reason":"public_api_space_request_rate_limit","retry_after":"90"`},
		{name: "rate limited without a time", fault: notionsim.RateLimited(0, ""), status: 429, body: "rate_limited"},
		{name: "overloaded", fault: notionsim.Overloaded(1200 * time.Millisecond), status: 529, header: "2",
			body: `"code":"service_overload"`},
		{name: "closed", fault: notionsim.Closed(), noAnswer: true},
		{name: "hang", fault: notionsim.Hang(time.Millisecond), noAnswer: true},
		{name: "slow", fault: notionsim.Slow(time.Millisecond), status: 200, body: `"has_more":true`},
		{name: "empty", fault: notionsim.Empty(), status: 200},
		{name: "truncated", fault: notionsim.Truncated(), status: 200, body: `{"object":"list"`},
		{name: "cut off", fault: notionsim.CutOff(), status: 200, body: `{"object":"list"`, incomplete: true},
		{name: "half", fault: notionsim.Half(), status: 200, body: `"next_cursor":null,"has_more":false`},
	} {
		for network, connect := range map[string]func(*testing.T, *notionsim.Server) *client{
			"TCP": overTCP, "Transport": func(t *testing.T, s *notionsim.Server) *client {
				return newClient(t, s, notionsim.V20250903)
			},
		} {
			t.Run(row.name+" over "+network, func(t *testing.T) {
				t.Parallel()
				w, source, _ := rows(t, 30)
				s := w.Server(notionsim.ServerOptions{})
				c := connect(t, s)
				s.Fail(notionsim.Rule{Kind: notionsim.KindQuery, Times: 1, Fault: row.fault})
				resp, raw, err := c.do("POST", "data_sources/"+source+"/query", `{"page_size":10}`)
				if row.noAnswer {
					if resp != nil || err == nil {
						t.Fatalf("answered %v, %v; want no answer", resp, err)
					}
				} else if resp == nil || resp.StatusCode != row.status || resp.Header.Get("Retry-After") != row.header ||
					!strings.Contains(string(raw), row.body) {
					t.Fatalf("answered %v, %v: %s", resp, err, raw)
				}
				if row.incomplete != errors.Is(err, io.ErrUnexpectedEOF) && !row.noAnswer {
					t.Errorf("reading the body: %v, want an unexpected end: %t", err, row.incomplete)
				}
				whole := !strings.Contains("empty truncated", row.name)
				if row.status == 200 && !row.incomplete && json.Valid(raw) != whole {
					t.Errorf("body %s: valid %t, want %t", raw, !whole, whole)
				}
				if row.name == "half" && len(parse[list](t, raw).Results) != 5 {
					t.Errorf("half of a listing: %d results, want 5", len(parse[list](t, raw).Results))
				}
				c.ask(200, "POST", "data_sources/"+source+"/query", "{}")
			})
		}
	}
}

func TestRule_matches(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 3)
	s := w.Server(notionsim.ServerOptions{Limit: -1})
	c := newClient(t, s, notionsim.V20250903)
	page, children := "pages/"+ids[0], "blocks/"+ids[0]+"/children"
	other, query := "pages/"+ids[1], "data_sources/"+source+"/query"
	try := func(method, path, body string) bool {
		resp, _, err := c.do(method, path, body)
		ok(t, err)
		return resp.StatusCode == 500
	}
	for _, row := range []struct {
		name string
		rule notionsim.Rule
		hit  string // of page, children, other, query, cursor
	}{
		{"everything", notionsim.Rule{}, "page children other query cursor "},
		{"kind", notionsim.Rule{Kind: notionsim.KindPage}, "page other "},
		{"method", notionsim.Rule{Method: "POST"}, "query cursor "},
		{"path", notionsim.Rule{Path: "/children"}, "children "},
		{"body", notionsim.Rule{Body: "start_cursor"}, "cursor "},
		{"id", notionsim.Rule{ID: strings.ReplaceAll(ids[0], "-", "")}, "page children "},
		{"later", notionsim.Rule{Skip: 3}, "query cursor "},
		{"some", notionsim.Rule{Skip: 1, Times: 2}, "children other "},
	} {
		row.rule.Fault = notionsim.Status(500)
		remove := s.Fail(row.rule)
		hit := ""
		for _, r := range []struct{ name, method, path, body string }{
			{"page", "GET", page, ""}, {"children", "GET", children, ""}, {"other", "GET", other, ""},
			{"query", "POST", query, "{}"}, {"cursor", "POST", query, `{"start_cursor":"x"}`},
		} {
			if try(r.method, r.path, r.body) {
				hit += r.name + " "
			}
		}
		if hit != row.hit {
			t.Errorf("%s: hit %s, want %s", row.name, hit, row.hit)
		}
		if remove(); try("GET", page, "") {
			t.Errorf("%s: still hits after it was removed", row.name)
		}
	}
}

func TestRule_Probability(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	run := func(seed uint64) (hits string) {
		s := w.Server(notionsim.ServerOptions{Limit: -1})
		s.Fail(notionsim.Rule{Probability: 0.3, Seed: seed, Fault: notionsim.Status(500)})
		c := newClient(t, s, notionsim.V20250903)
		for range 200 {
			resp, _, err := c.do("GET", "users/me", "")
			ok(t, err)
			hits += map[int]string{200: ".", 500: "x"}[resp.StatusCode]
		}
		return hits
	}
	one := run(1)
	if n := strings.Count(one, "x"); n < 30 || n > 90 {
		t.Errorf("%d of 200 requests were hit, want about 60", n)
	}
	if again := run(1); again != one {
		t.Errorf("the same seed hits %s, then %s", one, again)
	}
	if run(2) == one {
		t.Error("another seed hits the same requests")
	}
}

func TestRefusedCursor(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 3)
	s := w.Server(notionsim.ServerOptions{})
	c := newClient(t, s, notionsim.V20250903)
	s.Fail(notionsim.Rule{Fault: notionsim.RefusedCursor()})
	path := "data_sources/" + source + "/query"
	first := parse[list](t, c.ask(200, "POST", path, `{"page_size":1}`))
	want := "The start_cursor provided is invalid: "
	raw := c.ask(400, "POST", path, `{"page_size":1,"start_cursor":"`+first.Next+`"}`)
	if !strings.Contains(string(raw), want) {
		t.Errorf("query: %s", raw)
	}
	raw = c.ask(400, "GET", "blocks/"+ids[0]+"/children?start_cursor=abc", "")
	if !strings.Contains(string(raw), want+"abc") {
		t.Errorf("listing: %s", raw)
	}
}

func TestMeanwhile(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 3)
	s := w.Server(notionsim.ServerOptions{})
	c := newClient(t, s, notionsim.V20250903)
	s.Fail(notionsim.Rule{Kind: notionsim.KindPage, Fault: notionsim.Meanwhile(func() { w.Unshare(source) })})
	s.Fail(notionsim.Rule{Kind: notionsim.KindChildren, Fault: notionsim.Afterwards(func() { w.Share(source) })})
	c.ask(404, "GET", "pages/"+ids[0], "")
	c.ask(404, "GET", "blocks/"+ids[0]+"/children", "")
	c.ask(200, "GET", "blocks/"+ids[0]+"/children", "")
}

func TestHang_untilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := notionsim.New(nil).Server(notionsim.ServerOptions{})
		s.Fail(notionsim.Rule{Fault: notionsim.Hang(time.Hour)})
		c := newClient(t, s, notionsim.V20250903)
		c.http.Timeout = time.Minute
		start := time.Now()
		_, _, err := c.do("GET", "users/me", "")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("a hanging request ended after %s with %v, want a minute and the deadline", time.Since(start), err)
		}
	})
}

func TestServer_Transport_hangsWithinTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := notionsim.New(nil).Server(notionsim.ServerOptions{})
		s.Fail(notionsim.Rule{Fault: func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = w.Write([]byte(`{"object":`))
			<-r.Context().Done()
		}})
		c := newClient(t, s, notionsim.V20250903)
		c.http.Timeout = time.Minute
		resp, raw, err := c.do("GET", "users/me", "")
		if resp == nil || resp.StatusCode != 200 || string(raw) != `{"object":` || err == nil {
			t.Errorf("got %v, %q, %v; want 200, the part that was sent and an error", resp, raw, err)
		}
	})
}
