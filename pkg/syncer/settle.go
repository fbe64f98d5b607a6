package syncer

import (
	"context"
	"fmt"
	"maps"

	"notionsync/pkg/page"
)

// settleLimit is how many pages without a slug are looked at together.
const settleLimit = 2000

// settle decides about a page whose slug was another's when its turn came. By now it is known which pages go. If the
// holder itself waits to move away it is moved first; pages that wait for each other's slugs swap them at one stroke.
func (sl *slice) settle(ctx context.Context, t *target) error {
	entries, err := sl.Store.Todo(ctx, sl.job.ID, settleLimit)
	if err != nil {
		return err
	}
	waiting := map[string]Entry{}
	for _, e := range entries {
		waiting[e.ID] = e
	}
	for chain := []*target{t}; len(chain) > 0; {
		last := chain[len(chain)-1]
		holder, err := sl.holder(ctx, last)
		if err != nil {
			return err
		}
		if holder == nil {
			if err := sl.grant(ctx, nil, last); err != nil {
				return err
			}
			delete(waiting, last.entry.ID)
			chain = chain[:len(chain)-1]
			continue
		}
		if i := indexOf(chain, holder.ID); i >= 0 && len(chain)-i > 1 {
			if err := sl.grant(ctx, nil, chain[i:]...); err != nil {
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
		if holder.TakenIn == sl.job.Era && outranks(last.next, holder) {
			err = sl.grant(ctx, holder, last)
		} else {
			err = sl.deny(ctx, last, holder)
		}
		if err != nil {
			return err
		}
		delete(waiting, last.entry.ID)
		chain = chain[:len(chain)-1]
	}
	return nil
}

func indexOf(chain []*target, id string) int {
	for i, t := range chain {
		if t.entry.ID == id {
			return i
		}
	}
	return -1
}

// holder returns the page that has the slug a target wants; nil if nobody has it, or only in name.
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
	if err != nil {
		return nil, err
	}
	if rec := known[id]; rec != nil && (rec.Slug == t.next.Want || rec.Slug == "" && rec.Want == t.next.Want) {
		return rec, nil
	}
	return nil, nil
}

// outranks reports whether a goes before b where both ask for the same new slug.
func outranks(a, b *Record) bool {
	if aPage, bPage := a.Kind == page.KindPage, b.Kind == page.KindPage; aPage != bPage {
		return aPage
	}
	if !a.Created.Equal(b.Created) {
		return a.Created.Before(b.Created)
	}
	return a.ID < b.ID
}

// grant writes targets at the slugs they want, all in one transaction. A loser had taken the slug earlier in this job
// and gives way.
func (sl *slice) grant(ctx context.Context, loser *Record, targets ...*target) error {
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
	if loser != nil {
		stays := *loser
		stays.Slug, stays.TakenIn = "", ""
		if err := sl.remove(ctx, all, loser, &stays); err != nil {
			return err
		}
		all.Warnings = append(all.Warnings, conflict(loser.Want, targets[0].next, loser))
	}
	return sl.commit(ctx, all)
}

// deny leaves a page where it is, if it is anywhere: the slug it wants stays another's.
func (sl *slice) deny(ctx context.Context, t *target, holder *Record) error {
	if t.entry.Kind == workDerive { // where it stays, it still shows where its parent is now
		t.denied = true
		c, err := sl.compose(ctx, t)
		if err != nil {
			return err
		}
		c.Warnings = append(c.Warnings, conflict(t.next.Want, holder, t.next))
		return sl.commit(ctx, c)
	}
	rec := *t.next
	if t.was != nil {
		rec = *t.was
	}
	rec.Want = t.next.Want
	c := &Change{
		Entry: t.entry, Note: []*Record{&rec}, Facts: t.facts, DropParts: t.entry.parts(), Cleared: []string{rec.ID},
		Warnings: append(t.warn, conflict(rec.Want, holder, t.next)),
	}
	c.unclaim(t.was, rec.Want)
	n := t.entry.pending()
	c.Count = Counts{CountPending: -n, CountSkipped: n, CountOf(CountSkipped, t.next.Kind): n}
	return sl.commit(ctx, c)
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
