package syncer_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// A page that was read in several slices is byte for byte the one that is read in one: what is kept of it in between has
// <, > and & as Notion sent them.
func TestRegression_PartsKeepBytes(t *testing.T) {
	t.Parallel()
	build := func() *world {
		w := newWorld(t)
		var toggles []notionsim.Block
		for i := range 5 {
			toggles = append(toggles, notionsim.Toggle(notionsim.Text(fmt.Sprint("<b> & ", i)), paragraph("1 < 2 && 3 > 2 \u2028")))
		}
		w.page("A", "a", toggles...)
		return w
	}
	whole := build().rig()
	whole.sync(model.TriggerMessage{})
	r := build().rig()
	r.notion.Fail(notionsim.Rule{Kind: "children", Skip: 3, Times: 1, Fault: notionsim.RateLimited(time.Minute, "")})
	if v := r.sync(model.TriggerMessage{}); v.Slices < 2 {
		t.Fatalf("%d slices, want the page read in two", v.Slices)
	}
	sameSite(t, r.site(), whole.site())
}

// A page object that was read just before the window was used up is not read again: a child page takes two requests.
func TestRegression_ObjectReadTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	kid := w.child(a, "Kid")
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Kind: "children", ID: kid, Times: 2, Fault: notionsim.RateLimited(time.Minute, "")})
	r.trigger(model.TriggerMessage{})
	for m, ok := r.queue.pop(); ok; m, ok = r.queue.pop() {
		w.clock = w.clock.Add(m.Delay)
		_, err := r.deliver(m)
		w.must(err)
	}
	r.published(map[string]string{"a": a, "a/kid": kid})
	if n := r.notion.Counts()["page"]; n != 1 {
		t.Errorf("the child page was read %d times, want once", n)
	}
}

// A page that is made anew from what is stored of it is byte for byte the one that is read anew.
func TestRegression_RefreshKeepsBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top")
	_, source, err := w.AddDatabase(top, "Table", notionsim.Column{Name: "When", Type: "date"}, notionsim.Column{Name: "Odd", Type: "aura"})
	w.must(err)
	other := w.page("Other", "other")
	row, err := w.AddRow(source, "Row <1>", nil, paragraph("a & b"), linkTo(other))
	w.must(err)
	w.must(w.SetProperty(row, "When", json.RawMessage(`{"start":"2026-01-02","end":null,"time_zone":null}`)))
	w.must(w.SetProperty(row, "Odd", json.RawMessage(`{"z":1.50,"a":"<&>"}`)))
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.slug(other, "another")
	r.sync(model.TriggerMessage{})
	derived := r.site()
	r.sync(model.TriggerMessage{Force: true})
	sameSite(t, derived, r.site())
}
