package notionsim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

const oldestFirst = `{"sorts":[{"timestamp":"created_time","direction":"ascending"}]`

func TestServer_childrenInOrder(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	page := w.AddPage("Long")
	var want []string
	for range 250 {
		want = append(want, must[string](t)(w.AppendBlock(page, notionsim.Divider())))
	}
	for _, size := range []string{"100", "7", "1"} {
		var got []string
		for _, raw := range unlimited(t, w).children(page, size) {
			got = append(got, idOf(t, raw))
		}
		if !slices.Equal(got, want) {
			t.Errorf("page_size %s: %d blocks, want the %d of the page in order", size, len(got), len(want))
		}
	}
}

func TestServer_queryListsEveryRow(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 230)
	newestFirst := slices.Clone(ids)
	slices.Reverse(newestFirst)
	for _, row := range []struct {
		name, body string
		want       []string
	}{
		{"oldest first", oldestFirst, ids},
		{"newest first", `{"sorts":[{"timestamp":"created_time","direction":"descending"}]`, newestFirst},
		{"without sorts in another order", `{"page_size":100`, sorted(ids)},
		{"small pages", oldestFirst + `,"page_size":9`, ids},
	} {
		if got, _ := unlimited(t, w).query(source, row.body); !slices.Equal(got, row.want) {
			t.Errorf("%s: %d rows, want %d in order", row.name, len(got), len(row.want))
		}
	}
}

// A listing that is under way neither skips nor repeats rows that stay, whatever happens to others.
func TestServer_queryWhileRowsChange(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 10)
	c := unlimited(t, w)
	path := "data_sources/" + source + "/query"
	body := oldestFirst + `,"page_size":4`
	first := parse[list](t, c.ask(200, "POST", path, body+"}"))
	ok(t, w.Trash(ids[1]))
	ok(t, w.Trash(ids[4])) // the one that the cursor names
	added := must[string](t)(w.AddRow(source, "New", nil))
	rest := parse[list](t, c.ask(200, "POST", path, body+`,"start_cursor":"`+first.Next+`"}`))
	last := parse[list](t, c.ask(200, "POST", path, body+`,"start_cursor":"`+rest.Next+`"}`))
	var got []string
	for _, raw := range slices.Concat(rest.Results, last.Results) {
		got = append(got, idOf(t, raw))
	}
	if want := append(slices.Clone(ids[5:]), added); !slices.Equal(sorted(got), sorted(want)) || last.Next != "" {
		t.Errorf("after the first page came %v, want %v", got, want)
	}
	raw := c.ask(400, "POST", path, `{"page_size":4,"start_cursor":"`+first.Next+`"}`)
	if !strings.Contains(string(raw), "start_cursor provided is invalid") {
		t.Errorf("cursor of another query: %s", raw)
	}
}

func TestServer_rowLimit(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 31)
	c := newClient(t, w.Server(notionsim.ServerOptions{Limit: -1, RowLimit: 30}), notionsim.V20250903)
	got, last := c.query(source, oldestFirst+`,"page_size":20`)
	want := `{"type":"incomplete","incomplete_reason":"query_result_limit_reached"}`
	if !slices.Equal(got, ids[:30]) || string(last.Status) != want || last.More {
		t.Errorf("query: %d rows, request_status %s, has_more %t; want 30, %s, false", len(got), last.Status, last.More, want)
	}
	first := parse[list](t, c.ask(200, "POST", "data_sources/"+source+"/query", oldestFirst+`,"page_size":20}`))
	if string(first.Status) != want || !first.More {
		t.Errorf("first page: request_status %s, has_more %t; want it on every page", first.Status, first.More)
	}
	ok(t, w.Trash(ids[0]))
	if got, last := c.query(source, oldestFirst); len(got) != 30 || last.Status != nil {
		t.Errorf("30 rows: listed %d with request_status %s, want none", len(got), last.Status)
	}
}

