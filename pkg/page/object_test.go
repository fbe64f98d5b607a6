package page_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

func TestDecodeObject(t *testing.T) {
	t.Parallel()
	raw := []byte(fullPage)
	got := decodeObject(t, raw)
	want := page.Object{
		ID:      someID,
		Created: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		Edited:  time.Date(2026, 2, 3, 4, 5, 0, 0, time.UTC),
		Parent:  page.Parent{Type: "data_source_id", ID: otherID, DatabaseID: "db"},
		Raw:     raw,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("DecodeObject (-want +got):\n%s", diff)
	}
}

func TestDecodeObject_gone(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]bool{
		`"in_trash":true`: true, `"archived":true`: true, `"is_archived":true`: true, `"in_trash":false`: false,
		`"x":1`: false,
	} {
		if o := decodeObject(t, []byte(`{"object":"page","id":"x",`+flag+`}`)); o.Gone != want {
			t.Errorf("DecodeObject with %s: Gone %t, want %t", flag, o.Gone, want)
		}
	}
}

func TestDecodeObject_parent(t *testing.T) {
	t.Parallel()
	for parent, want := range map[string]page.Parent{
		`{"type":"page_id","page_id":"p"}`:         {Type: "page_id", ID: "p"},
		`{"type":"block_id","block_id":"b"}`:       {Type: "block_id", ID: "b"},
		`{"type":"database_id","database_id":"d"}`: {Type: "database_id", ID: "d", DatabaseID: "d"},
		`{"type":"workspace","workspace":true}`:    {Type: "workspace"},
		`{"type":"novelty","novelty":{}}`:          {Type: "novelty"},
		`{}`:                                       {},
		`null`:                                     {},
		`[]`:                                       {},
	} {
		if o := decodeObject(t, []byte(`{"object":"page","id":"x","parent":`+parent+`}`)); o.Parent != want {
			t.Errorf("DecodeObject with parent %s: %+v, want %+v", parent, o.Parent, want)
		}
	}
}

func TestDecodeObject_shape(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		``, `{`, `null`, `[]`, `7`, `{}`, `{"object":"page"}`, `{"object":"block","id":"x"}`,
		`{"object":"page","id":7}`,
		`{"object":"error","status":404}`,
	} {
		if o, err := page.DecodeObject([]byte(raw)); !errors.Is(err, page.ErrShape) || o.ID != "" {
			t.Errorf("DecodeObject(%q) = %+v, error %v; want ErrShape", raw, o, err)
		}
		if b, err := page.DecodeBlock([]byte(raw)); raw != `{"object":"block","id":"x"}` && (!errors.Is(err,
			page.ErrShape) || b.ID != "") {
			t.Errorf("DecodeBlock(%q) = %+v, error %v; want ErrShape", raw, b, err)
		}
	}
}

func TestDecodeBlock(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, members string
		want          page.Block
		descends      bool
	}{
		{"paragraph with children", `"type":"paragraph","has_children":true,"paragraph":{"rich_text":[]}`,
			page.Block{Type: "paragraph", HasChildren: true}, true},
		{"in the trash", `"type":"divider","divider":{},"in_trash":true`, page.Block{Type: "divider", Gone: true},
			false},
		{"archived", `"type":"divider","divider":{},"archived":true`, page.Block{Type: "divider", Gone: true}, false},
		{"child page", `"type":"child_page","has_children":true,"child_page":{"title":"T"}`,
			page.Block{Type: "child_page", HasChildren: true, Title: "T"}, false},
		{"child database", `"type":"child_database","child_database":{"title":"D"}`,
			page.Block{Type: "child_database", Title: "D"}, false},
		{"synced original", `"type":"synced_block","synced_block":{"synced_from":null}`,
			page.Block{Type: "synced_block"}, false},
		{"synced copy", `"type":"synced_block","synced_block":{"synced_from":{"type":"block_id","block_id":"o"}}`,
			page.Block{Type: "synced_block", SyncedFrom: "o"}, true},
		{"synced block of another shape", `"type":"synced_block","synced_block":[]`, page.Block{Type: "synced_block"},
			false},
		{"child page of another shape", `"type":"child_page","child_page":7`, page.Block{Type: "child_page"}, false},
		{"title elsewhere", `"type":"novelty","novelty":{"title":"x"},"child_page":{"title":"y"}`,
			page.Block{Type: "novelty"}, false},
		{"no type", `"has_children":true`, page.Block{HasChildren: true}, true},
		{"times of another form", `"type":"novelty","created_time":"today","last_edited_time":{"at":7}`,
			page.Block{Type: "novelty"}, false},
		{"stands in a page", `"type":"divider","parent":{"type":"page_id","page_id":"p"}`,
			page.Block{Type: "divider", Parent: page.Parent{Type: "page_id", ID: "p"}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raw := []byte(`{"object":"block","id":"x",` + test.members + `}`)
			got, err := page.DecodeBlock(raw)
			test.want.ID, test.want.Raw = "x", raw
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("DecodeBlock(%s), error %v (-want +got):\n%s", raw, err, diff)
			}
			if got.Descends() != test.descends {
				t.Errorf("Descends() = %t, want %t", got.Descends(), test.descends)
			}
		})
	}
}

// A stamp without a zone is in UTC. An object without readable stamps is one that nothing can be concluded from.
func TestDecodeObject_oddStamps(t *testing.T) {
	t.Parallel()
	edited := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for stamp, want := range map[string]time.Time{
		`"2026-03-01T09:00:00.000Z"`: edited, `"2026-03-01T11:00:00+02:00"`: edited, `"2026-03-01T09:00:00.000"`: edited,
		`"2026-03-01T09:00:00"`: edited, `"yesterday"`: {}, `""`: {}, `null`: {}, `1772355600`: {},
	} {
		o := decodeObject(t, []byte(`{"object":"page","id":"x","created_time":"2026-01-02T03:04:00Z","last_edited_time":`+stamp+`}`))
		if !o.Edited.Equal(want) || o.Whole() == want.IsZero() {
			t.Errorf("DecodeObject with the stamp %s: edited %s, whole %t; want %s", stamp, o.Edited, o.Whole(), want)
		}
	}
	if decodeObject(t, []byte(`{"object":"page","id":"x"}`)).Whole() {
		t.Error("a page shown as nothing but its id counts as whole")
	}
}
