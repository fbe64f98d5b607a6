package main

import (
	"testing"

	"notionsync/pkg/sim/browser"
)

// Everything is tried as somebody would who has just cloned the project: the sync that is shown without doing anything,
// an edit that arrives at the site, a worker that dies.
func TestProgram_tried(t *testing.T) {
	t.Parallel()
	p := start(t, lenient, nil)
	site := p.says(`Dashboard:  (http://\S+)`)
	secret := p.says(`Secret:     (\S+)`)
	page := p.says(`Playground: (http://[^,\s]+)`)

	dashboard := browser.Open(t, browser.Options{})
	dashboard.Visit(site)
	dashboard.Until(`document.activeElement?.id === "secret"`)
	dashboard.Press(secret, "\r")
	dashboard.Sees("#job-title", "Your site is up to date")

	play := browser.Open(t, browser.Options{Hosts: []string{"www.notion.so"}}) // with the demo's pictures
	play.Visit(page)
	play.Sees("#site li[aria-current]", "The Tide Library")
	play.Sees("#editor-title", "The Tide Library")
	play.Click("#field-title")
	browser.Eval[bool](play, `document.getElementById("field-title").select() === undefined`)
	play.Press("The Ebb Library", "\t")
	play.Sees("#tree", "The Ebb Library")
	play.Click("#kill")
	play.Sees("#journal", "it will be killed in the middle of its next slice")
	play.Shot("playground-edit")
	play.Click("#force")
	play.Sees("#journal", "was killed in the middle of a slice")
	play.Sees("#journal", "FUNCTION_INVOCATION_FAILED")
	dashboard.Click("#sync") // it waits behind the other
	play.Sees("#site li.fresh", "The Ebb Library")
	play.Until(`document.getElementById("shown").src.includes("slug=index")`)
	play.Shot("playground")
	dashboard.Until(`document.querySelectorAll("#jobs [data-state=done]").length >= 3`)
	dashboard.Shot("tried")

	// An edit arrives by itself: Notion tells the webhook. It is another page, for one page has at most one job a minute.
	browser.Eval[bool](play, `[...document.querySelectorAll("#tree button")].find((b) => b.innerText.startsWith("About us")).click() === undefined`)
	play.Sees("#editor-title", "About us")
	play.Click("#field-title")
	browser.Eval[bool](play, `document.getElementById("field-title").select() === undefined`)
	play.Press("All about us", "\t")
	play.Sees("#journal", "page.content_updated of “All about us” arrives")
	play.Sees("#site", "All about us")
}
