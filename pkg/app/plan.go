package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"notionsync/pkg/syncer"
)

// plan answers a direct sync's dry run.
func (p *parts) plan(ctx context.Context, s *syncer.Syncer, params Params) (Answer, error) {
	before := s.Meter.Total()
	plan, warnings, err := syncer.Make(ctx, s, params.first())
	log := []slog.Attr{slog.Bool("plan", true), slog.Int64("requests", s.Meter.Total()-before)}
	if errors.As(err, new(*syncer.FatalError)) {
		err = &Error{Status: http.StatusInternalServerError, Text: "Plan failed", Details: err.Error()}
	}
	if err != nil {
		return Answer{Log: log}, err
	}
	if warnings == nil {
		warnings = []string{}
	}
	return Answer{Log: log, Body: struct {
		Plan     *syncer.Plan `json:"plan"`
		Warnings []string     `json:"warnings"`
	}{plan, warnings}}, nil
}
