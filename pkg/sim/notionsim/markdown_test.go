package notionsim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
)

type markdown struct {
	ID        string
	Markdown  string
	Truncated bool
	Unknown   []string `json:"unknown_block_ids"`
}

func (c *client) markdown(id string) markdown {
	c.t.Helper()
	return parse[markdown](c.t, c.get("pages/"+id+"/markdown"))
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	w := notionsim.New(newClock().now)
	other := w.AddPage("Other")
	plain := strings.ReplaceAll(other, "-", "")
	text := notionsim.Text
	id := w.AddPage("Page",
		notionsim.Heading(1, notionsim.Styled("Bold", "bold")),
		notionsim.Heading(2, text("Toggle"), notionsim.Paragraph(text("inside"))),
		notionsim.Paragraph(notionsim.Join(text("a*b "), notionsim.PageMention(other, "Other"), notionsim.Link("x", "https://x.example")),
			notionsim.Bullet(text("indented"))),
		notionsim.Paragraph(text("")),
		notionsim.Todo(true, text("done")),
		notionsim.Toggle(text("more"), notionsim.Quote(text("said"))),
		notionsim.Callout("💡", text("idea")),
		notionsim.Code("go", "a <b>\n*c*"),
		notionsim.Formula("e=mc^2"),
		notionsim.Table(true, []notionsim.Rich{text("h")}),
		notionsim.Image("https://x.example/a.png", text("A")),
		notionsim.Media("pdf", "https://x.example/a.pdf", text("P")),
		notionsim.Columns([]notionsim.Block{notionsim.Divider()}),
		notionsim.LinkToPage(other),
		notionsim.Contents(),
		notionsim.Block{Type: "unsupported", Payload: map[string]any{"block_type": "button"}},
	)
	got := unlimited(t, w).markdown(id)
	want := []string{
		"# **Bold**", "## Toggle {toggle=\"true\"}", "\tinside",
		`a\*b <mention-page url="https://www.notion.so/` + plain + `">Other</mention-page>[x](https://x.example)`,
		"\t- indented", "<empty-block/>", "- [x] done", "<details>", "<summary>more</summary>", "\t> said", "</details>",
		`<callout icon="💡">`, "\tidea", "</callout>", "```go", "a <b>", "*c*", "```", "$$", "e=mc^2", "$$",
		`<table header-row="true">`, "<tr>", "<td>h</td>", "</tr>", "</table>", "![A](https://x.example/a.png)",
		`<pdf src="https://x.example/a.pdf">P</pdf>`, "<columns>", "\t<column>", "\t\t---", "\t</column>", "</columns>",
		`<mention-page url="https://www.notion.so/` + plain + `"/>`, "<table_of_contents/>",
	}
	lines := strings.Split(got.Markdown, "\n")
	last := lines[len(lines)-1]
	if !slices.Equal(lines[:len(lines)-1], want) {
		t.Errorf("markdown:\n%s\nwant:\n%s", got.Markdown, strings.Join(want, "\n"))
	}
	if !strings.HasPrefix(last, "<unknown url=") || !strings.Contains(last, `alt="button"`) {
		t.Errorf("last line %q, want an unknown button", last)
	}
	if got.Truncated || len(got.Unknown) > 0 || got.ID != id {
		t.Errorf("answer %+v, want that of the page, whole", got)
	}
}

func TestMarkdown_hostedFiles(t *testing.T) {
	t.Parallel()
	w := notionsim.New(newClock().now)
	file := func(name string) string { return w.AddFile(name, "text/plain", []byte(name)) }
	id := w.AddPage("Page", notionsim.Image(file("a(1).png"), notionsim.Text("A")),
		notionsim.Media("file", file("b.txt"), notionsim.Text("B")))
	lines := strings.Split(unlimited(t, w).markdown(id).Markdown, "\n")
	for i, ends := range [][2]string{{"![A](", "&x-id=GetObject)"}, {`<file src="`, `&x-id=GetObject">B</file>`}} {
		if !strings.HasPrefix(lines[i], ends[0]+"http://notion.test/secure-files/") || !strings.HasSuffix(lines[i], ends[1]) {
			t.Errorf("line %d: %s, want a signed URL between %s and %s", i, lines[i], ends[0], ends[1])
		}
	}
}

// What does not fit into an answer is named in it, and can be asked for by itself.
func TestMarkdown_truncated(t *testing.T) {
	t.Parallel()
	w := notionsim.New(newClock().now)
	var blocks []notionsim.Block
	for i := range 4 {
		blocks = append(blocks, notionsim.Bullet(notionsim.Text(fmt.Sprint("item ", i)), notionsim.Bullet(notionsim.Text("below"))))
	}
	id := w.AddPage("Page", blocks...)
	c := newClient(t, w.Server(notionsim.ServerOptions{Limit: -1, MarkdownLimit: 5}), notionsim.V20250903)
	got := c.markdown(id)
	if !got.Truncated || len(got.Unknown) != 2 {
		t.Fatalf("answer %+v, want two blocks left out", got)
	}
	for i, block := range got.Unknown {
		tag := `<unknown url="https://www.notion.so/` + strings.ReplaceAll(id, "-", "") + "#" + strings.ReplaceAll(block, "-", "") + `"/>`
		if !strings.Contains(got.Markdown, tag) {
			t.Errorf("markdown %q, want it to have %s", got.Markdown, tag)
		}
		more := c.markdown(block)
		want := []string{"below", "- item 3\n\t- below"}[i]
		if !strings.HasSuffix(more.Markdown, want) || more.Truncated {
			t.Errorf("markdown of block %d: %+v, want %q", i, more, want)
		}
	}
}

func TestMarkdown_kids(t *testing.T) {
	t.Parallel()
	w := notionsim.New(newClock().now)
	id := w.AddPage("Page", notionsim.Toggle(notionsim.Text("t")))
	child := must[string](t)(w.AddChildPage(id, "A <child>"))
	db, _, err := w.AddDatabase(id, "Table")
	ok(t, err)
	private := must[string](t)(w.AddChildPage(id, "Private"))
	w.Unshare(private)
	c := unlimited(t, w)
	got := c.markdown(id)
	url := func(id string) string { return `url="https://www.notion.so/` + strings.ReplaceAll(id, "-", "") + `"` }
	want := strings.Join([]string{
		"<details>", "<summary>t</summary>", "</details>", "<page " + url(child) + `>A \<child\></page>`,
		"<database " + url(db) + ` inline="true">Table</database>`, "<unknown " + url(private) + "/>",
	}, "\n")
	if got.Markdown != want || !got.Truncated || !slices.Equal(got.Unknown, []string{private}) {
		t.Errorf("answer %+v, want %s", got, want)
	}
	c.ask(404, "GET", "pages/"+private+"/markdown", "")
	c.version = notionsim.V20220628
	c.ask(400, "GET", "pages/"+id+"/markdown", "")
}
