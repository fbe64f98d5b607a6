package app

import (
	"io"
	"log/slog"
)

// NewLogger is JSON to w on Vercel, whose log viewer reads the level from it, and elsewhere slog.Default(): what becomes
// of the log is then for the program to say that serves the routes.
func NewLogger(w io.Writer, c *Config) *slog.Logger {
	if c.Vercel {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.Default()
}
