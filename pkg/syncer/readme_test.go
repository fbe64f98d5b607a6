package syncer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// readmeSection is what README.md says about a page's bundle.
func readmeSection(t *testing.T) string {
	t.Helper()
	readme := string(must(os.ReadFile(filepath.Join("..", "..", "README.md"))))
	_, section, found := strings.Cut(readme, "### A page, from Notion to your site\n")
	if !found {
		t.Fatal("README.md has no section about a page's bundle")
	}
	section, _, _ = strings.Cut(section, "\n**Files that Notion hosts")
	return section
}

// What README.md shows of a bundle is what becomes of the page that it describes.
func TestREADME_Bundle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Tags", Type: "multi_select"}))
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Open from", Type: "date"}))
	home := w.page("Home", "/")
	text := notionsim.Text
	id := w.page("Getting started", "docs/getting-started",
		notionsim.Callout("💡", text("Bring a torch.")),
		notionsim.Heading(2, text("First evening")),
		notionsim.Numbered(notionsim.Join(text("Start at "), notionsim.PageMention(home, "front page"), text("."))),
		notionsim.Numbered(text("Find the key:"), notionsim.Todo(true, text("not under the mat")), notionsim.Todo(false, text("in the boat"))),
		notionsim.Toggle(text("And if it rains?"), notionsim.Paragraph(notionsim.Join(text("Stay "), notionsim.Styled("inside", "bold")))),
		notionsim.Table(true, []notionsim.Rich{text("Tide"), text("Height")}, []notionsim.Rich{text("high"), text("2 m")}),
		notionsim.Image(w.AddFile("map.png", "image/png", picture(t, 3)), text("The way")),
		notionsim.Formula(`h = 2 \sin t`))
	w.must(w.SetIcon(id, "🧭"))
	w.must(w.SetProperty(id, "Tags", []string{"island", "arrival"}))
	w.must(w.SetProperty(id, "Open from", "2026-04-01"))
	w.child(id, "Salt")
	s := &shelf{}
	r := w.rig(func(o *model.Options) { o.Media = s })
	r.sync(model.TriggerMessage{})
	b := r.bundles()["docs/getting-started"]
	var blocks []json.RawMessage
	w.must(json.Unmarshal(b.Blocks, &blocks))
	section := readmeSection(t)
	codes := regexp.MustCompile("(?s)```[a-z]+\n(.*?)```").FindAllStringSubmatch(section, -1)
	if len(codes) < 3 {
		t.Fatalf("the section has %d blocks of code, want meta, a block and Markdown", len(codes))
	}
	if got := codes[0][1]; !reflect.DeepEqual(decoded(t, []byte(got)), decoded(t, must(json.Marshal(b.Meta)))) {
		t.Errorf("README.md shows the meta %s\nwant %s", got, must(json.Marshal(b.Meta)))
	}
	if got := codes[1][1]; !holds(decoded(t, blocks[4]), decoded(t, []byte(got))) {
		t.Errorf("README.md shows the block %s\nwant some members of %s", got, blocks[4])
	}
	if codes[2][1] != b.Markdown || !strings.Contains(section, "---\n\n"+b.Markdown+"\n---\n") {
		t.Errorf("README.md shows other Markdown, or not how it renders; want both:\n%s", b.Markdown)
	}
}

// holds reports whether part is whole with some members of its objects left out.
func holds(whole, part any) bool {
	switch part := part.(type) {
	case map[string]any:
		object, ok := whole.(map[string]any)
		for key, value := range part {
			ok = ok && holds(object[key], value)
		}
		return ok
	case []any:
		list, ok := whole.([]any)
		ok = ok && len(list) == len(part)
		for i := 0; ok && i < len(part); i++ {
			ok = holds(list[i], part[i])
		}
		return ok
	default:
		return whole == part
	}
}
