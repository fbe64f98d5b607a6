package publish

import (
	"maps"

	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
	"notionsync/pkg/syncer/removal"
	"notionsync/pkg/syncer/work"
)

// New lets an invocation do every kind of work. forecast is nil where pages are read.
func New(inv *work.Invocation, forecast Forecast) *Room {
	placing := &place.Room{Invocation: inv}
	if forecast != nil {
		placing.Known = forecast.Knows
	}
	discovering, removing := &discover.Room{Room: placing}, &removal.Room{Room: placing}
	r := &Room{Room: discovering, forecast: forecast, files: newFileState()}
	inv.Handlers = map[model.Work]work.Handler{}
	for _, room := range []map[model.Work]work.Handler{
		placing.Kinds(), discovering.Kinds(), removing.Kinds(), r.Kinds(),
	} {
		maps.Copy(inv.Handlers, room)
	}
	return r
}

// Kinds are what does the work of making bundles and indexes.
func (inv *Room) Kinds() map[model.Work]work.Handler {
	return map[model.Work]work.Handler{
		model.WorkRestore: {Do: inv.restore},
		model.WorkPage:    {Do: inv.page, AsksNotion: true, GiveUp: inv.GiveUpPage},
		model.WorkRefresh: {Do: inv.page, GiveUp: inv.GiveUpPage},
		model.WorkRelink:  {Do: inv.relink},
		model.WorkIndexes: {Do: inv.indexes},
		model.WorkIndex:   {Do: inv.index, GiveUp: giveUpIndex},
	}
}
