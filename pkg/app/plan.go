package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

// plan answers a direct sync's dry run.
func (p *parts) plan(ctx context.Context, s *syncer.Syncer, params Params) (Answer, error) {
	before := s.Meter.Total()
	planned, warnings, err := plan.Make(ctx, s, params.first())
	log := []slog.Attr{slog.Bool("plan", true), slog.Int64("requests", s.Meter.Total()-before)}
	if errors.As(err, new(*model.FatalError)) {
		err = &Error{Status: http.StatusInternalServerError, Text: "Plan failed", Details: err.Error()}
	}
	if err != nil {
		return Answer{Log: log}, err
	}
	if warnings == nil {
		warnings = []string{}
	}
	return Answer{Log: log, Body: struct {
		Plan     *plan.Plan `json:"plan"`
		Warnings []string   `json:"warnings"`
	}{planned, warnings}}, nil
}
