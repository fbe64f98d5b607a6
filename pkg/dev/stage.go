package main

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"notionsync/pkg/app"
	"notionsync/pkg/dev/playground"
	"notionsync/pkg/sim/notionsim"
)

// stage is what the routes and the playground run on.
type stage struct {
	worker     *worker
	playground *playground.Playground
	site       *server
	sign       string                  // a path at which only this site answers
	page       *server                 // of the playground; nil: there is none
	events     *notionsim.Subscription // of the demo's edits, to the webhook; nil: there are none
}

// gather is how long the demo gathers events of one kind about one page. Notion takes longer, up to a minute.
const gather = time.Second

// raise serves the site and the playground, the latter where only this machine reaches it and no tunnel to the site
// leads. The caller ends it with close.
func (p *program) raise(
	ctx context.Context, l *listener, dir string, show *report, c *client, log io.Writer,
) (*stage, error) {
	w, err := newWorker(log, p.verbose)
	if err != nil {
		return nil, err
	}
	g := &stage{worker: w, playground: playground.New(playground.Options{
		World: show.setup.world(), Site: shownSite{show.config}, Kill: w.kill, Dashboard: l.url(),
		Sync: func(ctx context.Context, force bool) error {
			err := c.get(ctx, "/api/sync/trigger", forced(force), new(struct{}))
			if err == nil {
				show.screen.printf("The playground has asked for a sync; the dashboard shows it.\n")
			}
			return wayOut(err)
		},
	})}
	w.tell = func(text string) {
		show.screen.printf("The worker %s.\n", text)
		g.playground.Note("worker", text)
	}
	functions := routes()
	functions["/api/sync/worker"] = w.ServeHTTP
	site, err := siteHandler(dir, functions)
	if err != nil {
		return nil, err
	}
	g.sign, site = signpost(site)
	if p.once {
		g.site = serve(l, site)
		return g, nil
	}
	near, err := listenNear(ctx, l)
	if err != nil {
		return nil, err
	}
	show.playground = near.url()
	g.page = serve(near, g.playground.Handler())
	g.site = serve(l, g.playground.Watch(site))
	if world := show.setup.world(); world != nil {
		g.events = world.Subscribe(notionsim.SubscriptionOptions{
			URL: l.url() + "/api/sync/webhook", Token: show.config.WebhookSecret.Reveal(), Gather: gather,
		})
	}
	return g, nil
}

// listenNear takes the port after the site's, or any if that is not free, on the loopback interface.
func listenNear(ctx context.Context, l *listener) (*listener, error) {
	if near, err := listen(ctx, net.JoinHostPort("localhost", portAfter(l.port))); err == nil {
		return near, nil
	} else if !errors.As(err, new(problem)) {
		return nil, err
	}
	return listen(ctx, "localhost:0")
}

// close ends what raise has begun.
func (g *stage) close() {
	if g.events != nil {
		g.events.Close()
	}
	if g.page != nil {
		g.page.close()
	}
	g.site.close()
	g.worker.close()
}

// shownSite is the site as the playground shows it.
type shownSite struct{ config *app.Config }

// Pages implements playground.Site.
func (s shownSite) Pages(ctx context.Context) ([]playground.SitePage, error) {
	site, err := openSite(ctx, s.config)
	if err != nil {
		return nil, err
	}
	defer site.close()
	site.most = 500
	lines, err := site.lines(ctx)
	pages := make([]playground.SitePage, 0, len(lines))
	for _, l := range lines {
		pages = append(pages, playground.SitePage{
			Kind: l.kind, Slug: l.slug, Title: l.title, Depth: l.depth, SyncedAt: l.synced,
		})
	}
	return pages, err
}

// Page implements playground.Site.
func (s shownSite) Page(ctx context.Context, slug string) (title, markdown string, err error) {
	site, err := openSite(ctx, s.config)
	if err != nil {
		return "", "", err
	}
	defer site.close()
	var bundle struct {
		Meta     struct{ Title string }
		Markdown string
		SyncedAt string
	}
	if err := site.read(ctx, pageKey(slug), &bundle); err != nil {
		return "", "", err
	}
	if bundle.SyncedAt == "" {
		return "", "", playground.ErrNoPage
	}
	return bundle.Meta.Title, bundle.Markdown, nil
}

var _ playground.Site = shownSite{}
