package page_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

func text(s string) *string { return &s }

// propertyCases are one of each: what Notion sends, and the plain value.
var propertyCases = []struct {
	name, property string
	want           any
}{
	{"title", `{"type":"title","title":[{"plain_text":"a "},{"plain_text":"b"}]}`, "a b"},
	{"title, empty", `{"type":"title","title":[]}`, ""},
	{"rich text", `{"type":"rich_text","rich_text":[{"plain_text":"x\ny"}]}`, "x\ny"},
	{"rich text without plain_text", `{"type":"rich_text","rich_text":[{"type":"text","text":{"content":"c"}}]}`, "c"},
	{"rich text with a run of an unknown shape", `{"type":"rich_text","rich_text":[{"plain_text":"x","text":7}]}`, "x"},
	{"rich text, null", `{"type":"rich_text","rich_text":null}`, ""},
	{"number", `{"type":"number","number":12}`, json.Number("12")},
	{"number, verbatim", `{"type":"number","number":1.50e+10}`, json.Number("1.50e+10")},
	{"number beyond float64", `{"type":"number","number":12345678901234567890.1}`,
		json.Number("12345678901234567890.1")},
	{"number, zero", `{"type":"number","number":0}`, json.Number("0")},
	{"number, empty", `{"type":"number","number":null}`, nil},
	{"select", `{"type":"select","select":{"id":"1","name":"A","color":"red"}}`, "A"},
	{"select, empty", `{"type":"select","select":null}`, nil},
	{"status", `{"type":"status","status":{"name":"Done"}}`, "Done"},
	{"multi_select", `{"type":"multi_select","multi_select":[{"name":"a"},{"name":"b"}]}`, []string{"a", "b"}},
	{"multi_select, empty", `{"type":"multi_select","multi_select":[]}`, []string{}},
	{"multi_select, null", `{"type":"multi_select","multi_select":null}`, []string{}},
	{"checkbox", `{"type":"checkbox","checkbox":true}`, true},
	{"checkbox, off", `{"type":"checkbox","checkbox":false}`, false},
	{"url", `{"type":"url","url":"https://example.com/?a=1&b"}`, "https://example.com/?a=1&b"},
	{"url, empty", `{"type":"url","url":null}`, nil},
	{"email", `{"type":"email","email":"a@example.com"}`, "a@example.com"},
	{"phone", `{"type":"phone_number","phone_number":"+1 555 0100"}`, "+1 555 0100"},
	{"date", `{"type":"date","date":{"start":"2026-01-02","end":null,"time_zone":null}}`,
		page.Date{Start: text("2026-01-02")}},
	{"date, range with zone",
		`{"type":"date","date":{"start":"2026-01-02T10:00:00","end":"2026-01-03T10:00:00","time_zone":"Europe/Berlin"}}`,
		page.Date{Start: text("2026-01-02T10:00:00"), End: text("2026-01-03T10:00:00"),
			TimeZone: text("Europe/Berlin")}},
	{"date, empty", `{"type":"date","date":null}`, nil},
	{"people", `{"type":"people","people":[{"object":"user","id":"1","name":"Ann"},{"object":"user","id":"2"},` +
		`{"object":"group","id":"3","name":"Team"},{"id":"4","name":null},{"id":"5","name":""}]}`,
		[]string{"Ann", "2", "Team", "4", "5"}},
	{"people, empty", `{"type":"people","people":[]}`, []string{}},
	{"created by", `{"type":"created_by","created_by":{"id":"1","name":"Ann"}}`, "Ann"},
	{"last edited by someone unseen", `{"type":"last_edited_by","last_edited_by":{"object":"user","id":"1"}}`, "1"},
	{"last edited by, null", `{"type":"last_edited_by","last_edited_by":null}`, nil},
	{"created time", `{"type":"created_time","created_time":"2026-06-26T13:45:00.000Z"}`, "2026-06-26T13:45:00.000Z"},
	{"files",
		`{"type":"files","files":[{"name":"a.png","type":"file","file":{"url":"https://x/a","expiry_time":"…"}},` +
			`{"name":"b","type":"external","external":{"url":"https://x/b"}}]}`,
		[]page.File{{Name: "a.png", URL: "https://x/a"}, {Name: "b", URL: "https://x/b"}}},
	{"files, empty", `{"type":"files","files":[]}`, []page.File{}},
	{"relation", `{"type":"relation","relation":[{"id":"1"},{"id":"2"}],"has_more":false}`, []string{"1", "2"}},
	{"relation, empty", `{"type":"relation","relation":[]}`, []string{}},
	{"unique id", `{"type":"unique_id","unique_id":{"prefix":"PRE","number":12}}`, "PRE-12"},
	{"unique id without prefix", `{"type":"unique_id","unique_id":{"prefix":null,"number":12}}`, "12"},
	{"unique id without number", `{"type":"unique_id","unique_id":{"prefix":"PRE","number":null}}`, nil},
	{"unique id, null", `{"type":"unique_id","unique_id":null}`, nil},
	{"verification", `{"type":"verification","verification":{"state":"verified","verified_by":null,"date":null}}`,
		"verified"},
	{"verification, null", `{"type":"verification","verification":null}`, nil},
	{"button", `{"type":"button","button":{}}`, nil},
	{"formula, text", `{"type":"formula","formula":{"type":"string","string":"x"}}`, "x"},
	{"formula, no text", `{"type":"formula","formula":{"type":"string","string":null}}`, nil},
	{"formula, number", `{"type":"formula","formula":{"type":"number","number":1.10}}`, json.Number("1.10")},
	{"formula, boolean", `{"type":"formula","formula":{"type":"boolean","boolean":false}}`, false},
	{"formula, date", `{"type":"formula","formula":{"type":"date","date":{"start":"2026-01-02"}}}`,
		page.Date{Start: text("2026-01-02")}},
	{"formula, no date", `{"type":"formula","formula":{"type":"date","date":null}}`, nil},
	{"formula, unsupported", `{"type":"formula","formula":{"type":"unsupported","unsupported":{}}}`, nil},
	{"formula, new result", `{"type":"formula","formula":{"type":"list","list":[1]}}`,
		json.RawMessage(`{"type":"list","list":[1]}`)},
	{"rollup, number", `{"type":"rollup","rollup":{"type":"number","number":42,"function":"max"}}`, json.Number("42")},
	{"rollup, no date", `{"type":"rollup","rollup":{"type":"date","date":null,"function":"max"}}`, nil},
	{"rollup, incomplete", `{"type":"rollup","rollup":{"type":"incomplete","incomplete":{},"function":"sum"}}`, nil},
	{"rollup, array",
		`{"type":"rollup","rollup":{"type":"array","array":[{"type":"title","title":[{"plain_text":"t"}]},` +
			`{"type":"number","number":null},{"type":"multi_select","multi_select":[{"name":"a"}]},` +
			`{"type":"formula","formula":{"type":"number","number":7}},{"type":"date","date":{"start":"2026-01-02"}},` +
			`{"type":"novelty","novelty":{"a":1}},{"type":"relation","relation":[{"id":"1"}]}]}}`,
		[]any{"t", nil, []string{"a"}, json.Number("7"), page.Date{Start: text("2026-01-02")},
			json.RawMessage(`{"a":1}`), []string{"1"}}},
	{"rollup, empty array", `{"type":"rollup","rollup":{"type":"array","array":[]}}`, []any{}},
	{"place", `{"type":"place","place":{"lat":52.520,"lon":13.4}}`, json.RawMessage(`{"lat":52.520,"lon":13.4}`)},
	{"place, empty", `{"type":"place","place":null}`, nil},
	{"unknown type", `{"type":"novelty","novelty":[1, "x"]}`, json.RawMessage(`[1, "x"]`)},
	{"unknown type without payload", `{"id":"x","type":"novelty"}`, json.RawMessage(`{"id":"x","type":"novelty"}`)},
	{"no type", `{"id":"x"}`, json.RawMessage(`{"id":"x"}`)},
	{"null", `null`, nil},
	{"no object", `7`, json.RawMessage(`7`)},
	{"known type, unknown shape", `{"type":"number","number":{"value":1}}`, json.RawMessage(`{"value":1}`)},
	{"list of unknown things", `{"type":"people","people":[{"id":"1"},7]}`, json.RawMessage(`[{"id":"1"},7]`)},
	{"text of unknown shape", `{"type":"title","title":{"plain_text":"x"}}`, json.RawMessage(`{"plain_text":"x"}`)},
}

