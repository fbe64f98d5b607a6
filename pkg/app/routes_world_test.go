package app_test

import (
	"bytes"
	"context"
	"encoding/json"
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
	for title, source := range map[string]*string{notionsim.PagesTitle: &pages, notionsim.PostsTitle: &posts} {
		var err error
		if _, *source, err = world.AddDatabase("", title, notionsim.Column{Name: "slug", Type: "rich_text"}); err != nil {
			panic(err)
		}
	}
	return world, pages, posts
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

// jobView is the job of a status answer.
type jobView struct {
	ID       string   `json:"id"`
	State    string   `json:"state"`
	Phase    string   `json:"phase"`
	Force    bool     `json:"force"`
	Pages    []string `json:"pages"`
	Stalled  bool     `json:"stalled"`
	Slices   int      `json:"slices"`
	Progress struct {
		Discovered, Synced, Skipped, Failed, Removed, Pending int
	} `json:"progress"`
	Metrics struct {
		NotionRequests, PagesSynced, PagesSkipped, PagesFailed, PagesRemoved int
	} `json:"metrics"`
	Error    *string `json:"error"`
	Errors   []struct{ PageID, Slug, Error, At string }
	Warnings []string `json:"warnings"`
}

func (v jobView) reason() string {
	if v.Error == nil {
		return ""
	}
	return *v.Error
}

// statusOf asks for the status of a job; without an id for the one the route chooses.
func (d *deployment) statusOf(id string) (job *jobView, jobs []jobView) {
	d.t.Helper()
	path := statusPath
	if id != "" {
		path += "?job=" + id
	}
	a := d.get(path)
	var body struct {
		Job  *jobView
		Jobs []jobView
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusOK {
		d.t.Fatalf("%s answers %s, want 200 (%v)", path, a, err)
	}
	return body.Job, body.Jobs
}

// jobOf is the status of a job that must be known.
func (d *deployment) jobOf(id string) jobView {
	d.t.Helper()
	job, _ := d.statusOf(id)
	if job == nil || job.ID != id {
		d.t.Fatalf("status of job %q shows %+v", id, job)
	}
	return *job
}

// finished waits for QStash and fails the test unless the job is done then.
func (d *deployment) finished(id string) jobView {
	d.t.Helper()
	d.settle()
	v := d.jobOf(id)
	if v.State != "done" {
		d.t.Fatalf("job %s is %s, want done; error %q, warnings %q", id, v.State, v.reason(), v.Warnings)
	}
	return v
}

// bundles returns the slugs of the pages that are published.
func (d *deployment) bundles() []string {
	var slugs []string
	for _, key := range d.redis.Keys() {
		if slug, ok := strings.CutPrefix(key, d.env["SYNC_KEY_PREFIX"]+"page:"); ok {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

// publishedAs returns the bundle at a slug; its time of syncing tells whether it was written again.
func (d *deployment) publishedAs(slug string) (bundle struct {
	Meta     struct{ NotionID, Title, Kind, Collection string }
	SyncedAt time.Time
},
) {
	d.t.Helper()
	raw, err := d.redis.Get(d.env["SYNC_KEY_PREFIX"] + "page:" + slug)
	if err != nil {
		d.t.Fatalf("page:%s: %v", slug, err)
	}
	if err := json.Unmarshal([]byte(raw), &bundle); err != nil {
		d.t.Fatalf("page:%s: %v", slug, err)
	}
	return bundle
}

// reference is what a complete sync of the same workspace publishes: keys that the site reads.
func reference(t *testing.T, world *notionsim.Workspace) []string {
	t.Helper()
	d := deploy(t, world)
	d.finished(d.trigger(""))
	return d.siteKeys()
}

// siteKeys returns the keys that the site reads.
func (d *deployment) siteKeys() []string {
	var keys []string
	for _, key := range d.redis.Keys() {
		if !strings.HasPrefix(key, "sync:") {
			keys = append(keys, key)
		}
	}
	return keys
}

// paused is a deployment whose QStash delivers nothing before it is resumed, with a job under way: slice 2 is due, its
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

// age makes every job, and the waiting one's place in the queue, older by that much.
func (d *deployment) age(t *testing.T, by time.Duration) {
	t.Helper()
	s, ctx := d.store(), t.Context()
	jobs, err := s.Jobs(ctx, 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		older := *job
		for _, at := range []*time.Time{&older.TriggeredAt, &older.StartedAt, &older.UpdatedAt, &older.DueAt, &older.ProgressAt} {
			if !at.IsZero() {
				*at = at.Add(-by)
			}
		}
		if ok, err := s.SwapJob(ctx, job, &older); err != nil || !ok {
			t.Fatalf("SwapJob = %t, %v", ok, err)
		}
	}
	turn, err := s.Turn(ctx)
	if err != nil || turn.Waiting.ID == "" && turn.Waiting.By == "" {
		return
	}
	older := turn.Waiting
	older.At = older.At.Add(-by)
	if ok, err := s.SetWaiting(ctx, turn.Waiting, older); err != nil || !ok {
		t.Fatalf("SetWaiting = %t, %v", ok, err)
	}
}
