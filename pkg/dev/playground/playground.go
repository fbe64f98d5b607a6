// Package playground is the page on which everything can be tried on one machine: edit the pages of a demo workspace,
// sync, kill the worker, see the site's content change and every call that is made for it.
//
// It is for the machine it runs on: it knows no secret, and answers to names of the loopback interface only, and to no
// page but its own.
package playground

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"

	"notionsync/pkg/app"
	"notionsync/pkg/sim/notionsim"
)

// Site is what has been synced, as a site reads it.
type Site interface {
	// Pages lists the pages, each followed by what stands in it.
	Pages(ctx context.Context) ([]SitePage, error)
	// Page returns one page's title and Markdown; ErrNoPage if there is none.
	Page(ctx context.Context, slug string) (title, markdown string, err error)
}

// SitePage is one page of a site.
type SitePage struct {
	Kind     string `json:"kind"`
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	Depth    int    `json:"depth"` // how many pages it stands in
	SyncedAt string `json:"syncedAt"`
}

// ErrNoPage: the site has no page with that slug.
var ErrNoPage = errors.New("playground: no such page")

// Options are what a [Playground] plays with. All but World are required.
type Options struct {
	World     *notionsim.Workspace // nil: Notion is the real one, whose pages are edited there
	Site      Site
	Sync      func(ctx context.Context, force bool) error // asks for a sync, and does not wait for its end
	Kill      func()                                      // kills the worker, which is told of by Note
	Dashboard string                                      // URL
}

// Playground is the page and what it asks. It is safe for concurrent use.
type Playground struct {
	opts    Options
	journal journal
	shelf   shelf
}

// New returns a playground.
func New(o Options) *Playground { return &Playground{opts: o, shelf: shelf{site: o.Site}} }

//go:embed static
var files embed.FS

// Handler is the page. The site itself is elsewhere: this must never be reachable where the site is.
func (p *Playground) Handler() http.Handler {
	static, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(static))
	mux.HandleFunc("GET /state", p.state)
	mux.HandleFunc("GET /page", p.page)
	mux.HandleFunc("GET /site", p.sitePage)
	mux.HandleFunc("POST /edit", p.edit)
	mux.HandleFunc("POST /sync", p.sync)
	mux.HandleFunc("POST /kill", p.kill)
	return loopbackOnly(http.NewCrossOriginProtection().Handler(mux))
}

// loopbackOnly refuses requests for other names than this machine's own: a page elsewhere whose name leads here would
// count as the same origin.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, err := url.Parse("http://" + r.Host); err != nil || !app.IsLoopback(u.Hostname()) {
			http.Error(w, "this page is for the machine it runs on", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// state answers with all that the page shows, but for the contents of pages: of the journal what came after ?after.
func (p *Playground) state(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after")) // else all
	entries, last, busy := p.journal.since(after)
	pages, err := p.shelf.pages(r.Context(), last, busy)
	said := ""
	if err != nil {
		said = err.Error()
	}
	answer(w, struct {
		Notion    *tree      `json:"notion"`
		Site      []SitePage `json:"site"`
		SiteError string     `json:"siteError,omitempty"`
		Journal   []entry    `json:"journal"`
		Last      int        `json:"last"` // the number of the journal's last entry
		Dashboard string     `json:"dashboard"`
	}{p.tree(), pages, said, entries, last, p.opts.Dashboard})
}

func (p *Playground) sync(w http.ResponseWriter, r *http.Request) {
	if err := p.opts.Sync(r.Context(), r.URL.Query().Get("force") == "1"); err != nil {
		refuse(w, err)
		return
	}
	answer(w, struct{}{})
}

func (p *Playground) kill(w http.ResponseWriter, _ *http.Request) {
	p.opts.Kill()
	answer(w, struct{}{})
}

// Note puts something into the journal that no request tells of.
func (p *Playground) Note(what, text string) {
	p.journal.note(entry{What: what, Text: text, Bad: true})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v) // who has gone away need not be told
}

// refuse answers with an error, in words.
func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}) // as above
}
