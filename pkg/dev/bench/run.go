package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// result is one line of the table.
type result struct {
	pages       int
	what        string
	scale       float64
	requests    int
	least       int // requests
	refused     int // 429
	wall        time.Duration
	leastWall   time.Duration
	function    time.Duration
	invocations int
	heap, rss   int64
	commands    commands
}

// run measures a first sync, a second one that finds nothing changed, and one after an edit.
func (w *world) run(ctx context.Context, report func(result)) error {
	need := w.Need()
	first := w.requests(need)
	edited := w.editable()
	edit := need
	edit.Lists, edit.Properties, edit.Contents = w.NeedOf(edited).Lists, w.NeedOf(edited).Properties, 1
	same := need
	same.Lists, same.Properties, same.Contents = 0, 0, 0
	steps := []struct {
		what  string
		least int
		depth int
		wrote int
	}{
		{"first sync", first, need.Depth, w.plan.pages},
		{"no change", w.requests(same), 0, 0},
		{"one edit", w.requests(edit), 1, 1},
	}
	for _, step := range steps {
		if step.wrote == 1 {
			if err := w.EditBlocks(edited, notionsim.Paragraph(notionsim.Text("Edited at "+time.Now().String()))); err != nil {
				return err
			}
			step.least += w.NeedOf(edited).Lists - edit.Lists // fewer blocks now
			if w.plan.markdown {
				step.least = w.requests(edit)
			}
		}
		r, err := w.sync(ctx, step.wrote)
		if err != nil {
			return fmt.Errorf("%s of %d pages: %w", step.what, w.plan.pages, err)
		}
		r.what, r.least, r.leastWall = step.what, step.least, w.leastWall(step.least, need.Queries, step.depth)
		report(r)
		if w.plan.scale != w.plan.later {
			if err := w.rescale(ctx, w.plan.later); err != nil {
				return err
			}
		}
		if err := w.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) requests(n notionsim.Need) int {
	if w.plan.markdown {
		return n.SumMarkdown()
	}
	return n.Sum()
}

// editable is a page to edit: one in the middle.
func (w *world) editable() string {
	pages := w.Pages()
	return pages[len(pages)/2].ID
}

// leastWall is the least time that so many requests take: a window has to pass for each one that is full, and answers
// on which the next request depends come one after the other.
func (w *world) leastWall(requests, queries, depth int) time.Duration {
	full := time.Duration((requests-1)/windowLimit) * w.plan.window()
	chain := time.Duration(1+queries+depth) * w.plan.latency
	return max(full+w.plan.latency, chain)
}

// sync triggers a job and waits until it is done. Nothing asks how it is meanwhile.
func (w *world) sync(ctx context.Context, wrote int) (result, error) {
	if _, err := w.redis.look(); err != nil {
		return result{}, err
	}
	var used usage
	if err := get(ctx, w.routes+"/usage", &used); err != nil {
		return result{}, err
	}
	w.notion.Reset()
	r := result{pages: w.plan.pages, scale: w.plan.scale}
	counting := w.countRequests(&r)
	began := time.Now()
	var triggered struct{ JobID string }
	if err := get(ctx, w.routes+"/api/sync/trigger", &triggered); err != nil {
		return r, err
	}
	if err := w.queue.Wait(ctx); err != nil {
		return r, err
	}
	r.wall = time.Since(began)
	counting()
	var err error
	if r.commands, err = w.redis.look(); err != nil {
		return r, err
	}
	if err := get(ctx, w.routes+"/usage", &used); err != nil {
		return r, err
	}
	r.function, r.invocations = time.Duration(used.Time)*time.Millisecond, used.Invocations
	r.heap, r.rss = used.Heap, used.Resident
	return r, w.check(ctx, triggered.JobID, r, wrote)
}

// countRequests adds up the simulator's log while the sync runs, for it would fill the memory.
func (w *world) countRequests(r *result) (finish func()) {
	take := func() {
		for _, request := range w.notion.Take() {
			r.requests++
			if request.Status == http.StatusTooManyRequests {
				r.refused++
			}
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(500 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				take()
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
		take()
	}
}

// check makes sure that what was measured is a sync that did its work.
func (w *world) check(ctx context.Context, id string, r result, wrote int) error {
	var status struct {
		Job struct {
			State    string
			Error    *string
			Progress struct{ Synced, Skipped, Failed, Pending int }
			Metrics  struct{ NotionRequests int }
			Warnings []string
		}
	}
	if err := get(ctx, w.routes+"/api/sync/status?job="+url.QueryEscape(id), &status); err != nil {
		return err
	}
	j := status.Job
	if j.State != "done" || j.Progress.Synced != wrote || j.Progress.Synced+j.Progress.Skipped != w.plan.pages {
		return fmt.Errorf("the job is %s, not done with %d pages written: %+v", j.State, wrote, j)
	}
	if j.Metrics.NotionRequests != r.requests {
		return fmt.Errorf("the job counts %d requests, Notion %d", j.Metrics.NotionRequests, r.requests)
	}
	return nil
}
