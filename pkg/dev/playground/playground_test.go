package playground_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"notionsync/pkg/dev/playground"
	"notionsync/pkg/sim/notionsim"
)

// shelf is a site of Markdown by slug.
type shelf struct {
	pages map[string]string
	reads int
	err   error
}

func (s *shelf) Pages(context.Context) ([]playground.SitePage, error) {
	s.reads++
	pages := []playground.SitePage{}
	for slug := range s.pages {
		pages = append(pages, playground.SitePage{Slug: slug, Title: slug})
	}
	return pages, s.err
}

func (s *shelf) Page(_ context.Context, slug string) (title, markdown string, err error) {
	markdown, ok := s.pages[slug]
	if !ok {
		return "", "", playground.ErrNoPage
	}
	return "Title of " + slug, markdown, s.err
}

// rig is a playground over the demo workspace.
type rig struct {
	t      *testing.T
	world  *notionsim.Workspace
	shelf  *shelf
	play   *playground.Playground
	page   http.Handler
	forced []bool // the syncs asked for
	kills  int
}

func setup(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, world: notionsim.Demo(), shelf: &shelf{pages: map[string]string{"index": "# Hello"}}}
	r.play = playground.New(playground.Options{
		World: r.world, Site: r.shelf, Dashboard: "http://localhost:3000", Kill: func() { r.kills++ },
		Sync: func(_ context.Context, force bool) error {
			r.forced = append(r.forced, force)
			return nil
		},
	})
	r.page = r.play.Handler()
	return r
}

// send makes a request as the page itself does.
func (r *rig) send(method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://localhost:3001"+path, strings.NewReader(body))
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	r.page.ServeHTTP(w, request)
	return w
}

// edit makes an edit that must succeed, and returns the page it is about.
func (r *rig) edit(do, id, to, value string) string {
	r.t.Helper()
	body, err := json.Marshal(map[string]string{"do": do, "id": id, "to": to, "value": value})
	if err != nil {
		r.t.Fatal(err)
	}
	w := r.send("POST", "/edit", string(body))
	var said struct{ Page string }
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != http.StatusOK {
		r.t.Fatalf("edit %s = %d %s", body, w.Code, w.Body)
	}
	return said.Page
}

// state is what the page shows.
type state struct {
	Notion *struct {
		Collections []struct{ ID, Title string }
		Pages       []struct {
			ID, Title, Under string
			Depth            int
			Trashed          bool
		}
	}
	Site      []playground.SitePage
	SiteError string
	Journal   []struct {
		N          int
		What, Text string
		Status     int
		Bad        bool
	}
	Last int
}

func (r *rig) state(query string) state {
	r.t.Helper()
	var s state
	if w := r.send("GET", "/state"+query, ""); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &s) != nil {
		r.t.Fatalf("state = %d %s", w.Code, w.Body)
	}
	return s
}

// find is the page with a title: its id, the depth at which it stands, and whether it is in the trash.
func (r *rig) find(title string) (id, under string, depth int, trashed bool) {
	r.t.Helper()
	for _, p := range r.state("").Notion.Pages {
		if p.Title == title {
			return p.ID, p.Under, p.Depth, p.Trashed
		}
	}
	r.t.Fatalf("the tree has no page %q", title)
	return "", "", 0, false
}

func TestState(t *testing.T) {
	t.Parallel()
	r := setup(t)
	s := r.state("")
	if len(s.Notion.Collections) != 2 || s.Notion.Collections[0].Title != "Pages" || len(s.Notion.Pages) != len(r.world.Pages()) {
		t.Errorf("the tree has %v and %d pages, want two collections and every page", s.Notion.Collections, len(s.Notion.Pages))
	}
	for title, want := range map[string]int{"Handbook": 0, "Getting started": 1, "Reading the barometer": 2, "Brest": 1} {
		if _, _, depth, _ := r.find(title); depth != want {
			t.Errorf("%q stands at depth %d, want %d", title, depth, want)
		}
	}
	if r.shelf.reads != 1 {
		t.Errorf("the site was read %d times though nothing has happened, want once", r.shelf.reads)
	}
	r.play.Note("worker", "died")
	if s := r.state("?after=0"); r.shelf.reads != 2 || s.Last != 1 || s.Journal[0].Text != "died" || !s.Journal[0].Bad {
		t.Errorf("after a note the state is %+v with %d reads, want it, and the site read again", s, r.shelf.reads)
	}
	if s := r.state("?after=1"); len(s.Journal) != 0 {
		t.Errorf("what is known comes again: %+v", s.Journal)
	}
	r.shelf.err = errors.New("no Redis")
	r.play.Note("worker", "died")
	if s := r.state(""); s.SiteError != "no Redis" || s.Notion == nil {
		t.Errorf("without Redis the state is %+v, want the reason and the rest", s)
	}
}