func TestServer_queryFilters(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := notionsim.New(c.now)
	_, source, err := w.AddDatabase("", "Filtered",
		notionsim.Column{Name: "slug", Type: "rich_text"}, notionsim.Column{Name: "Public", Type: "checkbox"},
		notionsim.Column{Name: "State", Type: "status"}, notionsim.Column{Name: "Kind", Type: "select"},
		notionsim.Column{Name: "Tags", Type: "multi_select"}, notionsim.Column{Name: "Order", Type: "number"},
		notionsim.Column{Name: "Date", Type: "date"}, notionsim.Column{Name: "Link", Type: "url"},
		notionsim.Column{Name: "F", Type: "formula"})
	ok(t, err)
	name := map[string]string{}
	for title, values := range map[string]map[string]any{
		"a": {"slug": "Alpha", "Public": true, "State": "Done", "Tags": []string{"x", "y"}, "Order": 1, "F": "one",
			"Date": "2026-07-01"},
		"b": {"slug": "beta", "Kind": "Post", "Tags": []string{"y"}, "Order": 2, "Date": "2026-07-02T08:00:00.000+02:00",
			"Link": "https://example.com/"},
		"c": {"Public": true, "State": "Draft"},
	} {
		name[must[string](t)(w.AddRow(source, title, values))] = title
	}
	c.add(24 * time.Hour)
	name[must[string](t)(w.AddRow(source, "d", map[string]any{"Order": 4}))] = "d"
	made := newClock().now().Truncate(time.Minute)
	for _, row := range []struct{ filter, want string }{
		{`{"property":"Public","checkbox":{"equals":true}}`, "ac"},
		{`{"property":"Public","checkbox":{"equals":false}}`, "bd"},
		{`{"property":"Public","checkbox":{"does_not_equal":true}}`, "bd"},
		{`{"property":"State","status":{"equals":"Done"}}`, "a"},
		{`{"property":"State","status":{"does_not_equal":"Done"}}`, "bcd"},
		{`{"property":"Kind","select":{"is_empty":true}}`, "acd"},
		{`{"property":"Kind","select":{"is_not_empty":true}}`, "b"},
		{`{"property":"slug","rich_text":{"equals":"alpha"}}`, "a"},
		{`{"property":"slug","rich_text":{"contains":"ET"}}`, "b"},
		{`{"property":"slug","rich_text":{"starts_with":"a"}}`, "a"},
		{`{"property":"slug","rich_text":{"is_empty":true}}`, "cd"},
		{`{"property":"Name","title":{"equals":"c"}}`, "c"},
		{`{"property":"title","title":{"does_not_contain":"c"}}`, "abd"},
		{`{"property":"Tags","multi_select":{"contains":"y"}}`, "ab"},
		{`{"property":"Tags","multi_select":{"does_not_contain":"x"}}`, "bcd"},
		{`{"property":"Order","number":{"greater_than_or_equal_to":2}}`, "bd"},
		{`{"property":"Order","number":{"is_empty":true}}`, "c"},
		{`{"property":"Link","url":{"is_not_empty":true}}`, "b"},
		{`{"property":"F","formula":{"string":{"equals":"one"}}}`, "a"},
		{`{"property":"Date","date":{"on_or_after":"2026-07-02"}}`, "b"},
		{`{"property":"Date","date":{"before":"2026-07-02T06:00:01Z"}}`, "ab"},
		{`{"property":"Date","date":{"equals":"2026-07-02"}}`, "b"},
		{`{"property":"Date","date":{"is_empty":true}}`, "cd"},
		{`{"timestamp":"created_time","created_time":{"on_or_after":"` + made.Format(time.RFC3339) + `"}}`, "abcd"},
		{`{"timestamp":"created_time","created_time":{"after":"` + made.Format(time.RFC3339) + `"}}`, "d"},
		{`{"timestamp":"created_time","created_time":{"on_or_before":"` + made.Format(time.RFC3339Nano) + `"}}`, "abc"},
		{`{"timestamp":"created_time","created_time":{"equals":"` + made.Format(time.DateOnly) + `"}}`, "abc"},
		{`{"timestamp":"last_edited_time","last_edited_time":{"after":"` + made.Format(time.DateOnly) + `"}}`, "d"},
		{`{"timestamp":"created_time","created_time":{"past_week":{}}}`, "abcd"},
		{`{"timestamp":"created_time","created_time":{"on_or_after":"today"}}`, "d"},
		{`{"and":[{"property":"Public","checkbox":{"equals":true}},{"property":"State","status":{"equals":"Draft"}}]}`, "c"},
		{`{"or":[{"property":"Order","number":{"equals":4}},{"and":[{"property":"Order","number":{"equals":1}},
			{"property":"Public","checkbox":{"equals":true}}]}]}`, "ad"},
	} {
		ids, _ := unlimited(t, w).query(source, `{"filter":`+row.filter)
		got := make([]string, 0, len(ids))
		for _, id := range ids {
			got = append(got, name[id])
		}
		if strings.Join(sorted(got), "") != row.want {
			t.Errorf("%s finds %v, want %s", row.filter, sorted(got), row.want)
		}
	}
	today := `{"filter":{"timestamp":"created_time","created_time":{"on_or_after":"today"}}`
	for _, want := range []int{1, 0} {
		if ids, _ := unlimited(t, w).query(source, today); len(ids) != want {
			t.Errorf("at %s %d rows are of today, want %d", c.now(), len(ids), want)
		}
		c.add(24 * time.Hour)
	}
	for _, filter := range []string{
		`{}`, `{"property":"Public"}`, `{"property":"Public","select":{"equals":"x"}}`, `{"and":[{}]}`,
		`{"property":"slug","rich_text":{"resembles":"x"}}`, `{"property":"Date","date":{"after":"soon"}}`,
		`{"timestamp":"created_time","last_edited_time":{"after":"2026-01-01"}}`,
		`{"or":[{"and":[{"or":[{"property":"Public","checkbox":{"equals":true}}]}]}]}`,
	} {
		unlimited(t, w).ask(400, "POST", "data_sources/"+source+"/query", `{"filter":`+filter+`}`)
	}
}

