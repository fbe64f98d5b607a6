package syncer

import (
	"time"

	"notionsync/pkg/page"
)

// readAgain is the work of reading a published page whatever its stamp.
func readAgain(r *Record) Task {
	e := pageTask(r.ID, readClass(r.Kind), r.Created)
	e.Page, e.Collection, e.Parent, e.Source, e.List = r.Kind, r.Collection, r.Parent, r.Source, r.List
	e.Force, e.Limited = true, true
	return e
}

// refreshTask is the work of bringing a published page up to date with what is around it.
func refreshTask(r *Record) Task {
	e := newTask(workRefresh, classRefresh, r.ID)
	e.Order = int64(len(r.Want)) // parents before what stands below them
	return e
}

// readClass is the class in which pages of a kind are read.
func readClass(kind string) int {
	if kind == page.KindPage {
		return classFetch
	}
	return classBelow
}

// collectionTask is the work of finding a collection's data sources. That of all is done before any is listed: a data
// source may be in several, and is the first one's.
func collectionTask(col Collection) Task {
	e := newTask(workDatabase, classRef, col.Name+":"+col.ID)
	e.ID, e.Collection = col.ID, col.Name
	return e
}

func checkTask(id, parent, collection string) Task {
	e := newTask(workCheck, classDiscover, id)
	e.Parent, e.Collection = parent, collection
	return e
}

// locateTask is the work of finding out where a page stands and having it read there. To be named is not to be met: whoever
// meets the page meanwhile has it read.
func locateTask(id string) Task { return newTask(workLocate, classPlace, id) }

// pageTask is the work of reading and writing a page; created orders it among its like.
func pageTask(id string, class int, created time.Time) Task {
	e := newTask(workPage, class, id)
	e.Order = created.Unix()
	return e
}

func rowsTask(source string, class int, collection, parent, list string) Task {
	e := newTask(workRows, class, list+":"+source)
	e.ID, e.Collection, e.Parent, e.List, e.Source = source, collection, parent, list, source
	return e
}
