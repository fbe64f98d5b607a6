package syncer

import (
	"context"
	"fmt"
)

// conflictsAtOnce is how many pages without a slug are looked at together.
const conflictsAtOnce = 2000

// resolveConflict decides about a page whose slug was another's when its turn came. By now it is known which pages go. If the
// holder itself waits to move away it is moved first; pages that wait for each other's slugs swap them at one stroke.
func (inv *Invocation) resolveConflict(ctx context.Context, t *Target) error {
	waiting, err := inv.unresolved(ctx)
	if err != nil {
		return err
	}
	for chain := []*Target{t}; len(chain) > 0; {
		last := chain[len(chain)-1]
		holder, err := inv.owner(ctx, last)
		if err != nil {
			return err
		}
		if holder == nil {
			if err := inv.grant(ctx, last); err != nil {
				return err
			}
			delete(waiting, last.task.ID)
			chain = chain[:len(chain)-1]
			continue
		}
		if i := indexOf(chain, holder.ID); i >= 0 && len(chain)-i > 1 {
			if err := inv.grant(ctx, chain[i:]...); err != nil {
				return err
			}
			chain = chain[:i]
			continue
		}
		if e, ok := waiting[holder.ID]; ok && e.ID != last.task.ID {
			next, err := inv.resolve(ctx, e)
			if err != nil {
				return err
			}
			if next != nil && next.next.Want != last.next.Want {
				chain = append(chain, next)
				continue
			}
			delete(waiting, holder.ID)
			continue
		}
		if err := inv.deny(ctx, last, holder); err != nil {
			return err
		}
		delete(waiting, last.task.ID)
		chain = chain[:len(chain)-1]
	}
	return nil
}

// unresolved are the pages that wait for a slug, by id.
func (inv *Invocation) unresolved(ctx context.Context) (map[string]Task, error) {
	entries, err := inv.Store.Todo(ctx, inv.job.ID, conflictsAtOnce)
	waiting := map[string]Task{}
	for _, e := range entries {
		waiting[e.ID] = e
	}
	return waiting, err
}

func indexOf(chain []*Target, id string) int {
	for i, t := range chain {
		if t.task.ID == id {
			return i
		}
	}
	return -1
}

// owner returns the page that keeps the slug a target wants; nil if nobody does.
func (inv *Invocation) owner(ctx context.Context, t *Target) (*Record, error) {
	owners, err := inv.Store.Owners(ctx, []string{t.next.Want})
	if err != nil {
		return nil, err
	}
	id := owners[t.next.Want]
	if id == "" || id == t.task.ID {
		return nil, nil
	}
	known, err := inv.Store.Records(ctx, []string{id})
	if rec := known[id]; rec.keeps(t.next.Want, t.next) {
		return rec, err
	}
	return nil, err
}

// grant writes targets at the slugs they want, all in one transaction.
func (inv *Invocation) grant(ctx context.Context, targets ...*Target) error {
	all := &Change{Give: map[string]string{}}
	for _, t := range targets {
		c, err := inv.compose(ctx, t)
		if err != nil {
			return err
		}
		all.join(c)
		if len(c.Write) > 0 {
			all.Give[t.next.Want] = t.task.ID
		}
	}
	return inv.commitReserving(ctx, all)
}

// deny leaves a page where it is, if it is anywhere: the slug it wants stays another's. Published elsewhere, it shows the
// page above it as that is now.
func (inv *Invocation) deny(ctx context.Context, t *Target, holder *Record) error {
	stays, err := inv.stayPut(ctx, t)
	if err != nil {
		return err
	}
	c := &Change{Task: t.task, DropParts: t.task.parts(), Cleared: []string{t.task.ID}}
	n := t.task.pending()
	c.Count = Counts{CountPending: -n, CountSkipped: n, CountOf(CountSkipped, t.next.Kind): n}
	c.Observed, c.Warnings = t.observed, append(t.warn, conflict(t.next.Want, holder, t.next))
	c.releaseClaim(t.was, t.next.Want)
	if stays != nil {
		c.Write, c.Put = stays.Write, stays.Put
		return inv.commit(ctx, c)
	}
	rec := *t.next
	if t.was != nil {
		rec = *t.was
	}
	rec.Want = t.next.Want
	c.Remember = []*Record{&rec}
	return inv.commit(ctx, c)
}

// stayPut is the change that brings a page up to date where it is published, though it wants another slug; nil if it is
// published nowhere, or what it shows of its parent is right.
func (inv *Invocation) stayPut(ctx context.Context, t *Target) (*Change, error) {
	if !t.was.published() || t.was.Parent == "" {
		return nil, nil
	}
	known, err := inv.Store.Records(ctx, []string{t.was.Parent})
	if err != nil {
		return nil, err
	}
	above := known[t.was.Parent]
	if !above.published() || t.was.ParentShown == (Summary{Slug: above.Slug, Title: above.Title}) {
		return nil, nil
	}
	derived := newTask(workRefresh, classRefresh, t.was.ID)
	next := *t.was
	next.Want = t.next.Want
	c, err := inv.compose(ctx, &Target{task: derived, was: t.was, next: &next, parent: above, stays: true})
	if err != nil || len(c.Write) == 0 {
		return nil, err // what is stored cannot be read; the sweep sees to it
	}
	return c, nil
}

func conflict(slug string, has, wants *Record) string {
	return fmt.Sprintf("slug %q is wanted by two pages: %s (%q) has it, %s (%q) is not published there; "+
		"give one of them another slug", slug, has.ID, has.Title, wants.ID, wants.Title)
}
