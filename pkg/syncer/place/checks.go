package place

import (
	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// Checks are the tasks that look after what stands below a page that has not changed itself: its stamp does not move
// when a child page changes.
func (inv *Room) Checks(rec *model.Record) []model.Task {
	var tasks []model.Task
	var pages []model.Child
	for _, child := range rec.Children {
		if child.Database {
			e := model.NewTask(model.WorkDatabase, model.ClassDiscover, child.ID)
			e.Collection, e.Parent = rec.Collection, rec.ID
			tasks = append(tasks, e)
		} else {
			pages = append(pages, child)
		}
	}
	return append(tasks, inv.ChecksOf(rec.ID, rec.Collection, pages)...)
}

// ChecksOf are the tasks that look after child pages: one for each list of blocks in which they stand. Where pages are
// read as Markdown it is not known how far down a list a child page stands, so a single one is asked for by itself, and
// so is one whose list is not known.
func (inv *Room) ChecksOf(parent, collection string, children []model.Child) []model.Task {
	var tasks []model.Task
	lists := map[string][]model.Child{}
	for _, child := range children {
		lists[child.List] = append(lists[child.List], child)
	}
	for list, children := range lists {
		if inv.ContentAsked() == page.ContentMarkdown && (list == "" || len(children) == 1) {
			for _, child := range children {
				tasks = append(tasks, model.CheckTask(child.ID, parent, collection))
			}
			continue
		}
		e := model.NewTask(model.WorkList, model.ClassDiscover, list)
		e.Parent, e.Collection, e.Left = parent, collection, len(children)
		tasks = append(tasks, e)
	}
	return tasks
}
