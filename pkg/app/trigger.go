package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// Trigger is the route that publishes a sync job to QStash and answers at once.
func Trigger(environ []string) http.Handler { return trigger(newParts(environ)) }

func trigger(p *parts) http.Handler {
	jobs := sync.OnceValues(func() (*syncer.Syncer, error) {
		q, err := p.queue(false)
		if err != nil {
			return nil, err
		}
		return p.jobs(q)
	})
	return Route{
		Methods: []string{http.MethodGet, http.MethodPost}, Log: p.log, Errors: triggerError,
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			if err := Authorize(p.config, r); err != nil {
				return Answer{}, err
			}
			if err := p.config.Check(NeedQueue, NeedSigning, NeedRedis); err != nil {
				return Answer{}, err
			}
			s, err := jobs()
			if err != nil {
				return Answer{}, err
			}
			params, err := ParseParams(r)
			if err != nil {
				return Answer{}, err
			}
			job, folded, err := s.Trigger(ctx, params.first())
			if err != nil {
				return Answer{}, err
			}
			return Answer{Log: []slog.Attr{slog.String("job", job.ID), slog.Bool("deduplicated", folded)}, Body: triggered{
				JobID: job.ID, Message: "Sync job started in background. It will run without timeout.",
				WorkerURL: p.config.WorkerURL(), Force: job.Scope.Force,
				DashboardURL: dashboardURL + url.QueryEscape(job.ID), StatusURL: p.config.StatusURL(job.ID),
				Deduplicated: folded,
			}}, nil
		},
	}
}

// dashboardURL shows a message in Upstash's console. It is not documented; the id stands beside it in the answer.
const dashboardURL = "https://console.upstash.com/qstash?messageId="

type triggered struct {
	JobID        string `json:"jobId"`
	Message      string `json:"message"`
	WorkerURL    string `json:"workerUrl"`
	Force        bool   `json:"force"`
	DashboardURL string `json:"dashboardUrl"`
	StatusURL    string `json:"statusUrl"`
	Deduplicated bool   `json:"deduplicated,omitempty"`
}

func (p Params) first() model.TriggerMessage {
	pages := p.Pages
	if pages == nil {
		pages = []string{}
	}
	return model.TriggerMessage{
		Force: p.Force, Failed: p.Failed, Pages: pages, TriggeredAt: time.Now().UTC().Truncate(time.Millisecond),
	}
}

// triggerError keeps the text of a message that QStash did not take to that.
func triggerError(err error) *Error {
	const text = "Failed to trigger sync"
	e := syncError(text)(err)
	if e != nil && e.Text == text && e.Status != http.StatusBadGateway {
		e.Text = "Internal error"
	}
	return e
}
