package dashboard_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.signIn(browser.Options{})
	d.detour("/api/sync", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.RawQuery != "plan=1" {
			t.Errorf("the plan is asked for with %s %s", r.Method, r.URL)
		}
		answers(200, somePlan)(w, r)
	})
	tab.Click("#plan-button")
	tab.Until(`document.activeElement.id === "plan-title"`)
	for _, text := range []string{
		"41 requests to Notion and about 9 s", "New (2)", "A bell for the tide", "/news/tide-bell", "Changed (3)",
		"Removed (1)", "By sea", "The slug faq is wanted by several pages", "collection notes could not be listed",
		"add the integration",
	} {
		tab.Sees("#plan-body", text)
	}
	if facts := strings.Join(strings.Fields(tab.Text("#plan-body .facts")), " "); facts !=
		"New 2 Changed 3 Removed 1 Unchanged 120 Drafts 3" {
		t.Errorf("the plan's figures are %q", facts)
	}
	tab.Shot("plan")
	tab.Click("#plan-close")
	tab.Until(`document.getElementById("plan").hidden && document.activeElement.id === "plan-button"`)

	d.detour("/api/sync", answers(200, `{"ok":true,"plan":{"add":[],"update":[],"remove":[],"unchanged":35,"drafts":0,
		"conflicts":[],"notionRequests":2,"estimatedSeconds":1}}`))
	tab.Click("#plan-button")
	tab.Sees("#plan-body", "Nothing to do")

	d.detour("/api/sync", answers(200, `{"ok":true,"plan":{"add":[],"update":[],"remove":[],"unchanged":35,"drafts":0,
		"conflicts":[],"notionRequests":2,"estimatedSeconds":1,"complete":false},"warnings":["the plan is not complete"]}`))
	tab.Click("#plan-button")
	tab.Sees("#plan-body", "This is not all")
}

// The routes themselves say what the page can show.
func TestAnswers(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Demo())
	tab := d.signIn(browser.Options{})
	tab.Click("#plan-button")
	tab.Sees("#plan-body", "A sync would take")
	tab.Sees("#plan-body summary", "New (")
	tab.Click("#plan-close")
	tab.Click("#sync")
	tab.Sees("#job-title", "Your site is up to date")
	tab.Sees("#window-label", "requests to Notion in 1 min")
	tab.Click("#plan-button")
	tab.Sees("#plan-body", "Nothing to do")
	tab.Click("#checks-button")
	tab.Sees("#checks-body", "Everything works.")
	tab.Shot("real-answers")
}

