package notionsim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

func para(s string) notionsim.Block { return notionsim.Paragraph(notionsim.Text(s)) }

// stamps of a page and of the block that stands for it in its parent.
func stamps(t *testing.T, c *client, id string) (page, block string) {
	t.Helper()
	type edited struct {
		Edited string `json:"last_edited_time"`
	}
	return parse[edited](t, c.get("pages/"+id)).Edited, parse[edited](t, c.get("blocks/"+id)).Edited
}

// family is a row with a child page and a grandchild, made at 10:20, on a clock that then shows 11:59:58.
type family struct {
	w                         *notionsim.Workspace
	clock                     *clock
	api                       *client
	source, row, child, grand string
	text                      string // a paragraph in child
}

const (
	before = "2026-08-03T10:20:00.000Z"
	after  = "2026-08-03T11:59:00.000Z"
)

func newFamily(t *testing.T) *family {
	t.Helper()
	id := must[string](t)
	f := &family{clock: newClock()}
	f.w = notionsim.New(f.clock.now)
	_, source, err := f.w.AddDatabase("", "Pages", notionsim.Column{Name: "slug", Type: "rich_text"})
	ok(t, err)
	f.source = source
	f.row = id(f.w.AddRow(source, "Row", map[string]any{"slug": "row"}, para("one")))
	f.child = id(f.w.AddChildPage(f.row, "Child"))
	f.grand = id(f.w.AddChildPage(f.child, "Grandchild", para("deep")))
	f.text = id(f.w.AppendBlock(f.child, para("text")))
	f.clock.add(99*time.Minute + 28*time.Second)
	f.api = unlimited(t, f.w)
	return f
}

func TestWorkspace_editsMoveStamps(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		edit func(*family) error
		want string // of row, child, grand: which are stamped anew
	}{
		{"title", func(f *family) error { return f.w.SetTitle(f.child, "New") }, "child"},
		{"icon", func(f *family) error { return f.w.SetIcon(f.child, "🐚") }, "child"},
		{"picture as icon", func(f *family) error { return f.w.SetIcon(f.child, "https://example.com/i.png") }, "child"},
		{"cover", func(f *family) error { return f.w.SetCover(f.child, "https://example.com/c.png") }, "child"},
		{"property", func(f *family) error { return f.w.SetProperty(f.row, "slug", "new") }, "row"},
		{"new content", func(f *family) error { return f.w.EditBlocks(f.child, para("new")) }, "child"},
		{"one more block", func(f *family) error { _, err := f.w.AppendBlock(f.text, para("new")); return err }, "child"},
		{"another text", func(f *family) error {
			return f.w.UpdateBlock(f.text, map[string]any{"rich_text": notionsim.Text("new"), "color": "default"})
		}, "child"},
		{"a block in the trash", func(f *family) error { return f.w.Trash(f.text) }, "child"},
		{"a child page more", func(f *family) error { _, err := f.w.AddChildPage(f.grand, "New"); return err }, "grand"},
		{"a child page in the trash", func(f *family) error { return f.w.Trash(f.grand) }, "child grand"},
		{"a row in the trash", func(f *family) error { return f.w.Trash(f.row) }, "row"},
		{"a page in the archive", func(f *family) error { return f.w.Archive(f.row, true) }, "row"},
		{"a database more", func(f *family) error { _, _, err := f.w.AddDatabase(f.grand, "New"); return err }, "grand"},
		{"a page under another", func(f *family) error { return f.w.Move(f.grand, f.row) }, "row child grand"},
		{"touched", func(f *family) error { return f.w.Touch(f.grand) }, "grand"},
		{"nothing that stamps", func(f *family) (err error) {
			f.w.WithoutStamps(func() { err = errors.Join(f.w.Trash(f.grand), f.w.EditBlocks(f.row), f.w.Restore(f.grand)) })
			return err
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := newFamily(t)
			ok(t, row.edit(f))
			for name, id := range map[string]string{"row": f.row, "child": f.child, "grand": f.grand} {
				want := before
				if slices.Contains(strings.Fields(row.want), name) {
					want = after
				}
				if page, block := stamps(t, f.api, id); page != want || block != want {
					t.Errorf("%s: page stamped %s and its block %s, want %s", name, page, block, want)
				}
			}
		})
	}
}