// Where Notion is the real one, nothing can be edited, and the rest works.
func TestState_realNotion(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.page = playground.New(playground.Options{Site: r.shelf}).Handler()
	if s := r.state(""); s.Notion != nil || len(s.Site) != 1 {
		t.Errorf("state = %+v, want no workspace and the site", s)
	}
	for _, w := range []*httptest.ResponseRecorder{
		r.send("POST", "/edit", `{"do":"trash","id":"x"}`), r.send("GET", "/page?id=x", ""),
	} {
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "edit your pages in Notion") {
			t.Errorf("answer %d %s, want a way out", w.Code, w.Body)
		}
	}
}

// Nobody but the page itself can change anything, and nobody elsewhere can look.
func TestHandler_guarded(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, method, url, from string
		want                    int
	}{
		{"the page itself", "POST", "http://localhost:3001/kill", "same-origin", http.StatusOK},
		{"by address", "POST", "http://127.0.0.1:3001/kill", "same-origin", http.StatusOK},
		{"curl", "POST", "http://localhost:3001/kill", "", http.StatusOK},
		{"another site", "POST", "http://localhost:3001/kill", "cross-site", http.StatusForbidden},
		{"the demo's own site", "POST", "http://localhost:3001/edit", "same-site", http.StatusForbidden},
		{"a name that leads here", "GET", "http://rebound.example.com:3001/state", "same-origin", http.StatusForbidden},
		{"a look", "GET", "http://localhost:3001/kill", "same-origin", http.StatusNotFound},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			request := httptest.NewRequest(row.method, row.url, strings.NewReader("{}"))
			if row.from != "" {
				request.Header.Set("Sec-Fetch-Site", row.from)
			}
			w := httptest.NewRecorder()
			r.page.ServeHTTP(w, request)
			if w.Code != row.want || (r.kills > 0) != (row.want == http.StatusOK) {
				t.Errorf("answer %d and %d kills, want %d", w.Code, r.kills, row.want)
			}
		})
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.send("POST", "/sync", "{}")
	r.send("POST", "/sync?force=1", "{}")
	if len(r.forced) != 2 || r.forced[0] || !r.forced[1] {
		t.Errorf("syncs = %v, want one that is not forced and one that is", r.forced)
	}
}

// A page is shown as a site would show it: its links lead to pages of the site, and nothing in it can do harm.
func TestSitePage(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.shelf.pages["docs/été"] = "See [home](/index#top), [this](/docs/%C3%A9t%C3%A9) and [that](https://example.com).\n\n" +
		"<script>alert(1)</script>\n\n> [!TIP]\n> Bring a torch.\n\n[x](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
	w := r.send("GET", "/site?slug="+url.QueryEscape("docs/été"), "")
	text, _ := io.ReadAll(w.Body)
	for _, want := range []string{
		"<h1>Title of docs/été</h1>", `href="/site?slug=index"`, `href="/site?slug=docs%2F%C3%A9t%C3%A9"`,
		`href="https://example.com"`, "<td>2</td>", "<strong>TIP</strong>",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page has no %s:\n%s", want, text)
		}
	}
	for _, bad := range []string{"<script", "javascript:"} {
		if strings.Contains(string(text), bad) {
			t.Errorf("the page has %s:\n%s", bad, text)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") {
		t.Errorf("Content-Security-Policy = %q, want one under which no script runs", csp)
	}
	if w := r.send("GET", "/site?slug=gone", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "No such page") {
		t.Errorf("a page that is gone = %d %s", w.Code, w.Body)
	}
}
