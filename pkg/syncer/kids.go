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

// checks are the entries that look after what stands below a page that has not changed itself: its stamp does not move
// when a child page changes.
func (sl *slice) checks(rec *Record) []Entry {
	var entries []Entry
	var pages []Kid
	for _, kid := range rec.Kids {
		if kid.Database {
			e := entry(workDatabase, classDiscover, kid.ID)
			e.Collection, e.Parent = rec.Collection, rec.ID
			entries = append(entries, e)
		} else {
			pages = append(pages, kid)
		}
	}
	return append(entries, sl.checksOf(rec.ID, rec.Collection, pages)...)
}

// checksOf are the entries that look after child pages: one for each list of blocks in which they stand. Where pages are
// read as Markdown it is not known how far down a list a child page stands, so a single one is asked for by itself, and
// so is one whose list is not known.
func (sl *slice) checksOf(parent, collection string, kids []Kid) []Entry {
	var entries []Entry
	lists := map[string][]Kid{}
	for _, kid := range kids {
		lists[kid.List] = append(lists[kid.List], kid)
	}
	for list, kids := range lists {
		if sl.asked() == page.ContentMarkdown && (list == "" || len(kids) == 1) {
			for _, kid := range kids {
				entries = append(entries, checkEntry(kid.ID, parent, collection))
			}
			continue
		}
		e := entry(workList, classDiscover, list)
		e.Parent, e.Collection, e.Left = parent, collection, len(kids)
		entries = append(entries, e)
	}
	return entries
}

// asked is what is asked for of a page's content, as records say it.
func (s *Syncer) asked() string {
	if s.Content == page.ContentMarkdown {
		return page.ContentMarkdown
	}
	return ""
}

// list compares the child pages that stand in one list of a page's blocks with what is known of them, up to a hundred
// with one request.
func (sl *slice) list(ctx context.Context, e Entry) error {
	read := sl.now()
	res, err := sl.Source.Children(ctx, e.ID, e.Cursor)
	if again, ok := e.restarted(err); ok {
		return sl.commit(ctx, &Change{Entry: e, Then: &again})
	}
	if err != nil {
		return fromSource(err)
	}
	again := e
	var kids []foundKid
	for _, b := range res.Blocks {
		if isKid(b) {
			kids = append(kids, foundKid{Block: b, list: e.ID, read: read})
			if b.Type == "child_page" {
				again.Left--
			}
		}
	}
	c := &Change{Entry: e}
	if err := sl.meetKidsOf(ctx, c, kids); err != nil {
		return err
	}
	again.Asked++
	switch native := sl.asked() == page.ContentMarkdown; {
	case again.Left <= 0, res.Next == "" && !native:
		c.Complete = append(c.Complete, e.ID)
	case native && (res.Next == "" || again.Asked >= again.Left):
		return sl.listRest(ctx, c, kids, res.Next == "")
	default:
		again.Cursor = res.Next
		c.Then = &again
	}
	return sl.commitReserving(ctx, c)
}

// listRest has the child pages read one by one that a list has not shown although they should stand in it: either it is
// long, or they stand elsewhere, which a page's Markdown does not tell for sure.
func (sl *slice) listRest(ctx context.Context, c *Change, found []foundKid, whole bool) error {
	e := c.Entry
	known, err := sl.Store.Records(ctx, []string{e.Parent})
	if err != nil {
		return err
	}
	var left []Kid
	if parent := known[e.Parent]; parent != nil {
		left = slices.DeleteFunc(slices.Clone(parent.Kids), func(k Kid) bool {
			shown := slices.ContainsFunc(found, func(f foundKid) bool { return f.ID == k.ID })
			return k.Database || k.List != e.ID || shown
		})
	}
	ids := make([]string, len(left))
	for i, kid := range left {
		ids[i] = kid.ID
	}
	seen, err := sl.Store.Seen(ctx, sl.job.ID, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if !seen[i] {
			c.Add = append(c.Add, checkEntry(id, e.Parent, e.Collection))
		}
	}
	if whole {
		c.Complete = append(c.Complete, e.ID)
	}
	return sl.commitReserving(ctx, c)
}

func checkEntry(id, parent, collection string) Entry {
	e := entry(workCheck, classDiscover, id)
	e.Parent, e.Collection = parent, collection
	return e
}

// checked names, among what a job has listed to its end, a child page that was asked for by itself and is not where it
// was.
func checked(id string) string { return "page:" + id }

// check asks for one child page, to see whether it has changed.
func (sl *slice) check(ctx context.Context, e Entry) error {
	read := sl.now()
	o, err := sl.Source.Page(ctx, e.ID)
	c := &Change{Entry: e}
	switch {
	case errors.Is(err, ErrNotFound), err == nil && (o.Gone || !standsIn(o, e.Parent)):
		c.Complete = []string{checked(e.ID)} // the sweep sees to it
		return sl.commit(ctx, c)
	case err != nil:
		return fromSource(err)
	}
	if err := sl.meetKidsOf(ctx, c, []foundKid{checkedKid(o, read)}); err != nil {
		return err
	}
	return sl.commitReserving(ctx, c)
}

