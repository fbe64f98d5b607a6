package notion_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		o    notion.Options
	}{
		{"no token", notion.Options{}},
		{"a token of spaces", notion.Options{Token: " \n"}},
		{"a token of two lines", notion.Options{Token: token + "\nX-Other: 1"}},
		{"a base URL without scheme", notion.Options{Token: token, BaseURL: "api.notion.com"}},
		{"a base URL of another scheme", notion.Options{Token: token, BaseURL: "ftp://api.notion.com"}},
		{"a base URL with a password", notion.Options{Token: token, BaseURL: "https://a:" + token + "@api.notion.com"}},
		{"a base URL with a query", notion.Options{Token: token, BaseURL: "https://api.notion.com/?"}},
		{"a negative limit in flight", notion.Options{Token: token, InFlight: -1}},
		{"a negative wait", notion.Options{Token: token, MaxWait: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := notion.New(tt.o)
			if err == nil || c != nil {
				t.Errorf("New() = %v, %v, want an error", c, err)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("New(): error %q holds the token", err)
			}
		})
	}
}

func TestClient_requests(t *testing.T) {
	t.Parallel()
	const page = `{"object":"page","id":"` + id1 + `",` + minuteRead + `}`
	const database = `{"object":"database","id":"` + id1 + `"}`
	const block = `{"object":"block","id":"` + id1 + `","type":"divider",` + minuteRead + `}`
	dashless := strings.ReplaceAll(id1, "-", "")
	tests := []struct {
		call, answer, want, kind string
	}{
		{"Database", database, "GET /v1/databases/" + id1, "database"},
		{"Rows", emptyList, "POST /v1/data_sources/" + id1 + "/query", "query"},
		{"Children", emptyList, "GET /v1/blocks/" + id1 + "/children?page_size=100", "children"},
		{"Block", block, "GET /v1/blocks/" + id1, "block"},
		{"Page", page, "GET /v1/pages/" + id1, "page"},
		{"Property", emptyList, "GET /v1/pages/" + id1 + "/properties/title?page_size=100", "property"},
	}
	for _, tt := range tests {
		t.Run(tt.call, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, answer{body: tt.answer})
			var kinds []string
			c := connect(t, srv.URL+"/", func(o *notion.Options) {
				o.Token = " " + token + "\n"
				o.OnRequest = func(kind string) { kinds = append(kinds, kind) }
			})
			if err := calls[tt.call](t.Context(), c, dashless); err != nil {
				t.Fatalf("%s(%q): %v", tt.call, dashless, err)
			}
			seen := srv.seen()
			if len(seen) != 1 {
				t.Fatalf("%s(): %d requests, want 1", tt.call, len(seen))
			}
			if got := seen[0].method + " " + seen[0].uri; got != tt.want {
				t.Errorf("%s(): sent %q, want %q", tt.call, got, tt.want)
			}
			if got := "http://" + seen[0].host; got != srv.URL {
				t.Errorf("%s(): Host of %s, want %s", tt.call, got, srv.URL)
			}
			if got := seen[0].header.Get("Notion-Version"); got != "2025-09-03" {
				t.Errorf("%s(): Notion-Version %q, want 2025-09-03", tt.call, got)
			}
			if got := seen[0].header.Get("Authorization"); got != "Bearer "+token {
				t.Errorf("%s(): Authorization %q, want the trimmed token", tt.call, got)
			}
			if len(kinds) != 1 || kinds[0] != tt.kind {
				t.Errorf("%s(): OnRequest got %q, want [%q]", tt.call, kinds, tt.kind)
			}
		})
	}
}

func TestClient_baseURLWithPath(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: emptyList})
	if _, err := connect(t, srv.URL+"/proxy/").Rows(t.Context(), rowsOf(id1)); err != nil {
		t.Fatalf("Rows(): %v", err)
	}
	if got, want := srv.seen()[0].uri, "/proxy/v1/data_sources/"+id1+"/query"; got != want {
		t.Errorf("Rows(): sent to %q, want %q", got, want)
	}
}

