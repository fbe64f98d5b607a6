package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

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

// Notion asking for a minute's silence ends the slice: nobody sleeps through it, the next one comes when it is over.
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
		if time.Since(began) < 3*time.Second {
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
