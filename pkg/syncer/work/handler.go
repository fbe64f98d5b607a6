package work

import (
	"context"

	"notionsync/pkg/syncer/model"
)

// Handler does one kind of work.
type Handler struct {
	Do         func(ctx context.Context, e model.Task) error
	AsksNotion bool // the work begins with a request to Notion, more often than not
	// GiveUp adds to the change that ends work which has failed for good what is said of it, and what is kept for the next job.
	GiveUp func(ctx context.Context, c *model.Change, e model.Task, failed error) error
}

// Says is the GiveUp of work of which nothing but a warning is left, made of the task's id and the failure.
func Says(format string) func(context.Context, *model.Change, model.Task, error) error {
	return func(_ context.Context, c *model.Change, e model.Task, failed error) error {
		c.Warn(format, e.ID, failed)
		return nil
	}
}
