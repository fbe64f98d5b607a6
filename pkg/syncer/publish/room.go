package publish

import (
	"context"

	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// Room is an invocation that makes bundles and indexes of what the others have found.
type Room struct {
	*discover.Room
	forecast Forecast // of a dry run; nil: pages are read
	files    *fileState
}

// Forecast stands in a dry run for the reading of pages.
type Forecast interface {
	// Knows fills in the page object of a page that a job would ask for, if enough is known of it.
	Knows(ctx context.Context, inv *place.Room, t *place.Target) bool
	// Compose makes the change that publishes a page at t.Next.Want, without its content.
	Compose(ctx context.Context, inv *Room, t *place.Target) (*model.Change, error)
}
