package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer"
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
		Methods: []string{http.MethodGet, http.MethodPost}, Log: p.log, Errors: syncError("Failed to trigger sync"),
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

func (p Params) first() syncer.First {
	pages := p.Pages
	if pages == nil {
		pages = []string{}
	}
	return syncer.First{
		Force: p.Force, Failed: p.Failed, Pages: pages, TriggeredAt: time.Now().UTC().Truncate(time.Millisecond),
	}
}

// syncError answers the errors of the engine and its Redis; text is what is said of one that has no answer of its own.
func syncError(text string) func(error) *Error {
	return func(err error) *Error {
		var own *Error
		var config *ConfigError
		switch {
		case errors.As(err, &own), errors.As(err, &config), errors.Is(err, ErrUnauthorized), errors.Is(err, ErrSignature):
			return nil
		case errors.Is(err, store.ErrUnreachable):
			return &Error{
				Status: http.StatusServiceUnavailable, Text: "Redis unreachable", Details: err.Error(), Err: err,
				Header: http.Header{"Retry-After": {"10"}},
			}
		case errors.Is(err, syncer.ErrUnknownJob):
			return &Error{Status: http.StatusNotFound, Text: "Unknown job", Err: err}
		case errors.Is(err, syncer.ErrPublish):
			return &Error{Status: http.StatusBadGateway, Text: text, Details: err.Error(), Err: err}
		case errors.As(err, new(*panicError)):
			return nil
		default:
			return &Error{Status: http.StatusInternalServerError, Text: text, Details: err.Error(), Err: err}
		}
	}
}
