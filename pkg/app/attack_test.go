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
		strings.Repeat("a", 8192), strings.Repeat("/", 1000), strings.Repeat("0", 31), strings.Repeat("g", 32),
		"00000000-0000-0000-0000-000000000000", "EVALSHA", "'; DROP TABLE pages; --", "ref:home", "rows:x",
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
