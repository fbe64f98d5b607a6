package app_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// What kills cost: a job killed fifty times makes no more requests than the undisturbed one and, for each kill, those for
// the pages in flight then.
func TestChaos_RequestsOfKilledJobs(t *testing.T) {
	t.Parallel()
	for name, world := range map[string]func() *notionsim.Workspace{
		"pages of one list":   func() *notionsim.Workspace { return suburb(500) },
		"pages of every kind": func() *notionsim.Workspace { return city(0) },
	} {
		for _, after := range []bool{false, true} {
			if hasty() && (after || name != "pages of every kind") {
				continue
			}
			t.Run(name+map[bool]string{false: ", before writes", true: ", after writes"}[after], func(t *testing.T) {
				t.Parallel()
				var want map[string]string
				var requests int
				settings := cloudSettings{latency: 200 * time.Millisecond, after: after, env: map[string]string{
					"SYNC_BUDGET": "1ms", "NOTION_RATE_LIMIT": "20/1m", // many slices, for a message bears three kills
				}}
				synctest.Test(t, func(t *testing.T) {
					c := synced(t, world(), settings)
					want, requests = c.state(), len(c.notion.Requests())
				})
				synctest.Test(t, func(t *testing.T) { testKilled(t, world(), settings, want, requests) })
			})
		}
	}
}

func testKilled(t *testing.T, world *notionsim.Workspace, settings cloudSettings, want map[string]string, requests int) {
	t.Helper()
	const kills = 50
	c := newCloud(t, world, settings)
	var mu sync.Mutex
	var pages, inVain int
	dice := rand.New(rand.NewPCG(1, 1))
	next := int64(10)
	c.killAt = func(n int64, in *instance, spared bool) bool {
		mu.Lock()
		defer mu.Unlock()
		// A trigger that is killed is sent again, and may make a second job with requests of its own.
		if n < next || spared || in.isDead() || in.byHand() || int(c.killed.Load()) == kills {
			return false
		}
		next = n + 1 + dice.Int64N(8)
		return true
	}
	c.onKill = func(asked []string) {
		p, r := c.inFlight(asked)
		mu.Lock()
		defer mu.Unlock()
		pages, inVain = pages+p, inVain+r
	}
	c.sync()
	v := c.jobs()[0]
	if v.State != "done" || v.Progress.Failed != 0 || c.killed.Load() != kills {
		t.Errorf("killed %d times, the job ended as %+v: %q", c.killed.Load(), v, v.reason())
	}
	same(t, c.state(), want)
	c.atRest()
	extra := len(c.notion.Requests()) - requests
	t.Logf("%d requests undisturbed, %d more when killed %d times with %d pages in flight, for which %d were made",
		requests, extra, kills, pages, inVain)
	if extra > inVain {
		t.Errorf("%d requests more than undisturbed, want at most the %d for what was in flight", extra, inVain)
	}
	if counted := v.Metrics.NotionRequests; counted > requests+extra {
		t.Errorf("the job counts %d requests, Notion got %d", counted, requests+extra)
	}
}

// inFlight is how many of the things asked for a to-do list still has, and how many requests were made for them. Blocks
// are those of a generated page: their ids end like the page's.
func (c *cloud) inFlight(asked []string) (entries, requests int) {
	const end = 8
	open := map[string]bool{}
	for _, key := range c.redis.Keys() {
		if strings.HasPrefix(key, "sync:job:") && strings.HasSuffix(key, ":entries") {
			names, err := c.redis.HKeys(key)
			if err != nil {
				c.t.Error(err)
			}
			for _, name := range names { // page:<id>, rows:<list>:<id>, database:<name>:<id>
				open[name[max(0, len(name)-end):]] = true
			}
		}
	}
	var inVain []string
	for _, id := range asked {
		if id = id[max(0, len(id)-end):]; open[id] {
			inVain = append(inVain, id)
		}
	}
	slices.Sort(inVain)
	return len(slices.Compact(slices.Clone(inVain))), len(inVain)
}
