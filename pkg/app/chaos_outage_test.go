package app_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// undisturbed is the state after a sync of the village without any disturbance, and how many requests it took.
func undisturbed(t *testing.T) (state map[string]string, requests int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := synced(t, village(), hurried)
		state, requests = c.state(), len(c.notion.Requests())
	})
	return state, requests
}

// Notion is down for an hour and then back: the job completes by itself, and no page is held to be at fault. What it
// costs is a look now and then.
func TestChaos_NotionDownForAnHour(t *testing.T) {
	t.Parallel()
	want, requests := undisturbed(t)
	for name, fault := range map[string]notionsim.Fault{
		"503":    notionsim.Status(http.StatusServiceUnavailable),
		"HTML":   notionsim.HTML(http.StatusBadGateway),
		"closed": notionsim.Closed(),
		"silent": notionsim.Hang(2 * time.Minute),
		"429":    notionsim.RateLimited(time.Minute, notionsim.ReasonWorkspace),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, village(), hurried)
				down := time.AfterFunc(time.Second, func() {
					back := c.notion.Fail(notionsim.Rule{Fault: fault})
					time.AfterFunc(time.Hour, back)
				})
				defer down.Stop()
				began := time.Now()
				c.sync()
				v := c.jobs()[0]
				if v.State != "done" || v.Progress.Failed != 0 || v.Progress.Pending != 0 {
					t.Errorf("the job ended as %+v: %q", v, v.reason())
				}
				if took := time.Since(began); took < time.Hour || took > 3*time.Hour {
					t.Errorf("it took %s, want the hour and at most the pause that was begun in it", took)
				}
				same(t, c.state(), want)
				c.atRest()
				if extra := len(c.notion.Requests()) - requests; extra > 250 {
					t.Errorf("it cost %d requests, want few while nothing answers", extra)
				}
				t.Logf("%s, %d slices, %d requests, %d ms of functions", time.Since(began), v.Slices, len(c.notion.Requests()), v.Metrics.FunctionMs)
			})
		})
	}
}

// A job that gets nowhere for longer than SYNC_GIVE_UP fails and says why. The next one finishes what it has begun.
func TestChaos_GivesUp(t *testing.T) {
	t.Parallel()
	want, _ := undisturbed(t)
	synctest.Test(t, func(t *testing.T) {
		settings := hurried
		settings.env = maps.Clone(hurried.env)
		settings.env["SYNC_GIVE_UP"] = "3h"
		c := newCloud(t, village(), settings)
		began := time.Now()
		var back func()
		time.AfterFunc(time.Second, func() {
			back = c.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusServiceUnavailable)})
		})
		c.sync()
		took := time.Since(began)
		v := c.jobs()[0]
		if v.State != "failed" || !strings.Contains(v.reason(), "no progress since") || !strings.Contains(v.reason(), "503") {
			t.Errorf("the job is %s: %q, want failed with the reason", v.State, v.reason())
		}
		if told := c.wasTold(v.ID); told != "failed" {
			t.Errorf("the webhook was told that it is %q", told)
		}
		if took < 3*time.Hour || took > 4*time.Hour+10*time.Minute {
			t.Errorf("it gave up after %s, want three hours and at most the pause that was begun in them", took)
		}
		back()
		c.sync()
		if v := c.jobs()[0]; v.State != "done" || v.Progress.Failed != 0 {
			t.Errorf("the next job is %+v", v)
		}
		same(t, c.state(), want)
		c.atRest()
	})
}

// Redis is away for minutes: QStash's retries outlast that, as long as nobody asks it to hurry.
func TestRegression_RedisDownForMinutes(t *testing.T) {
	t.Parallel()
	want, _ := undisturbed(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, village(), hurried)
		time.AfterFunc(time.Second, func() { c.redisDown(20 * time.Minute) })
		c.sync()
		if v := c.jobs()[0]; v.State != "done" || v.Progress.Failed != 0 {
			t.Errorf("the job ended as %+v: %q", v, v.reason())
		}
		same(t, c.state(), want)
		c.atRest()
	})
}

