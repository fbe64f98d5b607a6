package syncer_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// everyBlock is one block of each type that Notion's API has (facts: official client 5.26.0, blocks.d.ts), and of one
// that it does not have yet.
func everyBlock(to string) []notionsim.Block {
	text := func(s string) notionsim.Rich { return notionsim.Text(s) }
	raw := func(kind, payload string, children ...notionsim.Block) notionsim.Block {
		return notionsim.Block{Type: kind, Payload: json.RawMessage(payload), Children: children}
	}
	below := notionsim.Paragraph(text("below"))
	original := "aaaaaaaa-0000-4000-8000-000000000001"
	blocks := []notionsim.Block{
		notionsim.Paragraph(notionsim.Join(text("plain "), notionsim.Styled("bold", "bold"), notionsim.PageMention(to, "a page")), below),
		notionsim.Heading(1, text("one"), below), notionsim.Heading(2, text("two")), notionsim.Heading(3, text("three")),
		notionsim.Heading(4, text("four"), below),
		notionsim.Bullet(text("bullet"), below), notionsim.Numbered(text("number"), below), notionsim.Todo(true, text("to do"), below),
		notionsim.Toggle(text("toggle"), below), notionsim.Quote(text("quote"), below), notionsim.Callout("💡", text("callout"), below),
		notionsim.Code("go", "func main() {}"), notionsim.Formula("e=mc^2"), notionsim.Divider(), notionsim.Contents(),
		raw("breadcrumb", `{}`), raw("template", `{"rich_text":[]}`, below),
		notionsim.Synced(original, notionsim.Paragraph(text("shared"))), notionsim.SyncedCopy(original),
		notionsim.Table(true, []notionsim.Rich{text("a"), text("b")}, []notionsim.Rich{text("1"), text("2")}),
		notionsim.Columns([]notionsim.Block{below}, []notionsim.Block{below}),
		raw("tab", `{}`, notionsim.Paragraph(text("label"), below)),
		notionsim.LinkToPage(to), notionsim.Bookmark("https://example.com", text("caption")), notionsim.Embed("https://example.com"),
		raw("link_preview", `{"url":"https://example.com/1"}`),
		raw("unsupported", `{"block_type":"button"}`),
		raw("transcription", `{"title":[],"status":"notes_ready","children":{"summary_block_id":"x"}}`, below),
		raw("meeting_notes", `{"title":[]}`, below),
		raw("hologram", `{"depth":[1,2.50,1e3],"rich_text":[],"nothing":null}`, below),
	}
	for _, kind := range []string{"image", "video", "audio", "pdf", "file"} {
		blocks = append(blocks, notionsim.Media(kind, "https://example.com/"+kind, text(kind)))
	}
	return blocks
}

// nested is a list item depth levels deep.
func nested(depth int) notionsim.Block {
	b := notionsim.Bullet(notionsim.Text(fmt.Sprint("level ", depth)))
	for ; depth > 1; depth-- {
		b = notionsim.Bullet(notionsim.Text(fmt.Sprint("level ", depth-1)), b)
	}
	return b
}

// everyColumn is one property of each type, one that nobody knows among them, with a value.
var everyColumn = []struct {
	kind, value string
	want        any
}{
	{"number", `12345678901234567890.25`, json.Number("12345678901234567890.25")},
	{"select", `{"id":"a","name":"One","color":"red"}`, "One"},
	{"status", `{"id":"a","name":"Done","color":"red"}`, "Done"},
	{"multi_select", `[{"name":"go"},{"name":"notion"}]`, []any{"go", "notion"}},
	{"date", `{"start":"2026-01-02","end":null,"time_zone":null}`, map[string]any{"start": "2026-01-02", "end": nil, "timeZone": nil}},
	{"checkbox", `true`, true},
	{"url", `"https://example.com"`, "https://example.com"},
	{"email", `"a@example.com"`, "a@example.com"},
	{"phone_number", `"+1 555 0100"`, "+1 555 0100"},
	{"files", `[{"name":"a.pdf","type":"external","external":{"url":"https://example.com/a.pdf"}}]`, []any{map[string]any{"name": "a.pdf", "url": "https://example.com/a.pdf"}}},
	{"people", `[{"object":"user","id":"u1","name":"Ada"},{"object":"user","id":"u2"}]`, []any{"Ada", "u2"}},
	{"formula", `{"type":"number","number":7}`, json.Number("7")},
	{"rollup", `{"type":"array","array":[{"type":"number","number":1},{"type":"title","title":[]}],"function":"show_original"}`, []any{json.Number("1"), ""}},
	{"unique_id", `{"prefix":"PRE","number":12}`, "PRE-12"},
	{"verification", `{"state":"verified","verified_by":null,"date":null}`, "verified"},
	{"button", `{}`, nil},
	{"place", `{"lat":1.5,"lon":2,"name":"Here"}`, map[string]any{"lat": json.Number("1.5"), "lon": json.Number("2"), "name": "Here"}},
	{"aura", `{"hue":"violet"}`, map[string]any{"hue": "violet"}},
}

