package app_test

import (
	"flag"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"

	"notionsync/pkg/sim/convergence"
)

var (
	convergenceSeed   = flag.Uint64("convergence.seed", 0, "the only seed of TestConvergence; 0: the first ones")
	convergenceSeeds  = flag.Int("convergence.seeds", 0, "how many seeds TestConvergence has; 0: 40, with the race detector or -short 4")
	convergenceLength = flag.Int("convergence.length", 16, "how many steps a script has")
	convergenceShrink = flag.Int("convergence.shrink", 150, "how many runs are spent on making a failing script shorter")
)

// Whatever is edited in Notion, in whatever order syncs and events come: each page that an event named is right when the
// events' jobs are done, everything is after one full sync, and no page that lives is missing in between.
// A seed that fails is run again with -convergence.seed.
func TestConvergence(t *testing.T) {
	first, last := uint64(1), uint64(*convergenceSeeds)
	if last == 0 {
		last = 40
		if hasty() {
			last = 4
		}
	}
	if *convergenceSeed != 0 {
		first, last = *convergenceSeed, *convergenceSeed
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			script := convergence.Generate(seed, *convergenceLength)
			found, log := converge(t, script)
			if len(found) == 0 {
				return
			}
			script = convergence.Shrink(script, *convergenceShrink, func(s convergence.Script) bool {
				f, l := converge(t, s)
				same := kindOf(f) == kindOf(found)
				if same {
					found, log = f, l
				}
				return same
			})
			t.Errorf("%s\n%s\nWhat happened:\n  %s", script, strings.Join(found, "\n"), strings.Join(log, "\n  "))
		})
	}
}

// kindOf is when a failure was found, and what kind the first difference is of: while a script is made shorter it must not
// become another.
func kindOf(found []string) string {
	if len(found) == 0 {
		return ""
	}
	kind := found[0]
	if len(found) > 1 {
		for _, words := range []string{
			"is missing", "should not be", "should have stayed", "title", "collection", "parentSlug", "parentTitle", "text",
			"childPages", "links", "items",
		} {
			if strings.Contains(found[1], words) {
				return kind + words
			}
		}
	}
	return kind
}

// converge runs a script in a bubble of its own. found is empty if all went well.
func converge(t *testing.T, script convergence.Script) (found, log []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		run := newConvergence(t, script)
		run.play(script.Steps)
		found, log = run.found, run.log
	})
	return found, log
}
