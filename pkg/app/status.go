package app

import (
	"context"
	"net/http"
	"sync"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// Status is the route that shows jobs.
func Status(environ []string) http.Handler { return status(newParts(environ)) }

func status(p *parts) http.Handler {
	jobs := sync.OnceValues(func() (*syncer.Syncer, error) { return p.jobs(nil) })
	return Route{
		Methods: []string{http.MethodGet}, Log: p.log, Errors: syncError("Failed to read the status"),
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			if err := Authorize(p.config, r); err != nil {
				return Answer{}, err
			}
			s, err := jobs()
			if err != nil {
				return Answer{}, err
			}
			values, err := queryValues(r)
			if err != nil {
				return Answer{}, err
			}
			if err := checkNames(values, "job"); err != nil {
				return Answer{}, err
			}
			id := values.Get("job")
			if id != "" && !validJobID(id) {
				return Answer{}, model.ErrUnknownJob
			}
			job, all, err := s.Status(ctx, id)
			if err != nil {
				return Answer{}, err
			}
			edits, err := s.Store.Edits(ctx)
			if err != nil {
				return Answer{}, err
			}
			var window *model.WindowUse
			if job != nil { // else nothing was asked of Notion yet
				window = s.WindowUse(ctx)
			}
			return Answer{Body: struct {
				Job    *syncer.View     `json:"job"`
				Jobs   []*syncer.View   `json:"jobs"`
				Edits  *model.Edits     `json:"edits,omitempty"`
				Window *model.WindowUse `json:"window,omitempty"`
			}{job, all, edits, window}}, nil
		},
	}
}
