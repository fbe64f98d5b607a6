package dashboard_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

// Pages that fail are named with the reason, and can be synced alone.
func TestFailure(t *testing.T) {
	t.Parallel()
	world := notionsim.Demo()
	d := deploy(t, world)
	page := pageOf(t, world, "Style guide")
	mend := d.notion.Fail(notionsim.Rule{
		Kind: notionsim.KindChildren, ID: page,
		Fault: notionsim.Error(http.StatusBadRequest, "validation_error", "This page is <b>too blue</b>."),
	})
	tab := d.signIn(browser.Options{})
	tab.Click("#sync")
	tab.Sees("#job-title", "Up to date, but for the failed pages")
	tab.Sees("#failure-list li", "style-guide")
	tab.Sees("#failure-list li", "This page is <b>too blue</b>")
	tab.Sees("#failures-help", "keeps what it had")
	tab.Sees("#warning-list .todo", "Share the original database") // the demo shows a linked view
	tab.Shot("failure")

	mend()
	tab.Click("#retry")
	tab.Sees("#about", "had failed")
	tab.Sees("#job-title", "Your site is up to date")
	tab.Until(`document.getElementById("failures").hidden`)
	tab.Sees("#jobs li:first-child", "Written 1")
}

// A job that fails says why, and what to do.
func TestFailure_job(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Demo())
	d.notion.Fail(notionsim.Rule{Fault: notionsim.Error(http.StatusUnauthorized, "unauthorized", "API token is invalid.")})
	tab := d.signIn(browser.Options{})
	tab.Click("#sync")
	tab.Sees("#job-title", "The sync failed")
	tab.Sees("#reason", "API token is invalid")
	tab.Sees("#reason .todo", "Copy the integration’s token again into NOTION_API_KEY")
	tab.Shot("failed-job")
}

// A failed job's reason and the warnings say what to do, and lead to the pages that they name.
func TestFailure_reasons(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.signIn(browser.Options{})
	const at = "2026-03-01T12:30:05Z"
	for _, row := range []struct{ reason, todo string }{
		{"QStash gave up after 4 attempts; the worker's last answer was 401 Failed to verify signature", "Upstash’s console"},
		{"QStash gave up after 4 attempts; the worker's last answer was 308 Permanent Redirect", "Upstash’s console"},
		{"QStash gave up after 4 attempts; the worker's last answer was 500 FUNCTION_INVOCATION_FAILED", "The worker’s log"},
		{"QStash gave up after 4 attempts; the worker's last answer was 404 Not Found", "Upstash’s console"},
		{"QStash gave up after 4 attempts: no answer from the worker", "Upstash’s console"},
		{"no collection could be listed: 404 object_not_found", "add the integration"},
		{"database 0fb4ea21-0a44-4c1c-a2e9-012345678901 is gone [request 1fb4ea21-0a44-4c1c-a2e9-012345678901]", ""},
	} {
		job := fmt.Sprintf(`{"id":"msg_1","state":"failed","phase":"fetch","full":true,"force":false,"pages":["a"],"triggeredAt":%q,"startedAt":%q,
			"updatedAt":%q,"finishedAt":%q,"slices":3,"progress":{"discovered":9,"synced":2,"skipped":0,"failed":0,"removed":0,
			"pending":7},"metrics":{"durationMs":900,"notionRequests":9},"etaSeconds":null,"error":%q,"errors":[],"warnings":[]}`,
			at, at, at, at, row.reason)
		d.detour("/api/sync/status", answers(http.StatusOK, `{"ok":true,"job":`+job+`,"jobs":[`+job+`]}`))
		tab.Sees("#reason", row.reason)
		tab.Sees("#reason", row.todo)
	}
	tab.Sees("#hint", "all else is as it was")
	tab.Sees("#about", "Full sync") // which a trigger for a page was folded into
	if got, want := browser.Eval[[]string](tab, `[...document.querySelectorAll("#reason a")].map((a) => a.href)`),
		[]string{"https://www.notion.so/0fb4ea210a444c1ca2e9012345678901"}; !slices.Equal(got, want) {
		t.Errorf("the reason leads to %q, want %q", got, want)
	}
}

func pageOf(t *testing.T, world *notionsim.Workspace, title string) string {
	t.Helper()
	for _, page := range world.Pages() {
		if page.Title == title {
			return page.ID
		}
	}
	t.Fatalf("the workspace has no page %q", title)
	return ""
}
