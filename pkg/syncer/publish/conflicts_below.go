package publish

import (
	"context"
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// movesBelow is the owner of a slug where it has moved below the very page that wants the slug; nil if it has not. Each
// would wait for the other: the page for the slug, and the owner for a place below a page that is published. So the owner
// is moved first, to where it will be. One that the job has seen elsewhere, or has moved already, is not asked about.
func (inv *Room) movesBelow(ctx context.Context, t *place.Target, holder *model.Record) (*place.Target, error) {
	if t.Task.Work != model.WorkPage {
		return nil, nil
	}
	seen, err := inv.Store.Seen(ctx, inv.Job.ID, []string{holder.ID})
	if err != nil || seen[0] {
		return nil, err
	}
	read := inv.Time()
	o, err := inv.Source.Page(ctx, holder.ID)
	if model.Permanent(err) {
		return nil, nil // not found, perhaps: what becomes of it is for others to say
	}
	if err != nil || o.Gone {
		return nil, model.FromSource(err)
	}
	where, err := inv.Standing(ctx, o, model.Task{})
	if err != nil || where.Below != t.Task.ID {
		return nil, model.FromSource(err)
	}
	above := *t.Next
	above.Slug = t.Next.Want
	e := model.PageTask(holder.ID, model.ClassConflicts, o.Created)
	e.Kind, e.Collection, e.Parent = page.KindChild, above.Collection, above.ID
	e.Object, e.Read, e.Force = o.Raw, read, true
	if err := inv.Commit(ctx, &model.Change{ListChange: model.ListChange{Sightings: []model.Sighting{{ID: holder.ID, Kind: e.Kind, Task: &e}}}}); err != nil {
		return nil, err
	}
	moved := &place.Target{Task: e, Object: o, Was: holder, Parent: &above}
	moved.Place(e.Place)
	return moved, nil
}

// checksBelow are the tasks that look after what stands below a page that has changed, but is not read. What has come to
// stand on it is found too.
func (inv *Room) checksBelow(rec *model.Record) []model.Task {
	top := model.NewTask(model.WorkList, model.ClassDiscover, rec.ID)
	top.Parent, top.Collection, top.Left = rec.ID, rec.Collection, toTheEnd
	if !inv.Job.Scope.Full {
		return []model.Task{top}
	}
	checks := slices.DeleteFunc(inv.Checks(rec), func(e model.Task) bool { return e.Key == top.Key })
	return append(checks, top)
}

// toTheEnd has a list be looked at to its end, however many child pages are known to stand in it.
const toTheEnd = 1 << 30
