package syncer

import (
	"context"
	"fmt"
)

// handler does one kind of work.
type handler struct {
	do         func(ctx context.Context, e Task) error
	asksNotion bool // the work begins with a request to Notion, more often than not
	// giveUp adds to the change that ends work which has failed for good what is said of it, and what is kept for the next job.
	giveUp func(ctx context.Context, c *Change, e Task, failed error) error
}

// says is the giveUp of work of which nothing but a warning is left, made of the entry's id and the failure.
func says(format string) func(context.Context, *Change, Task, error) error {
	return func(_ context.Context, c *Change, e Task, failed error) error {
		c.Warnings = append(c.Warnings, fmt.Sprintf(format, e.ID, failed))
		return nil
	}
}
