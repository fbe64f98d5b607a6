package model

import (
	"encoding/json"
	"errors"
	"time"
)

// MaxRestarts is how often a listing begins anew because its cursor was refused. One that lay with a job for long may be;
// one that is refused whenever the listing gets that far would have it begin for ever.
const MaxRestarts = 4

// Restarted is the task with its listing begun anew; false if err is another one, or that was done too often.
func (e Task) Restarted(err error) (again Task, ok bool) {
	again = e
	again.Cursor = ""
	again.Restarts++
	return again, errors.Is(err, ErrCursor) && e.Cursor != "" && e.Restarts < MaxRestarts
}

// WithParts is the task itself if block lists of its page are kept.
func (e Task) WithParts() []Task {
	if e.Parts > 0 {
		return []Task{e}
	}
	return nil
}

// Work says what a task asks for.
type Work string

// The kinds of work on a to-do list.
const (
	WorkRestore  Work = "restore"  // find out again whose the slugs are
	WorkRef      Work = "ref"      // find the page that a name stands for
	WorkDatabase Work = "database" // find a database's data sources
	WorkRows     Work = "rows"     // list a data source
	WorkList     Work = "list"     // check the child pages that stand in one list of blocks
	WorkCheck    Work = "check"    // check one child page
	WorkLocate   Work = "named"    // find out where a page stands that was asked for by name
	WorkPage     Work = "page"     // read and write a page
	WorkSweep    Work = "sweep"    // find known pages that nothing showed
	WorkConfirm  Work = "confirm"  // read one of them before it is removed
	WorkOrphans  Work = "orphans"  // drop the entries of inner databases that no page contains
	WorkRefresh  Work = "refresh"  // make a page's bundle anew from what is stored
	WorkRelink   Work = "relink"   // find pages whose bundle shows something outdated
	WorkIndexes  Work = "indexes"  // find indexes that changed
	WorkIndex    Work = "index"    // write an index
	WorkFiles    Work = "files"    // remove copies of files that no page uses
)

// The classes of a to-do list: work of one class begins when none of a lower class is left. Work that adds work of a
// lower class sends the job back to it.
const (
	ClassRestore  = iota // whose the slugs are comes before all that wants one
	ClassRef             // what is asked for by name, or configured, comes before a listing may find it unchanged, or another's
	ClassDiscover        // every collection is listed before any page is written, so that their slugs come first
	ClassPlace           // pages asked for by name reserve their slugs before any page is written
	ClassFetch           // collection pages, and the databases found in them
	ClassBelow           // child pages and rows, when all of those that are found reserve their slugs
	ClassRetry           // what failed in a slice is tried again in a later one
	ClassSweep
	ClassConfirm
	ClassOrphans
	ClassRefresh
	ClassEarlyRelink // what must follow its parent has left its slug before anybody is denied it
	ClassConflicts   // pages whose slug was taken, once it is known what goes and what moves
	ClassAwait       // pages asked for by name that nothing has shown where they stand
	ClassRelink
	ClassIndexes
	ClassIndex
	ClassFiles
)

// LastOrder is the highest a task can have: it comes last in its class.
const LastOrder = 1<<40 - 1

// PhaseOf is the phase that work of a class belongs to.
func PhaseOf(class int) Phase {
	switch {
	case class <= ClassPlace:
		return Discover
	case class <= ClassRetry, class == ClassConflicts, class == ClassAwait:
		return Fetch
	case class <= ClassOrphans:
		return Prune
	default:
		return Publish
	}
}

// Task is one piece of work on a job's to-do list. Finishing it and everything it changes is one transaction, so the
// list is always the truth about what is left.
type Task struct {
	Key   string `json:"key"` // work and id: the same work stands on the list once
	Class int    `json:"-"`
	Order int64  `json:"-"` // within its class, lowest first
	Rev   int64  `json:"-"` // changes whenever the task does

	Skipped string `json:"-"` // a page of this kind that was counted as skipped: it is not any more

	Work Work   `json:"work"`
	ID   string `json:"id,omitempty"`
	Place
	Listing
	Found
	Mode
	Tries
}

// Listing is how far a listing of rows or blocks has got. Its Place has the parent of the pages that it shows, and as List
// the index in which they stand, or the owner of the list of blocks.
type Listing struct {
	Cursor   string    `json:"cursor,omitempty"`
	Since    time.Time `json:"since,omitzero"`     // rows: created at or after
	Short    bool      `json:"short,omitempty"`    // rows: some of those before Since are never listed
	Size     int       `json:"size,omitempty"`     // rows: at most so many at once; 0: as many as Notion gives
	Left     int       `json:"left,omitempty"`     // blocks: child pages still to be found
	Restarts int       `json:"restarts,omitempty"` // how often it has begun anew
	Asked    int       `json:"asked,omitempty"`    // blocks: requests made; of a page to be located: how often it has waited; a sweep below: how often it has looked
}

// Found is what is known of a page before its content is read.
type Found struct {
	Object  json.RawMessage `json:"object,omitempty"`  // the page object, if a listing has brought it
	Objects int             `json:"objects,omitempty"` // set: the object is kept apart, among those of this number
	Edited  time.Time       `json:"edited,omitzero"`   // the stamp a list of blocks gave
	Read    time.Time       `json:"read,omitzero"`     // when Object, or without one Edited, was read
	Parts   int             `json:"parts,omitempty"`   // how often block lists of it were checkpointed with the job
}

// Mode says in which way a task is to be done.
type Mode struct {
	Force   bool `json:"force,omitempty"`   // read it whatever its stamp; confirm: reading it has shown already that it is gone
	Limited bool `json:"limited,omitempty"` // page: nothing has shown it in this job; database: of a limited job
	Own     bool `json:"own,omitempty"`     // locate: what has shown it was wrong, its page object alone tells
	Quiet   bool `json:"event,omitempty"`   // no warning if it is none of ours: an event has named it, or the engine itself
	Orphan  bool `json:"orphan,omitempty"`  // confirm: what it stood under, Parent, is gone
	Counted bool `json:"counted,omitempty"` // indexes, files: what comes first is done
}

// Tries are the attempts at a task that had no success.
type Tries struct {
	Attempts int       `json:"attempts,omitempty"` // failed so far
	Tried    int       `json:"tried,omitempty"`    // the slice of the last one
	Error    string    `json:"error,omitempty"`    // of the last one
	Later    time.Time `json:"later,omitzero"`     // set: it was told to wait until then
}

// ToldToWait reports whether Notion has answered a request of the task's with a wait.
func (e Task) ToldToWait() bool { return !e.Later.IsZero() }

// Pending reports whether the task counts among the job's pending pages.
func (e Task) Pending() bool { return e.Work == WorkPage || e.Work == WorkLocate }

// PendingCount is what the task counts among them.
func (e Task) PendingCount() int64 {
	if e.Pending() {
		return 1
	}
	return 0
}

// NewTask is a task of a class. The same work for the same id stands on a list once.
//
// It is not inlined: a task is some 400 bytes, and what fills one would stand in forty places of every function's binary,
// whose size is what a cold start takes.
//
//go:noinline
func NewTask(kind Work, class int, id string) Task {
	return Task{Key: string(kind) + ":" + id, Work: kind, Class: class, ID: id}
}
