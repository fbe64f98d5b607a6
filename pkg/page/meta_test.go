package page_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// fullPage says everything that a page object can say.
const fullPage = `{"object":"page","id":"` + someID + `","created_time":"2026-01-02T03:04:00.000Z",
	"last_edited_time":"2026-02-03T04:05:00.000Z","icon":{"type":"emoji","emoji":"🚀"},
	"cover":{"type":"external","external":{"url":"https://example.com/c.png?a=1&b=2"}},
	"parent":{"type":"data_source_id","data_source_id":"` + otherID + `","database_id":"db"},
	"properties":{
		"Name":{"id":"title","type":"title","title":[{"plain_text":"Q&A"}]},
		"DESCRIPTION":{"type":"rich_text","rich_text":[{"plain_text":"What it is"}]},
		"excerpt":{"type":"formula","formula":{"type":"string","string":"In short"}},
		"Visibility":{"type":"select","select":{"name":"members"}}}}`

func TestNewMeta(t *testing.T) {
	t.Parallel()
	got := page.NewMeta(decodeObject(t, []byte(fullPage)))
	want := page.Meta{
		NotionID:    someID,
		Title:       "Q&A",
		Description: text("What it is"),
		Visibility:  "members",
		LastEdited:  "2026-02-03T04:05:00.000Z",
		CreatedTime: "2026-01-02T03:04:00.000Z",
		Icon:        text("🚀"),
		Cover:       text("https://example.com/c.png?a=1&b=2"),
		ChildPages:  []page.Child{},
		Links:       map[string]string{},
		Media:       map[string]page.Media{},
		Properties: map[string]any{
			"Name": "Q&A", "DESCRIPTION": "What it is", "excerpt": "In short", "Visibility": "members",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("NewMeta (-want +got):\n%s", diff)
	}
}

func TestNewMeta_visibility(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, property, want string }{
		{"status", `{"type":"status","status":{"name":"private"}}`, "private"},
		{"text", `{"type":"rich_text","rich_text":[{"plain_text":" members "}]}`, "members"},
		{"formula", `{"type":"formula","formula":{"type":"string","string":"x"}}`, "x"},
		{"empty select", `{"type":"select","select":null}`, page.Public},
		{"blank text", `{"type":"rich_text","rich_text":[{"plain_text":" "}]}`, page.Public},
		{"no text", `{"type":"checkbox","checkbox":true}`, page.Public},
		{"null", `null`, page.Public},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := page.NewMeta(pageWith(t, "visibility", test.property)).Visibility; got != test.want {
				t.Errorf("NewMeta with visibility %s: %q, want %q", test.property, got, test.want)
			}
		})
	}
}

func TestNewMeta_icon(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, icon, want string }{
		{"emoji", `{"type":"emoji","emoji":"🚀"}`, "🚀"},
		{"external", `{"type":"external","external":{"url":"https://x/i.png"}}`, "https://x/i.png"},
		{"file", `{"type":"file","file":{"url":"https://x/i.png","expiry_time":"…"}}`, "https://x/i.png"},
		{"custom emoji", `{"type":"custom_emoji","custom_emoji":{"id":"1","name":"n","url":"https://x/e"}}`,
			"https://x/e"},
		{"native", `{"type":"icon","icon":{"name":"snake","color":"purple"}}`,
			"https://www.notion.so/icons/snake_purple.svg"},
		{"native without colour", `{"type":"icon","icon":{"name":"snake"}}`,
			"https://www.notion.so/icons/snake_gray.svg"},
		{"native without name", `{"type":"icon","icon":{}}`, ""},
		{"a type of file not known yet", `{"type":"file_upload","file_upload":{"url":"https://x/u"}}`, "https://x/u"},
		{"unknown", `{"type":"novelty","novelty":{}}`, ""},
		{"external without URL", `{"type":"external","external":{}}`, ""},
		{"null", `null`, ""},
		{"no object", `7`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := decodeObject(t, []byte(`{"object":"page","id":"x","icon":`+test.icon+`,"cover":`+test.icon+`}`))
			meta := page.NewMeta(o)
			for field, got := range map[string]*string{"Icon": meta.Icon, "Cover": meta.Cover} {
				if (got == nil) != (test.want == "") || got != nil && *got != test.want {
					t.Errorf("NewMeta of %s: %s %v, want %q", test.icon, field, got, test.want)
				}
			}
		})
	}
}