func TestWorkspace_editsAreSeen(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	ok(t, f.w.SetTitle(f.child, "Renamed <&> é"))
	ok(t, f.w.SetProperty(f.row, "slug", "moved"))
	ok(t, f.w.EditBlocks(f.row, para("first"), notionsim.Toggle(notionsim.Text("second"), para("inside"))))
	blocks := f.api.children(f.row, "100")
	if len(blocks) != 3 || !strings.Contains(string(blocks[1]), `"has_children":true`) ||
		!strings.Contains(string(blocks[2]), `"child_page":{"title":"Renamed <&> é"}`) {
		t.Errorf("content of the row: %s, want two new blocks and the child page under its new name", blocks)
	}
	if raw := string(f.api.get("pages/" + f.row)); !strings.Contains(raw, `"plain_text":"moved"`) {
		t.Errorf("page after SetProperty: %s", raw)
	}
	ok(t, f.w.Trash(f.text))
	if got := string(f.api.get("blocks/" + f.text)); !strings.Contains(got, `"in_trash":true`) {
		t.Errorf("block in the trash: %s", got)
	}
	if got := f.api.children(f.child, "100"); len(got) != 1 {
		t.Errorf("content of the child: %s, want the grandchild alone", got)
	}
	for name, err := range map[string]error{
		"page": f.w.SetTitle("nobody", "x"), "property": f.w.SetProperty(f.row, "none", "x"), "trash": f.w.Trash("nobody"),
		"blocks": f.w.EditBlocks("nobody"), "update": f.w.UpdateBlock("nobody", nil), "move": f.w.Move(f.row, "nobody"),
	} {
		if !errors.Is(err, notionsim.ErrUnknown) {
			t.Errorf("%s: error %v, want ErrUnknown", name, err)
		}
	}
}

func TestWorkspace_trash(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	c := f.api
	gone := func(id string) bool {
		return parse[struct {
			Trash bool `json:"in_trash"`
		}](t, c.get("pages/"+id)).Trash
	}
	ok(t, f.w.Trash(f.row))
	if ids, _ := c.query(f.source, "{\"page_size\":10"); len(ids) != 0 {
		t.Errorf("query lists %v, want no row that is in the trash", ids)
	}
	if !gone(f.row) || !gone(f.child) || !gone(f.grand) {
		t.Error("a row in the trash, its child or grandchild are not in_trash")
	}
	ok(t, f.w.Restore(f.row))
	ok(t, f.w.Trash(f.child))
	if gone(f.row) || !gone(f.child) || !gone(f.grand) {
		t.Error("after the child went alone, in_trash is not that of child and grandchild")
	}
	if got := c.children(f.row, "10"); len(got) != 1 {
		t.Errorf("the row lists %s, want its paragraph alone", got)
	}
	ok(t, f.w.Restore(f.child))
	ok(t, f.w.Archive(f.row, true))
	if ids, _ := c.query(f.source, "{\"page_size\":10"); len(ids) != 0 || gone(f.row) {
		t.Errorf("archived row: listed %v, in_trash %t; want neither", ids, gone(f.row))
	}
	if ids, _ := c.query(f.source, "{\"is_archived\":true"); len(ids) != 1 {
		t.Errorf("query for archived rows lists %v, want one", ids)
	}
	c.version = notionsim.V20260311
	if raw := string(c.get("pages/" + f.row)); strings.Contains(raw, `"archived"`) {
		t.Errorf("2026-03-11 shows archived: %s", raw)
	}
}

// A query on a database in the trash lists nothing, which says nothing about its rows.
func TestWorkspace_trashedDatabase(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	database := f.w.Databases()[0].ID
	ok(t, f.w.Trash(database))
	if ids, _ := f.api.query(f.source, "{\"page_size\":10"); len(ids) != 0 {
		t.Errorf("query lists %v, want nothing", ids)
	}
	for _, path := range []string{"databases/" + database, "data_sources/" + f.source, "pages/" + f.row} {
		if raw := string(f.api.get(path)); !strings.Contains(raw, `"in_trash":true`) {
			t.Errorf("GET %s: %s, want it in the trash", path, raw)
		}
	}
}

func TestWorkspace_Unshare(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	database := f.w.Databases()[0].ID
	f.w.Unshare(database)
	for _, path := range []string{"databases/" + database, "data_sources/" + f.source, "pages/" + f.row,
		"pages/" + f.grand, "blocks/" + f.text, "blocks/" + f.child + "/children"} {
		if raw := f.api.ask(404, "GET", path, ""); !strings.Contains(string(raw), `"code":"object_not_found"`) {
			t.Errorf("GET %s: %s", path, raw)
		}
	}
	f.api.ask(404, "POST", "data_sources/"+f.source+"/query", "{}")
	f.w.Share(database)
	f.api.get("pages/" + f.grand)
	f.w.Unshare(f.child)
	f.api.get("pages/" + f.row)
	f.api.ask(404, "GET", "pages/"+f.grand, "")
	f.w.Unshare(f.row)
	if ids, _ := f.api.query(f.source, "{\"page_size\":10"); len(ids) != 0 {
		t.Errorf("query lists %v, want no row that is not shared", ids)
	}
}

