package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"notionsync/pkg/app"
	"notionsync/pkg/sim/notionsim"
)

// report shows people what runs, what a sync has done and what can be tried.
type report struct {
	screen *screen
	setup  *setup
	config *app.Config
	url    string // of the site on this machine

	playground string    // its URL
	keyboard   *keyboard // nil: no keys work
	sample     string    // the slug of a page to try things with; empty: none is known
}

// parts shows what is real and what is not, and what people might not expect.
func (r *report) parts() {
	r.screen.printf("Serving %s\n\n", r.url)
	r.table(func(row func(cells ...string)) {
		for _, p := range parts() {
			if r.setup.real[p.name] {
				row("  "+p.name, "real", r.reality(p.name))
			} else {
				row("  "+p.name, "simulated", p.standIn)
			}
		}
	})
	r.screen.printf("\n")
	for _, note := range r.setup.notes {
		r.screen.printf("  Note: %s.\n", note)
	}
	if len(r.setup.notes) > 0 {
		r.screen.printf("\n")
	}
}

// reality says which real part it is.
func (r *report) reality(name string) string {
	switch c := r.config; name {
	case partNotion:
		names := make([]string, len(c.Collections))
		for i, collection := range c.Collections {
			names[i] = collection.Name
		}
		return "collections: " + strings.Join(names, ", ")
	case partQStash:
		return "calls " + c.WorkerURL() + ", which must lead here"
	default:
		host := ""
		if u, err := url.Parse(c.RedisURL.Reveal()); err == nil {
			host = u.Host // without the password
		}
		return host + ", all keys begin with " + cmp.Or(c.KeyPrefix, "nothing (SYNC_KEY_PREFIX)")
	}
}

// ended shows what a job has done.
func (r *report) ended(j *job) {
	p := j.Progress
	r.screen.printf("Sync %s after %.1f s: %s written, %d unchanged, %d removed, %d failed, %s; %s to Notion in %s.\n",
		j.State, float64(j.Metrics.DurationMS)/1000, counted(p.Synced, "page"), p.Skipped, p.Removed, p.Failed,
		counted(j.Metrics.Drafts, "draft"), counted(j.Metrics.NotionRequests, "request"), counted(j.Slices, "slice"))
	for _, e := range j.Errors {
		r.screen.printf("  Failed: %s: %s\n", cmp.Or(e.Slug, e.PageID), e.Error)
	}
	for _, warning := range j.Warnings {
		r.screen.printf("  Warning: %s\n", warning)
		if !r.setup.real[partNotion] && strings.Contains(warning, notionsim.DemoLinkedView) {
			r.screen.printf("    It is there on purpose: the demo has a linked view, to show what becomes of one.\n")
		}
	}
}

// pages shows what a site can read now, and the beginning of one page.
func (r *report) pages(ctx context.Context) error {
	s, err := openSite(ctx, r.config)
	if err != nil {
		return err
	}
	defer s.close()
	lines, err := s.lines(ctx)
	if err != nil || len(lines) == 0 {
		return err
	}
	r.screen.printf("\n")
	r.table(func(row func(cells ...string)) {
		row("KIND", "SLUG", "TITLE")
		for _, l := range lines[:min(len(lines), maxLines)] {
			row(strings.Repeat("  ", l.depth)+l.kind, l.slug, l.title)
		}
	})
	if len(lines) > maxLines {
		r.screen.printf("… and more.\n")
	}
	r.sample = lines[0].slug
	if slices.ContainsFunc(lines, func(l line) bool { return l.slug == "index" }) {
		r.sample = "index"
	}
	const shown = 14 // lines
	head, size, err := s.head(ctx, r.sample, shown)
	if err != nil {
		return err
	}
	r.screen.printf("\nA site reads a page with one GET of %s (%d bytes), which begins:\n  %s\n  …\n",
		s.key(r.sample), size, head)
	return nil
}

// commands shows what can be tried in another terminal.
func (r *report) commands() {
	secret, whose := "$CRON_SECRET", "the value of your CRON_SECRET; set that in the other terminal too"
	if r.config.CronSecret.Reveal() == demoSecret {
		secret, whose = demoSecret, demoSecret
	}
	store := `"$REDIS_URL"`
	if !r.setup.real[partRedis] {
		store = r.config.RedisURL.Reveal()
	}
	// In a header, for in a URL many a secret would have to be encoded.
	curl := func(path string) string {
		return fmt.Sprintf(`  curl -H "Authorization: Bearer %s" "%s%s"`, secret, r.url, path)
	}
	r.screen.printf("\nTry in another terminal:\n")
	r.table(func(row func(cells ...string)) {
		row(curl("/api/sync/status"), "how the last sync went")
		row(curl("/api/sync/trigger"), "sync again: only what has changed")
		row(curl("/api/sync/trigger?force=1"), "every page anew")
		if r.sample != "" {
			row(curl("/api/sync/trigger?page="+url.QueryEscape(r.sample)), "one page, by slug, id or Notion URL")
		}
		row(curl("/api/sync"), "in this one request, without QStash")
		if r.sample != "" {
			row(fmt.Sprintf(`  redis-cli -u %s get "%s"`, store, r.config.KeyPrefix+pageKey(r.sample)), "what a site reads")
		}
	})
	r.screen.printf("\nDashboard:  %s\nSecret:     %s\n", r.url, whose)
	r.screen.printf("Playground: %s, where you edit pages and see all that happens\n", r.playground)
	if r.keyboard != nil {
		r.keys()
	} else {
		r.screen.printf("Started in a terminal, it takes keys that sync, edit a page and kill the worker.\n")
	}
	r.screen.printf("\nCtrl-C ends it all.\n")
}

// keys shows which keys do what.
func (r *report) keys() {
	how := ""
	if !r.keyboard.single {
		how = ", with Enter"
	}
	r.screen.printf("\nPress%s:\n", how)
	for _, k := range r.keyboard.keys {
		r.screen.printf("  %c  %s\n", k.letter, k.does)
	}
}

// problem shows an error and its way out.
func (r *report) problem(err error) {
	r.screen.endProgress()
	printError(r.screen.err, err)
}

// table prints rows in columns.
func (r *report) table(fill func(row func(cells ...string))) {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fill(func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) })
	_ = w.Flush() // into memory
	r.screen.printf("%s", text.String())
}