func TestServer_longPropertiesAreCut(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	_, source, err := w.AddDatabase("", "Cut", notionsim.Column{Name: "Related", Type: "relation", ID: "%3AUP~"},
		notionsim.Column{Name: "People", Type: "people"}, notionsim.Column{Name: "Text", Type: "rich_text"},
		notionsim.Column{Name: "Sum", Type: "rollup"}, notionsim.Column{Name: "Few", Type: "relation"})
	ok(t, err)
	var related, people []string
	var text notionsim.Rich
	var numbers []json.RawMessage
	for i := range 130 {
		id := w.AddPage(fmt.Sprint("Target ", i))
		related, people = append(related, id), append(people, fmt.Sprint("Person ", i))
		text = notionsim.Join(text, notionsim.PageMention(id, fmt.Sprint("T", i, " ")))
		numbers = append(numbers, json.RawMessage(fmt.Sprintf(`{"type":"number","number":%d}`, i)))
	}
	array, err := json.Marshal(numbers)
	ok(t, err)
	row := must[string](t)(w.AddRow(source, "Row", map[string]any{
		"Related": related, "People": people, "Text": text, "Few": related[:25],
		"Sum": json.RawMessage(`{"type":"array","array":` + string(array) + `,"function":"show_original"}`),
	}))
	c := unlimited(t, w)
	type value struct {
		ID       string
		Type     string
		Relation []struct{ ID string }
		More     bool              `json:"has_more"`
		People   []json.RawMessage `json:"people"`
		Text     []struct {
			Plain string `json:"plain_text"`
		} `json:"rich_text"`
		Rollup struct{ Array []json.RawMessage }
	}
	props := parse[struct{ Properties map[string]value }](t, c.get("pages/"+row)).Properties
	if got := props["Related"]; len(got.Relation) != 25 || !got.More || got.ID != "%3AUP~" {
		t.Errorf("relation: %d pages, has_more %t, id %s; want 25, true, as given", len(got.Relation), got.More, got.ID)
	}
	if got := props["Few"]; len(got.Relation) != 25 || got.More {
		t.Errorf("relation of 25: %d pages, has_more %t; want 25, false", len(got.Relation), got.More)
	}
	if got := len(props["People"].People); got != 25 {
		t.Errorf("people: %d, want 25", got)
	}
	if got := len(props["Sum"].Rollup.Array); got != 25 {
		t.Errorf("rollup: %d items, want 25", got)
	}
	if got := props["Text"].Text; len(got) != 130 || got[24].Plain != "T24 " || got[25].Plain != "Untitled" {
		t.Errorf("text: %d runs, the 25th %q, the 26th %q; want 130, named, Untitled", len(got), got[24], got[25])
	}
	for name, want := range map[string]int{"Related": 130, "People": 130, "Text": 130, "Sum": 130, "Few": 25, "Name": 1} {
		items := c.items("pages/" + row + "/properties/" + props[name].ID)
		if len(items) != want {
			t.Errorf("property %s: %d items, want %d", name, len(items), want)
		}
		if name == "Text" && !strings.Contains(string(items[129]), "T129") {
			t.Errorf("last item of the text: %s, want it under its name", items[129])
		}
		if name == "Sum" && !strings.Contains(string(items[129]), `"number":129`) {
			t.Errorf("last item of the rollup: %s", items[129])
		}
	}
	c.ask(404, "GET", "pages/"+row+"/properties/"+url.PathEscape(props["Related"].ID), "") // encoded twice
}

