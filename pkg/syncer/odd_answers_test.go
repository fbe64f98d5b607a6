package syncer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// changed lets a test change the results of a listing, and what stands beside them.
func changed(change func(results []json.RawMessage, beside map[string]json.RawMessage) []json.RawMessage) notionsim.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var beside map[string]json.RawMessage
		var results []json.RawMessage
		if json.Unmarshal(rec.Body.Bytes(), &beside) != nil || json.Unmarshal(beside["results"], &results) != nil {
			panic(rec.Body.String())
		}
		beside["results"], _ = json.Marshal(change(results, beside))
		out, _ := json.Marshal(beside)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.TrimSpace(out))
	}
}

// withField is a page object or block of which one field is another.
func withField(raw json.RawMessage, name, value string) json.RawMessage {
	var o map[string]json.RawMessage
	_ = json.Unmarshal(raw, &o)
	o[name] = json.RawMessage(value)
	raw, _ = json.Marshal(o)
	return raw
}

// A row that a listing shows only in part, or with a stamp that cannot be read, is there: it is read by itself, keeps its
// place on the site, and is no obstacle to the others. A stamp without a zone is in UTC, and as good as any.
func TestRows_OddRow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		odd   func(id string, row json.RawMessage) json.RawMessage
		reads int // of the page object
	}{
		"in part": {func(id string, _ json.RawMessage) json.RawMessage {
			return json.RawMessage(`{"object":"page","id":"` + id + `"}`)
		}, 1},
		"malformed stamp": {func(_ string, row json.RawMessage) json.RawMessage {
			return withField(row, "last_edited_time", `"lately"`)
		}, 1},
		"stamp without a zone": {func(_ string, row json.RawMessage) json.RawMessage {
			return json.RawMessage(strings.ReplaceAll(string(row), `:00.000Z"`, `:00.000"`))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r, a, b := synced(t)
			c := w.page("C", "c")
			r.notion.Fail(notionsim.Rule{Kind: "query", ID: w.pages, Fault: changed(
				func(results []json.RawMessage, _ map[string]json.RawMessage) []json.RawMessage {
					for i, raw := range results {
						if strings.Contains(string(raw), a) {
							results[i] = tt.odd(a, raw)
						}
					}
					return results
				})})
			before := len(r.notion.Requests())
			v := r.sync(model.TriggerMessage{})
			r.published(map[string]string{"a": a, "b": b, "c": c})
			if len(*v.Warnings) != 0 || v.Metrics.PagesFailed != 0 {
				t.Errorf("warnings %q, %d failed; want none", *v.Warnings, v.Metrics.PagesFailed)
			}
			reads := 0
			for _, q := range r.notion.Requests()[before:] {
				if strings.HasSuffix(q.Path, "/pages/"+a) {
					reads++
				}
			}
			if reads != tt.reads {
				t.Errorf("the page was read %d times, want %d", reads, tt.reads)
			}
			w.title(a, "A2")
			if r.sync(model.TriggerMessage{}); r.bundles()["a"].Meta.Title != "A2" {
				t.Errorf("the title is %q after an edit, want A2", r.bundles()["a"].Meta.Title)
			}
		})
	}
}

// Where Notion says that a listing is incomplete and shows no row after which it could go on, it ends there, and nothing
// of it is removed.
func TestRows_IncompleteWithoutRows(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	queries := 0
	r.notion.Fail(notionsim.Rule{Kind: "query", ID: w.pages, Fault: changed(
		func(results []json.RawMessage, beside map[string]json.RawMessage) []json.RawMessage {
			queries++
			beside["request_status"] = json.RawMessage(`{"type":"incomplete","incomplete_reason":"query_result_limit_reached"}`)
			return results[:0]
		})})
	v := r.sync(model.TriggerMessage{})
	if queries != 1 {
		t.Errorf("%d queries for a listing without rows, want 1", queries)
	}
	warned{v}.about(t, "did not show where to go on")
	r.published(map[string]string{"a": a, "b": b})
}

// A child page whose block has a stamp that cannot be read is read by itself; the list it stands in is not asked for
// again and again.
func TestList_OddStamp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	kid := w.child(a, "Kid")
	w.tick()
	r := w.rig()
	r.sync(model.TriggerMessage{})
	r.notion.Fail(notionsim.Rule{Kind: "children", ID: a, Fault: changed(
		func(results []json.RawMessage, _ map[string]json.RawMessage) []json.RawMessage {
			for i, raw := range results {
				results[i] = withField(raw, "last_edited_time", `"lately"`)
			}
			return results
		})})
	before := len(r.notion.Requests())
	v := r.sync(model.TriggerMessage{})
	if n := len(r.notion.Requests()) - before; n > 10 || len(*v.Warnings) != 0 {
		t.Errorf("%d requests, warnings %q; want at most 10 and none", n, *v.Warnings)
	}
	r.published(map[string]string{"a": a, "a/kid": kid})
}

// Notion alone can say whether a page passes a filter, and lists it among the rows of its time. Where it does not list all
// of these, that it does not list the page says nothing: the page stays.
func TestEvents_FilterBeyondTheRowLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Live", Type: "checkbox"}))
	var ids []string
	for i := range 6 {
		id, err := w.AddRow(w.pages, fmt.Sprint("P", i), map[string]any{"Slug": fmt.Sprint("p", i), "Live": true})
		w.must(err)
		ids = append(ids, id)
	}
	w.tick()
	r := w.rig(live)
	r.sync(model.TriggerMessage{})
	r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, RowLimit: 4}))
	w.clock = w.clock.Add(time.Minute)
	for _, id := range ids {
		r.note(model.Event{Object: "page", Action: "content_updated", Of: id, Parent: model.EventParent{Type: "database", ID: w.pageDB}})
	}
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	if got := r.bundles(); len(got) != 6 {
		t.Errorf("published are %q, want all six: nothing was removed in Notion", slugs(got))
	}
}

// live publishes of the collection pages those whose checkbox Live is set.
func live(o *model.Options) {
	for i := range o.Collections {
		if o.Collections[i].Name == "pages" {
			o.Collections[i].Filter = []byte(`{"property":"Live","checkbox":{"equals":true}}`)
		}
	}
}

// Notion shows the time of creation in whole minutes, and its filters may compare seconds: a page is looked for in all of
// the minute it shows.
func TestEvents_FilterComparesSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Live", Type: "checkbox"}))
	id, err := w.AddRow(w.pages, "P", map[string]any{"Slug": "p", "Live": true})
	w.must(err)
	created := w.clock.Add(30 * time.Second) // really
	w.tick()
	r := w.rig(live)
	r.sync(model.TriggerMessage{})
	r.notion.Fail(notionsim.Rule{Kind: "query", ID: w.pages, Fault: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		var q struct {
			Filter struct {
				And []struct {
					Created struct {
						Until time.Time `json:"on_or_before"`
					} `json:"created_time"`
				} `json:"and"`
			} `json:"filter"`
		}
		_ = json.Unmarshal(body.Bytes(), &q)
		for _, term := range q.Filter.And {
			if until := term.Created.Until; !until.IsZero() && until.Before(created) {
				_, _ = w.Write([]byte(`{"object":"list","results":[],"has_more":false,"next_cursor":null}`))
				return
			}
		}
		r2 := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), &body)
		r2.Header = r.Header
		next.ServeHTTP(w, r2)
	}})
	w.clock = w.clock.Add(time.Minute)
	r.note(model.Event{Object: "page", Action: "content_updated", Of: id, Parent: model.EventParent{Type: "database", ID: w.pageDB}})
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	r.published(map[string]string{"p": id})
}