// A message whose connection breaks is delivered again while its function works on. Should that be killed late, a delivery
// is left to go on with the slice.
func TestRegression_LongSliceKilled(t *testing.T) {
	t.Parallel()
	for _, budget := range []time.Duration{45 * time.Second, 270 * time.Second, 13 * time.Minute} {
		t.Run(budget.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, village(), cloudSettings{
					latency: min(budget/8, 40*time.Second), maxDuration: budget + 15*time.Second, hangUp: time.Second,
					env: map[string]string{"SYNC_BUDGET": budget.String()},
				})
				var killed []*instance
				time.AfterFunc(min(budget-time.Second, 250*time.Second), func() { killed = c.killAll() })
				c.sync()
				if v := c.jobs()[0]; v.State != "done" || v.Progress.Failed != 0 || len(killed) == 0 {
					t.Errorf("%d functions killed, the job ended as %+v: %q", len(killed), v, v.reason())
				}
				c.atRest()
			})
		})
	}
}

// However small the budget, and however long a slice has waited for the lease of a dead one: it gets something done.
func TestRegression_BudgetAfterLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, village(), cloudSettings{latency: time.Second, env: map[string]string{"SYNC_BUDGET": "2s"}})
		if err := c.redis.Set("sync:lease", "a dead function's"); err != nil {
			t.Fatal(err)
		}
		c.redis.SetTTL("sync:lease", 9*time.Second)
		c.sync()
		for _, m := range c.qstash.Messages() {
			if len(m.Attempts) != 1 || m.Attempts[0].Status != http.StatusOK {
				t.Errorf("message %s took %d attempts, the first answered %d %s", m.Body, len(m.Attempts), m.Attempts[0].Status, m.Attempts[0].Body)
			}
		}
		if v := c.jobs()[0]; v.State != "done" || v.Progress.Failed != 0 {
			t.Errorf("the job ended as %+v: %q", v, v.reason())
		}
	})
}

// A message all of whose deliveries were killed leaves a lease behind. The failure callback, which comes at once, waits for
// it: nobody else would end the job.
func TestRegression_LastDeliveryKilled(t *testing.T) {
	t.Parallel()
	want, _ := undisturbed(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, village(), hurried)
		c.killAt = func(n int64, in *instance, _ bool) bool { return in.asksNotion() && c.killed.Load() < 4 }
		c.sync()
		v := c.jobs()[0]
		if v.State != "failed" || !strings.Contains(v.reason(), "QStash gave up after 4 attempts") || c.killed.Load() != 4 {
			t.Errorf("after %d kills the job is %s: %q, want failed and the reason", c.killed.Load(), v.State, v.reason())
		}
		if told := c.wasTold(v.ID); told != "failed" {
			t.Errorf("the webhook was told that it is %q", told)
		}
		c.sync()
		if v := c.jobs()[0]; v.State != "done" || v.Progress.Failed != 0 {
			t.Errorf("the next job ended as %+v: %q", v, v.reason())
		}
		same(t, c.state(), want)
		c.atRest()
	})
}

// A job that nobody came for, for longer than SYNC_GIVE_UP, is taken over like any other: one failure is no reason to give
// up on it.
func TestRegression_StalledForADay(t *testing.T) {
	t.Parallel()
	want, _ := undisturbed(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, village(), hurried)
		time.AfterFunc(time.Second, func() { c.qstash.Misbehave(qstashsim.Faults{Lose: 1}) })
		c.sync()
		if v := c.jobs()[0]; v.State != "running" {
			t.Fatalf("the job is %s, want it running with its message lost", v.State)
		}
		time.Sleep(30 * time.Hour)
		id := c.jobs()[0].ID
		remove := c.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusServiceUnavailable)})
		time.AfterFunc(10*time.Second, remove)
		c.sync()
		if v := c.job(id); v.State != "done" || v.Progress.Failed != 0 {
			t.Errorf("the job ended as %+v: %q", v, v.reason())
		}
		same(t, c.state(), want)
		c.atRest()
	})
}
