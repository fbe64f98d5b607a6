package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// settleLimit is how many pages without a slug are looked at together.
const settleLimit = 2000

// settle decides about a page whose slug was another's when its turn came. By now it is known which pages go. If the
// holder itself waits to move away it is moved first; pages that wait for each other's slugs swap them at one stroke.
func (sl *slice) settle(ctx context.Context, t *target) error {
	waiting, err := sl.unsettled(ctx)
	if err != nil {
		return err
	}
	for chain := []*target{t}; len(chain) > 0; {
		last := chain[len(chain)-1]
		holder, err := sl.holder(ctx, last)
		if err != nil {
			return err
		}
		if holder == nil {
			if err := sl.grant(ctx, last); err != nil {
				return err
			}
			delete(waiting, last.entry.ID)
			chain = chain[:len(chain)-1]
			continue
		}
		if i := indexOf(chain, holder.ID); i >= 0 && len(chain)-i > 1 {
			if err := sl.grant(ctx, chain[i:]...); err != nil {
				return err
			}
			chain = chain[:i]
			continue
		}
		if e, ok := waiting[holder.ID]; ok && e.ID != last.entry.ID {
			next, err := sl.aim(ctx, e)
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
		below, err := sl.movesBelow(ctx, last, holder)
		if err != nil {
			return err
		}
		if below != nil {
			chain = append(chain, below)
			continue
		}
		if err := sl.deny(ctx, last, holder); err != nil {
			return err
		}
		delete(waiting, last.entry.ID)
		chain = chain[:len(chain)-1]
	}
	return nil
}

// unsettled are the pages that wait for a slug, by id.
func (sl *slice) unsettled(ctx context.Context) (map[string]Entry, error) {
	entries, err := sl.Store.Todo(ctx, sl.job.ID, settleLimit)
	waiting := map[string]Entry{}
	for _, e := range entries {
		waiting[e.ID] = e
	}
	return waiting, err
}

func indexOf(chain []*target, id string) int {
	for i, t := range chain {
		if t.entry.ID == id {
			return i
		}
	}
	return -1
}

// holder returns the page that keeps the slug a target wants; nil if nobody does.
func (sl *slice) holder(ctx context.Context, t *target) (*Record, error) {
	owners, err := sl.Store.Owners(ctx, []string{t.next.Want})
	if err != nil {
		return nil, err
	}
	id := owners[t.next.Want]
	if id == "" || id == t.entry.ID {
		return nil, nil
	}
	known, err := sl.Store.Records(ctx, []string{id})
	if rec := known[id]; rec.keeps(t.next.Want, t.next) {
		return rec, err
	}
	return nil, err
}

// grant writes targets at the slugs they want, all in one transaction.
func (sl *slice) grant(ctx context.Context, targets ...*target) error {
	all := &Change{Give: map[string]string{}}
	for _, t := range targets {
		c, err := sl.compose(ctx, t)
		if err != nil {
			return err
		}
		all.join(c)
		if len(c.Write) > 0 {
			all.Give[t.next.Want] = t.entry.ID
		}
	}
	return sl.commitReserving(ctx, all)
}

// deny leaves a page where it is, if it is anywhere: the slug it wants stays another's. Published elsewhere, it shows the
// page above it as that is now.
func (sl *slice) deny(ctx context.Context, t *target, holder *Record) error {
	stays, err := sl.stayPut(ctx, t)
	if err != nil {
		return err
	}
	c := &Change{Entry: t.entry, DropParts: t.entry.parts(), Cleared: []string{t.entry.ID}}
	n := t.entry.pending()
	c.Count = Counts{CountPending: -n, CountSkipped: n, CountOf(CountSkipped, t.next.Kind): n}
	c.Facts, c.Warnings = t.facts, append(t.warn, conflict(t.next.Want, holder, t.next))
	c.unclaim(t.was, t.next.Want)
	if t.was.published() && t.entry.Kind == workPage {
		c.Add = sl.checksBelow(t.was) // it is not read, what stands below it is
		sl.sweepAgain(c, t.was)
	}
	if stays != nil {
		c.Write, c.Put = stays.Write, stays.Put
		return sl.commit(ctx, c)
	}
	rec := *t.next
	if t.was != nil {
		rec = *t.was
	}
	rec.Want = t.next.Want
	c.Note = []*Record{&rec}
	return sl.commit(ctx, c)
}

// stayPut is the change that brings a page up to date where it is published, though it wants another slug: what it shows of
// the pages around it. It is nil if the page is published nowhere, or all that is right.
func (sl *slice) stayPut(ctx context.Context, t *target) (*Change, error) {
	if !t.was.published() {
		return nil, nil
	}
	known, err := sl.Store.Records(ctx, []string{t.was.Parent})
	if err != nil {
		return nil, err
	}
	above := known[t.was.Parent]
	if t.was.Parent != "" && !above.published() {
		return nil, nil
	}
	derived := entry(workDerive, classDerive, t.was.ID)
	next := *t.was
	next.Want = t.next.Want
	if above != nil {
		next.Collection = above.Collection
	}
	c, err := sl.compose(ctx, &target{entry: derived, was: t.was, next: &next, parent: above, stays: true})
	if err != nil || len(c.Write) == 0 || shownAlike(t.was, &next) {
		return nil, err // where what is stored cannot be read, the sweep sees to it
	}
	return c, nil
}

// shownAlike reports whether two records of a page differ in nothing that its bundle shows of other pages.
func shownAlike(a, b *Record) bool {
	sameKid := func(x, y Kid) bool { return x.ID == y.ID && x.Face.Equal(y.Face) }
	return a.Under == b.Under && a.Collection == b.Collection && maps.Equal(a.Links, b.Links) && slices.EqualFunc(a.Kids, b.Kids, sameKid)
}

func conflict(slug string, has, wants *Record) string {
	return fmt.Sprintf("slug %q is wanted by two pages: %s (%q) has it, %s (%q) is not published there; "+
		"give one of them another slug", slug, has.ID, has.Title, wants.ID, wants.Title)
}

// join adds another entry's change to c.
func (c *Change) join(d *Change) {
	if c.Entry.Key == "" {
		c.Entry, c.Then = d.Entry, d.Then
	} else {
		c.Also = append(c.Also, d.Entry)
	}
	c.Add = append(c.Add, d.Add...)
	c.Meet = append(c.Meet, d.Meet...)
	c.Note = append(c.Note, d.Note...)
	c.Write = append(c.Write, d.Write...)
	c.Complete = append(c.Complete, d.Complete...)
	c.Warnings = append(c.Warnings, d.Warnings...)
	c.Cleared = append(c.Cleared, d.Cleared...)
	c.DropParts = append(c.DropParts, d.DropParts...)
	if c.Put == nil {
		c.Put = map[Set][]string{}
	}
	for set, ids := range d.Put {
		c.Put[set] = append(c.Put[set], ids...)
	}
	if c.Count == nil {
		c.Count = Counts{}
	}
	for name, n := range d.Count {
		c.Count[name] += n
	}
	if c.Facts == nil {
		c.Facts = map[string]string{}
	}
	maps.Copy(c.Facts, d.Facts)
}
