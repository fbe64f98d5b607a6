package syncer_test

import (
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// Whatever Notion last called a page where it is mentioned, the Markdown calls it what it is called on the site: at once,
// and after it was renamed by the next sync, without a request for the page that mentions it.
func TestLabels_AreTheTitlesOfTheSite(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name   string
		change []func(*model.Options)
		want   string // %: the title
	}{
		{"blocks", nil, "[%](/intro)"},
		{"Notion's Markdown", []func(*model.Options){native}, ">%</mention-page>"},
	} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			intro := w.page("Getting started", "intro")
			guide := w.page("Guide", "guide",
				notionsim.Paragraph(notionsim.Join(notionsim.Text("Read "), notionsim.PageMention(intro, "Untitled"))),
				notionsim.LinkToPage(intro))
			r := w.rig(mode.change...)
			shows := func(title string, times int) {
				t.Helper()
				want := strings.ReplaceAll(mode.want, "%", title)
				if got := r.bundles()["guide"].Markdown; strings.Count(got, want) < times || strings.Contains(got, "Untitled") {
					t.Errorf("Markdown is %q, want %q in it", got, want)
				}
			}
			r.sync(model.TriggerMessage{})
			r.sound()
			times := 2
			if mode.name != "blocks" {
				times = 1 // Notion's Markdown has a link to a page as it has a mention, or not at all
			}
			shows("Getting started", times)
			w.tick()
			w.title(intro, "First steps")
			r.notion.Reset()
			r.sync(model.TriggerMessage{})
			r.sound()
			shows("First steps", times)
			if slices.ContainsFunc(r.notion.Requests(), func(q notionsim.Request) bool { return strings.Contains(q.Path, guide) }) {
				t.Error("the page that mentions it was read again")
			}
		})
	}
}

// A link to a block of another page leads to an anchor there, whichever page is read first and if it is read again.
func TestLabels_LinkedBlocksHaveAnchors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	target := w.page("Target", "target", paragraph("nothing leads here"))
	id, err := w.AppendBlock(target, paragraph("here"))
	w.must(err)
	block := strings.ReplaceAll(id, "-", "")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	linking := w.page("Linking", "linking",
		notionsim.Paragraph(notionsim.Link("there", "/"+strings.ReplaceAll(target, "-", "")+"#"+block)))
	for _, what := range []string{"linked", "linked and edited", "linked and read anew"} {
		r.sync(model.TriggerMessage{Force: what == "linked and read anew"})
		r.sound()
		got := r.bundles()
		if want := "(/target#user-content-" + block + ")"; !strings.Contains(got["linking"].Markdown, want) {
			t.Errorf("%s: the link is %q, want %q in it", what, got["linking"].Markdown, want)
		}
		if md := got["target"].Markdown; strings.Count(md, "<a ") != 1 || !strings.Contains(md, ` name="user-content-`+block+`"></a>here`) {
			t.Errorf("%s: the page linked to is %q, want an anchor before its second paragraph alone", what, md)
		}
		w.tick()
		w.must2(w.AppendBlock(target, paragraph("more")))
	}
	w.must(w.Trash(linking))
	r.sync(model.TriggerMessage{})
	r.sound()
}