// meetKidsOf sorts out child pages found while the page that the change's entry names as their parent was only checked.
func (sl *slice) meetKidsOf(ctx context.Context, c *Change, kids []foundKid) error {
	e := c.Entry
	known, err := sl.Store.Records(ctx, []string{e.Parent})
	if err != nil {
		return err
	}
	above := known[e.Parent]
	if above == nil {
		above = &Record{ID: e.Parent, Collection: e.Collection}
		return sl.meetKids(ctx, c, above, kids)
	}
	more := *above
	for _, kid := range kids {
		if !above.holds(kid.ID) { // should the page get another slug before it is read, this one follows
			more.Kids = append(more.Kids[:len(more.Kids):len(more.Kids)], Kid{ID: kid.ID, Database: kid.Type == "child_database", List: kid.list})
		}
	}
	if len(more.Kids) > len(above.Kids) {
		c.Note = append(c.Note, &more)
	}
	return sl.meetKids(ctx, c, above, kids)
}

// checkedKid is a child page that was asked for by itself.
func checkedKid(o page.Object, read time.Time) foundKid {
	return foundKid{
		Block:  page.Block{ID: o.ID, Type: "child_page", Title: o.Title(), Created: o.Created, Edited: o.Edited},
		object: o.Raw, list: o.Parent.ID, read: read,
	}
}

// standsIn reports whether a page stands in another one, as far as its page object tells: that of one inside a block
// names the block.
func standsIn(o page.Object, parent string) bool {
	return o.Parent.Type == "block_id" || o.Parent.Type == "page_id" && o.Parent.ID == parent
}

// foundKid is a child page or inner database as it stands in a list of blocks.
type foundKid struct {
	page.Block
	list   string          // the list's owner; empty: not known
	read   time.Time       // when the list, or object, was read
	object json.RawMessage // the page object, where that was asked for
}

// stamped reports whether the kid's stamp is known: Notion's Markdown shows none, and that of a block may be unreadable.
func (k foundKid) stamped() bool { return !k.Edited.IsZero() }

func isKid(b page.Block) bool {
	return !b.Gone && (b.Type == "child_page" || b.Type == "child_database")
}

// meetKids sorts out which child pages and inner databases found in a page's blocks are to be read.
func (sl *slice) meetKids(ctx context.Context, c *Change, above *Record, kids []foundKid) error {
	parent, collection := above.ID, above.Collection
	ids := []string{parent}
	for _, kid := range kids {
		ids = append(ids, kid.ID)
	}
	known, err := sl.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	distrust, err := sl.facts.get(ctx, sl.Store, FactStamps)
	if err != nil {
		return err
	}
	limited, native := !sl.job.Scope.Full, sl.asked() == page.ContentMarkdown
	var unstamped []Kid
	for _, kid := range kids {
		rec := known[kid.ID]
		published := rec.published() && rec.Parent == parent
		if kid.object != nil {
			published = published && rec.In == kid.list
		}
		unchanged := false
		if kid.Type == "child_page" && published && !limited {
			if unchanged, err = sl.looksUnchanged(ctx, c, kid, rec, distrust); err != nil {
				return err
			}
		}
		switch {
		case kid.Type == "child_database" && c.Entry.Kind == workList && known[parent].holds(kid.ID):
			continue // it is on the list beside this one, or was
		case kid.Type == "child_database":
			e := entry(workDatabase, classFetch, kid.ID)
			e.Collection, e.Parent = collection, parent
			if c.Entry.Class == classDiscover {
				e.Class = classDiscover
			}
			c.Add = append(c.Add, e)
		case limited && published:
			continue // not asked for
		case !sl.job.Scope.all() && published && !kid.stamped() && native && distrust == "" && !rec.Failed:
			unstamped = append(unstamped, Kid{ID: kid.ID, List: cmp.Or(rec.In, kid.list)})
		case unchanged:
			m := Meeting{ID: kid.ID, Kind: page.KindChild, Add: sl.checks(rec)}
			if rec.Want != rec.Slug {
				m.Add = append(m.Add, deriveEntry(rec)) // its slug was another's, and may be free now
			}
			c.Meet = append(c.Meet, m)
		default:
			e := pageEntry(kid.ID, classBelow, kid.Created)
			e.Page, e.Collection, e.Parent = page.KindChild, collection, parent
			e.Edited, e.Read, e.Object = kid.Edited, kid.read, kid.object
			c.Meet = append(c.Meet, Meeting{ID: kid.ID, Kind: page.KindChild, Entry: &e})
			next := &Record{ID: kid.ID, Kind: page.KindChild, Collection: collection, Parent: parent, Title: kid.Title, Created: kid.Created}
			next.Want = next.wanted(above)
			c.wants(rec, next)
		}
	}
	c.Add = append(c.Add, sl.checksOf(parent, collection, unstamped)...)
	return nil
}
