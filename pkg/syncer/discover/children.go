package discover

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// list compares the child pages that stand in one list of a page's blocks with what is known of them, up to a hundred
// with one request.
func (inv *Room) list(ctx context.Context, e model.Task) error {
	read := inv.Time()
	res, err := inv.Source.Children(ctx, e.ID, e.Cursor)
	if again, ok := e.Restarted(err); ok {
		return inv.Commit(ctx, model.Replace(e, again))
	}
	if err != nil {
		return model.FromSource(err)
	}
	again := e
	var children []FoundChild
	for _, b := range res.Blocks {
		if IsChild(b) {
			children = append(children, FoundChild{Block: b, List: e.ID, Read: read})
			if b.Type == "child_page" {
				again.Left--
			}
		}
	}
	c := model.Finish(e)
	if err := inv.sortChildrenOf(ctx, c, children); err != nil {
		return err
	}
	again.Asked++
	switch native := inv.ContentAsked() == page.ContentMarkdown; {
	case again.Left <= 0, res.Next == "" && !native:
		c.Complete = append(c.Complete, e.ID)
	case native && (res.Next == "" || again.Asked >= again.Left):
		return inv.listRest(ctx, c, children, res.Next == "")
	default:
		again.Cursor = res.Next
		c.Then = &again
	}
	return inv.CommitReserving(ctx, c)
}

// listRest has the child pages read one by one that a list has not shown although they should stand in it: either it is
// long, or they stand elsewhere, which a page's Markdown does not tell for sure.
func (inv *Room) listRest(ctx context.Context, c *model.Change, found []FoundChild, whole bool) error {
	e := c.Task
	known, err := inv.Store.Records(ctx, []string{e.Parent})
	if err != nil {
		return err
	}
	var left []model.Child
	if parent := known[e.Parent]; parent != nil {
		left = slices.DeleteFunc(slices.Clone(parent.Children), func(k model.Child) bool {
			shown := slices.ContainsFunc(found, func(f FoundChild) bool { return f.ID == k.ID })
			return k.Database || k.List != e.ID || shown
		})
	}
	ids := make([]string, len(left))
	for i, child := range left {
		ids[i] = child.ID
	}
	seen, err := inv.Store.Seen(ctx, inv.Job.ID, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if !seen[i] {
			c.Add = append(c.Add, model.CheckTask(id, e.Parent, e.Collection))
		}
	}
	if whole {
		c.Complete = append(c.Complete, e.ID)
	}
	return inv.CommitReserving(ctx, c)
}

// Checked names, among what a job has listed to its end, a child page that was asked for by itself and is not where it
// was.
func Checked(id string) string { return "page:" + id }

// check asks for one child page, to see whether it has changed.
func (inv *Room) check(ctx context.Context, e model.Task) error {
	read := inv.Time()
	o, err := inv.Source.Page(ctx, e.ID)
	c := model.Finish(e)
	switch {
	case errors.Is(err, model.ErrNotFound), err == nil && (o.Gone || !place.StandsIn(o, e.Parent)):
		c.Complete = []string{Checked(e.ID)} // the sweep sees to it
		return inv.Commit(ctx, c)
	case err != nil:
		return model.FromSource(err)
	}
	if err := inv.sortChildrenOf(ctx, c, []FoundChild{checkedChild(o, read)}); err != nil {
		return err
	}
	return inv.CommitReserving(ctx, c)
}

// sortChildrenOf sorts out child pages found while the page that the change's task names as their parent was only checked.
func (inv *Room) sortChildrenOf(ctx context.Context, c *model.Change, children []FoundChild) error {
	e := c.Task
	known, err := inv.Store.Records(ctx, []string{e.Parent})
	if err != nil {
		return err
	}
	above := known[e.Parent]
	if above == nil {
		above = &model.Record{ID: e.Parent, Place: model.Place{Collection: e.Collection}}
		return inv.SortChildren(ctx, c, above, children)
	}
	more := *above
	for _, child := range children {
		if !above.Contains(child.ID) { // should the page get another slug before it is read, this one follows
			more.Children = append(more.Children[:len(more.Children):len(more.Children)], model.Child{ID: child.ID, Database: child.Type == "child_database", List: child.List})
		}
	}
	if len(more.Children) > len(above.Children) {
		c.Remember = append(c.Remember, &more)
	}
	return inv.SortChildren(ctx, c, above, children)
}