func TestMeta_json(t *testing.T) {
	t.Parallel()
	raw := string(marshal(t, page.Meta{Slug: "a", Kind: page.KindPage}))
	want := `{"slug":"a","notionId":"","title":"","collection":"","kind":"page","description":null,"visibility":"",` +
		`"lastEdited":"","createdTime":"","icon":null,"cover":null,"parentSlug":null,"parentTitle":null,` +
		`"childPages":[],"links":{},"media":{},"properties":{}}`
	if raw != want {
		t.Errorf("Marshal(Meta) =\n%s\nwant\n%s", raw, want)
	}
	full := page.Meta{
		ChildPages: []page.Child{{ID: "i", Title: "t", Slug: "s"}},
		Media:      map[string]page.Media{"u": {Width: 1, Height: 2, ContentType: "c", Bytes: 3}},
	}
	raw = string(marshal(t, full))
	for _, part := range []string{
		`"childPages":[{"id":"i","title":"t","slug":"s","icon":null}]`,
		`"media":{"u":{"width":1,"height":2,"contentType":"c","bytes":3}}`,
	} {
		if !strings.Contains(raw, part) {
			t.Errorf("Marshal(Meta) = %s, want it to hold %s", raw, part)
		}
	}
}

func TestBundle_Encode(t *testing.T) {
	t.Parallel()
	o := decodeObject(t, []byte(fullPage))
	bundle := page.Bundle{
		Meta:     page.NewMeta(o),
		Blocks:   json.RawMessage(`[{"id":"1","x":"<&\u003e>","n":1.0}]`),
		Markdown: "a & b\n",
		Content:  page.ContentBlocks,
		SyncedAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
	}
	raw, err := bundle.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`{"meta":{"slug":"",`, `"title":"Q&A"`, `"blocks":[{"id":"1","x":"<&\u003e>","n":1.0}],"markdown":"a & b\n","content":"blocks"`,
		`"syncedAt":"2026-03-04T05:06:07Z"}`,
	} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("Encode = %s, want it to hold %s", raw, part)
		}
	}
	var again page.Bundle
	if err := json.Unmarshal(raw,
		&again); err != nil || again.Meta.Title != "Q&A" || !again.SyncedAt.Equal(bundle.SyncedAt) {
		t.Errorf("Unmarshal of Encode: %+v, error %v", again, err)
	}
	if empty := string(marshal(t, page.Bundle{})); !strings.Contains(empty, `"blocks":[]`) {
		t.Errorf("Marshal(Bundle{}) = %s, want no blocks to be []", empty)
	}
	if _, err := (page.Bundle{Blocks: json.RawMessage("{")}).Encode(); err == nil {
		t.Error("Encode of invalid blocks: no error")
	}
}

func TestBundleStart(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"docs/start", "", "a<b>&\"c\"", "日本"} {
		raw, err := page.Bundle{Meta: page.Meta{Slug: slug, NotionID: someID}}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if start := page.BundleStart(slug, someID); !strings.HasPrefix(string(raw), start) {
			t.Errorf("BundleStart(%q) = %s, the bundle begins with %.80s", slug, start, raw)
		}
	}
}

func TestNewItem(t *testing.T) {
	t.Parallel()
	o := decodeObject(t, []byte(fullPage))
	meta := page.NewMeta(o)
	meta.Slug, meta.Icon = "faq", text("https://blob.example.com/icon")
	want := `{"slug":"faq","title":"Q\u0026A","description":"What it is","excerpt":"In short","notionId":"` + someID + `",` +
		`"icon":"https://blob.example.com/icon","cover":"https://example.com/c.png?a=1\u0026b=2",` +
		`"lastEdited":"2026-02-03T04:05:00.000Z","createdTime":"2026-01-02T03:04:00.000Z","properties":{`
	if got := string(marshal(t, page.NewItem(o, meta))); !strings.HasPrefix(got, want) {
		t.Errorf("Marshal(NewItem) =\n%s\nwant it to begin\n%s", got, want)
	}
}
