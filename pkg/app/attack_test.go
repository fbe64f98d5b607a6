package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// Whatever is asked for as a page is a page or a warning, and harms nothing.
func TestAttack_pages(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.finished(d.trigger(""))
	before := d.siteKeys()
	odd := []string{
		"sync:", "sync:running", "sync:lease", "page:home", "posts:index", "db:x", "../", "../../etc/passwd", "..", ".", "/", "//",
		"a\nb", "a\r\nX-Header: y", "\x00", "\x7f", "a\tb", "*", "?", "#", "%", "%2F", "%00", "{}", "[]", `"`, `\`, "'", "`", "$(id)",
		"<script>alert(1)</script>", "\u202e", "\ufeff", "😀", "日本語/シグナル", "null", "undefined", "0", "-1", "true", "NaN",
		"https://www.notion.so", "https://www.notion.so/", "http://[::1", "https://evil.example/" + strings.Repeat("0", 32),
		strings.Repeat("a", 50_000), strings.Repeat("/", 1000), strings.Repeat("0", 31), strings.Repeat("g", 32),
		"00000000-0000-0000-0000-000000000000", "EVALSHA", "'; DROP TABLE pages; --", "ref:home", "rows:x", "\xff\xfe",
	}
	query := url.Values{"page": odd, "force": {"1"}}
	id := ""
	if a := d.post(triggerPath, formType, query.Encode()); a.status != http.StatusOK {
		t.Fatalf("trigger answers %s, want 200", a)
	} else {
		id = a.text(t, "jobId")
	}
	v := d.finished(id)
	if v.Progress.Synced != 0 || v.Progress.Removed != 0 || v.Progress.Failed != 0 {
		t.Errorf("progress is %+v, want nothing synced", v.Progress)
	}
	if got := d.siteKeys(); !slices.Equal(got, before) {
		t.Errorf("published are %q, want %q", got, before)
	}
	if len(v.Warnings) < len(odd)-5 {
		t.Errorf("%d odd pages gave %d warnings: %q", len(odd), len(v.Warnings), v.Warnings)
	}
	for _, r := range d.notion.Requests() {
		if strings.Contains(r.Path, "..") || strings.Contains(r.Path, "%") || strings.Contains(r.Path, "evil") {
			t.Errorf("a page's name has become a request: %s", r.Path)
		}
	}
}

// As many pages as one trigger takes.
func TestAttack_manyPages(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.finished(d.trigger(""))
	list := append(numbers(999), "home")
	body, err := json.Marshal(map[string]any{"page": list, "force": true})
	if err != nil {
		t.Fatal(err)
	}
	a := d.post(triggerPath, jsonType, string(body))
	if a.status != http.StatusOK {
		t.Fatalf("trigger answers %.300s, want 200", a)
	}
	v := d.finished(a.text(t, "jobId"))
	if v.Progress.Synced != 1 || len(v.Pages) != len(list) || len(v.Warnings) < 100 {
		t.Errorf("progress %+v of %d pages, %d warnings, want the one that exists synced and many warnings",
			v.Progress, len(v.Pages), len(v.Warnings))
	}
}

// numbers are the texts 0, 1, …
func numbers(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i)
	}
	return list
}

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
	for name, doc := range map[string]string{"nonsense": "nonsense", "another version": `{"version":99,"id":"%s","state":"running","slice":2}`} {
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
		"sync:running", "sync:waiting", "sync:jobs", "sync:pages", "sync:window", "sync:lease", "pages:index",
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
			d.finished(d.trigger("?force=1"))
		})
	}
}

// Notion misbehaving in every way costs no page and ends well once it is over.
func TestAttack_notion(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for name, rules := range map[string][]notionsim.Rule{
		"a 429 for a second":       {{Skip: 5, Times: 3, Fault: notionsim.RateLimited(time.Second, "")}},
		"an overload":              {{Skip: 5, Times: 3, Fault: notionsim.Overloaded(time.Second)}},
		"pages of HTML":            {{Skip: 4, Times: 4, Fault: notionsim.HTML(http.StatusBadGateway)}},
		"connections closed":       {{Skip: 2, Times: 5, Fault: notionsim.Closed()}},
		"answers cut off":          {{Skip: 2, Times: 5, Fault: notionsim.CutOff()}},
		"answers truncated":        {{Skip: 2, Times: 5, Fault: notionsim.Truncated()}},
		"empty answers":            {{Skip: 2, Times: 5, Fault: notionsim.Empty()}},
		"conflicts and timeouts":   {{Skip: 1, Times: 2, Fault: notionsim.Status(409)}, {Skip: 9, Times: 2, Fault: notionsim.Status(504)}},
		"one request hangs":        {{Skip: 6, Times: 1, Fault: notionsim.Hang(500 * time.Millisecond)}},
		"one in ten fails, anyhow": {{Probability: 0.1, Seed: 3, Fault: notionsim.Status(500)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			for _, r := range rules {
				d.notion.Fail(r)
			}
			v := d.finished(d.trigger(""))
			if got := d.siteKeys(); !slices.Equal(got, want) || v.Progress.Failed != 0 || v.Progress.Pending != 0 {
				t.Errorf("published are %q, want %q; progress %+v, warnings %q", got, want, v.Progress, v.Warnings)
			}
		})
	}
}

