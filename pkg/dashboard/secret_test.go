package dashboard_test

import (
	"testing"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

// A wrong secret shows nothing and is forgotten; the right one stays in this tab and goes nowhere but into a header.
func TestSecret(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.visit(browser.Options{})
	for _, wrong := range []string{"open sesam", "Öffne dich"} {
		tab.Press(wrong, "\r")
		tab.Sees("#alert", "That is not the secret.")
		tab.Sees("#alert .todo", "CRON_SECRET")
		tab.Until(`document.activeElement.id === "secret" && document.activeElement.ariaInvalid === "true"`)
		if got := browser.Eval[int](tab, `sessionStorage.length`); got != 0 {
			t.Errorf("after %q, %d secrets are kept", wrong, got)
		}
		if !browser.Eval[bool](tab, `document.getElementById("panel").hidden && document.getElementById("job-title").textContent === ""`) {
			t.Errorf("after %q, the panel is shown", wrong)
		}
	}
	tab.Shot("refused")
	tab.Press(secret, "\r")
	tab.Until(`!document.getElementById("panel").hidden && document.getElementById("alert").hidden`)
	kept := `[sessionStorage.getItem("sync-secret"), localStorage.length, document.cookie, location.search + location.hash,
		document.body.innerHTML.includes("open sesame"), document.getElementById("secret").value].join("|")`
	if got := browser.Eval[string](tab, kept); got != "open sesame|0|||false|" {
		t.Errorf("kept are %q, want the secret in sessionStorage alone", got)
	}
	tab.Visit(d.url)
	tab.Until(`!document.getElementById("panel").hidden`)
	tab.Click("#forget")
	tab.Until(`sessionStorage.length === 0 && document.getElementById("panel").hidden`)
}

// A secret that is changed while somebody looks is asked for again.
func TestSecret_changed(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.signIn(browser.Options{})
	d.detour("/api/sync/status", answers(401, `{"ok":false,"error":"Unauthorized"}`))
	tab.Sees("#alert", "That is not the secret.")
	tab.Until(`document.getElementById("panel").hidden && document.activeElement.id === "secret"`)
}