func TestWorkspace_Move(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	_, other, err := f.w.AddDatabase("", "Other", notionsim.Column{Name: "Tags", Type: "multi_select"})
	ok(t, err)
	ok(t, f.w.Move(f.row, other))
	if ids, _ := f.api.query(f.source, "{\"page_size\":1"); len(ids) != 0 {
		t.Errorf("the old data source lists %v", ids)
	}
	if ids, _ := f.api.query(other, "{\"page_size\":1"); !slices.Equal(ids, []string{f.row}) {
		t.Errorf("the new data source lists %v, want the row", ids)
	}
	ok(t, f.w.Move(f.grand, f.row))
	ok(t, f.w.Move(f.child, other))
	if got := f.api.children(f.row, "10"); len(got) != 2 || idOf(t, got[1]) != f.grand {
		t.Errorf("the row lists %s, want its paragraph and the moved page", got)
	}
	page := parse[struct {
		Parent     map[string]string
		Properties map[string]any
	}](t, f.api.get("pages/"+f.child))
	if page.Parent["data_source_id"] != other || !slices.Equal(keysIn(page.Properties), []string{"Name", "Tags"}) {
		t.Errorf("moved into a data source: %+v", page)
	}
	ok(t, f.w.Move(f.child, ""))
	if raw := string(f.api.get("pages/" + f.child)); !strings.Contains(raw, `{"type":"workspace","workspace":true}`) {
		t.Errorf("moved to the top: %s", raw)
	}
}

func TestWorkspace_syncedCopies(t *testing.T) {
	t.Parallel()
	id := must[string](t)
	w := notionsim.New(nil)
	home, elsewhere := w.AddPage("Home"), w.AddPage("Elsewhere")
	original := id(w.AppendBlock(home, notionsim.Synced("", para("shared"))))
	copied := id(w.AppendBlock(elsewhere, notionsim.SyncedCopy(original)))
	inside := id(w.AppendBlock(original, para("added later")))
	c := unlimited(t, w)
	list := c.children(copied, "10")
	if len(list) != 2 || idOf(t, list[1]) != inside || !strings.Contains(string(list[1]), `"block_id":"`+original+`"`) {
		t.Errorf("the copy lists %s, want the original's blocks as they are", list)
	}
	if raw := string(c.get("blocks/" + copied)); !strings.Contains(raw, `"has_children":true`) {
		t.Errorf("the copy: %s, want it to have children", raw)
	}
	empty := newClient(t, w.Server(notionsim.ServerOptions{CopiesEmpty: true}), notionsim.V20250903)
	if got := empty.children(copied, "10"); len(got) != 0 || len(empty.children(original, "10")) != 2 {
		t.Errorf("with CopiesEmpty the copy lists %s", got)
	}
	w.Unshare(home)
	if got := c.children(copied, "10"); len(got) != 0 {
		t.Errorf("a copy of what is not shared lists %s", got)
	}
	c.ask(404, "GET", "blocks/"+original+"/children", "")
}

func TestWorkspace_severalDataSources(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	database := f.w.Databases()[0].ID
	second := must[string](t)(f.w.AddDataSource(database, "Second"))
	must[string](t)(f.w.AddRow(second, "In the second", nil))
	got := parse[struct {
		Sources []struct{ ID, Name string } `json:"data_sources"`
	}](t, f.api.get("databases/"+database)).Sources
	if len(got) != 2 || got[0].ID != f.source || got[1].ID != second || got[1].Name != "Second" {
		t.Errorf("data_sources = %v", got)
	}
	if ids, _ := f.api.query(second, "{\"page_size\":1"); len(ids) != 1 {
		t.Errorf("the second lists %v, want its one row", ids)
	}
}

// Pictures that Notion hosts come with a signed link, others as they are.
func TestWorkspace_pictures(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	id := w.AddPage("Page")
	c := unlimited(t, w)
	hosted := w.AddFile("i.png", "image/png", []byte("x"))
	for _, row := range []struct{ icon, cover, wantIcon, wantCover string }{
		{"🐚", "https://example.com/c.png", `"icon":{"type":"emoji","emoji":"🐚"}`, `"cover":{"type":"external","external":{"url":"https://example.com/c.png"}}`},
		{hosted, hosted, `"icon":{"type":"file","file":{"url":"http`, `"cover":{"type":"file","file":{"url":"http`},
		{"", "", `"icon":null`, `"cover":null`},
	} {
		if err := errors.Join(w.SetIcon(id, row.icon), w.SetCover(id, row.cover)); err != nil {
			t.Fatal(err)
		}
		if got := string(c.get("pages/" + id)); !strings.Contains(got, row.wantIcon) || !strings.Contains(got, row.wantCover) {
			t.Errorf("with icon %q and cover %q the page is %s", row.icon, row.cover, got)
		}
	}
}
