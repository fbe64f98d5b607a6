package vercel

import (
	"slices"
	"testing"
	"time"
)

const (
	coldStarts = 20

	// maxColdStart is far above what any machine should need, so that a busy one does not fail: the figure to watch is
	// the median in the log, which should stay below 150 ms.
	maxColdStart = time.Second
)

// A cold start is the time from the start of the process to the first answer. What a new instance costs before that is
// Vercel's.
//
// Not parallel: nothing else may run meanwhile.
func TestFunctions_coldStart(t *testing.T) {
	for _, f := range functions(t) {
		own := rows[f.Name]
		if len(own) == 0 {
			continue // TestFunctions_answers says so
		}
		r := own[len(own)-1]
		took := make([]time.Duration, coldStarts)
		for i := range took {
			p := start(t, f, slices.Concat(r.environ...))
			p.call(t, r.build(f))
			took[i] = time.Since(p.began)
			p.stop()
		}
		slices.Sort(took)
		median := took[len(took)/2]
		t.Logf("%-14s cold start: median %v, fastest %v, slowest %v", f.Name, median.Round(100*time.Microsecond),
			took[0].Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond))
		if median > maxColdStart {
			t.Errorf("function %s: a cold start takes %v, want at most %v", f.Name, median, maxColdStart)
		}
	}
}