func TestProperties(t *testing.T) {
	t.Parallel()
	for _, test := range propertyCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			values := page.Properties(pageWith(t, "It", test.property))
			got, there := values["It"]
			if diff := cmp.Diff(test.want, got); diff != "" || !there {
				t.Errorf("Properties of %s (there: %t) (-want +got):\n%s", test.property, there, diff)
			}
			if values["Name"] != "My Page" {
				t.Errorf("Properties beside %s: Name = %v, want My Page", test.property, values["Name"])
			}
			if _, err := json.Marshal(values); err != nil {
				t.Errorf("Marshal of the properties: %v", err)
			}
		})
	}
}

// TestProperties_recordings: what Notion really sends of the types we know, we understand.
func TestProperties_recordings(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, o := range recordedObjects(t) {
		var raw struct {
			Properties map[string]struct{ Type string }
		}
		if err := json.Unmarshal(o.Raw, &raw); err != nil {
			t.Fatal(err)
		}
		values := page.Properties(o)
		for name, property := range raw.Properties {
			seen[property.Type]++
			value, there := values[name]
			if _, asSent := value.(json.RawMessage); !there || asSent && property.Type != "place" {
				t.Errorf("Properties of page %s: %q of type %s is %s (there: %t)", o.ID, name, property.Type, value,
					there)
			}
		}
	}
	if len(seen) < 20 || seen["rollup"] == 0 || seen["verification"] == 0 {
		t.Errorf("recorded property types seen: %v, want all of 20 and more", seen)
	}
}

