package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"notionsync/pkg/page"
)

// plant puts a new job's first entries on its list: what finds everything else, and the steps that follow.
func (s *Syncer) plant(ctx context.Context, lease Lease, job *Job) error {
	c := &Change{Job: job.ID}
	if job.Scope.Full {
		for _, col := range s.Collections {
			c.Add = append(c.Add, collectionEntry(col))
		}
		c.Add = append(c.Add, entry(workSweep, classSweep, ""), entry(workOrphans, classOrphans, ""))
	} else {
		for _, col := range s.Collections {
			e := collectionEntry(col)
			e.Key, e.Limited = e.Key+":known", true // should the job become a full one, its entry is another
			c.Add = append(c.Add, e)
		}
	}
	refs := job.Scope.Pages
	if job.Scope.Failed {
		failed, err := s.Store.FailedPages(ctx)
		if err != nil {
			return err
		}
		for _, id := range failed {
			refs = append(refs, Ref{Ref: id, Force: true})
		}
	}
	for _, ref := range refs {
		if job.Scope.Full && !ref.Force {
			continue // the full listing covers it
		}
		e := entry(workRef, classDiscover, ref.Ref)
		e.Order, e.Force = 1, ref.Force // once the collections' data sources are known
		c.Add = append(c.Add, e)
	}
	c.Add = append(c.Add, entry(workRelink, classRelink, ""), entry(workIndexes, classIndexes, ""))
	stamp(c)
	return lease.Commit(ctx, c)
}

func collectionEntry(col Collection) Entry {
	e := entry(workDatabase, classDiscover, col.Name+":"+col.ID)
	e.ID, e.Collection = col.ID, col.Name
	return e
}

// ref finds the page that a limited job names, by slug, id or URL.
func (sl *slice) ref(ctx context.Context, e Entry) error {
	c := &Change{Entry: e}
	slug := strings.Trim(strings.TrimSpace(e.ID), "/")
	owners, err := sl.Store.Owners(ctx, []string{slug})
	if err != nil {
		return err
	}
	id := owners[slug]
	if id == "" {
		id, _ = page.ParseID(e.ID)
	}
	if id == "" {
		c.Warnings = []string{fmt.Sprintf("page %q: no published page has this slug, and it is no Notion id or URL", e.ID)}
		return sl.commit(ctx, c)
	}
	p := pageEntry(id, classFetch, time.Time{})
	p.Limited, p.Force = true, e.Force
	c.Meet = []Meeting{{ID: id, Entry: &p}}
	return sl.commit(ctx, c)
}

// database finds the data sources of a collection, or of a database inside a page.
func (sl *slice) database(ctx context.Context, e Entry) error {
	if e.Limited {
		known, err := sl.facts.sources(ctx, sl.Store, e.Collection)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			return sl.commit(ctx, &Change{Entry: e})
		}
	}
	db, err := sl.Source.Database(ctx, e.ID)
	if err == nil && db.Gone {
		err = fmt.Errorf("database %q is in the trash: %w", db.Title, ErrNotFound)
	}
	if err == nil && len(db.Sources) == 0 {
		err = fmt.Errorf("database %q has no data source that the integration may see; "+
			"if it is a linked view, share the original database: %w", db.Title, ErrNotFound)
	}
	if err != nil {
		return fromSource(err)
	}
	if e.Parent != "" {
		return sl.innerDatabase(ctx, e, db)
	}
	c := &Change{Entry: e}
	ids := make([]string, len(db.Sources))
	for i, src := range db.Sources {
		ids[i] = src.ID
		if !e.Limited {
			c.Add = append(c.Add, rowsEntry(src.ID, classDiscover, e.Collection, "", e.Collection+":index"))
		}
	}
	c.Facts = sl.facts.noteSources(e.Collection, ids)
	if !e.Limited {
		if err := sl.wantIndex(ctx, c, e.Collection+":index"); err != nil {
			return err
		}
	}
	return sl.commit(ctx, c)
}

// wantIndex has an index written that does not exist yet: an empty collection has one too.
func (sl *slice) wantIndex(ctx context.Context, c *Change, name string) error {
	there, err := sl.Store.HasIndex(ctx, name)
	if err == nil && !there {
		c.Put = map[Set][]string{SetLists: {name}}
	}
	return err
}

