package plan

import (
	"context"
	"maps"
	"slices"
	"sync"

	"notionsync/pkg/syncer/model"
)

var (
	_ model.Store = (*overlay)(nil)
	_ model.Lease = (*overlay)(nil)
)

// overlay is a Store for a dry run. It shows what is in the real store with what the dry run has written on top of it, and
// keeps all of that in memory: nothing reaches the real store. It is its own Lease, which nobody else waits for.
//
// A nil value in one of its maps stands for what has been deleted.
type overlay struct {
	model.Store // read only

	mu       sync.Mutex
	records  map[string]*model.Record
	owners   map[string]string // slug → page; empty: free
	bundles  map[string][]byte
	items    map[string][]byte
	lists    map[string]map[string]bool // list → page → it stands there
	emptied  map[string]bool            // lists of which the real store's members count no more
	linkers  map[string]map[string]bool // page or block → page → it links there
	inner    map[string]*model.InnerDatabase
	observed map[string]string
	files    map[string]*model.KeptFile
	failed   map[string]bool
	denied   map[string]string // page → slug that it wants and another has

	dryJob // the one job that there is
}

func newOverlay(real model.Store) *overlay {
	return &overlay{
		Store: real, records: map[string]*model.Record{}, owners: map[string]string{}, bundles: map[string][]byte{},
		items: map[string][]byte{}, lists: map[string]map[string]bool{}, emptied: map[string]bool{},
		linkers: map[string]map[string]bool{}, inner: map[string]*model.InnerDatabase{}, observed: map[string]string{},
		files: map[string]*model.KeptFile{}, failed: map[string]bool{},
		denied: map[string]string{}, dryJob: newDryJob(),
	}
}

// unwritten are those of a list that the dry run has not written: only for these the real store is asked.
func unwritten[V any](o *overlay, ids []string, written map[string]V) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, is := written[id]; return is })
}

// Records implements Store.
func (o *overlay) Records(ctx context.Context, ids []string) (map[string]*model.Record, error) {
	known, err := o.Store.Records(ctx, unwritten(o, ids, o.records))
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		if rec := o.records[id]; rec != nil {
			known[id] = copied(rec)
		}
	}
	return known, nil
}

// Owners implements Store.
func (o *overlay) Owners(ctx context.Context, slugs []string) (map[string]string, error) {
	owners, err := o.Store.Owners(ctx, unwritten(o, slugs, o.owners))
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, slug := range slugs {
		if owner := o.owners[slug]; owner != "" {
			owners[slug] = owner
		}
	}
	return owners, nil
}

// Files implements Store.
func (o *overlay) Files(ctx context.Context, ids []string) (map[string]model.KeptFile, error) {
	files, err := o.Store.Files(ctx, unwritten(o, ids, o.files))
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		if kept := o.files[id]; kept != nil {
			files[id] = *kept
		}
	}
	return files, nil
}

