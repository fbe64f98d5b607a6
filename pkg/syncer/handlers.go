package syncer

import (
	"context"
	"maps"
)

// Forecast stands in a dry run for the reading of pages.
type Forecast interface {
	// Knows fills in the page object of a page that a job would ask for, if enough is known of it.
	Knows(ctx context.Context, sl *slice, t *target) bool
	// Compose makes the change that publishes a page at next.Want, without its content.
	Compose(ctx context.Context, sl *slice, t *target) (*Change, error)
}

// everything lets an invocation do every kind of work. forecast is nil where pages are read.
func everything(sl *slice, forecast Forecast) *slice {
	sl.dry, sl.files, sl.handlers = forecast, newFileState(), map[Kind]handler{}
	for _, room := range []map[Kind]handler{sl.placing(), sl.discovering(), sl.removing(), sl.publishing()} {
		maps.Copy(sl.handlers, room)
	}
	return sl
}

// placing is the work of finding out where a page stands.
func (sl *slice) placing() map[Kind]handler {
	return map[Kind]handler{
		workNamed: {do: sl.named, asksNotion: true, giveUp: sl.giveUpPage},
	}
}

// discovering is the work of finding what there is.
func (sl *slice) discovering() map[Kind]handler {
	return map[Kind]handler{
		workRef:      {do: sl.ref, giveUp: says("page %q could not be looked up: %v")},
		workDatabase: {do: sl.database, asksNotion: true, giveUp: sl.giveUpListing},
		workRows:     {do: sl.rows, asksNotion: true, giveUp: sl.giveUpListing},
		workList:     {do: sl.list, asksNotion: true},
		workCheck:    {do: sl.check, asksNotion: true},
	}
}

// removing is the work of finding what is gone.
func (sl *slice) removing() map[Kind]handler {
	return map[Kind]handler{
		workSweep:   {do: sl.sweep},
		workConfirm: {do: sl.confirm, asksNotion: true, giveUp: says("page %s seems to be gone; it stays, reading it failed: %v")},
		workOrphans: {do: sl.orphans},
		workFiles:   {do: sl.dropFiles},
	}
}

// publishing is the work of making bundles and indexes.
func (sl *slice) publishing() map[Kind]handler {
	return map[Kind]handler{
		workRestore: {do: sl.restore},
		workPage:    {do: sl.page, asksNotion: true, giveUp: sl.giveUpPage},
		workDerive:  {do: sl.page, giveUp: sl.giveUpPage},
		workRelink:  {do: sl.relink},
		workIndexes: {do: sl.indexes},
		workIndex:   {do: sl.index, giveUp: giveUpIndex},
	}
}
