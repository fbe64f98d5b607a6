package dashboard_test

import (
	"testing"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

// full signs in to a page with all there is to see: a running sync, failures, warnings, a plan and checks.
func full(t *testing.T, o browser.Options) *browser.Tab {
	t.Helper()
	d := deploy(t, notionsim.New(nil))
	d.detour("/api/sync/status", answers(200, busyStatus(3)))
	d.detour("/api/sync", answers(200, somePlan))
	d.detour("/api/sync/check", answers(503, someChecks))
	tab := d.signIn(o)
	tab.Click("#plan-button")
	tab.Until(`!document.getElementById("plan").hidden`)
	tab.Click("#checks-button")
	tab.Until(`!document.getElementById("checks").hidden`)
	return tab
}

// thin are the texts, and the edges of what can be operated, that stand out too little from what is behind them: WCAG
// 2.2, 1.4.3 and 1.4.11, level AA.
const thin = `(() => {
	const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
	const light = (colour) => channels(colour).slice(0, 3).map((c) => c / 255)
		.map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
	const behind = (node) => {
		for (; node; node = node.parentElement) {
			const colour = getComputedStyle(node).backgroundColor;
			if ((channels(colour)[3] ?? 1) > 0) return colour;
		}
		return "rgb(255, 255, 255)";
	};
	const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
	const found = [];
	for (const node of document.querySelectorAll("body *")) {
		if (!node.checkVisibility() || node.closest(".unseen")) continue;
		const style = getComputedStyle(node), back = behind(node);
		const says = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== "");
		if (says && ratio(style.color, back) < 4.5) found.push(node.textContent + " " + ratio(style.color, back).toFixed(2));
		if (node.matches("#actions button:not(.main), input") && ratio(style.borderTopColor, behind(node.parentElement)) < 3) {
			found.push("the edge of " + node.id);
		}
		if (node.matches(".synced, .skipped, .failed, .removed") && ratio(back, behind(node.closest(".card"))) < 3) {
			found.push("a bar's part " + node.className);
		}
	}
	return found.join("\n");
})()`

// In light and in dark colours everything can be read.
func TestColours(t *testing.T) {
	t.Parallel()
	var backs []string
	for _, dark := range []bool{false, true} {
		tab := full(t, browser.Options{Dark: dark})
		if found := browser.Eval[string](tab, thin); found != "" {
			t.Errorf("dark: %v; there is too little contrast in:\n%s", dark, found)
		}
		backs = append(backs, browser.Eval[string](tab, `getComputedStyle(document.documentElement).backgroundColor`))
		tab.Shot(map[bool]string{false: "light", true: "dark"}[dark])
	}
	if backs[0] == backs[1] {
		t.Errorf("the page is %s by day and by night", backs[0])
	}
}

// On a phone nothing has to be scrolled sideways, and buttons are large enough for a finger.
func TestPhone(t *testing.T) {
	t.Parallel()
	tab := full(t, browser.Options{Phone: true})
	const wide = `[...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() && !node.closest(".unseen")
		&& node.getBoundingClientRect().right > innerWidth).map((node) => node.id || node.className || node.tagName).join(" ")`
	if found := browser.Eval[string](tab, wide); found != "" {
		t.Errorf("wider than the screen: %s", found)
	}
	if got := browser.Eval[int](tab, `document.documentElement.scrollWidth`); got > 360 {
		t.Errorf("the page is %d wide on a screen of 360", got)
	}
	const small = `[...document.querySelectorAll("button, summary, input")].filter((node) => node.checkVisibility()
		&& node.getBoundingClientRect().height < 24).map((node) => node.id || node.textContent).join(" ")`
	if found := browser.Eval[string](tab, small); found != "" {
		t.Errorf("too small for a finger: %s", found)
	}
	tab.Shot("phone")
}

// Whose browser asks for French gets it, numbers and times included; other languages get English.
func TestFrench(t *testing.T) {
	t.Parallel()
	tab := full(t, browser.Options{Languages: "de,fr-FR,en"})
	tab.Until(`document.documentElement.lang === "fr"`)
	for selector, text := range map[string]string{
		"#sync": "Synchroniser", "#job-title": "Lecture et écriture des pages", "#progress-text": "646 pages sur 1 190",
		"#percent": "54 %", "#facts": "Temps restant", "#window-label": "141 requêtes à Notion sur 180 en 1 min",
		"#edits":         "Modifications en attente : 2",
		"#failures-help": "la prochaine synchronisation les relira", "#plan-body": "environ 9 s", "#checks-body": "À corriger : 2",
	} {
		tab.Sees(selector, text)
	}
	tab.Sees("#checks-body", "Recommandations : 1")
	tab.Shot("french")
	english := full(t, browser.Options{Languages: "de"})
	english.Sees("#sync", "Sync now")
	if got := browser.Eval[string](english, `document.documentElement.lang`); got != "en" {
		t.Errorf("lang = %q in a German browser, want en", got)
	}
}