// A page of everything arrives whole: nothing missing, nothing changed.
func TestSync_Everything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	target := w.page("Target", "target")
	blocks := append(everyBlock(target), nested(8), notionsim.Toggle(notionsim.Text("many"), many250()...))
	everything := w.page("Everything ✨ Überall", "everything", blocks...)
	props := map[string]any{"Slug": "everything"}
	for _, c := range everyColumn {
		w.must(w.AddColumn(w.pages, notionsim.Column{Name: c.kind, Type: c.kind}))
		props[c.kind] = json.RawMessage(c.value)
	}
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "related", Type: "relation"}))
	var related []string
	for i := range 60 {
		related = append(related, w.post(fmt.Sprint("Related ", i)))
	}
	props["related"] = related
	for name, value := range props {
		w.must(w.SetProperty(everything, name, value))
	}
	second, err := w.AddDataSource(w.postDB, "Second")
	w.must(err)
	other, err := w.AddRow(second, "In the second source", nil)
	w.must(err)

	r := w.rig()
	v := r.sync(model.TriggerMessage{})
	r.sound()
	if v.Metrics.PagesFailed != 0 || v.Metrics.PagesSynced != 63 {
		t.Errorf("%d pages synced, %d failed, want 63 and 0: %v", v.Metrics.PagesSynced, v.Metrics.PagesFailed, *v.Errors)
	}
	bundles := r.bundles()
	if b := bundles["in-the-second-source"]; b.Meta.NotionID != other || b.Meta.Collection != "posts" {
		t.Errorf("the row of the second source is %+v", b.Meta)
	}
	b := bundles["everything"]
	want, err := w.Blocks(everything, notionsim.V20250903)
	w.must(err)
	if !reflect.DeepEqual(decoded(t, b.Blocks), decoded(t, want)) {
		t.Errorf("blocks differ:\n got %.3000s\nwant %.3000s", b.Blocks, want)
	}
	raw, err := r.redis.Get("page:everything")
	w.must(err)
	got := decoded(t, []byte(raw)).(map[string]any)["meta"].(map[string]any)["properties"].(map[string]any)
	for _, c := range everyColumn {
		if !reflect.DeepEqual(got[c.kind], c.want) {
			t.Errorf("property %s is %#v, want %#v", c.kind, got[c.kind], c.want)
		}
	}
	if ids, _ := got["related"].([]any); len(ids) != 60 || ids[0] != related[0] || ids[59] != related[59] {
		t.Errorf("property related has %d ids, want all 60 in order", len(ids))
	}
	if n := r.notion.Counts()["property"]; n != 1 {
		t.Errorf("%d property requests, want one: only one property was cut short", n)
	}
	for _, text := range []string{"level 8", "item 249", "below", "shared", "func main", "/target"} {
		if !strings.Contains(b.Markdown, text) {
			t.Errorf("markdown lacks %q", text)
		}
	}
}

func many250() []notionsim.Block {
	var blocks []notionsim.Block
	for i := range 250 {
		blocks = append(blocks, notionsim.Paragraph(notionsim.Text(fmt.Sprint("item ", i))))
	}
	return blocks
}

// decoded is JSON with its numbers as written.
func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A collection larger than one query ever lists is walked to its end.
func TestSync_MoreRowsThanAQueryLists(t *testing.T) {
	t.Parallel()
	rows, limit := 1200, 500
	if large() {
		rows, limit = 12_000, 10_000
	}
	world := notionsim.Generate(notionsim.Options{Seed: 5, Pages: rows, Blocks: 1, BlockDepth: 1})
	r := newRig(t, world, later)
	r.useServer(world.Server(notionsim.ServerOptions{Limit: -1, RowLimit: limit}))
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != rows || v.Metrics.PagesSynced != int64(rows) {
		t.Errorf("%d pages published, %d synced, want %d", got, v.Metrics.PagesSynced, rows)
	}
	r.notion.Reset()
	if v := r.sync(model.TriggerMessage{}); v.Progress.Skipped != int64(rows) || v.Metrics.PagesRemoved != 0 {
		t.Errorf("second sync: %+v, want all skipped", v.Progress)
	}
	r.sound()
}

// A refused cursor restarts the listing.
func TestSync_RefusedCursor(t *testing.T) {
	t.Parallel()
	world := notionsim.Generate(notionsim.Options{Seed: 6, Pages: 250, Blocks: 1, BlockDepth: 1})
	r := newRig(t, world, later)
	r.notion.Fail(notionsim.Rule{Kind: "query", Skip: 2, Times: 1, Fault: notionsim.RefusedCursor()})
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 250 || v.Progress.Discovered != 250 {
		t.Errorf("%d pages published, progress %+v, want 250", got, v.Progress)
	}
}
