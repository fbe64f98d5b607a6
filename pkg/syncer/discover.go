package syncer

import (
	"context"
	"fmt"
	"slices"

	"notionsync/pkg/page"
)

// plant puts a new job's first entries on its list: what finds everything else, and the steps that follow.
func plant(ctx context.Context, o *Options, lease Lease, job *Job) error {
	c := &Change{Job: job.ID, Inherit: true}
	if job.Scope.Full {
		for _, col := range o.Collections {
			c.Add = append(c.Add, collectionTask(col))
		}
		c.Add = append(c.Add, newTask(workSweep, classSweep, ""), newTask(workOrphans, classOrphans, ""),
			newTask(workFiles, classFiles, ""))
	} else {
		for _, col := range o.Collections {
			e := collectionTask(col)
			e.Key, e.Limited = e.Key+":known", true // should the job become a full one, its entry is another
			c.Add = append(c.Add, e)
		}
		if err := plantSources(ctx, o, c, job.Scope.Sources); err != nil {
			return err
		}
	}
	refs := job.Scope.Pages
	if job.Scope.Failed {
		failed, err := o.Store.FailedPages(ctx)
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
		e := newTask(workRef, classRef, ref.Ref)
		e.Force, e.Event = ref.Force, ref.Event
		c.Add = append(c.Add, e)
	}
	c.Add = append(c.Add, newTask(workIndexes, classIndexes, ""))
	c.Sightings, c.Complete = []Sighting{firstSighting(newTask(workRelink, classRelink, ""))}, []string{markBegun}
	lost, err := o.Store.Bare(ctx)
	if err != nil {
		return err
	}
	if lost || job.Scope.all() {
		c.Add = append(c.Add, newTask(workRestore, classRestore, ""))
	}
	setRevisions(c)
	return lease.Commit(ctx, c)
}

// plantSources has the rows of single data sources listed, those that still belong to a collection.
func plantSources(ctx context.Context, o *Options, c *Change, sources []string) error {
	var facts Observations
	for _, id := range sources {
		name, err := facts.collectionOf(ctx, o, id)
		if err != nil {
			return err
		}
		if name != "" {
			c.Add = append(c.Add, rowsTask(id, classDiscover, name, "", name+":index"))
		}
	}
	return nil
}

// ref finds the page that a limited job names, by slug, id or URL.
func (inv *Invocation) ref(ctx context.Context, e Task) error {
	c := &Change{Task: e}
	slug := page.TrimSlug(e.ID)
	owners, err := inv.Store.Owners(ctx, []string{slug})
	if err != nil {
		return err
	}
	id := owners[slug]
	if id == "" {
		id, _ = page.ParseID(e.ID)
	}
	if id == "" {
		c.Warnings = []string{fmt.Sprintf("page %q: no published page has this slug, and it is no Notion id or URL", e.ID)}
		return inv.commit(ctx, c)
	}
	p := locateTask(id)
	p.Force, p.Event = e.Force, e.Event
	c.Add = []Task{p}
	return inv.commit(ctx, c)
}

// database finds the data sources of a collection, or of a database inside a page.
func (inv *Invocation) database(ctx context.Context, e Task) error {
	if e.Limited {
		known, err := inv.observed.knownSources(ctx, inv.Store, e.Collection)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			return inv.commit(ctx, &Change{Task: e, Complete: []string{sourcesFound(e.Collection)}})
		}
	}
	db, err := withSources(ctx, inv.Source, e.ID)
	if err != nil {
		return fromSource(err)
	}
	if e.Parent != "" {
		return inv.innerDatabase(ctx, e, db)
	}
	c := &Change{Task: e}
	ids := make([]string, len(db.Sources))
	for i, src := range db.Sources {
		ids[i] = src.ID
		if !e.Limited {
			c.Add = append(c.Add, rowsTask(src.ID, classDiscover, e.Collection, "", e.Collection+":index"))
		}
	}
	c.Observed, c.Complete = inv.observed.observeSources(e.Collection, ids), []string{sourcesFound(e.Collection)}
	return inv.commit(ctx, c)
}

// innerDatabase sees to a database that stands inside a page. Where it is a collection as well, the collection's slugs
// hold for its rows, and its own index shows them too.
func (inv *Invocation) innerDatabase(ctx context.Context, e Task, db Database) error {
	inner := InnerDatabase{ID: db.ID, Title: db.Title, Page: e.Parent}
	c := &Change{Task: e}
	for _, src := range db.Sources {
		inner.Sources = append(inner.Sources, src.ID)
		owner, err := inv.observed.collectionOf(ctx, inv.Options, src.ID)
		if err != nil {
			return err
		}
		if owner != "" {
			inner.Collection = owner
			continue
		}
		c.Add = append(c.Add, rowsTask(src.ID, e.Class, e.Collection, e.Parent, "db:"+db.ID))
	}
	known, err := inv.Store.Databases(ctx)
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
		above, err := inv.Store.Records(ctx, []string{e.Parent})
		if err != nil {
			return err
		}
		if rec := above[e.Parent]; rec != nil {
			c.Add = append(c.Add, readAgain(rec))
		}
	}
	return inv.commit(ctx, c)
}

// discovering is the work of finding what there is.
func (inv *Invocation) discovering() map[Kind]handler {
	return map[Kind]handler{
		workRef:      {do: inv.ref, giveUp: says("page %q could not be looked up: %v")},
		workDatabase: {do: inv.database, asksNotion: true, giveUp: inv.giveUpListing},
		workRows:     {do: inv.rows, asksNotion: true, giveUp: inv.giveUpListing},
		workList:     {do: inv.list, asksNotion: true},
		workCheck:    {do: inv.check, asksNotion: true},
	}
}
