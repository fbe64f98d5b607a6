package syncer

import (
	"context"
	"maps"
)

// Forecast stands in a dry run for the reading of pages.
type Forecast interface {
	// Knows fills in the page object of a page that a job would ask for, if enough is known of it.
	Knows(ctx context.Context, inv *Invocation, t *Target) bool
	// Compose makes the change that publishes a page at next.Want, without its content.
	Compose(ctx context.Context, inv *Invocation, t *Target) (*Change, error)
}

// everything lets an invocation do every kind of work. forecast is nil where pages are read.
func everything(inv *Invocation, forecast Forecast) *Invocation {
	inv.dry, inv.files, inv.handlers = forecast, newFileState(), map[Kind]handler{}
	for _, room := range []map[Kind]handler{inv.placing(), inv.discovering(), inv.removing(), inv.publishing()} {
		maps.Copy(inv.handlers, room)
	}
	return inv
}
