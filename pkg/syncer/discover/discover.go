package discover

import (
	"context"
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// Plant puts a new job's first tasks on its list: what finds everything else, and the steps that follow.
func Plant(ctx context.Context, o *model.Options, lease model.Lease, job *model.Job) error {
	c := &model.Change{Job: job.ID, EvidenceChange: model.EvidenceChange{Inherit: true}}
	if job.Scope.Full {
		for _, col := range o.Collections {
			c.Add = append(c.Add, model.CollectionTask(col))
		}
		c.Add = append(c.Add, model.NewTask(model.WorkSweep, model.ClassSweep, ""), model.NewTask(model.WorkOrphans, model.ClassOrphans, ""),
			model.NewTask(model.WorkFiles, model.ClassFiles, ""))
	} else {
		for _, col := range o.Collections {
			e := model.CollectionTask(col)
			e.Key, e.Limited = e.Key+":known", true // should the job become a full one, its task is another
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
			refs = append(refs, model.Ref{Ref: id, Force: true})
		}
	}
	for _, ref := range refs {
		if job.Scope.Full && !ref.Force {
			continue // the full listing covers it
		}
		e := model.NewTask(model.WorkRef, model.ClassRef, ref.Ref)
		e.Force, e.Quiet = ref.Force, ref.Event
		c.Add = append(c.Add, e)
	}
	c.Add = append(c.Add, model.NewTask(model.WorkIndexes, model.ClassIndexes, ""))
	c.Sightings, c.Complete = []model.Sighting{work.FirstSighting(model.NewTask(model.WorkRelink, model.ClassRelink, ""))}, []string{work.MarkBegun}
	inner, err := o.Store.Databases(ctx)
	if err != nil {
		return err
	}
	lost, err := o.Store.Bare(ctx, o.IndexNames(inner))
	if err != nil {
		return err
	}
	if lost || job.Scope.All() {
		c.Add = append(c.Add, model.NewTask(model.WorkRestore, model.ClassRestore, ""))
	}
	work.SetRevisions(c)
	return lease.Commit(ctx, c)
}

// plantSources has the rows of single data sources listed, those that still belong to a collection.
func plantSources(ctx context.Context, o *model.Options, c *model.Change, sources []string) error {
	var observed work.Observations
	for _, id := range sources {
		name, err := observed.CollectionOf(ctx, o, id)
		if err != nil {
			return err
		}
		if name != "" {
			c.Add = append(c.Add, model.RowsTask(id, model.ClassDiscover, name, "", name+":index"))
		}
	}
	return nil
}

// ref finds the page that a job's scope names, by slug, id or URL.
func (inv *Room) ref(ctx context.Context, e model.Task) error {
	c := model.Finish(e)
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
		return inv.Commit(ctx, c.Warn("page %q: no published page has this slug, and it is no Notion id or URL", e.ID))
	}
	p := model.LocateTask(id)
	p.Force, p.Quiet = e.Force, e.Quiet
	c.Add = []model.Task{p}
	return inv.Commit(ctx, c)
}

// database finds the data sources of a collection, or of a database inside a page.
func (inv *Room) database(ctx context.Context, e model.Task) error {
	if e.Limited {
		known, err := inv.Observed.KnownSources(ctx, inv.Store, e.Collection)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			c := model.Finish(e)
			c.Complete = []string{work.SourcesFound(e.Collection)}
			return inv.Commit(ctx, c)
		}
	}
	db, err := model.WithSources(ctx, inv.Source, e.ID)
	if err != nil {
		return model.FromSource(err)
	}
	if e.Parent != "" {
		return inv.innerDatabase(ctx, e, db)
	}
	c := model.Finish(e)
	ids := make([]string, len(db.Sources))
	for i, src := range db.Sources {
		ids[i] = src.ID
		if !e.Limited {
			c.Add = append(c.Add, model.RowsTask(src.ID, model.ClassDiscover, e.Collection, "", e.Collection+":index"))
		}
	}
	c.Observed, c.Complete = inv.Observed.ObserveSources(e.Collection, ids), []string{work.SourcesFound(e.Collection)}
	return inv.Commit(ctx, c)
}

// innerDatabase sees to a database that stands inside a page. Where it is a collection as well, the collection's slugs
// apply to its rows, and its own index shows them too.
func (inv *Room) innerDatabase(ctx context.Context, e model.Task, db model.Database) error {
	inner := model.InnerDatabase{ID: db.ID, Title: db.Title, Page: e.Parent}
	c := model.Finish(e)
	for _, src := range db.Sources {
		inner.Sources = append(inner.Sources, src.ID)
		owner, err := inv.Observed.CollectionOf(ctx, inv.Options, src.ID)
		if err != nil {
			return err
		}
		if owner != "" {
			inner.Collection = owner
			continue
		}
		c.Add = append(c.Add, model.RowsTask(src.ID, e.Class, e.Collection, e.Parent, "db:"+db.ID))
	}
	known, err := inv.Store.Databases(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(known, inner.Equal) {
		c.Databases = []model.InnerDatabase{inner}
		c.PutIn(model.SetLists, "db:"+db.ID)
	}
	renamed := func(old model.InnerDatabase) bool {
		return old.ID == inner.ID && old.Page != "" && old.Title != inner.Title
	}
	if e.Class == model.ClassDiscover && slices.ContainsFunc(known, renamed) {
		// The page shows the title, and its stamp has not moved, or this would come after it was read.
		above, err := inv.Store.Records(ctx, []string{e.Parent})
		if err != nil {
			return err
		}
		if rec := above[e.Parent]; rec != nil {
			c.Add = append(c.Add, model.ReadAgain(rec))
		}
	}
	return inv.Commit(ctx, c)
}

// Kinds are what does the work of finding what there is.
func (inv *Room) Kinds() map[model.Work]work.Handler {
	return map[model.Work]work.Handler{
		model.WorkRef:      {Do: inv.ref, GiveUp: work.Says("page %q could not be looked up: %v")},
		model.WorkDatabase: {Do: inv.database, AsksNotion: true, GiveUp: inv.giveUpListing},
		model.WorkRows:     {Do: inv.rows, AsksNotion: true, GiveUp: inv.giveUpListing},
		model.WorkList:     {Do: inv.list, AsksNotion: true},
		model.WorkCheck:    {Do: inv.check, AsksNotion: true},
	}
}

// giveUpListing ends work that was to list a collection, or a database inside a page.
func (inv *Room) giveUpListing(ctx context.Context, c *model.Change, e model.Task, failed error) error {
	what, err := inv.TableName(ctx, e)
	if err != nil {
		return err
	}
	c.Warn("%s could not be listed, nothing of it is removed: %v", what, failed)
	if e.Parent == "" {
		c.Failure = failed.Error()
	}
	return nil
}
