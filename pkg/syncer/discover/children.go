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

// IsChild reports whether a block is a child page or an inner database that is not in the trash.
func IsChild(b page.Block) bool {
	return !b.Gone && (b.Type == "child_page" || b.Type == "child_database")
}

// SortChildren sorts out which child pages and inner databases found in a page's blocks are to be read.
func (inv *Room) SortChildren(ctx context.Context, c *model.Change, above *model.Record, children []FoundChild) error {
	ids := []string{above.ID}
	for _, child := range children {
		ids = append(ids, child.ID)
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	s := sorting{Room: inv, change: c, above: above, stored: known[above.ID]}
	if s.distrust, err = inv.Observed.Get(ctx, inv.Store, model.StampsDiffer); err != nil {
		return err
	}
	for _, child := range children {
		if child.Type == "child_database" {
			s.database(child)
		} else if err := s.page(ctx, child, known[child.ID]); err != nil {
			return err
		}
	}
	c.Add = append(c.Add, inv.ChecksOf(above.ID, above.Collection, s.unstamped)...)
	return nil
}

// sorting is what sorting out the children of one page needs and finds.
type sorting struct {
	*Room
	change    *model.Change
	above     *model.Record // as it will be
	stored    *model.Record // as it is known; nil: not at all
	distrust  string        // set: what lists of blocks say of stamps is not believed
	unstamped []model.Child // to be asked about, list by list
}

func (s *sorting) database(child FoundChild) {
	if s.change.Task.Work == model.WorkList && s.stored.Contains(child.ID) {
		return // it is on the list beside this one, or was
	}
	e := model.NewTask(model.WorkDatabase, model.ClassFetch, child.ID)
	e.Collection, e.Parent = s.above.Collection, s.above.ID
	if s.change.Task.Class == model.ClassDiscover {
		e.Class = model.ClassDiscover
	}
	s.change.Add = append(s.change.Add, e)
}

// page sorts out a child page that is known by a record; nil: not at all.
func (s *sorting) page(ctx context.Context, child FoundChild, rec *model.Record) error {
	published := rec.Published() && rec.Parent == s.above.ID && (child.object == nil || rec.In == child.List)
	switch {
	case !published:
		s.read(child, rec)
		return nil
	case !s.Job.Scope.Full:
		return nil // not asked for
	case s.ContentAsked() == page.ContentMarkdown && !child.stamped() && s.distrust == "" && !rec.Failed && !s.Job.Scope.All():
		s.unstamped = append(s.unstamped, model.Child{ID: child.ID, List: cmp.Or(rec.In, child.List)})
		return nil
	}
	unchanged, err := s.looksUnchanged(ctx, s.change, child, rec, s.distrust)
	if err != nil {
		return err
	}
	if !unchanged {
		s.read(child, rec)
		return nil
	}
	seen := model.Sighting{ID: child.ID, Kind: page.KindChild, Add: s.Checks(rec)}
	if rec.Want != rec.Slug {
		seen.Add = append(seen.Add, model.RefreshTask(rec)) // its slug was another's, and may be free now
	}
	s.change.Sightings = append(s.change.Sightings, seen)
	return nil
}

// read has a child page read.
func (s *sorting) read(child FoundChild, rec *model.Record) {
	at := model.Place{Kind: page.KindChild, Collection: s.above.Collection, Parent: s.above.ID}
	e := model.PageTask(child.ID, model.ClassBelow, child.Created)
	e.Place, e.Edited, e.Read, e.Object = at, child.Edited, child.Read, child.object
	s.change.Sightings = append(s.change.Sightings, model.Sighting{ID: child.ID, Kind: at.Kind, Task: &e})
	next := &model.Record{ID: child.ID, Place: at, Properties: model.Properties{Title: child.Title, Created: child.Created}}
	next.Want = next.Wanted(s.above)
	s.change.RequestSlug(rec, next)
}
