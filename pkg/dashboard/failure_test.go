package dashboard_test

import (
	"net/http"
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