// items lists the items of a property.
func (c *client) items(path string) (all []json.RawMessage) {
	c.t.Helper()
	for cursor := ""; ; {
		q := ""
		if cursor != "" {
			q = "?start_cursor=" + url.QueryEscape(cursor)
		}
		l := parse[list](c.t, c.get(path+q))
		all = append(all, l.Results...)
		if cursor = l.Next; cursor == "" {
			return all
		}
	}
}

func TestServer_filterProperties(t *testing.T) {
	t.Parallel()
	w, source, ids := rows(t, 1)
	c := unlimited(t, w)
	for _, path := range []string{
		"pages/" + ids[0] + "?filter_properties=title", "pages/" + ids[0] + "?filter_properties[]=Name",
	} {
		got := parse[struct{ Properties map[string]any }](t, c.get(path)).Properties
		if len(got) != 1 || got["Name"] == nil {
			t.Errorf("GET %s: properties %v, want Name alone", path, got)
		}
	}
	raw := c.ask(200, "POST", "data_sources/"+source+"/query?filter_properties=slug", "{}")
	row := parse[struct{ Properties map[string]any }](t, parse[list](t, raw).Results[0])
	if !reflect.DeepEqual(keysIn(row.Properties), []string{"slug"}) {
		t.Errorf("query with filter_properties: properties %v, want slug alone", row.Properties)
	}
}

func keysIn(m map[string]any) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return sorted(keys)
}

func TestServer_search(t *testing.T) {
	t.Parallel()
	c := unlimited(t, notionsim.Demo())
	found := func(body string) (titles []string) {
		for _, raw := range parse[list](t, c.ask(200, "POST", "search", body)).Results {
			titles = append(titles, parse[struct{ Object string }](t, raw).Object)
		}
		return titles
	}
	if got := found(`{"query":"handbook"}`); !slices.Equal(got, []string{"page"}) {
		t.Errorf("search handbook: %v, want one page", got)
	}
	if got := found(`{"query":"s","filter":{"property":"object","value":"data_source"}}`); len(got) != 3 {
		t.Errorf("search for data sources: %v, want Pages, Posts and Stations", got)
	}
	c.version = notionsim.V20220628
	if got := found(`{"query":"stations","filter":{"property":"object","value":"database"}}`); len(got) != 1 {
		t.Errorf("search for databases: %v, want Stations without the linked view", got)
	}
	c.ask(400, "POST", "search", `{"filter":{"property":"object","value":"data_source"}}`)
}