func FuzzProperties(f *testing.F) {
	for _, test := range propertyCases {
		f.Add(`{"It":` + test.property + `,"slug":` + test.property + `,"Description":` + test.property + `}`)
	}
	f.Fuzz(func(t *testing.T, properties string) {
		var names map[string]json.RawMessage
		if json.Unmarshal([]byte(properties), &names) != nil {
			t.Skip("no JSON object")
		}
		o := decodeObject(t, []byte(`{"object":"page","id":"`+someID+`","properties":`+properties+`}`))
		meta := page.NewMeta(o)
		for name := range names {
			if _, there := meta.Properties[name]; !there {
				t.Errorf("Properties lost %q", name)
			}
		}
		if len(meta.Properties) != len(names) {
			t.Errorf("Properties: %d of %d", len(meta.Properties), len(names))
		}
		marshal(t, page.NewItem(o, meta))
		page.CollectionSlug(o)
		page.RowSlug("x", o)
		if targets := page.LinkTargets(o, nil); !slices.IsSorted(targets) {
			t.Errorf("LinkTargets = %q, want them sorted", targets)
		}
		for _, cut := range o.Cut() {
			if _, err := o.Complete(cut.Name, nil); err != nil {
				t.Errorf("Complete(%q) with nothing: %v", cut.Name, err)
			}
		}
	})
}

func FuzzDecodeObject(f *testing.F) {
	f.Add(`{"object":"page","id":"x","parent":{"type":"workspace","workspace":true},"properties":[]}`)
	f.Add(`{"object":"page","id":"x","parent":[],"icon":7,"cover":{"type":"file"},"created_time":null}`)
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := page.DecodeObject([]byte(raw))
		if err != nil {
			if o.ID != "" || o.Raw != nil {
				t.Errorf("DecodeObject(%q) = %v beside the error %v", raw, o, err)
			}
			return
		}
		marshal(t, page.NewMeta(o))
		marshal(t, page.NewItem(o, page.Meta{}))
	})
}
