package app

import (
	"io"
	"log/slog"
)

// NewLogger writes to w: JSON on Vercel, whose log viewer reads the level from it, and text for people elsewhere.
func NewLogger(w io.Writer, c *Config) *slog.Logger {
	if c.Vercel {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
