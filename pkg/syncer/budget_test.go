package syncer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// hanging is a Notion that answers nothing. It notes until when it was asked.
type hanging struct {
	model.Source
	mu    sync.Mutex
	until []time.Time
}

func (h *hanging) hang(ctx context.Context) error {
	<-ctx.Done()
	end, limited := ctx.Deadline()
	if !limited {
		end = time.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until = append(h.until, end)
	return ctx.Err()
}

func (h *hanging) Database(ctx context.Context, _ string) (model.Database, error) {
	return model.Database{}, h.hang(ctx)
}

func (h *hanging) Page(ctx context.Context, _ string) (page.Object, error) {
	return page.Object{}, h.hang(ctx)
}

// An invocation ends within its budget and the grace, finding out whose fault it is included.
func TestBudget_NotionHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	notion := new(hanging)
	r := newRig(t, w.Workspace, func(o *model.Options) { o.Budget, o.Grace = 2*time.Second, time.Second })
	r.opts.Source = notion
	r.renew()
	job, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	began := time.Now()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	if v := r.view(job.ID); v.State != model.Running || v.Slices != 2 {
		t.Errorf("job is %s in slice %d, want running, slice 2 due", v.State, v.Slices)
	}
	const slack = time.Second // of a busy machine
	if len(notion.until) != 3 {
		t.Fatalf("%d requests were made, want those for two collections and one to find out whose fault it is", len(notion.until))
	}
	for _, until := range notion.until {
		if over := until.Sub(began.Add(r.opts.Budget + r.opts.Grace)); over > slack {
			t.Errorf("a request might have taken until %s after budget and grace", over)
		}
	}
}
