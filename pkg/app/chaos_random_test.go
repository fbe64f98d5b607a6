package app_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

var (
	chaosSeed  = flag.Uint64("chaos.seed", 0, "the only seed of TestChaos_Random; 0: all of them")
	chaosSeeds = flag.Int("chaos.seeds", 0, "how many seeds TestChaos_Random has; 0: 40, with the race detector or -short 2")
)

// hasty reports whether there is no time for everything: the race detector makes it five times as dear. What is left out is
// run without it, see .ci/run.
func hasty() bool { return raceDetector || testing.Short() }

// Whatever goes wrong, and whatever is edited meanwhile: two syncs of three hundred pages end as undisturbed ones would.
// A seed that fails is run again with -chaos.seed; it brings about the same troubles, though not at the very same moment.
func TestChaos_Random(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var seeds []uint64
	for i := range chaosCount() {
		seeds = append(seeds, uint64(i)+1)
	}
	if *chaosSeed != 0 {
		seeds = []uint64{*chaosSeed}
	}
	want := map[int]map[string]string{} // by variant
	for _, seed := range seeds {
		variant := variantOf(seed)
		if want[variant] != nil {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			world := city(variant)
			c := synced(t, world, cloudSettings{limit: 180, latency: 200 * time.Millisecond})
			rebuild(t, world)
			time.Sleep(25 * time.Hour)
			c.sync()
			want[variant] = c.state()
			t.Logf("city %d: %d pages, %d requests", variant, c.jobs()[0].Progress.Discovered, len(c.notion.Requests()))
		})
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { testChaos(t, seed, want[variantOf(seed)]) })
		})
	}
}

// chaosCount is how many seeds there are.
func chaosCount() int {
	if *chaosSeeds == 0 && hasty() {
		return 2
	}
	return cmp.Or(*chaosSeeds, 40)
}

// variantOf is the city of a seed.
func variantOf(seed uint64) int {
	variants := uint64(5)
	if hasty() {
		variants = 2
	}
	return int(seed % variants)
}

func testChaos(t *testing.T, seed uint64, want map[string]string) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 1))
	world := city(variantOf(seed))
	c := newCloud(t, world, cloudSettings{
		limit: 180, latency: time.Duration(50+dice.IntN(350)) * time.Millisecond,
		env: map[string]string{"SYNC_BUDGET": []string{"2s", "10s", "45s"}[dice.IntN(3)]},
	})
	edited := time.AfterFunc(time.Duration(dice.Int64N(int64(6*time.Minute))), func() { rebuild(t, world) })
	c.amid(seed)
	if edited.Stop() { // it was not their time yet
		rebuild(t, world)
	}
	time.Sleep(25 * time.Hour)
	id := c.amid(seed + 1<<32)
	more, gaveUp := 0, false
	for ; !c.complete(id); more++ {
		gaveUp = gaveUp || c.gaveUp(id)
		if more == 5 {
			t.Fatalf("seed %d: not complete after five more syncs%s", seed, c.describe())
		}
		time.Sleep(2*time.Minute + time.Duration(more)*time.Hour) // by then what was due, and has not come, is known to be lost
		id = c.sync()
	}
	c.atRest()
	same(t, c.state(), want)
	if more > 0 && !gaveUp && !c.messagesDied() {
		t.Errorf("%d more syncs were needed, though no message was missing and no page was given up on", more)
	}
	if t.Failed() {
		t.Logf("seed %d%s", seed, c.describe())
	}
	t.Logf("seed %d: %d killed, %d more, %d requests, %v", seed, c.killed.Load(), more, len(c.notion.Requests()), c.monkey.did)
}

// sync triggers a sync, waits until nothing is to be delivered any more, and returns the id of the job that was to do it.
func (c *cloud) sync() (id string) {
	c.t.Helper()
	a := c.get(triggerPath)
	if id = a.text(c.t, "jobId"); id == "" {
		c.t.Errorf("trigger answers %s", a)
	}
	c.settle()
	return id
}

// amid syncs while the monkey is loose.
func (c *cloud) amid(seed uint64) (id string) {
	c.unleash(seed)
	id = c.sync()
	c.cage()
	c.settle() // what the monkey did last
	return id
}

// complete reports whether a job is done with every page, nothing runs or waits, and no job after it has failed: that one
// left something to the next.
func (c *cloud) complete(id string) bool {
	after := true
	for _, v := range c.jobs() { // the newest first
		after = after && v.ID != id
		if v.State == "running" || v.State == "queued" || after && v.State == "failed" {
			return false
		}
	}
	v := c.job(id)
	return v.State == "done" && v.Progress.Failed == 0
}

// gaveUp reports whether a job has left pages to the next for which Notion was out of order three times. That one of them
// does not exist is no excuse: nothing changes any more.
func (c *cloud) gaveUp(id string) bool {
	v := c.job(id)
	for _, e := range v.Errors {
		if strings.Contains(e.Error, "object_not_found") {
			return false
		}
	}
	return v.State == "done" && v.Progress.Failed > 0 && int(v.Progress.Failed) == len(v.Errors)
}

// messagesDied reports whether QStash has lost a message, or given up on one, or never had one: a direct sync that is killed
// has none.
func (c *cloud) messagesDied() bool {
	for _, v := range c.jobs() {
		if strings.HasPrefix(v.ID, "direct_") {
			return true
		}
	}
	for _, m := range c.qstash.Messages() {
		if m.State == qstashsim.Lost || m.State == qstashsim.Failed {
			return true
		}
	}
	return false
}
