package syncer_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// Notion puts 25 references of a property into a page object. What was cut is completed, of pages of every kind, and
// nothing else is asked for.
func TestSync_References(t *testing.T) {
	t.Parallel()
	const many = 130
	w := newWorld(t)
	target := w.page("Target", "target")
	people, ids, items := make([]string, many), make([]string, many), make([]any, many)
	var text []notionsim.Rich
	for i := range many {
		people[i], ids[i] = fmt.Sprint("Person ", i), target
		items[i] = map[string]any{"type": "number", "number": i}
		text = append(text, notionsim.PageMention(target, fmt.Sprint("page ", i)), notionsim.Text(", "))
	}
	rollup, err := json.Marshal(map[string]any{"type": "array", "array": items, "function": "show_original"})
	w.must(err)
	columns := []notionsim.Column{
		{Name: "Team", Type: "people"}, {Name: "Related", Type: "relation"}, {Name: "Exactly", Type: "relation"},
		{Name: "Notes", Type: "rich_text"}, {Name: "Numbers", Type: "rollup"}, {Name: "Few", Type: "people"},
	}
	values := map[string]any{
		"Team": people, "Related": ids, "Exactly": ids[:25], "Notes": notionsim.Join(text...), "Numbers": json.RawMessage(rollup),
		"Few": people[:24],
	}
	for _, c := range columns {
		w.must(w.AddColumn(w.pages, c))
	}
	w.tick()
	values["Slug"] = "page"
	page, err := w.AddRow(w.pages, "Page", values)
	w.must(err)
	delete(values, "Slug")
	_, source, err := w.AddDatabase(page, "Inside", columns...)
	w.must(err)
	_, err = w.AddRow(source, "Row", values)
	w.must(err)

	r := w.rig()
	if v := r.sync(model.TriggerMessage{}); len(*v.Warnings) != 0 || v.Metrics.PagesFailed != 0 {
		t.Errorf("warnings %q, errors %+v, want none", *v.Warnings, *v.Errors)
	}
	for _, slug := range []string{"page", "page/row"} {
		props := r.bundles()[slug].Meta.Properties
		for name, n := range map[string]int{"Team": many, "Related": many, "Exactly": 25, "Numbers": many, "Few": 24} {
			if list, _ := props[name].([]any); len(list) != n {
				t.Errorf("property %s of page:%s has %d values, want %d", name, slug, len(list), n)
			}
		}
		if list := props["Team"].([]any); list[0] != "Person 0" || list[many-1] != fmt.Sprint("Person ", many-1) {
			t.Errorf("property Team of page:%s begins with %v and ends with %v", slug, list[0], list[many-1])
		}
		want := ""
		for i := range many {
			want += fmt.Sprint("page ", i, ", ")
		}
		if props["Notes"] != want {
			t.Errorf("property Notes of page:%s is %q, want %q", slug, props["Notes"], want)
		}
	}
	// A text of 260 runs takes three requests, every other list of 130 two.
	if n := r.notion.Counts()["property"]; n != 2*(2+2+3+2) {
		t.Errorf("%d property requests, want 18: only what was cut", n)
	}
}
