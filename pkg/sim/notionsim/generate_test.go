package notionsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

var varied = notionsim.Options{
	Seed: 7, Pages: 30, Posts: 10, ChildShare: 0.4, ChildDepth: 3, DatabaseShare: 0.2, DraftShare: 0.1,
	RelationShare: 0.1, LongShare: 0.05,
}

// everything is all that a workspace holds, as a server would answer it.
func everything(t *testing.T, w *notionsim.Workspace) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, p := range w.Pages() {
		all.Write(must[json.RawMessage](t)(w.Page(p.ID, notionsim.V20260311)))
		all.Write(must[json.RawMessage](t)(w.Blocks(p.ID, notionsim.V20260311)))
	}
	fmt.Fprintln(&all, w.Databases())
	return all.Bytes()
}

func TestGenerate_sameSeedSameWorkspace(t *testing.T) {
	t.Parallel()
	one := everything(t, notionsim.Generate(varied))
	if !bytes.Equal(one, everything(t, notionsim.Generate(varied))) {
		t.Error("two workspaces of the same options differ")
	}
	other := varied
	other.Seed++
	if w := notionsim.Generate(other); w.Pages()[0].ID == notionsim.Generate(varied).Pages()[0].ID {
		t.Error("another seed makes the same ids")
	}
}

func TestGenerate_options(t *testing.T) {
	t.Parallel()
	w := notionsim.Generate(varied)
	kinds, ids, inner := map[string]int{}, map[string]bool{}, 0
	for _, p := range w.Pages() {
		kinds[p.ParentType]++
		ids[p.ID] = true
		if p.Edited.Before(p.Created) || p.Edited.After(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("page %s was made at %s and edited at %s", p.ID, p.Created, p.Edited)
		}
	}
	for _, db := range w.Databases() {
		if db.ParentType == "page_id" {
			inner++
		}
	}
	if rows := kinds["data_source_id"] - 3*inner; rows != 40 || kinds["page_id"] < 15 || inner < 4 ||
		len(ids) != len(w.Pages()) {
		t.Errorf("%d rows, %d child pages, %d inner databases, %d ids; want 40, many, many, one for each page",
			rows, kinds["page_id"], inner, len(ids))
	}
	all := everything(t, w)
	for _, part := range []string{
		`"slug":{"id":"` + propertyID(t, w, "slug") + `","type":"rich_text","rich_text":[]}`, `"has_more":true`,
		`"type":"column_list"`, `"type":"table_row"`, `"type":"equation"`, `"type":"child_database"`, `"mention"`,
		`"synced_from":{"type":"block_id"`, `"synced_from":null`, `"type":"code"`, "é",
	} {
		if !bytes.Contains(all, []byte(part)) {
			t.Errorf("nowhere is %s", part)
		}
	}
}

func propertyID(t *testing.T, w *notionsim.Workspace, name string) string {
	t.Helper()
	raw := must[json.RawMessage](t)(w.Page(w.Pages()[0].ID, notionsim.V20260311))
	return parse[struct {
		Properties map[string]struct{ ID string }
	}](t, raw).Properties[name].ID
}

// What is edited stays edited, what was never listed is found by its id.
func TestGenerate_lateContent(t *testing.T) {
	t.Parallel()
	first := notionsim.Generate(varied)
	id := first.Pages()[5].ID
	block := idOf(t, unlimited(t, first).children(id, "1")[0])
	again := notionsim.Generate(varied)
	c := unlimited(t, again)
	if got := idOf(t, c.get("blocks/"+block)); got != block {
		t.Errorf("GET of a block in a page that was never listed: %s, want %s", got, block)
	}
	ok(t, again.SetProperty(id, "slug", "edited"))
	ok(t, again.EditBlocks(id, para("edited")))
	if raw := c.get("pages/" + id); !bytes.Contains(raw, []byte(`"plain_text":"edited"`)) {
		t.Errorf("generated page after SetProperty: %s", raw)
	}
	if raw := c.children(id, "10")[0]; !bytes.Contains(raw, []byte(`"plain_text":"edited"`)) {
		t.Errorf("generated page after EditBlocks: %s", raw)
	}
}

func TestGenerate_manyRowsInOneMinute(t *testing.T) {
	t.Parallel()
	w := notionsim.Generate(notionsim.Options{Pages: 500, PerMinute: 250})
	db := must[notionsim.DatabaseInfo](t)(w.Collection(notionsim.PagesTitle))
	ids, _ := unlimited(t, w).query(db.SourceIDs[0], oldestFirst+
		`,"filter":{"timestamp":"created_time","created_time":{"on_or_after":"2020-01-01T00:01:00Z"}}`)
	if len(ids) != 250 {
		t.Errorf("%d rows in the second minute, want 250", len(ids))
	}
}

// BenchmarkServer_hundredRows lists a page of 100 rows out of 100,000, with an edit before each so that nothing is
// remembered from the last time.
func BenchmarkServer_hundredRows(b *testing.B) {
	w := notionsim.Generate(notionsim.Options{Pages: 100_000})
	db, err := w.Collection(notionsim.PagesTitle)
	if err != nil {
		b.Fatal(err)
	}
	s := w.Server(notionsim.ServerOptions{Limit: -1})
	id := w.Pages()[0].ID
	b.ResetTimer()
	for range b.N {
		if err := w.Touch(id); err != nil {
			b.Fatal(err)
		}
		status := serve(s, "POST", "/v1/data_sources/"+db.SourceIDs[0]+"/query",
			`{"sorts":[{"timestamp":"created_time","direction":"ascending"}],"filter":{"timestamp":"created_time",`+
				`"created_time":{"on_or_after":"2020-06-01"}}}`)
		if status != 200 {
			b.Fatalf("status %d", status)
		}
	}
}

func BenchmarkGenerate_100000(b *testing.B) {
	for range b.N {
		notionsim.Generate(notionsim.Options{Pages: 100_000})
	}
}
