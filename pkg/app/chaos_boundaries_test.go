package app_test

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// hurried is a cloud whose slices are over after a few requests, and whose Notion allows few of them a minute.
var hurried = cloudSettings{latency: 300 * time.Millisecond, limit: 45, env: map[string]string{
	"SYNC_BUDGET": "500ms", "NOTION_RATE_LIMIT": "45/1m",
}}

// synced is a cloud that has synced a workspace without any disturbance.
func synced(t *testing.T, world *notionsim.Workspace, s cloudSettings) *cloud {
	t.Helper()
	c := newCloud(t, world, s)
	a := c.get(triggerPath)
	c.settle()
	if v := c.job(a.text(t, "jobId")); v.State != "done" || v.Progress.Failed != 0 || len(v.Warnings) != 0 {
		t.Fatalf("the undisturbed job ended as %+v", v)
	}
	c.atRest()
	return c
}

// Wherever a function is killed, before or after any of its writes to Redis and messages to QStash, and whether messages
// are delivered once or several times at once: what is in Redis at last is what it would have been.
func TestChaos_Boundaries(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var want map[string]string
	var requests, boundaries int
	synctest.Test(t, func(t *testing.T) {
		c := synced(t, village(), hurried)
		want, requests, boundaries = c.state(), len(c.notion.Requests()), int(c.boundary.Load())
		if pages := c.jobs()[0].Progress.Discovered; pages < 30 {
			t.Errorf("the job is one of %d pages, want 30", pages)
		}
	})
	step := 1
	if hasty() {
		step = 30
	}
	var runs atomic.Int64
	for _, duplicates := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("duplicates=%t,after=%t", duplicates, after), func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n += step {
					reached := false
					t.Run(fmt.Sprint(n), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							reached = killedAt(t, n, after, duplicates, want, requests)
						})
					})
					if !reached || t.Failed() {
						return
					}
					runs.Add(1)
				}
			})
		}
	}
	t.Cleanup(func() {
		t.Logf("%d boundaries without disturbance, %d kills", boundaries, runs.Load())
		if n := int(runs.Load()); n < 4*(boundaries*9/10)/step {
			t.Errorf("%d kills, want one before and one after each of %d boundaries, duplicates or not", n, boundaries)
		}
	})
}

// killedAt runs a job whose function is killed at its n-th boundary. It reports whether it came to that.
func killedAt(t *testing.T, n int, after, duplicates bool, want map[string]string, requests int) bool {
	t.Helper()
	settings := hurried
	settings.after = after
	c := newCloud(t, village(), settings)
	c.killAt = func(now int64, _ *instance, _ bool) bool { return now == int64(n) }
	inVain := 0
	c.onKill = func(asked []string) { _, inVain = c.inFlight(asked) }
	c.qstash.Misbehave(qstashsim.Faults{Twice: duplicates, Concurrently: duplicates})
	a := c.get(triggerPath)
	c.settle()
	if v := c.job(a.text(t, "jobId")); v.State != "done" || v.Progress.Failed != 0 || v.Progress.Pending != 0 {
		t.Errorf("the job ended as %+v", v)
	}
	for _, v := range c.jobs() {
		if told := c.wasTold(v.ID); told != v.State {
			t.Errorf("the webhook was told that job %s is %q, it is %s", v.ID, told, v.State)
		}
	}
	c.atRest()
	same(t, c.state(), want)
	if extra := len(c.notion.Requests()) - requests; extra > inVain && len(c.jobs()) == 1 {
		t.Errorf("%d requests more than undisturbed, want at most the %d for what was in flight", extra, inVain)
	}
	if t.Failed() {
		t.Log(c.describe())
	}
	return c.killed.Load() > 0
}