// ScanRecords implements Store. Pages that are new come with the last of those that the real store knows.
func (o *overlay) ScanRecords(ctx context.Context, cursor string) ([]*model.Record, string, error) {
	known, next, err := o.Store.ScanRecords(ctx, cursor)
	if err != nil {
		return nil, "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	known = slices.DeleteFunc(known, func(r *model.Record) bool { _, written := o.records[r.ID]; return written })
	if next == "" {
		for _, id := range slices.Sorted(maps.Keys(o.records)) {
			if rec := o.records[id]; rec != nil {
				known = append(known, copied(rec))
			}
		}
	}
	return known, next, nil
}

// FailedPages implements Store.
func (o *overlay) FailedPages(ctx context.Context) ([]string, error) {
	ids, err := o.Store.FailedPages(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.merged(ids, o.failed), err
}

// merged is a list with what was added to it and taken out of it.
func (o *overlay) merged(ids []string, written map[string]bool) []string {
	ids = slices.DeleteFunc(ids, func(id string) bool { _, known := written[id]; return known })
	for _, id := range slices.Sorted(maps.Keys(written)) {
		if written[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// Members implements Store.
func (o *overlay) Members(ctx context.Context, list string) ([]string, error) {
	ids, err := o.Store.Members(ctx, list)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.emptied[list] {
		ids = nil
	}
	return o.merged(ids, o.lists[list]), err
}

// Linkers implements Store.
func (o *overlay) Linkers(ctx context.Context, ids ...string) ([]string, error) {
	o.mu.Lock()
	var changed []string
	for _, id := range ids {
		if o.linkers[id] != nil {
			changed = append(changed, id)
		}
	}
	o.mu.Unlock()
	same := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(changed, id) })
	linkers, err := o.Store.Linkers(ctx, same...)
	for _, id := range changed {
		if err != nil {
			break
		}
		var known []string
		known, err = o.Store.Linkers(ctx, id)
		o.mu.Lock()
		linkers = append(linkers, o.merged(known, o.linkers[id])...)
		o.mu.Unlock()
	}
	slices.Sort(linkers)
	return slices.Compact(linkers), err
}

// Databases implements Store.
func (o *overlay) Databases(ctx context.Context) ([]model.InnerDatabase, error) {
	known, err := o.Store.Databases(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	known = slices.DeleteFunc(known, func(db model.InnerDatabase) bool { _, written := o.inner[db.ID]; return written })
	for _, id := range slices.Sorted(maps.Keys(o.inner)) {
		if db := o.inner[id]; db != nil && id != "" {
			known = append(known, *db)
		}
	}
	return known, err
}

// Bundle implements Store.
func (o *overlay) Bundle(ctx context.Context, slug string) ([]byte, error) {
	o.mu.Lock()
	raw, written := o.bundles[slug]
	o.mu.Unlock()
	if written {
		return raw, nil
	}
	return o.Store.Bundle(ctx, slug)
}

// Item implements Store.
func (o *overlay) Item(ctx context.Context, id string) ([]byte, error) {
	o.mu.Lock()
	raw, written := o.items[id]
	o.mu.Unlock()
	if written {
		return raw, nil
	}
	return o.Store.Item(ctx, id)
}

// Observation implements Store.
func (o *overlay) Observation(ctx context.Context, name string) (string, error) {
	o.mu.Lock()
	value, written := o.observed[name]
	o.mu.Unlock()
	if written {
		return value, nil
	}
	return o.Store.Observation(ctx, name)
}

// Examine implements Store. Of pages that the dry run has written it looks at what it has in memory.
func (o *overlay) Examine(ctx context.Context, recs []*model.Record) ([]bool, error) {
	missing := make([]bool, len(recs))
	var asked []*model.Record
	var at []int
	o.mu.Lock()
	for i, rec := range recs {
		raw, written := o.bundles[rec.Slug]
		owner, noted := o.owners[rec.Slug]
		if missing[i] = written && raw == nil || noted && owner == ""; !missing[i] && !written {
			asked, at = append(asked, rec), append(at, i)
		}
	}
	o.mu.Unlock()
	found, err := o.Store.Examine(ctx, asked)
	if err != nil {
		return nil, err
	}
	for i, lacks := range found {
		missing[at[i]] = lacks
	}
	return missing, nil
}

// ScanOwners implements Store. What the dry run has written comes with the last of what the real store knows.
func (o *overlay) ScanOwners(ctx context.Context, cursor string) (map[string]string, string, error) {
	owners, next, err := o.Store.ScanOwners(ctx, cursor)
	if err != nil {
		return nil, "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for slug, id := range o.owners {
		if delete(owners, slug); id != "" && next == "" {
			owners[slug] = id
		}
	}
	return owners, next, nil
}

// ScanBundles implements Store, as ScanOwners does.
func (o *overlay) ScanBundles(ctx context.Context, cursor string) (map[string]string, string, error) {
	slugs, next, err := o.Store.ScanBundles(ctx, cursor)
	if err != nil {
		return nil, "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for slug, raw := range o.bundles {
		if delete(slugs, slug); raw != nil && next == "" {
			slugs[slug] = ""
		}
	}
	return slugs, next, nil
}

// ScanEntries implements Store. The entries that the dry run has deleted are those of databases that it does not know.
func (o *overlay) ScanEntries(ctx context.Context, cursor string) (map[string]string, string, error) {
	return o.Store.ScanEntries(ctx, cursor)
}

// ScanFiles implements Store, as ScanOwners does.
func (o *overlay) ScanFiles(ctx context.Context, cursor string) (map[string]model.KeptFile, string, error) {
	files, next, err := o.Store.ScanFiles(ctx, cursor)
	if err != nil {
		return nil, "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, kept := range o.files {
		if delete(files, id); kept != nil && next == "" {
			files[id] = *kept
		}
	}
	return files, next, nil
}

// Lacking implements Store. A dry run builds no index, so none that is lacking is missed.
func (o *overlay) Lacking(context.Context, []string) ([]string, error) { return nil, nil }
