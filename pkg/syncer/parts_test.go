package syncer_test

import (
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
)

// A page that was read in several slices is byte for byte the one that is read in one: what is kept of it in between has
// <, > and & as Notion sent them.
func TestRegression_PartsKeepBytes(t *testing.T) {
	t.Parallel()
	build := func() *world {
		w := newWorld(t)
		var toggles []notionsim.Block
		for i := range 5 {
			toggles = append(toggles, notionsim.Toggle(notionsim.Text(fmt.Sprint("<b> & ", i)), paragraph("1 < 2 && 3 > 2 \u2028")))
		}
		w.page("A", "a", toggles...)
		return w
	}
	whole := build().rig()
	whole.sync(syncer.First{})
	r := build().rig()
	r.notion.Fail(notionsim.Rule{Kind: "children", Skip: 3, Times: 1, Fault: notionsim.RateLimited(time.Minute, "")})
	if v := r.sync(syncer.First{}); v.Slices < 2 {
		t.Fatalf("%d slices, want the page read in two", v.Slices)
	}
	sameSite(t, r.site(), whole.site())
}