// checkedChild is a child page that was asked for by itself.
func checkedChild(o page.Object, read time.Time) FoundChild {
	return FoundChild{
		Block:  page.Block{ID: o.ID, Type: "child_page", Title: o.Title(), Created: o.Created, Edited: o.Edited},
		object: o.Raw, List: o.Parent.ID, Read: read,
	}
}

// FoundChild is a child page or inner database as it stands in a list of blocks.
type FoundChild struct {
	page.Block
	List   string          // the list's owner; empty: not known
	Read   time.Time       // when the list, or object, was read
	object json.RawMessage // the page object, where that was asked for
}

// stamped reports whether the child's stamp is known: Notion's Markdown shows none, and that of a block may be unreadable.
func (k FoundChild) stamped() bool { return !k.Edited.IsZero() }

func IsChild(b page.Block) bool {
	return !b.Gone && (b.Type == "child_page" || b.Type == "child_database")
}

// SortChildren sorts out which child pages and inner databases found in a page's blocks are to be read.
func (inv *Room) SortChildren(ctx context.Context, c *model.Change, above *model.Record, children []FoundChild) error {
	parent, collection := above.ID, above.Collection
	ids := []string{parent}
	for _, child := range children {
		ids = append(ids, child.ID)
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	distrust, err := inv.Observed.Get(ctx, inv.Store, model.StampsDiffer)
	if err != nil {
		return err
	}
	limited, native := !inv.Job.Scope.Full, inv.ContentAsked() == page.ContentMarkdown
	var unstamped []model.Child
	for _, child := range children {
		rec := known[child.ID]
		published := rec.Published() && rec.Parent == parent
		if child.object != nil {
			published = published && rec.In == child.List
		}
		unchanged := false
		if child.Type == "child_page" && published && !limited {
			if unchanged, err = inv.looksUnchanged(ctx, c, child, rec, distrust); err != nil {
				return err
			}
		}
		switch {
		case child.Type == "child_database" && c.Task.Work == model.WorkList && known[parent].Contains(child.ID):
			continue // it is on the list beside this one, or was
		case child.Type == "child_database":
			e := model.NewTask(model.WorkDatabase, model.ClassFetch, child.ID)
			e.Collection, e.Parent = collection, parent
			if c.Task.Class == model.ClassDiscover {
				e.Class = model.ClassDiscover
			}
			c.Add = append(c.Add, e)
		case limited && published:
			continue // not asked for
		case !inv.Job.Scope.All() && published && !child.stamped() && native && distrust == "" && !rec.Failed:
			unstamped = append(unstamped, model.Child{ID: child.ID, List: cmp.Or(rec.In, child.List)})
		case unchanged:
			m := model.Sighting{ID: child.ID, Kind: page.KindChild, Add: inv.Checks(rec)}
			if rec.Want != rec.Slug {
				m.Add = append(m.Add, model.RefreshTask(rec)) // its slug was another's, and may be free now
			}
			c.Sightings = append(c.Sightings, m)
		default:
			e := model.PageTask(child.ID, model.ClassBelow, child.Created)
			e.Kind, e.Collection, e.Parent = page.KindChild, collection, parent
			e.Edited, e.Read, e.Object = child.Edited, child.Read, child.object
			c.Sightings = append(c.Sightings, model.Sighting{ID: child.ID, Kind: page.KindChild, Task: &e})
			next := &model.Record{ID: child.ID, Place: model.Place{Kind: page.KindChild, Collection: collection, Parent: parent}, Properties: model.Properties{Title: child.Title, Created: child.Created}}
			next.Want = next.Wanted(above)
			c.RequestSlug(rec, next)
		}
	}
	c.Add = append(c.Add, inv.ChecksOf(parent, collection, unstamped)...)
	return nil
}
