package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

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
		NotionRequests, FunctionMs, PagesSynced, PagesSkipped, PagesFailed, PagesRemoved int
		MediaMirrored, MediaReused, MediaFailed                                          int
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

// bundle is what the tests look at of a page that is published.
type bundle struct {
	Meta struct {
		NotionID, Title, Kind, Collection, LastEdited string

		ChildPages []struct{ ID string }
	}
	Markdown string
	SyncedAt time.Time // tells whether it was written again
}

// publishedAs returns the bundle at a slug.
func (d *deployment) publishedAs(slug string) bundle {
	d.t.Helper()
	raw, err := d.redis.Get(d.env["SYNC_KEY_PREFIX"] + "page:" + slug)
	if err != nil {
		d.t.Fatalf("page:%s: %v", slug, err)
	}
	var b bundle
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		d.t.Fatalf("page:%s: %v", slug, err)
	}
	return b
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
		for _, at := range []*time.Time{
			&older.TriggeredAt, &older.StartedAt, &older.UpdatedAt, &older.DueAt, &older.ProgressAt,
		} {
			if !at.IsZero() {
				*at = at.Add(-by)
			}
		}
		if ok, err := s.SwapJob(ctx, job, &older); err != nil || !ok {
			t.Fatalf("SwapJob = %t, %v", ok, err)
		}
	}
	turn, err := s.Schedule(ctx)
	if err != nil || turn.Waiting.ID == "" && turn.Waiting.By == "" {
		return
	}
	older := turn.Waiting
	older.At = older.At.Add(-by)
	if ok, err := s.SetWaiting(ctx, turn.Waiting, older); err != nil || !ok {
		t.Fatalf("SetWaiting = %t, %v", ok, err)
	}
}
