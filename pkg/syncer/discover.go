package syncer

import (
	"context"
	"fmt"
	"slices"

	"notionsync/pkg/page"
)

// plant puts a new job's first entries on its list: what finds everything else, and the steps that follow.
func (s *Syncer) plant(ctx context.Context, lease Lease, job *Job) error {
	c := &Change{Job: job.ID, Inherit: true}
	if job.Scope.Full {
		for _, col := range s.Collections {
			c.Add = append(c.Add, collectionEntry(col))
		}
		c.Add = append(c.Add, entry(workSweep, classSweep, ""), entry(workOrphans, classOrphans, ""),
			entry(workFiles, classFiles, ""))
	} else {
		for _, col := range s.Collections {
			e := collectionEntry(col)
			e.Key, e.Limited = e.Key+":known", true // should the job become a full one, its entry is another
			c.Add = append(c.Add, e)
		}
		if err := s.plantSources(ctx, c, job.Scope.Sources); err != nil {
			return err
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
		e := entry(workRef, classRef, ref.Ref)
		e.Force, e.Event = ref.Force, ref.Event
		c.Add = append(c.Add, e)
	}
	c.Add = append(c.Add, entry(workIndexes, classIndexes, ""))
	c.Meet, c.Complete = []Meeting{markMeeting(entry(workRelink, classRelink, ""))}, []string{markBegun}
	inner, err := s.Store.Databases(ctx)
	if err != nil {
		return err
	}
	lost, err := s.Store.Bare(ctx, s.lists(inner))
	if err != nil {
		return err
	}
	if lost || job.Scope.all() {
		c.Add = append(c.Add, entry(workRestore, classRestore, ""))
	}
	stamp(c)
	return lease.Commit(ctx, c)
}

// plantSources has the rows of single data sources listed, those that still belong to a collection.
func (s *Syncer) plantSources(ctx context.Context, c *Change, sources []string) error {
	var facts factCache
	for _, id := range sources {
		name, err := facts.collectionOf(ctx, s, id)
		if err != nil {
			return err
		}
		if name != "" {
			c.Add = append(c.Add, rowsEntry(id, classDiscover, name, "", name+":index"))
		}
	}
	return nil
}

// collectionEntry is the work of finding a collection's data sources. That of all is done before any is listed: a data
// source may be in several, and is the first one's.
func collectionEntry(col Collection) Entry {
	e := entry(workDatabase, classRef, col.Name+":"+col.ID)
	e.ID, e.Collection = col.ID, col.Name
	return e
}

// ref finds the page that a limited job names, by slug, id or URL.
func (sl *slice) ref(ctx context.Context, e Entry) error {
	c := &Change{Entry: e}
	slug := page.TrimSlug(e.ID)
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
	p := namedEntry(id)
	p.Force, p.Event = e.Force, e.Event
	c.Add = []Entry{p}
	return sl.commit(ctx, c)
}

// database finds the data sources of a collection, or of a database inside a page.
func (sl *slice) database(ctx context.Context, e Entry) error {
	if e.Limited {
		known, err := sl.facts.knownSources(ctx, sl.Store, e.Collection)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			return sl.commit(ctx, &Change{Entry: e, Complete: []string{noted(e.Collection)}})
		}
	}
	db, err := withSources(ctx, sl.Source, e.ID)
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
	c.Facts, c.Complete = sl.facts.noteSources(e.Collection, ids), []string{noted(e.Collection)}
	return sl.commit(ctx, c)
}

// withSources reads a database. One in the trash, and one that shows no data source, count as not found.
func withSources(ctx context.Context, src Source, id string) (Database, error) {
	db, err := src.Database(ctx, id)
	switch {
	case err != nil:
		return db, err
	case db.Gone:
		return db, fmt.Errorf("%q is in the trash: %w", db.Title, ErrNotFound)
	case len(db.Sources) == 0:
		return db, fmt.Errorf("%q shows no data source; if it is a linked view, share the original database: %w", db.Title, ErrNotFound)
	}
	return db, nil
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
	known, err := sl.Store.Databases(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(known, inner.equal) {
		c.Databases = []InnerDatabase{inner}
		c.Put = map[Set][]string{SetLists: {"db:" + db.ID}}
	}
	renamed := func(old InnerDatabase) bool { return old.ID == inner.ID && old.Page != "" && old.Title != inner.Title }
	if e.Class == classDiscover && slices.ContainsFunc(known, renamed) {
		// The page shows the title, and its stamp has not moved, or this would come after it was read.
		above, err := sl.Store.Records(ctx, []string{e.Parent})
		if err != nil {
			return err
		}
		if rec := above[e.Parent]; rec != nil {
			c.Add = append(c.Add, again(rec))
		}
	}
	return sl.commit(ctx, c)
}