// Many direct syncs, triggers and deliveries at once: each is answered, one job runs at a time, all is published.
func TestAttack_everythingAtOnce(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "50ms")
	d.slow(5 * time.Millisecond)
	d.qstash.Misbehave(qstashsim.Faults{Twice: true, Concurrently: true, Reorder: 10 * time.Second})
	var wg sync.WaitGroup
	for i := range 6 {
		for _, path := range []string{directPath, triggerPath, statusPath, fmt.Sprintf("%s?page=page-%d", directPath, i)} {
			wg.Go(func() {
				if a := d.get(path); a.status != http.StatusOK && a.status != http.StatusAccepted {
					t.Errorf("%s answers %s, want 200 or 202", path, a)
				}
			})
		}
	}
	wg.Wait()
	d.qstash.Misbehave(qstashsim.Faults{})
	d.settle()
	_, jobs := d.statusOf("")
	for _, v := range jobs {
		if v.State != "done" || v.Progress.Pending != 0 {
			t.Errorf("job %s is %s with progress %+v: %q, want done", v.ID, v.State, v.Progress, v.reason())
		}
	}
	if got, want := d.siteKeys(), reference(t, small()); !slices.Equal(got, want) {
		t.Errorf("published are %q, want %q", got, want)
	}
}

// A hundred and more failed pages: all counted, a hundred listed.
func TestAttack_manyErrors(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Generate(notionsim.Options{Seed: 2, Pages: 120, Blocks: 1, BlockDepth: 1}))
	d.notion.Fail(notionsim.Rule{Kind: notionsim.KindChildren, Fault: notionsim.Status(http.StatusBadRequest)})
	v := d.finished(d.trigger(""))
	if v.Metrics.PagesFailed != 120 || v.Progress.Failed != 120 || len(v.Errors) != 100 || len(d.bundles()) != 0 {
		t.Errorf("%d pages failed, %+v, %d errors listed, %d pages published, want 120 failed and 100 listed",
			v.Metrics.PagesFailed, v.Progress, len(v.Errors), len(d.bundles()))
	}
}

// A job that gets nowhere for longer than SYNC_GIVE_UP fails and says why.
func TestAttack_givesUp(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_GIVE_UP", "100ms")
	d.notion.Fail(notionsim.Rule{Fault: notionsim.RateLimited(10*time.Second, "")})
	d.qstash.Pause()
	id := d.trigger("")
	for range 10 {
		if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), "no progress") {
		t.Errorf("the job is %s: %q, want failed for want of progress", v.State, v.reason())
	}
}

// Notion asking for a minute's silence ends the slice: nobody sleeps through it, and the next one comes when it is over.
func TestAttack_longRetryAfter(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.notion.Fail(notionsim.Rule{Skip: 3, Times: 1, Fault: notionsim.RateLimited(time.Minute, "")})
	d.qstash.Pause()
	id := d.trigger("")
	began := time.Now()
	if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
		t.Fatalf("the slice answers %s, want running", a)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the slice took %s, want it to end instead of waiting", took)
	}
	m := d.last()
	if delay := m.NotBefore.Sub(m.CreatedAt); delay < 55*time.Second || delay > 65*time.Second {
		t.Errorf("the next slice is due in %s, want in a minute", delay)
	}
	if v := d.jobOf(id); v.State != "running" || v.Stalled {
		t.Errorf("the job is %+v, want it running and not stalled", v)
	}
}

// A page that Notion never answers for is not asked for again at once, and is given up in the end.
func TestAttack_hangingPage(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.finished(d.trigger(""))
	d.redeploy("SYNC_BUDGET", "300ms")
	d.notion.Fail(notionsim.Rule{
		Kind: notionsim.KindChildren, ID: d.publishedAs("home").Meta.NotionID, Fault: notionsim.Hang(time.Hour),
	})
	d.qstash.Pause()
	d.trigger("?force=1&page=home")
	for range 5 {
		began := time.Now()
		if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
			t.Fatalf("the slice answers %s, want running", a)
		}
		if time.Since(began) < 5*time.Second {
			continue // its time was over before it came to the page
		}
		m := d.last()
		if delay := m.NotBefore.Sub(m.CreatedAt); delay < 5*time.Second {
			t.Errorf("after a slice with nothing but a hanging request the next is due in %s, want a pause", delay)
		}
		return
	}
	t.Error("no slice has come to the page")
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

// Many direct syncs at once without QStash: one works at a time, and together they come to an end.
func TestAttack_manyDirect(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	d := deploy(t, small(), append([]string{"SYNC_BUDGET", "200ms"}, withoutQueue...)...)
	d.slow(5 * time.Millisecond)
	var done atomic.Bool
	call := func() {
		for began := time.Now(); !done.Load() && time.Since(began) < 60*time.Second; time.Sleep(20 * time.Millisecond) {
			switch a := d.get(directPath); a.status {
			case http.StatusOK:
				done.Store(true)
			case http.StatusAccepted:
			default:
				t.Errorf("answer %s, want 200 or 202", a)
			}
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(call)
	}
	wg.Wait()
	if done.Store(false); !d.idle() { // the others may have begun another one
		call()
	}
	if got := d.siteKeys(); !slices.Equal(got, want) {
		t.Errorf("published are %q, want %q", got, want)
	}
	d.atRest()
}