func TestClient_badIDsAreRefusedWithoutARequest(t *testing.T) {
	t.Parallel()
	for name, call := range calls {
		for _, id := range []string{"", "AAA", "../users", "..%2fusers", id1 + "/../../users", id1 + "?x=1", id1 + "%00"} {
			t.Run(fmt.Sprintf("%s of %q", name, id), func(t *testing.T) {
				t.Parallel()
				srv := serve(t, answer{body: emptyList})
				err := call(t.Context(), connect(t, srv.URL), id)
				if !errors.Is(err, model.ErrRefused) {
					t.Errorf("%s(%q): error %v, want ErrRefused", name, id, err)
				}
				if seen := srv.seen(); len(seen) != 0 {
					t.Errorf("%s(%q): sent %s %s, want no request", name, id, seen[0].method, seen[0].uri)
				}
			})
		}
	}
}

func TestClient_followsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, answer{body: emptyList})
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			srv := serve(t, answer{status: status, header: map[string]string{"Location": elsewhere.URL + "/v1/x"}})
			for name, call := range calls {
				if err := call(t.Context(), connect(t, srv.URL), id1); !errors.Is(err, model.ErrRefused) {
					t.Errorf("%s() answered %d: error %v, want ErrRefused", name, status, err)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := len(elsewhere.seen()); n != 0 {
			t.Errorf("%d requests followed a redirect, want none", n)
		}
	})
}

func TestClient_tokenStaysOutOfErrors(t *testing.T) {
	t.Parallel()
	echo := "<p>you sent Authorization: Bearer " + token + "</p>"
	tests := map[string][]answer{
		"echoed in HTML":   {{status: 400, body: echo}},
		"echoed in JSON":   {fail(400, "validation_error", "Bearer "+token)},
		"echoed in a 200":  {{body: echo}},
		"echoed in a 429":  {answer{status: 429, body: echo}.with("Retry-After", "60")},
		"connection lost":  {{hangUp: true}},
		"redirected":       {answer{status: 307}.with("Location", "https://other.example/"+token)},
		"edge block":       {answer{status: 403, body: echo}.with("Cf-Ray", "1")},
		"oversized answer": {{body: `"` + strings.Repeat(token, 1000) + `"`}},
	}
	for name, answers := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, answers...)
			c := connect(t, srv.URL, func(o *notion.Options) { o.MaxBodyBytes = 10_000 })
			err := calls["Page"](t.Context(), c, id1)
			if err == nil {
				t.Fatal("Page(): no error, want one")
			}
			if s := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); strings.Contains(s, token) {
				t.Errorf("Page(): error %q holds the token", s)
			}
		})
	}
}

func TestClient_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{status: 502}, answer{body: emptyList})
	c := connect(t, srv.URL, func(o *notion.Options) { o.Window = new(window) })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Rows(t.Context(), rowsOf(id1)); err != nil {
				t.Errorf("Rows(): %v", err)
			}
		})
	}
	wg.Wait()
}

func TestClient_keepsItsConnections(t *testing.T) {
	t.Parallel()
	const atOnce = 10
	var opened atomic.Int32
	var arrived sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived.Done()
		arrived.Wait() // so that each of them needs a connection of its own
		io.WriteString(w, emptyList)
	}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	c := connect(t, srv.URL)
	for range 3 {
		arrived.Add(atOnce)
		if errs := children(t.Context(), c, atOnce); count(errs, succeeded) != atOnce {
			t.Fatalf("%d calls: errors %v, want none", atOnce, errs)
		}
	}
	if n := opened.Load(); n > atOnce+2 {
		t.Errorf("3 times %d calls: %d connections opened, want about %d", atOnce, n, atOnce)
	}
}

func TestClient_Me(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: `{"object":"user","id":"` + id1 + `","type":"bot","name":"sync",` +
		`"bot":{"owner":{"type":"workspace","workspace":true},"workspace_name":"Acme"}}`})
	var kinds []string
	c := connect(t, srv.URL, func(o *notion.Options) {
		o.OnRequest = func(kind string) { kinds = append(kinds, kind) }
	})
	got, err := c.Me(t.Context())
	want := notion.Bot{ID: id1, Name: "sync", Workspace: "Acme"}
	if err != nil || got != want {
		t.Errorf("Me() = %+v, %v, want %+v", got, err, want)
	}
	if uri := srv.seen()[0].uri; uri != "/v1/users/me" {
		t.Errorf("Me(): sent to %q, want /v1/users/me", uri)
	}
	if len(kinds) != 1 || kinds[0] != "user" {
		t.Errorf(`Me(): OnRequest got %q, want ["user"]`, kinds)
	}
	if _, err := connect(t, serve(t, answer{body: emptyList}).URL).Me(t.Context()); err == nil {
		t.Error("Me() answered by a list: no error, want one")
	}
}
