package syncer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// hub adds a page with a relation to so many pages, of which its page object shows the first.
func (w *world) hub(n int) string {
	w.t.Helper()
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Related", Type: "relation"}))
	page := w.page("Hub", "hub", paragraph("text"))
	ids := make([]map[string]string, n)
	for i := range ids {
		ids[i] = map[string]string{"id": fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)}
	}
	raw, err := json.Marshal(ids)
	w.must(err)
	w.must(w.SetProperty(page, "Related", json.RawMessage(raw)))
	return page
}

// windowed is a Notion that answers only so many requests for values before it has to be waited for.
type windowed struct {
	model.Source
	left, asked *atomic.Int64
}

func (s windowed) Property(ctx context.Context, pageID, id, cursor string) (model.PropertyItems, error) {
	if s.left.Add(-1) < 0 {
		return model.PropertyItems{}, &model.Wait{After: time.Minute, Reason: "no request is free in Notion's window", Soft: true}
	}
	s.asked.Add(1)
	return s.Source.Property(ctx, pageID, id, cursor)
}

// The values of a property that take more requests than a window has are read in several slices, none of them twice.
func TestContent_LongPropertyInSeveralSlices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.hub(1250) // 13 requests for its values
	var left, asked atomic.Int64
	r := w.rig()
	r.opts.Source = windowed{r.opts.Source, &left, &asked}
	r.renew()
	job, _, err := r.Trigger(t.Context(), model.TriggerMessage{})
	w.must(err)
	for range 10 {
		left.Store(4)
		m, ok := r.queue.pop()
		if !ok {
			break
		}
		w.clock = w.clock.Add(max(m.Delay, time.Minute))
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
	}
	if v := r.view(job.ID); v.State != model.Done || v.Slices != 4 || asked.Load() != 13 {
		t.Errorf("the job is %s after %d slices and %d requests for values, want done after 4 and 13", v.State, v.Slices, asked.Load())
	}
	if list, _ := r.bundles()["hub"].Meta.Properties["Related"].([]any); len(list) != 1250 {
		t.Errorf("%d values, want 1250", len(list))
	}
	if n := r.requestsFor(hub); n != 1 {
		t.Errorf("the page's blocks were read %d times, want once", n)
	}
	r.sound()
}

// A property that Notion does not complete is shown as far as the page object goes, with a warning; the page is published.
func TestContent_PropertyRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.hub(60)
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Kind: "property", Fault: notionsim.Status(http.StatusForbidden)})
	v := r.sync(model.TriggerMessage{})
	r.published(map[string]string{"hub": hub})
	warned{v}.about(t, hub, "Related", "incomplete")
}
