package syncer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// large reports whether tests of size are to run at full size. They take minutes then.
func large() bool { return os.Getenv("NOTIONSYNC_TEST_LARGE") != "" }

// A generated workspace of everything arrives complete: compared with what Notion holds, nothing is missing and nothing
// changed but the URLs of files.
func TestSync_GeneratedWorkspace(t *testing.T) {
	t.Parallel()
	rows, limit := 120, 50
	if large() {
		rows, limit = 12_000, 10_000
	}
	world := notionsim.Generate(notionsim.Options{
		Seed: 11, Pages: rows, Posts: rows / 10, Blocks: 2, BlockDepth: 2, LongShare: 4 / float64(rows), ChildShare: 0.05,
		ChildDepth: 3, DatabaseShare: 0.02, DraftShare: 0.02, RelationShare: 0.02, PerMinute: 5,
	})
	conflicts := furnish(t, world)
	s := &shelf{}
	r := newRig(t, world, later, func(o *model.Options) { o.Media, o.Budget = s, time.Hour })
	r.useServer(world.Server(notionsim.ServerOptions{Limit: -1, RowLimit: limit}))
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.PagesFailed != 0 || len(*v.Errors) != 0 {
		t.Errorf("%d pages failed: %v", v.Metrics.PagesFailed, *v.Errors)
	}
	r.sound()
	r.complete(conflicts)
	asked := map[string]int{}
	for _, req := range r.notion.Requests() {
		if asked[req.Path+"?"+req.Query]++; req.Kind == "children" && asked[req.Path+"?"+req.Query] == 2 {
			t.Errorf("%s?%s was asked for twice", req.Path, req.Query)
		}
	}
	t.Logf("%d pages in %d requests; warnings %q", len(r.bundles()), v.Metrics.NotionRequests, *v.Warnings)
}

// furnish adds what Generate has none of: every type of block and property, 8 levels, 250 children, files, a second data
// source, titles and slugs that collide. It returns the pages that are not to be published, for their slug is another's.
func furnish(t *testing.T, world *notionsim.Workspace) (conflicts map[string]bool) {
	t.Helper()
	pages, posts := must(world.Collection(notionsim.PagesTitle)), must(world.Collection(notionsim.PostsTitle))
	source := pages.SourceIDs[0]
	target := must(world.AddRow(source, "Target", map[string]any{"slug": "target"}))
	file := world.AddFile("photo.png", "image/png", []byte("x"))
	blocks := append(everyBlock(target), nested(8), notionsim.Toggle(notionsim.Text("many"), many250()...),
		notionsim.Image(file, notionsim.Text("a photo")))
	everything := must(world.AddRow(source, "Everything ✨ Überall", map[string]any{"slug": "everything"}, blocks...))
	for _, c := range everyColumn {
		if err := world.AddColumn(source, notionsim.Column{Name: "of " + c.kind, Type: c.kind}); err != nil {
			t.Fatal(err)
		}
		if err := world.SetProperty(everything, "of "+c.kind, json.RawMessage(c.value)); err != nil {
			t.Fatal(err)
		}
	}
	second := must(world.AddDataSource(posts.ID, "Second source"))
	for i := range 3 {
		must(world.AddRow(second, fmt.Sprint("Заголовок ", i), nil, paragraph("in the second source")))
	}
	must(world.AddChildPage(everything, "Kind 子", paragraph("below")))
	one := must(world.AddRow(source, "One", map[string]any{"slug": "twice"}))
	other := must(world.AddRow(source, "Other", map[string]any{"slug": "twice"}))
	return map[string]bool{max(one, other): true} // created in one minute: the lower id goes first
}

// complete compares everything that is published with what Notion holds. conflicts are not to be published.
func (r *rig) complete(conflicts map[string]bool) {
	r.t.Helper()
	published := map[string]page.Bundle{}
	for _, b := range r.bundles() {
		published[b.Meta.NotionID] = b
	}
	left := maps.Clone(published)
	above := r.above()
	for _, info := range r.world.Pages() {
		o := must(page.DecodeObject(must(r.world.Page(info.ID, notionsim.V20250903))))
		slug, has := o.SlugProperty()
		over, isBelow := above[info.ParentID]
		want := !conflicts[info.ID] && (!has || slug != "")
		if isBelow {
			_, want = published[over]
		}
		b, ok := published[info.ID]
		if delete(left, info.ID); ok != want {
			r.t.Errorf("page %s (%q): published %t, want %t", info.ID, info.Title, ok, want)
		}
		if ok {
			r.same(b, o, must(r.world.Blocks(info.ID, notionsim.V20250903)))
		}
	}
	for id, b := range left {
		r.t.Errorf("page:%s is published, but Notion has no page %s", b.Meta.Slug, id)
	}
}

// above leads from the parents that pages have to the page that these stand in: of pages itself, of data sources that of
// their database. Those of collections have none.
func (r *rig) above() map[string]string {
	found := map[string]string{}
	for _, info := range r.world.Pages() {
		found[info.ID] = info.ID
	}
	for _, db := range r.world.Databases() {
		for _, source := range db.SourceIDs {
			if db.ParentType == "page_id" {
				found[source] = db.ParentID
			}
		}
	}
	return found
}

// same compares one page with Notion's, of whose object lists may be cut.
func (r *rig) same(b page.Bundle, o page.Object, blocks json.RawMessage) {
	r.t.Helper()
	if got, want := plainFiles(decoded(r.t, b.Blocks)), plainFiles(decoded(r.t, blocks)); !reflect.DeepEqual(got, want) {
		r.t.Errorf("blocks of page:%s differ:\n got %.2000s\nwant %.2000s", b.Meta.Slug, b.Blocks, blocks)
	}
	if b.Meta.Title != o.Title() {
		r.t.Errorf("page:%s has the title %q, want %q", b.Meta.Slug, b.Meta.Title, o.Title())
	}
	plain := must(json.Marshal(page.Properties(o)))
	raw := must(r.redis.Get("page:" + b.Meta.Slug))
	got := decoded(r.t, []byte(raw)).(map[string]any)["meta"].(map[string]any)["properties"].(map[string]any)
	want := decoded(r.t, plain).(map[string]any)
	for _, cut := range o.Cut() {
		short, _ := want[cut.Name].([]any)
		if long, _ := got[cut.Name].([]any); len(long) <= len(short) || !reflect.DeepEqual(long[:len(short)], short) {
			r.t.Errorf("property %q of page:%s was not completed: %v", cut.Name, b.Meta.Slug, long)
		}
		delete(got, cut.Name)
		delete(want, cut.Name)
	}
	if !reflect.DeepEqual(got, want) {
		r.t.Errorf("properties of page:%s differ:\n got %v\nwant %v", b.Meta.Slug, got, want)
	}
}

// plainFiles leaves only the name of hosted files' URLs, for the rest is different at every reading.
func plainFiles(v any) any {
	switch v := v.(type) {
	case map[string]any:
		file, _ := v["file"].(map[string]any)
		if url, hosted := file["url"].(string); hosted && v["type"] == "file" {
			url, _, _ = strings.Cut(url, "?")
			file["url"], file["expiry_time"] = path.Base(url), ""
		}
		for key := range v {
			v[key] = plainFiles(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plainFiles(v[i])
		}
	}
	return v
}
