package place

import (
	"context"

	"notionsync/pkg/syncer/work"
)

// Room is an invocation that finds out where pages stand, reserves their slugs, and has them leave the site.
type Room struct {
	*work.Invocation
	// Known is a dry run's: it fills in the page object of a page that a job would ask for, if enough is known of it. Nil: all
	// are asked for.
	Known func(ctx context.Context, inv *Room, t *Target) bool
}
