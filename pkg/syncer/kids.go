package syncer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// list compares the child pages that stand in one list of a page's blocks with what is known of them, up to a hundred
// with one request.
func (inv *Invocation) list(ctx context.Context, e Task) error {
	read := inv.now()
	res, err := inv.Source.Children(ctx, e.ID, e.Cursor)
	if again, ok := e.restarted(err); ok {
		return inv.commit(ctx, &Change{Task: e, Then: &again})
	}
	if err != nil {
		return fromSource(err)
	}
	again := e
	var kids []foundChild
	for _, b := range res.Blocks {
		if isChild(b) {
			kids = append(kids, foundChild{Block: b, list: e.ID, read: read})
			if b.Type == "child_page" {
				again.Left--
			}
		}
	}
	c := &Change{Task: e}
	if err := inv.sortChildrenOf(ctx, c, kids); err != nil {
		return err
	}
	again.Asked++
	switch native := inv.asked() == page.ContentMarkdown; {
	case again.Left <= 0, res.Next == "" && !native:
		c.Complete = []string{e.ID}
	case native && (res.Next == "" || again.Asked >= again.Left):
		return inv.listRest(ctx, c, kids, res.Next == "")
	default:
		again.Cursor = res.Next
		c.Then = &again
	}
	return inv.commitReserving(ctx, c)
}

// listRest has the child pages read one by one that a list has not shown although they should stand in it: either it is
// long, or they stand elsewhere, which a page's Markdown does not tell for sure.
func (inv *Invocation) listRest(ctx context.Context, c *Change, found []foundChild, whole bool) error {
	e := c.Task
	known, err := inv.Store.Records(ctx, []string{e.Parent})
	if err != nil {
		return err
	}
	var left []Child
	if parent := known[e.Parent]; parent != nil {
		left = slices.DeleteFunc(slices.Clone(parent.Children), func(k Child) bool {
			shown := slices.ContainsFunc(found, func(f foundChild) bool { return f.ID == k.ID })
			return k.Database || k.List != e.ID || shown
		})
	}
	ids := make([]string, len(left))
	for i, kid := range left {
		ids[i] = kid.ID
	}
	seen, err := inv.Store.Seen(ctx, inv.job.ID, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if !seen[i] {
			c.Add = append(c.Add, checkTask(id, e.Parent, e.Collection))
		}
	}
	if whole {
		c.Complete = []string{e.ID}
	}
	return inv.commitReserving(ctx, c)
}

// checked names, among what a job has listed to its end, a child page that was asked for by itself and is not where it
// was.
func checked(id string) string { return "page:" + id }

// check asks for one child page, to see whether it has changed.
func (inv *Invocation) check(ctx context.Context, e Task) error {
	read := inv.now()
	o, err := inv.Source.Page(ctx, e.ID)
	c := &Change{Task: e}
	switch {
	case errors.Is(err, ErrNotFound), err == nil && (o.Gone || !standsIn(o, e.Parent)):
		c.Complete = []string{checked(e.ID)} // the sweep sees to it
		return inv.commit(ctx, c)
	case err != nil:
		return fromSource(err)
	}
	if err := inv.sortChildrenOf(ctx, c, []foundChild{checkedChild(o, read)}); err != nil {
		return err
	}
	return inv.commitReserving(ctx, c)
}

// sortChildrenOf sorts out child pages found while the page that the change's entry names as their parent was only checked.
func (inv *Invocation) sortChildrenOf(ctx context.Context, c *Change, kids []foundChild) error {
	e := c.Task
	known, err := inv.Store.Records(ctx, []string{e.Parent})
	if err != nil {
		return err
	}
	above := known[e.Parent]
	if above == nil {
		above = &Record{ID: e.Parent, Collection: e.Collection}
	}
	return inv.sortChildren(ctx, c, above, kids)
}

// checkedChild is a child page that was asked for by itself.
func checkedChild(o page.Object, read time.Time) foundChild {
	return foundChild{
		Block:  page.Block{ID: o.ID, Type: "child_page", Title: o.Title(), Created: o.Created, Edited: o.Edited},
		object: o.Raw, list: o.Parent.ID, read: read,
	}
}

// foundChild is a child page or inner database as it stands in a list of blocks.
type foundChild struct {
	page.Block
	list   string          // the list's owner; empty: not known
	read   time.Time       // when the list, or object, was read
	object json.RawMessage // the page object, where that was asked for
}

// stamped reports whether the kid's stamp is known: Notion's Markdown shows none, and that of a block may be unreadable.
func (k foundChild) stamped() bool { return !k.Edited.IsZero() }

func isChild(b page.Block) bool {
	return !b.Gone && (b.Type == "child_page" || b.Type == "child_database")
}

// sortChildren sorts out which child pages and inner databases found in a page's blocks are to be read.
func (inv *Invocation) sortChildren(ctx context.Context, c *Change, above *Record, kids []foundChild) error {
	parent, collection := above.ID, above.Collection
	ids := []string{parent}
	for _, kid := range kids {
		ids = append(ids, kid.ID)
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	distrust, err := inv.observed.get(ctx, inv.Store, StampsDiffer)
	if err != nil {
		return err
	}
	limited, native := !inv.job.Scope.Full, inv.asked() == page.ContentMarkdown
	var unstamped []Child
	for _, kid := range kids {
		rec := known[kid.ID]
		published := rec.published() && rec.Parent == parent
		if kid.object != nil {
			published = published && rec.In == kid.list
		}
		switch {
		case kid.Type == "child_database" && c.Task.Kind == workList && known[parent].contains(kid.ID):
			continue // it is on the list beside this one, or was
		case kid.Type == "child_database":
			e := newTask(workDatabase, classFetch, kid.ID)
			e.Collection, e.Parent = collection, parent
			if c.Task.Class == classDiscover {
				e.Class = classDiscover
			}
			c.Add = append(c.Add, e)
		case limited && published:
			continue // not asked for
		case !inv.job.Scope.all() && published && !kid.stamped() && native && distrust == "" && !rec.Failed:
			unstamped = append(unstamped, Child{ID: kid.ID, List: cmp.Or(rec.In, kid.list)})
		case !inv.job.Scope.all() && published && (distrust == "" || kid.object != nil) && inv.fresh(rec, kid.Edited):
			m := Sighting{ID: kid.ID, Kind: page.KindChild, Add: inv.checks(rec)}
			if rec.Want != rec.Slug {
				m.Add = append(m.Add, refreshTask(rec)) // its slug was another's, and may be free now
			}
			c.Sightings = append(c.Sightings, m)
		default:
			e := pageTask(kid.ID, classBelow, kid.Created)
			e.Page, e.Collection, e.Parent = page.KindChild, collection, parent
			e.Edited, e.Read, e.Object = kid.Edited, kid.read, kid.object
			c.Sightings = append(c.Sightings, Sighting{ID: kid.ID, Kind: page.KindChild, Task: &e})
			next := &Record{ID: kid.ID, Kind: page.KindChild, Collection: collection, Parent: parent, Title: kid.Title, Created: kid.Created}
			next.Want = next.wanted(above)
			c.requestSlug(rec, next)
		}
	}
	c.Add = append(c.Add, inv.checksOf(parent, collection, unstamped)...)
	return nil
}
