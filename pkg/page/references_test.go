package page_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// times is a JSON array of n equal elements.
func times(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

func TestObject_Cut(t *testing.T) {
	t.Parallel()
	const (
		mention = `{"type":"mention","plain_text":"x","mention":{"type":"page","page":{"id":"1"}}}`
		person  = `{"type":"mention","plain_text":"x","mention":{"type":"user","user":{"id":"1"}}}`
		day     = `{"type":"mention","plain_text":"x","mention":{"type":"date","date":{"start":"2026-01-02"}}}`
	)
	for _, test := range []struct {
		name, property, kind string
		cut                  bool
	}{
		{"relation that goes on", `{"id":"a%3D","type":"relation","relation":[{"id":"1"}],"has_more":true}`, "relation",
			true},
		{"relation with 25", `{"id":"a%3D","type":"relation","relation":` + times(25,
			`{"id":"1"}`) + `,"has_more":false}`, "relation", false},
		{"people", `{"id":"a%3D","type":"people","people":` + times(25, `{"id":"1"}`) + `}`, "people", true},
		{"fewer people", `{"id":"a%3D","type":"people","people":` + times(24, `{"id":"1"}`) + `}`, "people", false},
		{"mentions of pages", `{"id":"a%3D","type":"rich_text","rich_text":` + times(25, mention) + `}`, "rich_text",
			true},
		{"mentions of people in a title", `{"id":"a%3D","type":"title","title":` + times(25, person) + `}`, "title",
			true},
		{"fewer mentions", `{"id":"a%3D","type":"rich_text","rich_text":` + times(24, mention) + `}`, "rich_text",
			false},
		{"mentions of days", `{"id":"a%3D","type":"rich_text","rich_text":` + times(30, day) + `}`, "rich_text", false},
		{"long text", `{"id":"a%3D","type":"rich_text","rich_text":` + times(30, `{"plain_text":"x"}`) + `}`,
			"rich_text", false},
		{"rollup", `{"id":"a%3D","type":"rollup","rollup":{"type":"array","array":` + times(25, `{}`) + `}}`, "rollup",
			true},
		{"shorter rollup", `{"id":"a%3D","type":"rollup","rollup":{"type":"array","array":` + times(24, `{}`) + `}}`,
			"rollup", false},
		{"many options", `{"id":"a%3D","type":"multi_select","multi_select":` + times(30, `{"name":"x"}`) + `}`,
			"multi_select", false},
		{"null", `null`, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want []page.Cut
			if test.cut {
				want = []page.Cut{{Name: "It", ID: "a%3D", Type: test.kind}}
			}
			if diff := cmp.Diff(want, pageWith(t, "It", test.property).Cut()); diff != "" {
				t.Errorf("Cut (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObject_Complete(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, property string
		items          []string
		want           string // of the property
	}{
		{"relation", `{"id":"r","type":"relation","relation":[{"id":"1"}],"has_more":true,"new":1.0}`,
			[]string{`{"object":"property_item","type":"relation","relation":{"id":"1"}}`,
				`{"type":"relation","relation":{"id":"2"}}`},
			`{"id":"r","type":"relation","relation":[{"id":"1"},{"id":"2"}],"has_more":false,"new":1.0}`},
		{"people", `{"type":"people","people":[]}`, []string{`{"type":"people","people":{"id":"1","name":"<A>"}}`},
			`{"type":"people","people":[{"id":"1","name":"<A>"}]}`},
		{"text", `{"type":"rich_text","rich_text":[]}`,
			[]string{`{"type":"rich_text","rich_text":{"plain_text":"a"}}`,
				`{"type":"rich_text","rich_text":{"plain_text":"b"}}`},
			`{"type":"rich_text","rich_text":[{"plain_text":"a"},{"plain_text":"b"}]}`},
		{"nothing left", `{"type":"people","people":[{"id":"1"}]}`, nil, `{"type":"people","people":[]}`},
		{"rollup of titles",
			`{"type":"rollup","rollup":{"type":"array","array":[{"type":"title","title":[]}],"function":"f"}}`,
			[]string{`{"object":"property_item","type":"title","title":{"plain_text":"a"}}`,
				`{"type":"title","title":{"plain_text":"b"}}`},
			`{"type":"rollup","rollup":{"type":"array","array":[{"object":"property_item","type":"title","title":[{"plain_text":"a"}]},` +
				`{"type":"title","title":[{"plain_text":"b"}]}],"function":"f"}}`},
		{"rollup of numbers", `{"type":"rollup","rollup":{"type":"array","array":[{"type":"number","number":1}]}}`,
			[]string{`{"type":"number","number":1}`, `{"type":"number","number":2}`},
			`{"type":"rollup","rollup":{"type":"array","array":[{"type":"number","number":1},{"type":"number","number":2}]}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := pageWith(t, "It", test.property)
			got, err := o.Complete("It", rawItems(test.items))
			if err != nil {
				t.Fatalf("Complete: %v", err)
			}
			want := strings.NewReplacer("\n", "", "\t", "").Replace(string(pageWith(t, "It", test.want).Raw))
			if string(got.Raw) != want {
				t.Errorf("Complete: Raw\n%s\nwant\n%s", got.Raw, want)
			}
			if string(o.Raw) != string(pageWith(t, "It", test.property).Raw) {
				t.Error("Complete changed the object it was called on")
			}
		})
	}
}

func TestObject_Complete_shape(t *testing.T) {
	t.Parallel()
	people := pageWith(t, "It", `{"type":"people","people":[]}`)
	rollup := pageWith(t, "It", `{"type":"rollup","rollup":{"type":"array","array":[{"type":"number","number":1}]}}`)
	for name, complete := range map[string]func() (page.Object, error){
		"no such property": func() (page.Object, error) { return people.Complete("Else", nil) },
		"item of another type": func() (page.Object, error) {
			return people.Complete("It", rawItems([]string{`{"type":"title","title":{}}`}))
		},
		"no item": func() (page.Object, error) { return people.Complete("It", rawItems([]string{`null`})) },
		"half an item": func() (page.Object, error) {
			return rollup.Complete("It", rawItems([]string{`{"type":"number","number":1`}))
		},
		"relations a rollup was worked out from": func() (page.Object, error) {
			return rollup.Complete("It", rawItems([]string{`{"type":"relation","relation":{"id":"1"}}`}))
		},
	} {
		if o, err := complete(); !errors.Is(err, page.ErrShape) || o.Raw != nil {
			t.Errorf("Complete with %s: error %v, want ErrShape", name, err)
		}
	}
}

// TestObject_Complete_recordings takes the pages that were recorded beside their complete relations.
func TestObject_Complete_recordings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		page, items string
		want        int
	}{
		{"page-get--hkob-page-with-many-relations--2025-09-03",
			"page-property--hkob-property-relation-with-many-relations--2025-09-03", 26},
		{"page-get--ultimate-more-than-max-refs-per-relation-property--2026-03-11--039",
			"page-property--ultimate-more-than-max-refs-per-relation-property--2026-03-11--040", 30},
	} {
		t.Run(test.page, func(t *testing.T) {
			t.Parallel()
			o := decodeObject(t, recordedBody(t, test.page))
			cuts := o.Cut()
			if len(cuts) != 1 || cuts[0].Type != "relation" || cuts[0].ID == "" {
				t.Fatalf("Cut = %+v, want one relation", cuts)
			}
			var list struct{ Results []json.RawMessage }
			if err := json.Unmarshal(recordedBody(t, test.items), &list); err != nil {
				t.Fatal(err)
			}
			complete, err := o.Complete(cuts[0].Name, list.Results)
			if err != nil {
				t.Fatalf("Complete: %v", err)
			}
			if relations, _ := page.Properties(complete)[cuts[0].Name].([]string); len(relations) != test.want {
				t.Errorf("%d relations after Complete, want %d", len(relations), test.want)
			}
			if cuts := complete.Cut(); len(cuts) != 0 {
				t.Errorf("Cut after Complete = %+v, want none", cuts)
			}
			if complete.ID != o.ID || complete.Title() != o.Title() {
				t.Errorf("Complete: page %s %q, want %s %q", complete.ID, complete.Title(), o.ID, o.Title())
			}
		})
	}
}

func rawItems(items []string) []json.RawMessage {
	var raw []json.RawMessage
	for _, item := range items {
		raw = append(raw, json.RawMessage(item))
	}
	return raw
}

// recordedBody is the answer in a file of the recordings' folder api.
func recordedBody(t *testing.T, name string) json.RawMessage {
	t.Helper()
	var recorded struct {
		Response struct{ Body json.RawMessage }
	}
	readJSON(t, filepath.Join(recordings(t), "api", name+".json"), &recorded)
	return recorded.Response.Body
}
