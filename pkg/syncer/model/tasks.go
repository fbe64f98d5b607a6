package model

import (
	"time"

	"notionsync/pkg/page"
)

// ReadAgain is the work of reading a published page whatever its stamp.
//
//go:noinline
func ReadAgain(r *Record) Task {
	e := PageTask(r.ID, ReadClass(r.Kind), r.Created)
	e.Place = r.Place
	e.Force, e.Limited = true, true
	return e
}

// RefreshTask is the work of bringing a published page up to date with what is around it.
func RefreshTask(r *Record) Task {
	e := NewTask(WorkRefresh, ClassRefresh, r.ID)
	e.Order = int64(len(r.Want)) // parents before what stands below them
	return e
}

// ReadClass is the class in which pages of a kind are read.
func ReadClass(kind string) int {
	if kind == page.KindPage {
		return ClassFetch
	}
	return ClassBelow
}

// CollectionTask is the work of finding a collection's data sources. That of all is done before any is listed: a data
// source may be in several, and is the first one's.
func CollectionTask(col Collection) Task {
	e := NewTask(WorkDatabase, ClassRef, col.Name+":"+col.ID)
	e.ID, e.Collection = col.ID, col.Name
	return e
}

// CheckTask is the work of asking for one child page, to see whether it has changed.
func CheckTask(id, parent, collection string) Task {
	e := NewTask(WorkCheck, ClassDiscover, id)
	e.Parent, e.Collection = parent, collection
	return e
}

// LocateTask is the work of finding out where a page stands and having it read there. To be named is not to be placed: what
// shows the page meanwhile has it read.
//
//go:noinline
func LocateTask(id string) Task { return NewTask(WorkLocate, ClassPlace, id) }

// OrphanTask is the work of reading a page that stands under one which has left the site, before it is removed.
func OrphanTask(id, parent string) Task {
	e := NewTask(WorkConfirm, ClassConfirm, id)
	e.Orphan, e.Parent = true, parent
	return e
}

// PageTask is the work of reading and writing a page; created orders it among its like.
//
//go:noinline
func PageTask(id string, class int, created time.Time) Task {
	e := NewTask(WorkPage, class, id)
	e.Order = created.Unix()
	return e
}

// RowsTask is the work of listing a data source for an index. parent is the page in which its database stands; empty for that of
// a collection.
func RowsTask(source string, class int, collection, parent, list string) Task {
	e := NewTask(WorkRows, class, list+":"+source)
	e.ID, e.Place = source, Place{Kind: page.KindRow, Collection: collection, Parent: parent, List: list, Source: source}
	if parent == "" {
		e.Kind = page.KindPage
	}
	return e
}
