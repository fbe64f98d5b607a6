package app

import (
	"context"
	"log/slog"

	"notionsync/pkg/syncer"
)

// line is what the log says of an invocation in the line of its request: the job it worked on, how that stands, how many
// requests this invocation made, and how much of Notion's window is used. Nothing of any page is in it.
func line(ctx context.Context, s *syncer.Syncer, view *syncer.View, slice int, requests int64) []slog.Attr {
	p := view.Progress
	attrs := append(failedLine(view.ID, slice, requests),
		slog.String("state", string(view.State)), slog.String("phase", string(view.Phase)),
		slog.Int64("synced", p.Synced), slog.Int64("skipped", p.Skipped), slog.Int64("failed", p.Failed),
		slog.Int64("removed", p.Removed), slog.Int64("pending", p.Pending),
	)
	if use := s.WindowUse(ctx); use != nil {
		attrs = append(attrs, slog.Int("window_used", use.Used), slog.Int("window_limit", use.Limit))
	}
	return attrs
}

// failedLine is the part of it that is known without asking Redis, which may be what has failed.
func failedLine(job string, slice int, requests int64) []slog.Attr {
	return []slog.Attr{slog.String("job", job), slog.Int("slice", slice), slog.Int64("requests", requests)}
}
