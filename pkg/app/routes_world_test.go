package app_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/qsverify/qssign"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// small is a workspace with a few pages of every kind, long unchanged, and a draft:
//
//	home                     a page
//	docs/guide               a page
//	docs/guide/łodz-gardens  a child page
//	docs/guide/north         a row of a database inside a page
//	hello                    a post
func small() *notionsim.Workspace {
	world, pages, posts := collections()
	row(world, pages, "Home", "home")
	guide := row(world, pages, "Guide", "docs/guide")
	if _, err := world.AddChildPage(guide, "Łódź Gardens", notionsim.Paragraph(notionsim.Text("Green."))); err != nil {
		panic(err)
	}
	_, stations, err := world.AddDatabase(guide, "Stations", notionsim.Column{Name: "slug", Type: "rich_text"})
	if err != nil {
		panic(err)
	}
	row(world, stations, "North", "north")
	row(world, pages, "Draft", "")
	row(world, posts, "Hello", "hello")
	return aged(world)
}

// tiny is a workspace of one page and one post.
func tiny() *notionsim.Workspace {
	world, pages, posts := collections()
	row(world, pages, "Home", "home")
	row(world, posts, "Hello", "hello")
	return aged(world)
}

// worldClock tells a workspace that it is a day ago until it is built.
type worldClock struct{ built atomic.Bool }

func (c *worldClock) now() time.Time {
	if c.built.Load() {
		return time.Now()
	}
	return time.Now().Add(-24 * time.Hour)
}

// collections is a workspace with the two collections and nothing in them.
func collections() (world *building, pages, posts string) {
	clock := &worldClock{}
	world = &building{notionsim.New(clock.now), clock}
	add := func(title string) (source string) {
		_, source, err := world.AddDatabase("", title, notionsim.Column{Name: "slug", Type: "rich_text"})
		if err != nil {
			panic(err)
		}
		return source
	}
	return world, add(notionsim.PagesTitle), add(notionsim.PostsTitle)
}

// building is a workspace whose edits are a day old.
type building struct {
	*notionsim.Workspace
	clock *worldClock
}

// aged is the workspace, edited in the present from now on.
func aged(b *building) *notionsim.Workspace {
	b.clock.built.Store(true)
	return b.Workspace
}

// row adds a page to a data source.
func row(world *building, source, title, slug string) (id string) {
	id, err := world.AddRow(source, title, map[string]any{"slug": slug}, notionsim.Paragraph(notionsim.Text("About "+title)))
	if err != nil {
		panic(err)
	}
	return id
}

// slow makes Notion answer everything after d, so that a small budget is soon used up.
func (d *deployment) slow(by time.Duration) { d.notion.Fail(notionsim.Rule{Fault: notionsim.Slow(by)}) }

// gate makes Notion keep its answers back from the request after the first n on. reached is closed when one waits
// there; open lets them all go.
func (d *deployment) gate(n int) (reached <-chan struct{}, open func()) {
	at, gate := make(chan struct{}), make(chan struct{})
	once := make(chan struct{}, 1)
	once <- struct{}{}
	remove := d.notion.Fail(notionsim.Rule{Skip: n, Fault: notionsim.Meanwhile(func() {
		select {
		case <-once:
			close(at)
		default:
		}
		<-gate
	})})
	opened := false
	open = func() {
		if !opened {
			opened = true
			remove()
			close(gate)
		}
	}
	d.t.Cleanup(open)
	return at, open
}

// await waits for what must happen soon.
func await[T any](t *testing.T, what <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-what:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing has happened for 30 s")
	}
	return v
}

// message is a message as QStash would deliver it, signed now with the current key.
func (d *deployment) message(path, id, body string) *http.Request {
	d.t.Helper()
	r := d.request(http.MethodPost, path, body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Upstash-Message-Id", id)
	r.Header.Set("Upstash-Signature", qssign.Sign(currentSecret, d.url+path, []byte(body), time.Now()))
	return r
}

// deliver delivers a message to the worker by hand.
func (d *deployment) deliver(id, body string) answer {
	d.t.Helper()
	return d.send(d.message(workerPath, id, body))
}

// deliverAgain delivers a message that was published to the worker by hand.
func (d *deployment) deliverAgain(m qstashsim.Message) answer {
	d.t.Helper()
	return d.deliver(m.ID, string(m.Body))
}

// published returns the messages for the worker so far.
func (d *deployment) published() []qstashsim.Message {
	var ours []qstashsim.Message
	for _, m := range d.qstash.Messages() {
		if strings.HasSuffix(m.URL, workerPath) {
			ours = append(ours, m)
		}
	}
	return ours
}

// last returns the newest message for the worker.
func (d *deployment) last() qstashsim.Message {
	d.t.Helper()
	all := d.published()
	if len(all) == 0 {
		d.t.Fatal("nothing was published")
	}
	return all[len(all)-1]
}

// trigger triggers a job and returns its id.
func (d *deployment) trigger(query string) string {
	d.t.Helper()
	a := d.get(triggerPath + query)
	id := a.text(d.t, "jobId")
	if a.status != http.StatusOK || id == "" {
		d.t.Fatalf("trigger%s answers %s, want 200 with a jobId", query, a)
	}
	return id
}

// halfway is a deployment whose QStash delivers nothing before it is resumed, with a job under way: slice 2 is due, its
// message published. Notion is slow and the budget small.
func halfway(t *testing.T, pairs ...string) (d *deployment, id string) {
	t.Helper()
	d = deploy(t, small(), append([]string{"SYNC_BUDGET", "20ms"}, pairs...)...)
	d.slow(15 * time.Millisecond)
	d.qstash.Pause()
	id = d.trigger("")
	if a := d.deliverAgain(d.last()); a.status != http.StatusOK || a.text(t, "state") != "running" {
		t.Fatalf("the first slice answers %s, want 200 and running", a)
	}
	return d, id
}

// cancellable returns a request like r, and what makes its sender hang up.
func cancellable(r *http.Request) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	return r.Clone(ctx), cancel
}

// readAll reads a request's body and puts it back.
func readAll(r *http.Request) string {
	body, _ := io.ReadAll(r.Body) // what can't be read the route will notice
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}
