package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// Direct is the route that syncs in one request, as far as its time goes.
func Direct(environ []string) http.Handler { return direct(newParts(environ)) }

func direct(p *parts) http.Handler {
	engine := sync.OnceValues(func() (*syncer.Syncer, error) {
		q, err := p.queue(true)
		if err != nil {
			return nil, err
		}
		return p.engine(q)
	})
	planner := sync.OnceValues(func() (*syncer.Syncer, error) { return p.engine(nil) })
	return Route{
		Methods: []string{http.MethodGet, http.MethodPost}, Log: p.log, Errors: directError,
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			if err := Authorize(p.config, r); err != nil {
				return Answer{}, err
			}
			// Whether the queue is needed is known only from the parameters, what is wrong with it comes before them.
			s, err := engine()
			params, bad := ParseParams(r, "plan")
			if bad == nil && params.Plan {
				s, err = planner()
			}
			if err != nil {
				return Answer{}, err
			}
			if bad != nil {
				return Answer{}, bad
			}
			if params.Plan {
				return p.plan(ctx, s, params)
			}
			before := s.Meter.Total()
			job, done, err := s.Direct(ctx, params.first())
			p.warnUntold(ctx, s, job)
			var answer Answer
			var view *syncer.View
			if err == nil {
				answer, view, err = p.synced(ctx, s, job, done)
			}
			answer.Log = directLine(ctx, s, job, view, before)
			return answer, err
		},
	}
}

// directLine is what the log says of a direct sync; of one that failed, which has no view, what is known without asking.
func directLine(ctx context.Context, s *syncer.Syncer, job *model.Job, view *syncer.View, before int64) []slog.Attr {
	requests := s.Meter.Total() - before
	switch {
	case job == nil:
		return []slog.Attr{slog.Int64("requests", requests)}
	case view == nil:
		return failedLine(job.ID, job.Slice, requests)
	}
	return line(ctx, s, view, job.Slice, requests)
}

// warnUntold tells the log of a job that has ended who hears nothing of it, for want of a queue.
func (p *parts) warnUntold(ctx context.Context, s *syncer.Syncer, job *model.Job) {
	var unheard []string
	for name, hook := range map[string]HookURL{
		"SYNC_WEBHOOK": p.config.EndHook, "SYNC_FAILURE_WEBHOOK": p.config.FailureHook, "REVALIDATE_URL": p.config.RevalidateURL,
	} {
		if hook.Reveal() != "" {
			unheard = append(unheard, name)
		}
	}
	if s.Queue == nil && job != nil && job.Ended() && len(unheard) > 0 {
		slices.Sort(unheard)
		p.log.WarnContext(ctx, "nobody is told of this job: that goes through QStash, which is not configured",
			"job", job.ID, "variables", strings.Join(unheard, ", "))
	}
}

// synced is the answer of a direct sync, and its job as it is then.
func (p *parts) synced(ctx context.Context, s *syncer.Syncer, job *model.Job, done bool) (Answer, *syncer.View, error) {
	body := struct {
		Done     bool              `json:"done"`
		JobID    string            `json:"jobId,omitempty"`
		Synced   int64             `json:"synced"`
		Posts    int64             `json:"posts"`
		Metrics  *syncer.Metrics   `json:"metrics,omitempty"`
		Errors   []model.PageError `json:"errors,omitempty"`
		Warnings []string          `json:"warnings,omitempty"`
	}{Done: done}
	var view *syncer.View
	if job != nil {
		fresh, err := s.Store.Job(ctx, job.ID)
		if err != nil {
			return Answer{}, nil, err
		}
		if fresh.State == model.Failed {
			return Answer{}, nil, &Error{Status: http.StatusInternalServerError, Text: "Sync failed", Details: fresh.Error}
		}
		if view, err = s.View(ctx, job.ID); err != nil {
			return Answer{}, nil, err
		}
		body.JobID, body.Metrics, body.Errors, body.Warnings = view.ID, &view.Metrics, *view.Errors, *view.Warnings
		body.Synced, body.Posts = view.Metrics.PagesSynced, fresh.Counts[model.CountIn("posts")]
	}
	if !done {
		return Answer{Status: http.StatusAccepted, Body: body, Header: http.Header{"Retry-After": {retryAfter(job)}}}, view, nil
	}
	return Answer{Body: body}, view, nil
}

func directError(err error) *Error {
	if errors.As(err, new(*model.FatalError)) || errors.Is(err, model.ErrPublish) {
		return &Error{Status: http.StatusInternalServerError, Text: "Sync failed", Details: err.Error(), Err: err}
	}
	e := syncError("Sync failed")(err)
	if e != nil && e.Text == redisRefused {
		e.Text = "Sync failed"
	}
	return e
}

// retryAfter is how many seconds a caller should wait: until the slice that is due, at least a moment.
func retryAfter(job *model.Job) string {
	const moment = 5
	if job == nil {
		return strconv.Itoa(moment)
	}
	return strconv.Itoa(max(moment, int(time.Until(job.DueAt).Seconds())+1))
}
