package syncer

import "notionsync/pkg/page"

// checks are the entries that look after what stands below a page that has not changed itself: its stamp does not move
// when a child page changes.
func (inv *Invocation) checks(rec *Record) []Task {
	var entries []Task
	var pages []Child
	for _, kid := range rec.Children {
		if kid.Database {
			e := newTask(workDatabase, classDiscover, kid.ID)
			e.Collection, e.Parent = rec.Collection, rec.ID
			entries = append(entries, e)
		} else {
			pages = append(pages, kid)
		}
	}
	return append(entries, inv.checksOf(rec.ID, rec.Collection, pages)...)
}

// checksOf are the entries that look after child pages: one for each list of blocks in which they stand. Where pages are
// read as Markdown it is not known how far down a list a child page stands, so a single one is asked for by itself, and
// so is one whose list is not known.
func (inv *Invocation) checksOf(parent, collection string, kids []Child) []Task {
	var entries []Task
	lists := map[string][]Child{}
	for _, kid := range kids {
		lists[kid.List] = append(lists[kid.List], kid)
	}
	for list, kids := range lists {
		if inv.asked() == page.ContentMarkdown && (list == "" || len(kids) == 1) {
			for _, kid := range kids {
				entries = append(entries, checkTask(kid.ID, parent, collection))
			}
			continue
		}
		e := newTask(workList, classDiscover, list)
		e.Parent, e.Collection, e.Left = parent, collection, len(kids)
		entries = append(entries, e)
	}
	return entries
}
