package syncer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// oddRows answers queries of a data source as a test wants it.
type oddRows struct {
	model.Source
	asked  atomic.Int64
	of     string // this data source
	answer func(q model.Query) (model.Rows, error)
}

func (s *oddRows) Rows(ctx context.Context, q model.Query) (model.Rows, error) {
	if q.DataSource != s.of {
		return s.Source.Rows(ctx, q)
	}
	s.asked.Add(1)
	return s.answer(q)
}

// Whatever Notion answers, a plan ends, after few requests, and names nothing to be removed that it has not seen to be gone.
func TestPlan_OddAnswers(t *testing.T) {
	t.Parallel()
	minute := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	row := func(n int) page.Object {
		o, err := page.DecodeObject(json.RawMessage(fmt.Sprintf(`{"object":"page","id":"00000000-0000-4000-8000-%012d",
			"created_time":"2026-03-01T09:00:00.000Z","last_edited_time":"2026-03-01T09:00:00.000Z",
			"parent":{"type":"workspace"},"properties":{"Slug":{"id":"s","type":"rich_text","rich_text":[{"plain_text":"row-%d"}]}}}`, n, n)))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for name, answer := range map[string]func(q model.Query) (model.Rows, error){
		"a cursor that is always refused": func(q model.Query) (model.Rows, error) {
			if q.Cursor != "" {
				return model.Rows{}, model.ErrCursor
			}
			return model.Rows{Pages: []page.Object{row(1)}, Next: "more"}, nil
		},
		"more rows of one minute than are ever listed": func(q model.Query) (model.Rows, error) {
			if q.Since.After(minute) {
				return model.Rows{Pages: []page.Object{row(3)}}, nil
			}
			return model.Rows{Pages: []page.Object{row(1), row(2)}, Incomplete: true}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.page("A", "a")
			r := w.rig()
			r.sync(model.TriggerMessage{})
			source := &oddRows{Source: r.opts.Source, of: w.posts, answer: answer}
			r.opts.Source = source
			r.renew()
			plan, warnings := r.plan(model.TriggerMessage{})
			if plan.Complete || len(plan.Remove) != 0 || len(warnings) == 0 {
				t.Errorf("plan %+v with warnings %q, want it incomplete with nothing removed", plan, warnings)
			}
			if n := source.asked.Load(); n > 40 {
				t.Errorf("the plan has listed rows with %d requests, want few", n)
			}
		})
	}
}

// An answer has room for 1,000 pages of each kind, fewer where their titles are long; how many there are is said beside them.
func TestPlan_ListsAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 1200 {
		_, err := w.AddRow(w.pages, fmt.Sprint("Page ", i, strings.Repeat(" of many", 150)), map[string]any{"Slug": fmt.Sprint("p", i)})
		w.must(err)
		_, err = w.AddRow(w.posts, "Post", nil)
		w.must(err)
	}
	r := w.rig()
	plan, warnings := r.plan(model.TriggerMessage{})
	if plan.Counts.Add != 1201 || plan.Counts.Conflicts != 1 || len(plan.Add) > 1000 {
		t.Errorf("counts are %+v with %d pages to be added, want 1,201 pages, and fewer named", plan.Counts, len(plan.Add))
	}
	if len(plan.Conflicts) != 1 || len(plan.Conflicts[0].Pages) != 1000 {
		t.Errorf("%d conflicts, want one with 1,000 pages", len(plan.Conflicts))
	}
	answer, err := json.Marshal(map[string]any{"plan": plan, "warnings": warnings})
	w.must(err)
	if len(answer) > 4_500_000 {
		t.Errorf("the answer has %d bytes, more than a function may send", len(answer))
	}
}
