package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// job is what the status route says of a job.
type job struct {
	ID       string
	State    string
	Phase    string
	Stalled  bool
	Since    time.Time `json:"triggeredAt"`
	Slices   int
	Progress struct{ Discovered, Synced, Skipped, Failed, Removed, Pending int }
	Metrics  struct {
		DurationMS     int `json:"durationMs"`
		NotionRequests int
		Drafts         int
	}
	Error    *string
	Errors   []struct{ PageID, Slug, Error string }
	Warnings []string
}

// The states of a job that the watcher goes by.
const (
	stateQueued = "queued"
	stateDone   = "done"
	stateFailed = "failed"
)

// watcher runs a sync and looks at it until it has ended.
type watcher struct {
	client  *client
	show    func(stage, detail string)
	force   bool                             // pages that have not changed, too
	say     func(format string, args ...any) // what is to stay on the screen
	said    string                           // of Notion's silence, the last
	unheard string                           // what to look at if QStash, being the real one, has not called
	woken   time.Time                        // when a stalled job was last woken
}

const (
	lookOften  = 200 * time.Millisecond // between two looks, in the beginning
	lookSeldom = 2 * time.Second        // and after
	often      = 15 * time.Second
	wakeEvery  = time.Minute // at most so often a stalled job is woken
	tolerated  = 5           // looks that may fail in a row
)

// sync triggers a sync and returns how it ended.
func (w *watcher) sync(ctx context.Context) (*job, error) {
	id, err := w.ask(ctx)
	if err != nil {
		return nil, err
	}
	return w.follow(ctx, id, func(j *job, elapsed time.Duration) {
		w.silence(j)
		w.show(w.describe(j, elapsed))
	})
}

// follow looks at a job until it has ended, and tells of each look before that.
func (w *watcher) follow(ctx context.Context, id string, tell func(j *job, elapsed time.Duration)) (*job, error) {
	start := time.Now()
	for failures := 0; ; {
		j, err := w.look(ctx, id)
		switch {
		case err != nil:
			if failures++; failures > tolerated {
				return nil, err
			}
		case j.State == stateDone || j.State == stateFailed:
			return j, nil
		default:
			failures = 0
			tell(j, time.Since(start))
		}
		pause := lookOften
		if time.Since(start) > often {
			pause = lookSeldom
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// ask triggers a sync, and says what is waited for if that takes long: a Redis that is silent takes half a minute.
func (w *watcher) ask(ctx context.Context) (id string, err error) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	answered := make(chan struct{})
	defer close(answered)
	waiting.Go(func() {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for n := 1; ; n++ {
			select {
			case <-second.C:
				w.show("trigger", fmt.Sprintf("%d s, Redis or QStash has not answered yet", n))
			case <-answered:
				return
			}
		}
	})
	return w.trigger(ctx)
}

// silence says once why a job waits for Notion: the status repeats it with other times until it is over.
func (w *watcher) silence(j *job) {
	for _, warning := range j.Warnings {
		if reason, _, _ := strings.Cut(warning, "; "); strings.HasPrefix(warning, "Notion does not answer") && reason != w.said {
			w.said = reason
			w.say("  Warning: %s\n", warning)
		}
	}
}

func (w *watcher) trigger(ctx context.Context) (id string, err error) {
	var answer struct{ JobID string }
	err = w.client.get(ctx, "/api/sync/trigger", forced(w.force), &answer)
	return answer.JobID, wayOut(err)
}

// forced are the parameters of a sync.
func forced(force bool) url.Values {
	if force {
		return url.Values{"force": {"1"}}
	}
	return nil
}

// look asks how the job is. A stalled one, which an interrupted run may have left behind in a real Redis, is in the way
// of every other: triggering once more folds into the job that waits, and wakes it.
func (w *watcher) look(ctx context.Context, id string) (*job, error) {
	var answer struct {
		Job  *job
		Jobs []job
	}
	if err := w.client.get(ctx, "/api/sync/status", url.Values{"job": {id}}, &answer); err != nil {
		return nil, wayOut(err)
	}
	stalled := slices.ContainsFunc(answer.Jobs, func(j job) bool { return j.Stalled })
	if stalled && time.Since(w.woken) > wakeEvery {
		w.woken = time.Now()
		if _, err := w.trigger(ctx); err != nil {
			return nil, err
		}
	}
	return answer.Job, nil
}

// lateAfter is when a job that nobody has begun is worth a word.
const lateAfter = 10 * time.Second

// describe is a job that has not ended as a line of text.
func (w *watcher) describe(j *job, elapsed time.Duration) (stage, detail string) {
	took := fmt.Sprintf("%.1f s", elapsed.Seconds())
	if j.State == stateQueued {
		if elapsed >= lateAfter && w.unheard != "" {
			return j.State, took + ", QStash has not called yet: " + w.unheard
		}
		// It may be one that was waiting already.
		if total := time.Since(j.Since); !j.Since.IsZero() && total > elapsed+2*time.Second {
			took += fmt.Sprintf(", %s in all", total.Round(time.Second))
		}
		if elapsed >= lateAfter {
			took += ", behind another job (woken if it stalls)"
		}
		return j.State, took
	}
	p := j.Progress
	done := p.Discovered - p.Pending
	detail = fmt.Sprintf("%d of %d pages, ", done, p.Discovered)
	if done == 0 {
		detail = counted(p.Discovered, "page") + " found, "
	}
	if p.Failed > 0 {
		detail += fmt.Sprintf("%d failed, ", p.Failed)
	}
	detail += counted(j.Metrics.NotionRequests, "request") + ", "
	if j.Slices > 1 {
		detail += counted(j.Slices, "slice") + ", "
	}
	return j.Phase, detail + took
}

// failure is nil for a job that has done all that it should.
func (j *job) failure() error {
	if j.State == stateFailed {
		reason := "no reason given"
		if j.Error != nil {
			reason = *j.Error
		}
		return problem{"the sync failed: " + reason,
			"mend that and trigger it again; -v shows the log of the routes"}
	}
	if n := j.Progress.Failed; n > 0 {
		return problem{counted(n, "page") + " could not be synced",
			"mend what is named above and sync again with failed=1"}
	}
	return nil
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