// innerDatabase sees to a database that stands inside a page. Where it is a collection as well, the collection's slugs
// hold for its rows, and its own index shows them too.
func (sl *slice) innerDatabase(ctx context.Context, e Entry, db Database) error {
	inner := InnerDatabase{ID: db.ID, Title: db.Title, Page: e.Parent}
	c := &Change{Entry: e}
	for _, src := range db.Sources {
		inner.Sources = append(inner.Sources, src.ID)
		owner, err := sl.facts.collectionOf(ctx, sl.Syncer, src.ID)
		if err != nil {
			return err
		}
		if owner != "" {
			inner.Collection = owner
			continue
		}
		c.Add = append(c.Add, rowsEntry(src.ID, e.Class, e.Collection, e.Parent, "db:"+db.ID))
	}
	name := "db:" + db.ID
	if err := sl.wantIndex(ctx, c, name); err != nil {
		return err
	}
	known, err := sl.Store.Databases(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(known, inner.equal) {
		c.Databases = []InnerDatabase{inner}
		c.Put = map[Set][]string{SetLists: {name}}
	}
	return sl.commit(ctx, c)
}

func rowsEntry(source string, class int, collection, parent, list string) Entry {
	e := entry(workRows, class, list+":"+source)
	e.ID, e.Collection, e.Parent, e.List, e.Source = source, collection, parent, list, source
	return e
}

// rows lists one page of a data source and sorts out which of its rows are to be read.
func (sl *slice) rows(ctx context.Context, e Entry) error {
	col, _ := sl.collection(e.Collection)
	q := Query{DataSource: e.ID, Cursor: e.Cursor, Since: e.Since}
	if e.Parent == "" {
		q.Filter = col.Filter
	}
	read := sl.now()
	res, err := sl.Source.Rows(ctx, q)
	again := e
	if errors.Is(err, ErrCursor) && e.Cursor != "" {
		again.Cursor = "" // what is listed twice is met once
		return sl.commit(ctx, &Change{Entry: e, Then: &again})
	}
	if err != nil {
		return fromSource(err)
	}
	c := &Change{Entry: e}
	if err := sl.meetRows(ctx, e, res.Pages, read, c); err != nil {
		return err
	}
	switch {
	case res.Next != "":
		again.Cursor = res.Next
		c.Then = &again
	case res.Incomplete:
		last := res.Pages[len(res.Pages)-1].Created
		if !last.After(e.Since) {
			c.Warnings = []string{fmt.Sprintf("data source %s holds over 10,000 rows created at %s; Notion lists no more of "+
				"them, nothing of it is removed", e.ID, last.Format(time.RFC3339))}
			break
		}
		again.Cursor, again.Since = "", last
		c.Then = &again
	default:
		c.Complete = []string{e.ID}
	}
	return sl.commit(ctx, c)
}

// meetRows compares rows with what is known of them.
func (sl *slice) meetRows(ctx context.Context, e Entry, rows []page.Object, read time.Time, c *Change) error {
	ids := []string{e.Parent}
	for _, o := range rows {
		ids = append(ids, o.ID)
	}
	known, err := sl.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range rows {
		rec, kind := known[o.ID], page.KindRow
		next := &Record{ID: o.ID, Collection: e.Collection, Parent: e.Parent, Source: e.Source, List: e.List}
		draft := false
		if e.Parent == "" {
			kind = page.KindPage
			next.Want, draft = page.CollectionSlug(o)
		} else if parent := known[e.Parent]; parent != nil {
			next.Want = page.RowSlug(parent.Slug, o)
		}
		switch {
		case o.Gone:
			continue
		case draft:
			c.Meet = append(c.Meet, Meeting{ID: o.ID, Draft: true})
			continue
		case !sl.job.Scope.Force && rec.fresh(o.Edited) && rec.Slug == next.Want && rec.Kind == kind &&
			rec.Collection == e.Collection && rec.List == e.List && rec.Parent == e.Parent:
			c.Meet = append(c.Meet, Meeting{ID: o.ID, Kind: kind, Add: sl.checks(rec)})
			continue
		}
		p := pageEntry(o.ID, classFetch, o.Created)
		p.Object, p.Read = o.Raw, read
		p.Page, p.Collection, p.Parent, p.Source, p.List = kind, e.Collection, e.Parent, e.Source, e.List
		c.Meet = append(c.Meet, Meeting{ID: o.ID, Kind: kind, Entry: &p})
		if rec == nil || rec.Want != next.Want {
			if rec != nil {
				changed := *rec
				changed.Want = next.Want
				next = &changed
			}
			next.Kind, next.Title, next.Created = kind, o.Title(), o.Created
			c.Note = append(c.Note, next)
		}
	}
	return sl.reserve(ctx, c)
}

// reserve claims the slugs that are free, the first that wants one getting it. The others are settled when it is known
// what becomes of the slug's holder.
func (sl *slice) reserve(ctx context.Context, c *Change) error {
	if len(c.Note) == 0 {
		return nil
	}
	slugs := make([]string, len(c.Note))
	for i, rec := range c.Note {
		slugs[i] = rec.Want
	}
	owners, err := sl.Store.Owners(ctx, slugs)
	if err != nil {
		return err
	}
	c.Claim = map[string]string{}
	for _, rec := range c.Note {
		if c.Claim[rec.Want] == "" && owners[rec.Want] == "" {
			c.Claim[rec.Want] = rec.ID
		}
	}
	return nil
}

// checks are the entries that look after what stands below a page that has not changed itself: its stamp does not move
// when a child page changes.
func (sl *slice) checks(rec *Record) []Entry {
	var entries []Entry
	left := map[string]int{}
	for _, kid := range rec.Kids {
		if kid.Database {
			e := entry(workDatabase, classDiscover, kid.ID)
			e.Collection, e.Parent = rec.Collection, rec.ID
			entries = append(entries, e)
		} else {
			left[kid.List]++
		}
	}
	for list, n := range left {
		e := entry(workList, classDiscover, list)
		e.Parent, e.Collection, e.Left = rec.ID, rec.Collection, n
		entries = append(entries, e)
	}
	return entries
}

// list compares the child pages that stand in one list of a page's blocks with what is known of them, up to a hundred
// with one request.
func (sl *slice) list(ctx context.Context, e Entry) error {
	read := sl.now()
	res, err := sl.Source.Children(ctx, e.ID, e.Cursor)
	again := e
	if errors.Is(err, ErrCursor) && e.Cursor != "" {
		again.Cursor = ""
		return sl.commit(ctx, &Change{Entry: e, Then: &again})
	}
	if err != nil {
		return fromSource(err)
	}
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
	if err := sl.meetKids(ctx, c, e.Parent, e.Collection, kids); err != nil {
		return err
	}
	switch {
	case again.Left <= 0, res.Next == "":
		c.Complete = []string{e.ID}
	default:
		again.Cursor = res.Next
		c.Then = &again
	}
	return sl.commit(ctx, c)
}

// foundKid is a child page or inner database as it stands in a list of blocks.
type foundKid struct {
	page.Block
	list string    // the list's owner
	read time.Time // when the list was read
}

func isKid(b page.Block) bool {
	return !b.Gone && (b.Type == "child_page" || b.Type == "child_database")
}

// meetKids sorts out which child pages and inner databases found in a page's blocks are to be read.
func (sl *slice) meetKids(ctx context.Context, c *Change, parent, collection string, kids []foundKid) error {
	ids := make([]string, 0, len(kids))
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
	limited := !sl.job.Scope.Full
	for _, kid := range kids {
		rec := known[kid.ID]
		switch {
		case kid.Type == "child_database":
			e := entry(workDatabase, classFetch, kid.ID)
			e.Collection, e.Parent = collection, parent
			if c.Entry.Class == classDiscover {
				e.Class = classDiscover
			}
			c.Add = append(c.Add, e)
		case limited && rec != nil && rec.Slug != "" && rec.Parent == parent:
			continue // not asked for
		case !sl.job.Scope.Force && distrust == "" && rec.fresh(kid.Edited) && rec.Parent == parent && rec.Slug != "":
			c.Meet = append(c.Meet, Meeting{ID: kid.ID, Kind: page.KindChild, Add: sl.checks(rec)})
		default:
			e := pageEntry(kid.ID, classFetch, kid.Created)
			e.Page, e.Collection, e.Parent = page.KindChild, collection, parent
			e.Edited, e.Read = kid.Edited, kid.read
			c.Meet = append(c.Meet, Meeting{ID: kid.ID, Kind: page.KindChild, Entry: &e})
		}
	}
	return nil
}
