package dashboard_test

import (
	"testing"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

// Everything can be done with the keyboard alone, and one always sees where one is.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Demo())
	d.detour("/api/sync/check", answers(503, someChecks))
	tab := d.visit(browser.Options{})
	tab.Press(secret, "\t")
	at(tab, "Show the sync")
	tab.Press(" ")
	tab.Until(`document.activeElement.id === "job-title"`)
	tab.Press("\t")
	at(tab, "Sync now")
	tab.Press("\r")
	tab.Sees("#job-title", "Your site is up to date")
	at(tab, "Sync now") // the focus stays where it was, whatever the page shows meanwhile
	tab.Press("\t", "\t")
	at(tab, "Check the setup")
	tab.Press("\r")
	tab.Until(`document.activeElement.id === "checks-title"`)
	tab.Press("\t")
	at(tab, "Close")
	tab.Press("\r")
	at(tab, "Check the setup")
	tab.Press("\t")
	at(tab, "Sync all anew…")
	tab.Press("\r", "\t")
	tab.Until(`document.getElementById("sure").contains(document.activeElement)`)
	tab.Press("\x1b")
	at(tab, "Sync all anew…")
	tab.Until(`document.querySelectorAll("#jobs li").length === 1`)
}

// at waits until the focus is on an element with that text, and can be seen there.
func at(tab *browser.Tab, text string) {
	tab.Until(`document.activeElement.textContent.trim() === "` + text + `"
		&& document.activeElement.matches(":focus-visible") && getComputedStyle(document.activeElement).outlineStyle === "solid"`)
}

// Those who do not see the page hear what it shows: everything has a name, and what changes is said.
func TestScreenReader(t *testing.T) {
	t.Parallel()
	tab := full(t, browser.Options{})
	const nameless = `[...document.querySelectorAll("button, input, a, meter, [role=progressbar], section, dialog")].filter((node) => {
		const named = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent).join("");
		return !(named || node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent.trim());
	}).map((node) => node.outerHTML).join("\n")`
	if found := browser.Eval[string](tab, nameless); found != "" {
		t.Errorf("without a name:\n%s", found)
	}
	const said = `["alert", "announcer"].map((id) => document.getElementById(id).getAttribute("role")).join() + " "
		+ document.getElementById("progress").ariaValueText + " " + document.querySelectorAll("h1").length`
	if got := browser.Eval[string](tab, said); got != "alert,status 646 of 1,190 pages 1" {
		t.Errorf("roles and values are %q", got)
	}
	tab.Until(`document.getElementById("announcer").textContent === "To be mended: 2"`)
}
