package syncer

import (
	"context"
	"errors"
	"fmt"

	"notionsync/pkg/page"
)

// page reads a page and writes it, or derives it anew from what is stored.
func (inv *Invocation) page(ctx context.Context, e Task) error {
	t, err := inv.resolve(ctx, e)
	if err != nil || t == nil {
		return err
	}
	if e.Class == classConflicts {
		return inv.resolveConflict(ctx, t)
	}
	owners, err := inv.Store.Owners(ctx, []string{t.next.Want})
	if err != nil {
		return err
	}
	if owner := owners[t.next.Want]; owner != e.ID && (owner != "" || e.Kind != workRefresh) {
		return inv.postpone(ctx, t) // before a request is spent on it; what is free now may be another's by right
	}
	c, err := inv.compose(ctx, t)
	if err != nil {
		return err
	}
	var taken *SlugTaken
	if err := inv.commitReserving(ctx, c); !errors.As(err, &taken) {
		return err
	}
	return inv.postpone(ctx, t)
}

// postpone leaves a page that has not got its slug reserved until it is known which pages go and which move, those too
// that only follow another. Then those that outrank others come first.
func (inv *Invocation) postpone(ctx context.Context, t *Target) error {
	again := t.task
	again.Class, again.Order = classConflicts, t.next.Created.Unix()
	if t.next.Kind != page.KindPage {
		again.Order += afterPages
	}
	return inv.commit(ctx, &Change{
		Task: t.task, Then: &again, Observed: t.observed, Warnings: t.warn,
		Add: []Task{newTask(workRelink, classEarlyRelink, "early")},
	})
}

// afterPages, added to the order of a page's entry, puts it behind those of collection pages.
const afterPages = 1 << 39

// resolve decides what is to become of a page. It returns nil when there is nothing to write; the entry is finished then.
func (inv *Invocation) resolve(ctx context.Context, e Task) (*Target, error) {
	known, err := inv.Store.Records(ctx, []string{e.ID, e.Parent})
	if err != nil {
		return nil, err
	}
	t := &Target{task: e, was: known[e.ID]}
	if e.Kind == workRefresh {
		return inv.resolveRefreshed(ctx, t)
	}
	if err := inv.object(ctx, t); err != nil {
		return nil, inv.unreadable(ctx, t, err)
	}
	if t.object.Gone {
		return nil, inv.unpublish(ctx, t)
	}
	where := placeOf(e)
	t.parent = known[where.parent]
	if where.parent != "" && !t.parent.published() || t.read && !where.agrees(t.object) {
		return nil, inv.standsElsewhere(ctx, t)
	}
	if draft := t.place(where); draft {
		return nil, inv.unpublish(ctx, t)
	}
	if t.next.Content = inv.asked(); t.next.Content != "" && where.kind == page.KindChild {
		t.next.In = t.object.Parent.ID
	}
	if t.read && inv.asItWas(t) {
		return nil, inv.skip(ctx, t, "")
	}
	t.task.Object, t.task.Read = t.object.Raw, t.next.Fetched // kept, should it have to wait
	return t, nil
}

// standsElsewhere leaves a page that is not where something has shown it: where it stands its own word says.
func (inv *Invocation) standsElsewhere(ctx context.Context, t *Target) error {
	e, moved := t.task, locateTask(t.task.ID)
	moved.Own, moved.Force, moved.Event, moved.Object, moved.Read = true, e.Force, true, t.object.Raw, e.Read
	return inv.commit(ctx, &Change{
		Task: e, Add: []Task{moved}, Observed: t.observed, Warnings: t.warn, DropParts: e.parts(), Count: Counts{CountPending: -1},
	})
}

// giveUpIndex leaves an index to the next job.
func giveUpIndex(_ context.Context, c *Change, e Task, failed error) error {
	c.Put = map[Set][]string{SetLists: {e.ID}}
	c.Warnings = []string{fmt.Sprintf("%s could not be written, it is tried again in the next job: %v", e.ID, failed)}
	return nil
}

// publishing is the work of making bundles and indexes.
func (inv *Invocation) publishing() map[Kind]handler {
	return map[Kind]handler{
		workRestore: {do: inv.restore},
		workPage:    {do: inv.page, asksNotion: true, giveUp: inv.giveUpPage},
		workRefresh: {do: inv.page, giveUp: inv.giveUpPage},
		workRelink:  {do: inv.relink},
		workIndexes: {do: inv.indexes},
		workIndex:   {do: inv.index, giveUp: giveUpIndex},
	}
}
