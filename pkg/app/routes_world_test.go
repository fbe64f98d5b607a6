package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/qsverify/qssign"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// small is a workspace with a few pages of every kind and a draft.
func small() *notionsim.Workspace {
	return notionsim.Generate(notionsim.Options{
		Seed: 7, Pages: 5, Posts: 3, Blocks: 2, BlockDepth: 1, ChildShare: 0.5, DatabaseShare: 0.3, DraftShare: 0.15,
	})
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
	Meta     struct{ NotionID, Title, Kind string }
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
