package syncer_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// A full sync reads one unchanged child page, and no more as long as lists of blocks show the stamps of pages.
func TestProbe_OneChildPageAJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, top := range []string{w.page("A", "a"), w.page("B", "b")} {
		w.child(w.child(top, "One"), "Low")
		w.child(top, "Two")
	}
	r := w.rig()
	r.sync(model.TriggerMessage{})
	for range 2 {
		r.asks(map[string]int{"database": 2, "query": 2, "children": 4, "page": 1}, model.TriggerMessage{})
	}
	r.budget(1)
	r.asks(map[string]int{"database": 2, "query": 2, "children": 4, "page": 1}, model.TriggerMessage{})
}

// Should a list of blocks show another stamp for a child page than the page has, the sync says so, and from then on child
// pages are read one by one to see whether they have changed: an edit that their block does not show is found.
func TestProbe_StampsThatDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	one, two := w.child(a, "One"), w.child(a, "Two")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	lists := httptest.NewRecorder()
	r.notion.Fail(notionsim.Rule{Kind: notionsim.KindChildren, ID: a, Times: 1, Fault: func(res http.ResponseWriter, req *http.Request, next http.Handler) {
		next.ServeHTTP(lists, req)
		for name, values := range lists.Header() {
			res.Header()[name] = values
		}
		res.WriteHeader(lists.Code)
		_, _ = res.Write(lists.Body.Bytes())
	}})
	r.sync(model.TriggerMessage{})
	old := bytes.Clone(lists.Body.Bytes()) // as it is to stay, whatever is edited
	r.notion.Fail(notionsim.Rule{Kind: notionsim.KindChildren, ID: a, Fault: func(res http.ResponseWriter, _ *http.Request, _ http.Handler) {
		res.Header().Set("Content-Type", "application/json")
		_, _ = res.Write(old)
	}})
	for _, id := range []string{one, two} {
		w.tick()
		w.must(w.EditBlocks(id, paragraph("edited")))
	}
	warnings := strings.Join(*r.sync(model.TriggerMessage{}).Warnings, "\n")
	if !strings.Contains(warnings, "differ in their last edit") {
		t.Errorf("warnings are %q, want it said that stamps differ", warnings)
	}
	r.sync(model.TriggerMessage{})
	for _, slug := range []string{"a/one", "a/two"} {
		if got := r.bundles()[slug].Markdown; got != "edited\n" {
			t.Errorf("page:%s is %q, want it as edited", slug, got)
		}
	}
}
