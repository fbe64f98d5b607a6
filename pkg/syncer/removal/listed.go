package removal

import (
	"context"
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
)

// alive names, among what a job has listed to its end, a page that nothing has shown, but that was read and is to stay.
func alive(id string) string { return "alive:" + id }

// listed tells of each page whether everything that could show it was listed to its end in this job, and it was not found
// alive all the same.
func (inv *Room) listed(ctx context.Context, recs ...*model.Record) ([]bool, error) {
	var parents []string
	for _, rec := range recs {
		parents = append(parents, rec.Parent)
	}
	above, err := inv.Store.Records(ctx, parents)
	if err != nil || len(recs) == 0 {
		return nil, err
	}
	collections, err := inv.collectionsListed(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := inv.rowSources(ctx, recs)
	if err != nil {
		return nil, err
	}
	var lists []string
	for i, rec := range recs {
		lists = append(append(append(lists, sources[i]...), alive(rec.ID)), showing(rec, above[rec.Parent])...)
	}
	complete, err := inv.Store.Complete(ctx, inv.Job.ID, lists)
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for i, id := range lists {
		done[id] = complete[i] && id != ""
	}
	listed := make([]bool, len(recs))
	for i, rec := range recs {
		switch {
		case done[alive(rec.ID)]:
		case rec.Kind == page.KindPage:
			listed[i] = collections.listed(rec.Collection)
		default:
			unlisted := slices.ContainsFunc(sources[i], func(id string) bool { return !done[id] })
			listed[i] = len(sources[i]) > 0 && !unlisted || offParent(rec, above[rec.Parent], done)
		}
	}
	return listed, nil
}

// rowSources are for each page the data sources that show it if all of them are listed: the one of which it is a row. Where
// Redis has lost which that is, those of every database in the page above.
func (inv *Room) rowSources(ctx context.Context, recs []*model.Record) ([][]string, error) {
	sources := make([][]string, len(recs))
	var inner []model.InnerDatabase
	for i, rec := range recs {
		switch {
		case rec.Kind != page.KindRow:
		case rec.Source != "":
			sources[i] = []string{rec.Source}
		default:
			var err error
			if inner == nil {
				inner, err = inv.Store.Databases(ctx)
			}
			if err != nil {
				return nil, err
			}
			for _, db := range inner {
				switch {
				case db.Page != rec.Parent:
				case len(db.Sources) == 0:
					sources[i] = append(sources[i], db.ID) // not known either: nothing was listed to its end
				default:
					sources[i] = append(sources[i], db.Sources...)
				}
			}
		}
	}
	return sources, nil
}

// showing are the lists any of which would show a child page, or the database of a row, below its parent.
func showing(rec, parent *model.Record) []string {
	if parent == nil {
		return nil
	}
	lists := []string{parent.ID, discover.Checked(rec.ID)}
	for _, child := range parent.Children {
		if child.ID == rec.ID {
			lists = append(lists, child.List)
		}
	}
	return lists
}

// offParent reports whether the page above was read, or its list of child pages checked, without showing this one.
func offParent(rec, parent *model.Record, done map[string]bool) bool {
	if parent == nil {
		return true
	}
	for _, child := range parent.Children {
		if rec.List == "db:"+child.ID {
			return false // its database still stands there
		}
	}
	for _, list := range showing(rec, parent) {
		if done[list] {
			return true
		}
	}
	return false
}

// listedCollections says of each configured collection whether it was listed to its end.
type listedCollections map[string]bool

func (inv *Room) collectionsListed(ctx context.Context) (listedCollections, error) {
	listed := listedCollections{}
	for _, col := range inv.Collections {
		var err error
		if listed[col.Name], err = inv.collectionListed(ctx, col.Name); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// listed reports whether everything that could show a page of a collection was listed to its end: for a collection that is
// no longer configured, all others, since its pages may have moved there.
func (l listedCollections) listed(name string) bool {
	if listed, configured := l[name]; configured {
		return listed
	}
	for _, listed := range l {
		if !listed {
			return false
		}
	}
	return true
}

func (inv *Room) collectionListed(ctx context.Context, name string) (bool, error) {
	ids, err := inv.Observed.Sources(ctx, inv.Store, name)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	done, err := inv.Store.Complete(ctx, inv.Job.ID, ids)
	for _, complete := range done {
		if !complete {
			return false, err
		}
	}
	return err == nil, err
}
