package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Damaged or foreign values under our keys are made anew or reported, never a crash and never the end of all syncs.
func TestAttack_garbageInRedis(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for _, row := range []struct {
		name  string
		spoil func(d *deployment)
	}{
		{"the running job is nobody", func(d *deployment) { d.set("sync:running", "msg_gone") }},
		{"the running job is nonsense", func(d *deployment) { d.set("sync:running", "\x00{\"") }},
		{"the waiting job is nobody", func(d *deployment) { d.set("sync:waiting", `{"id":"msg_gone","at":"2026-01-01T00:00:00Z"}`) }},
		{"the waiting job is nonsense", func(d *deployment) { d.set("sync:waiting", `{"id":7`) }},
		{"the waiting job is a list", func(d *deployment) { d.set("sync:waiting", `[]`) }},
		{"somebody published long ago", func(d *deployment) { d.set("sync:waiting", `{"by":"x","at":"2026-01-01T00:00:00Z"}`) }},
		{"records are nonsense", func(d *deployment) {
			for _, id := range d.fields("sync:pages") {
				d.redis.HSet("sync:pages", id, `{"id":`)
			}
		}},
		{"records are another's", func(d *deployment) {
			for _, id := range d.fields("sync:pages") {
				d.redis.HSet("sync:pages", id, `{"id":"x","slug":"y","kind":"page"}`)
			}
		}},
		{"items are nonsense", func(d *deployment) {
			for _, id := range d.fields("sync:items") {
				d.redis.HSet("sync:items", id, `nonsense`)
			}
		}},
		{"bundles are nonsense", func(d *deployment) {
			for _, slug := range d.bundles() {
				d.set("page:"+slug, "nonsense")
			}
		}},
		{"bundles are lists", func(d *deployment) {
			for _, slug := range d.bundles() {
				d.redis.Del("page:" + slug)
				if _, err := d.redis.Push("page:"+slug, "x"); err != nil {
					d.t.Error(err)
				}
			}
		}},
		{"indexes are nonsense", func(d *deployment) { d.set("posts:index", "\n,nonsense"); d.set("pages:index", "") }},
		{"facts are nonsense", func(d *deployment) {
			for _, name := range d.fields("sync:facts") {
				d.redis.HSet("sync:facts", name, "nonsense")
			}
		}},
		{"databases are nonsense", func(d *deployment) {
			for _, id := range d.fields("sync:databases") {
				d.redis.HSet("sync:databases", id, "nonsense")
			}
		}},
		{"slugs belong to nobody", func(d *deployment) {
			for _, slug := range d.fields("sync:slugs") {
				d.redis.HSet("sync:slugs", slug, "0f9a7c44-1d2e-4b6a-9c3d-5e8f70123456")
			}
		}},
		{"the window is nonsense", func(d *deployment) { d.redis.HSet("sync:window", "nonsense", "nonsense", "b12", "x") }},
		{"a failed page is nobody", func(d *deployment) {
			if _, err := d.redis.SAdd("sync:failed", "nobody", "../x"); err != nil {
				d.t.Error(err)
			}
		}},
		{"jobs are nobody", func(d *deployment) {
			if _, err := d.redis.ZAdd("sync:jobs", 9e15, "msg_gone"); err != nil {
				d.t.Error(err)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.finished(d.trigger(""))
			row.spoil(d)
			v := d.finished(d.trigger("?force=1"))
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q; warnings %q", got, want, v.Warnings)
			}
			for _, slug := range d.bundles() {
				d.publishedAs(slug)
			}
		})
	}
}

// A job whose record is damaged half-way starts over.
func TestAttack_jobDamaged(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for name, doc := range map[string]string{
		"nonsense": "nonsense", "another version": `{"version":99,"id":"%s","state":"running","slice":2}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, id := halfway(t)
			d.redis.HSet("sync:job:"+id, "doc", strings.ReplaceAll(doc, "%s", id))
			d.qstash.Resume()
			d.settle()
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q", got, want)
			}
			if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), "version") {
				t.Errorf("the damaged job is %s: %q, want it failed naming its version", v.State, v.reason())
			}
			d.atRest()
		})
	}
}

func (d *deployment) set(key, value string) {
	d.t.Helper()
	if err := d.redis.Set(key, value); err != nil {
		d.t.Fatal(err)
	}
}

func (d *deployment) fields(hash string) []string {
	d.t.Helper()
	fields, err := d.redis.HKeys(hash)
	if err != nil {
		d.t.Fatal(err)
	}
	return fields
}

// A value of another type where ours should be is an answer with its reason, not a crash.
func TestAttack_wrongTypes(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"sync:running", "sync:waiting", "sync:jobs", "sync:pages", "sync:lease", "pages:index",
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), "SYNC_BUDGET", "2s")
			d.finished(d.trigger(""))
			d.redis.Del(key)
			if _, err := d.redis.XAdd(key, "*", []string{"a", "b"}); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{statusPath, triggerPath + "?force=1", directPath + "?force=1"} {
				a := d.get(path)
				if a.status == http.StatusOK || a.status == http.StatusAccepted {
					continue
				}
				if a.status != 500 || a.text(t, "details") == "" {
					t.Errorf("%s answers %s, want what is wrong in the details", path, a)
				}
			}
			d.settle()
			d.redis.Del(key)
			d.age(t, time.Minute) // a job that could not begin is published again
			d.finished(d.trigger("?force=1"))
		})
	}
}

// Redis losing everything half-way: the message that comes is for a job nobody knows, and the next trigger starts over.
func TestAttack_redisFlushed(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	d, id := halfway(t)
	d.redis.FlushAll()
	nonRetryable(t, d.deliverAgain(d.last()), "Unknown job")
	if a := d.get(statusPath + "?job=" + id); a.status != http.StatusNotFound {
		t.Errorf("status of the lost job answers %s, want 404", a)
	}
	d.redeploy("SYNC_BUDGET", "45s")
	d.qstash.Resume()
	d.finished(d.trigger(""))
	if got := d.siteKeys(); !slices.Equal(got, want) {
		t.Errorf("published are %q, want %q", got, want)
	}
}

// Redis going away in the middle of a slice, connections and all, and coming back.
func TestAttack_redisRestarted(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	reached, open := d.gate(6)
	first := make(chan answer, 1)
	go func() { first <- d.deliverAgain(d.last()) }()
	await(t, reached)
	d.redis.Close()
	open()
	if a := await(t, first); a.status != http.StatusServiceUnavailable || a.text(t, "error") != "Redis unreachable" {
		t.Errorf("the worker answers %s, want 503 Redis unreachable", a)
	}
	if err := d.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	d.redis.FastForward(11 * time.Second)
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Pending != 0 || v.Progress.Synced != len(d.bundles()) {
		t.Errorf("progress is %+v with %d pages published", v.Progress, len(d.bundles()))
	}
}
