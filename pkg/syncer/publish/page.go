package publish

import (
	"context"
	"errors"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// page reads a page and writes it, or makes it anew from what is stored.
func (inv *Room) page(ctx context.Context, e model.Task) error {
	t, err := inv.resolve(ctx, e)
	if err != nil || t == nil {
		return err
	}
	if e.Class == model.ClassConflicts {
		return inv.resolveConflict(ctx, t)
	}
	owners, err := inv.Store.Owners(ctx, []string{t.Next.Want})
	if err != nil {
		return err
	}
	if owner := owners[t.Next.Want]; owner != e.ID && (owner != "" || e.Work != model.WorkRefresh) {
		return inv.postpone(ctx, t) // before a request is spent on it; what is free now may be another's by right
	}
	c, err := inv.compose(ctx, t)
	if err != nil {
		return err
	}
	var taken *model.SlugTaken
	if err := inv.CommitReserving(ctx, c); !errors.As(err, &taken) {
		return err
	}
	return inv.postpone(ctx, t)
}

// postpone leaves a page that has not got its slug reserved until it is known which pages go and which move, those too
// that only follow another. Then those that outrank others come first.
func (inv *Room) postpone(ctx context.Context, t *place.Target) error {
	again := t.Task
	again.Class, again.Order = model.ClassConflicts, t.Next.Created.Unix()
	if t.Next.Kind != page.KindPage {
		again.Order += afterPages
	}
	c := model.Replace(t.Task, again)
	c.Add = []model.Task{model.NewTask(model.WorkRelink, model.ClassEarlyRelink, "early")}
	c.Observed, c.Warnings = t.Observed, t.Warn
	return inv.Commit(ctx, c)
}

// afterPages, added to the order of a page's task, puts it behind those of collection pages.
const afterPages = 1 << 39

// resolve decides what is to become of a page. It returns nil when there is nothing to write; the task is finished then.
func (inv *Room) resolve(ctx context.Context, e model.Task) (*place.Target, error) {
	known, err := inv.Store.Records(ctx, []string{e.ID, e.Parent})
	if err != nil {
		return nil, err
	}
	t := &place.Target{Task: e, Was: known[e.ID]}
	if e.Work == model.WorkRefresh {
		return inv.resolveRefreshed(ctx, t)
	}
	if err := inv.Object(ctx, t); err != nil {
		return nil, inv.Unreadable(ctx, t, err)
	}
	if t.Object.Gone {
		return nil, inv.Unpublish(ctx, t)
	}
	where := e.Place
	t.Parent = known[where.Parent]
	if where.Parent != "" && !t.Parent.Published() || t.Read && !place.Agrees(where, t.Object) {
		return nil, inv.standsElsewhere(ctx, t)
	}
	if draft := t.Place(where); draft {
		return nil, inv.Unpublish(ctx, t)
	}
	if t.Next.Content = inv.ContentAsked(); t.Next.Content != "" && where.Kind == page.KindChild {
		t.Next.In = t.Object.Parent.ID
	}
	if t.Read && inv.AsItWas(t) {
		return nil, inv.Skip(ctx, t, "")
	}
	t.Task.Object, t.Task.Read = t.Object.Raw, t.Next.Fetched // kept, should it have to wait
	return t, nil
}

// standsElsewhere leaves a page that is not where something has shown it: where it stands its own word says.
func (inv *Room) standsElsewhere(ctx context.Context, t *place.Target) error {
	e, moved := t.Task, model.LocateTask(t.Task.ID)
	moved.Own, moved.Force, moved.Quiet, moved.Object, moved.Read = true, e.Force, true, t.Object.Raw, e.Read
	c := t.Finish()
	c.Add = []model.Task{moved}
	c.Tally(model.CountPending, -1)
	return inv.Commit(ctx, c)
}