// A list of any length stays one that can be read.
func TestPlan_long(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.signIn(browser.Options{})
	page := `{"slug":"a","title":"A","notionId":"11111111-0a44-4c1c-a2e9-012345678901"},`
	d.detour("/api/sync", answers(200, `{"ok":true,"plan":{"add":[`+strings.TrimSuffix(strings.Repeat(page, 1000), ",")+`],
		"update":[],"remove":[],"unchanged":0,"drafts":0,"conflicts":[],"counts":{"add":12000},"notionRequests":36000,"estimatedSeconds":12000}}`))
	tab.Click("#plan-button")
	tab.Sees("#plan summary", "New (12,000)")
	tab.Sees("#plan-body", "about 3 h 20 min")
	tab.Click("#plan summary")
	tab.Sees("#plan-body", "11,900 more are not shown.")
	if got := browser.Eval[int](tab, `document.querySelectorAll("#plan-body li").length`); got != 101 {
		t.Errorf("%d lines, want 101", got)
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.signIn(browser.Options{})
	d.detour("/api/sync/check", answers(503, someChecks))
	tab.Click("#checks-button")
	tab.Until(`document.activeElement.id === "checks-title"`)
	tab.Sees("#checks-body", "To be mended: 2")
	lines := browser.Eval[[]string](tab, `[...document.querySelectorAll("#checks-body li")].map((line) => line.innerText)`)
	if len(lines) != 8 || !strings.Contains(lines[0], "collection posts") || !strings.Contains(lines[0], "add the integration") ||
		!strings.Contains(lines[1], "Copy both signing keys") || !strings.Contains(lines[2], "not checked") ||
		!strings.Contains(lines[3], "Connect a public Blob store") || !strings.Contains(lines[4], "variables") {
		t.Errorf("checks = %q, want all, with those first that failed and what to do, then what is recommended", lines)
	}
	tab.Sees("#checks-body h3", "Recommended: 1")
	tab.Sees("#checks-body summary", "4 passed")
	marks := browser.Eval[[]string](tab, `[...document.querySelectorAll("#checks-body li")].slice(0, 5).map((line) =>
		line.querySelector(".unseen").innerText + line.querySelector("svg").getAttribute("class"))`)
	if !slices.Equal(marks, []string{"Wrong:bad", "Wrong:bad", "Not checked:open", "Recommended:open", "Right:good"}) {
		t.Errorf("the checks are marked %q", marks)
	}
	tab.Until(`[...document.querySelectorAll("#checks-body > ul svg use")].every((use) =>
		use.getBoundingClientRect().width > 0)`) // the icons are there
	tab.Shot("checks")
	const fine = `{"name":"variable","ok":true,"message":"fine"},`
	d.detour("/api/sync/check", answers(200, `{"ok":true,"checks":[`+strings.TrimSuffix(strings.Repeat(fine, 30), ",")+`]}`))
	tab.Click("#checks-button")
	tab.Sees("#checks-body", "Everything works.")
	tab.Until(`!document.querySelector("#checks-body details").open`) // nobody has to read them
	tab.Click("#checks-body summary")
	tab.Sees("#checks-body li", "fine")
}

// What comes from outside is shown as text, whatever it says.
func TestHostile(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	bad := strings.NewReplacer(
		"handbook/page-0", hostile, "Bad Gateway", hostile, "collection posts", hostile, "A bell for the tide", hostile,
		"news/fog", hostile, `"faq"`, `"`+hostile+`"`, "variables", hostile, "all that are needed", hostile,
		"Copy both", hostile, "21111111-0a44-4c1c-a2e9-012345678901", `javascript:window.harmed=true//`,
		"msg_3", `x\" onfocus=\"window.harmed=true\" autofocus=\"`,
	)
	d.detour("/api/sync/status", answers(200, bad.Replace(busyStatus(3))))
	d.detour("/api/sync", answers(200, bad.Replace(somePlan)))
	d.detour("/api/sync/check", answers(503, bad.Replace(someChecks)))
	d.detour("/api/sync/trigger", answers(500, `{"ok":false,"error":"`+hostile+`","details":"`+hostile+`"}`))
	tab := d.signIn(browser.Options{})
	for _, button := range []string{"#plan-button", "#checks-button", "#sync"} {
		tab.Click(button)
		tab.Sees("#panel", "<img src=x")
		tab.Until(`!document.querySelector("[aria-disabled=true]")`)
	}
	for _, place := range []string{"#failure-list", "#warning-list", "#plan-body", "#checks-body", "#outcome"} {
		tab.Sees(place, `<img src=x onerror="window.harmed=true"><script>window.harmed=true</script>`)
	}
	const harm = `window.harmed === undefined && !document.querySelector("main img, main script, main [onfocus], [autofocus]")
		&& [...document.links].every((link) => link.href.startsWith("https://www.notion.so/"))`
	if !browser.Eval[bool](tab, harm) {
		t.Errorf("text was taken for markup:\n%s", browser.Eval[string](tab, `document.querySelector("main").innerHTML`))
	}
}

// Whatever goes wrong, people are told what and what to do.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, path, button string
		by                 http.HandlerFunc
		want, todo         string
	}{
		{"a variable is missing", "/api/sync/status", "", answers(500, `{"ok":false,"error":"Missing REDIS_URL"}`),
			"Missing REDIS_URL", "then redeploy"},
		{"the secret is missing", "/api/sync/status", "", answers(500, `{"ok":false,"error":"Missing CRON_SECRET"}`),
			"Missing CRON_SECRET", "Set CRON_SECRET in Vercel"},
		{"Redis is down", "/api/sync/status", "", answers(503, `{"ok":false,"error":"Redis unreachable","details":"refused"}`),
			"Redis unreachable: refused", "Check that this Redis is up"},
		{"Deployment Protection", "/api/sync/status", "", answers(401, `<!doctype html><title>Authentication</title>`),
			"with 401", "Deployment Protection"},
		{"a function that crashed", "/api/sync/status", "", answers(500, `FUNCTION_INVOCATION_FAILED`), "with 500", "log in Vercel"},
		{"no network", "/api/sync/status", "", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"The site can’t be reached.", "Check your connection"},
		{"QStash refuses", "/api/sync/trigger", "#sync",
			answers(502, `{"ok":false,"error":"Failed to trigger sync","details":"401 invalid token"}`),
			"Failed to trigger sync: 401 invalid token", "Check QSTASH_TOKEN"},
		{"no plans", "/api/sync", "#plan-button",
			answers(400, `{"ok":false,"error":"Invalid request","details":"this version makes no plans yet"}`),
			"this version makes no plans yet", "Redeploy"},
		{"no checks", "/api/sync/check", "#checks-button", answers(404, `404 page not found`), "with 404", "redeploy"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, notionsim.New(nil))
			place := "#alert"
			if row.button == "" {
				d.detour(row.path, row.by)
			} else {
				place = "#outcome"
			}
			tab := d.visit(browser.Options{})
			tab.Press(secret, "\r")
			if row.button != "" {
				tab.Until(`!document.getElementById("panel").hidden`)
				d.detour(row.path, row.by)
				tab.Click(row.button)
			}
			tab.Sees(place, row.want)
			tab.Until(`document.querySelector("` + place + ` .todo").textContent.includes("` + strings.ReplaceAll(row.todo, `"`, `\"`) + `")`)
			if got := browser.Eval[string](tab, `sessionStorage.getItem("sync-secret")`); got != secret {
				t.Errorf("the secret is %q now, want it kept: it was not that", got)
			}
			if row.button != "" {
				return
			}
			d.detour(row.path, nil) // it goes on trying, and recovers by itself
			tab.Until(`!document.getElementById("panel").hidden && document.getElementById("alert").hidden`)
		})
	}
}
