package place

import (
	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// Checks are the entries that look after what stands below a page that has not changed itself: its stamp does not move
// when a child page changes.
func (inv *Room) Checks(rec *model.Record) []model.Task {
	var entries []model.Task
	var pages []model.Child
	for _, kid := range rec.Children {
		if kid.Database {
			e := model.NewTask(model.WorkDatabase, model.ClassDiscover, kid.ID)
			e.Collection, e.Parent = rec.Collection, rec.ID
			entries = append(entries, e)
		} else {
			pages = append(pages, kid)
		}
	}
	return append(entries, inv.ChecksOf(rec.ID, rec.Collection, pages)...)
}

// ChecksOf are the entries that look after child pages: one for each list of blocks in which they stand. Where pages are
// read as Markdown it is not known how far down a list a child page stands, so a single one is asked for by itself, and
// so is one whose list is not known.
func (inv *Room) ChecksOf(parent, collection string, kids []model.Child) []model.Task {
	var entries []model.Task
	lists := map[string][]model.Child{}
	for _, kid := range kids {
		lists[kid.List] = append(lists[kid.List], kid)
	}
	for list, kids := range lists {
		if inv.ContentAsked() == page.ContentMarkdown && (list == "" || len(kids) == 1) {
			for _, kid := range kids {
				entries = append(entries, model.CheckTask(kid.ID, parent, collection))
			}
			continue
		}
		e := model.NewTask(model.WorkList, model.ClassDiscover, list)
		e.Parent, e.Collection, e.Left = parent, collection, len(kids)
		entries = append(entries, e)
	}
	return entries
}
