package dashboard_test

import (
	"strings"
	"testing"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

// bar is what the progress bar says and shows, in percent.
type bar struct{ Says, Shows float64 }

func barOf(tab *browser.Tab) bar {
	return browser.Eval[bar](tab, `(() => {
		const bar = document.getElementById("progress"), all = bar.getBoundingClientRect().width;
		const parts = [...bar.children].map((part) => part.getBoundingClientRect().width);
		return { Says: Number(bar.ariaValueNow), Shows: 100 * parts.reduce((a, b) => a + b) / all };
	})()`)
}

// A sync is watched from before its start to after its end.
func TestWatch(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Demo())
	release := d.hold(notionsim.KindChildren, 20)
	tab := d.signIn(browser.Options{})
	tab.Sees("#job-title", "No sync yet")
	tab.Shot("empty")
	tab.Click("#sync")
	tab.Sees("#state", "Running")
	tab.Sees("#phases [aria-current]", "Reading")
	tab.Until(`Number(document.getElementById("progress").ariaValueNow) > 0`)
	half := barOf(tab)
	if half.Says <= 0 || half.Says >= 100 || half.Shows < half.Says-1 || half.Shows > half.Says+2 {
		t.Errorf("in the middle the progress bar is %+v, want both between 0 and 100, and the same", half)
	}
	for _, fact := range []string{"Done so far", "To go", "Rate", "Time left", "Running for"} {
		tab.Sees("#facts dt", fact)
	}
	tab.Until(`document.title.startsWith("` + tab.Text("#percent") + `")`)
	tab.Until(`document.getElementById("announcer").textContent.includes("Reading pages")`)

	release()
	tab.Sees("#job-title", "Your site is up to date")
	tab.Sees("#state", "Done")
	tab.Until(`document.getElementById("live").hidden && document.title === "Notion sync"`)
	tab.Until(`document.getElementById("announcer").textContent === "Your site is up to date"`)
	facts := strings.Fields(tab.Text("#facts"))
	if got := strings.Join(facts[:8], " "); got != "Written 35 Unchanged 0 Failed 0 Removed 0" {
		t.Errorf("facts = %q, want 35 pages written", facts)
	}
	tab.Sees("#jobs li", "Written 35")
	tab.Shot("done")
}

// A sync that was forced is asked about first, and an earlier one can be looked at again.
func TestForce(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Demo())
	tab := d.signIn(browser.Options{})
	tab.Click("#sync")
	tab.Sees("#job-title", "Your site is up to date")
	tab.Click("#force")
	tab.Sees("#sure", "more than half")
	tab.Click(`#sure [value="no"]`)
	tab.Click("#force")
	tab.Press("\x1b")
	tab.Until(`!document.getElementById("sure").open`)
	tab.Click("#force")
	tab.Click(`#sure [value="yes"]`)
	tab.Sees("#about", "every page anew")
	tab.Sees("#state", "Done")
	if got := browser.Eval[int](tab, `document.querySelectorAll("#jobs li").length`); got != 2 {
		t.Errorf("%d jobs, want two: who says no or Escape wants none", got)
	}
	tab.Click("#jobs li:last-child button")
	tab.Sees("#about", "Full sync ·")
	tab.Click("#latest")
	tab.Sees("#about", "every page anew")
}
