package publish

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// conflictsAtOnce is how many pages without a slug are looked at together.
const conflictsAtOnce = 2000

// resolveConflict decides about a page whose slug was another's when its turn came. By now it is known which pages go. If the
// owner itself waits to move away it is moved first; pages that wait for each other's slugs swap them at one stroke.
func (inv *Room) resolveConflict(ctx context.Context, t *place.Target) error {
	waiting, err := inv.unresolved(ctx)
	if err != nil {
		return err
	}
	for chain := []*place.Target{t}; len(chain) > 0; { // each waits for the one behind it
		if chain, err = inv.resolveLast(ctx, chain, waiting); err != nil {
			return err
		}
	}
	return nil
}

// resolveLast decides about the last page of a chain, and returns what is left of the chain: with the owner of the slug
// behind it if that is to move first.
func (inv *Room) resolveLast(ctx context.Context, chain []*place.Target, waiting map[string]model.Task) ([]*place.Target, error) {
	last, rest := chain[len(chain)-1], chain[:len(chain)-1]
	owner, err := inv.owner(ctx, last)
	if err != nil {
		return nil, err
	}
	if owner == nil {
		delete(waiting, last.Task.ID)
		return rest, inv.grant(ctx, last)
	}
	if i := indexOf(chain, owner.ID); i >= 0 && len(chain)-i > 1 {
		return chain[:i], inv.grant(ctx, chain[i:]...)
	}
	if e, ok := waiting[owner.ID]; ok && e.ID != last.Task.ID {
		next, err := inv.resolve(ctx, e)
		if err != nil || next != nil && next.Next.Want != last.Next.Want {
			return append(chain, next), err
		}
		delete(waiting, owner.ID)
		return chain, nil
	}
	below, err := inv.movesBelow(ctx, last, owner)
	if err != nil || below != nil {
		return append(chain, below), err
	}
	delete(waiting, last.Task.ID)
	return rest, inv.deny(ctx, last, owner)
}

// unresolved are the pages that wait for a slug, by id.
func (inv *Room) unresolved(ctx context.Context) (map[string]model.Task, error) {
	tasks, err := inv.Store.Todo(ctx, inv.Job.ID, conflictsAtOnce)
	waiting := map[string]model.Task{}
	for _, e := range tasks {
		waiting[e.ID] = e
	}
	return waiting, err
}

func indexOf(chain []*place.Target, id string) int {
	for i, t := range chain {
		if t.Task.ID == id {
			return i
		}
	}
	return -1
}

// owner returns the page that keeps the slug a target wants; nil if nobody does.
func (inv *Room) owner(ctx context.Context, t *place.Target) (*model.Record, error) {
	owners, err := inv.Store.Owners(ctx, []string{t.Next.Want})
	if err != nil {
		return nil, err
	}
	id := owners[t.Next.Want]
	if id == "" || id == t.Task.ID {
		return nil, nil
	}
	known, err := inv.Store.Records(ctx, []string{id})
	if rec := known[id]; rec.Keeps(t.Next.Want, t.Next) {
		return rec, err
	}
	return nil, err
}

// grant writes targets at the slugs they want, all in one transaction.
func (inv *Room) grant(ctx context.Context, targets ...*place.Target) error {
	all := &model.Change{SlugChange: model.SlugChange{Give: map[string]string{}}}
	for _, t := range targets {
		c, err := inv.compose(ctx, t)
		if err != nil {
			return err
		}
		all.Join(c)
		if len(c.Write) > 0 {
			all.Give[t.Next.Want] = t.Task.ID
		}
	}
	return inv.CommitReserving(ctx, all)
}

// deny leaves a page where it is, if it is anywhere: the slug it wants stays another's. Published elsewhere, it shows the
// page above it as that is now.
func (inv *Room) deny(ctx context.Context, t *place.Target, holder *model.Record) error {
	stays, err := inv.stayPut(ctx, t)
	if err != nil {
		return err
	}
	c := t.Finish().Warn("%s", conflict(t.Next.Want, holder, t.Next))
	c.Cleared = []string{t.Task.ID}
	n := t.Task.PendingCount()
	c.Count = model.Counts{model.CountPending: -n, model.CountSkipped: n, model.CountOf(model.CountSkipped, t.Next.Kind): n}
	c.ReleaseClaim(t.Was, t.Next.Want)
	if t.Was.Published() && t.Task.Work == model.WorkPage {
		c.Add = inv.checksBelow(t.Was) // it is not read, what stands below it is
		inv.SweepAgain(c, t.Was)
	}
	if stays != nil {
		c.Write, c.Put = stays.Write, stays.Put
		return inv.Commit(ctx, c)
	}
	rec := *t.Next
	if t.Was != nil {
		rec = *t.Was
	}
	rec.Want = t.Next.Want
	c.Remember = []*model.Record{&rec}
	return inv.Commit(ctx, c)
}

// stayPut is the change that brings a page up to date where it is published, though it wants another slug: what it shows of
// the pages around it. It is nil if the page is published nowhere, or all that is right.
func (inv *Room) stayPut(ctx context.Context, t *place.Target) (*model.Change, error) {
	if !t.Was.Published() {
		return nil, nil
	}
	known, err := inv.Store.Records(ctx, []string{t.Was.Parent})
	if err != nil {
		return nil, err
	}
	above := known[t.Was.Parent]
	if t.Was.Parent != "" && !above.Published() {
		return nil, nil
	}
	derived := model.NewTask(model.WorkRefresh, model.ClassRefresh, t.Was.ID)
	next := *t.Was
	next.Want = t.Next.Want
	if above != nil {
		next.Collection = above.Collection
	}
	c, err := inv.compose(ctx, &place.Target{Task: derived, Was: t.Was, Next: &next, Parent: above, Stays: true})
	if err != nil || len(c.Write) == 0 || shownAlike(t.Was, &next) {
		return nil, err // where what is stored cannot be read, the sweep sees to it
	}
	return c, nil
}

// shownAlike reports whether two records of a page differ in nothing that its bundle shows of other pages.
func shownAlike(a, b *model.Record) bool {
	sameKid := func(x, y model.Child) bool { return x.ID == y.ID && x.Shown.Equal(y.Shown) }
	return a.ParentShown == b.ParentShown && a.Collection == b.Collection && maps.Equal(a.Links, b.Links) && slices.EqualFunc(a.Children, b.Children, sameKid)
}

func conflict(slug string, has, wants *model.Record) string {
	return fmt.Sprintf("slug %q is wanted by two pages: %s (%q) has it, %s (%q) is not published there; "+
		"give one of them another slug", slug, has.ID, has.Title, wants.ID, wants.Title)
}
