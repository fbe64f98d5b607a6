package model

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Change is what one piece of work changes: all of it or nothing.
type Change struct {
	Job   string
	Phase Phase // of the job
	// MoreComing: other work is going on, whose changes may follow in a moment. The store may wait for them.
	MoreComing bool

	ListChange
	PageChange
	SlugChange
	EvidenceChange
	IndexChange
	KeptChange
	Report

	News News // what the site is to be told
	Told News // what it has been told
}

// ListChange is what a change does to the to-do list.
type ListChange struct {
	Task      Task   // the work this finishes
	Also      []Task // more work that it finishes
	Then      *Task  // what takes its place on the list; nil: nothing
	Begun     bool   // Then is worked on already, by whoever commits this
	Add       []Task // further work; what is on the list already stays as it is
	Sightings []Sighting
}

// PageChange is what a change does to pages.
type PageChange struct {
	Write []PageWrite
	Drop  []Removal
	// Remember is bookkeeping alone. Each record is stored only if what is stored is still its Raw, else nothing of the change
	// is done: ErrChanged. That of a page in Sightings is stored only if the page is seen for the first time.
	Remember []*Record
}

// SlugChange is what a change does to the slugs that pages have or want.
type SlugChange struct {
	Unclaim map[string]string // slug → page: its reservation, if it is that page's, is given up
	Claim   map[string]string // slug → page: reserved; a *SlugTaken error if another has it but for the one in Yield
	Yield   map[string]string // slug of Claim → page whose reservation yields
	Give    map[string]string // slug → page: taken over from whoever has it
}

// EvidenceChange is what a change does to what the job has found out, and has still to look at.
type EvidenceChange struct {
	Complete []string // data sources, pages and lists listed to their end; and marks: what else the job has found out
	Inherit  bool     // first of all, the job's SetChanged and SetLists become what jobs before it have left undone
	Put      map[Set][]string
	Take     map[Set][]string
}

// IndexChange is what a change does to indexes.
type IndexChange struct {
	Databases     []InnerDatabase
	DropDatabases []string  // their db: entries too
	Lists         []string  // built lists to be put in place
	Links         []*Record // pages whose links are to be known again
	Linked        bool      // the links of all pages are known now
	Indexes       []string  // built indexes to be put in place
	DropIndexes   []string
}

// KeptChange is what a change does to what is kept for later: block lists until their page is written, the rest between
// jobs.
type KeptChange struct {
	Parts     map[string]json.RawMessage // block lists of the task's page, checkpointed for the Then.Parts-th time
	DropParts []Task                     // work for which kept block lists are needed no more
	Observed  map[string]string
	Files     map[string]KeptFile // files copied, or dropped
	DropFiles []string            // files of which nothing is remembered any more
}

// Report is what a change adds to what people are told of the job.
type Report struct {
	Count    Counts
	Warnings []string
	Failure  string // a collection could not be listed: why
	Errors   []PageError
	Cleared  []string // pages whose earlier failure is over
}

// Finish is the change that ends a task and, as it stands, does nothing else.
//
//go:noinline
func Finish(t Task) *Change { return &Change{ListChange: ListChange{Task: t}} }

// Replace is the change that ends a task and puts another in its place.
//
//go:noinline
func Replace(t, then Task) *Change { return &Change{ListChange: ListChange{Task: t, Then: &then}} }

// Warn adds a warning and returns c.
//
//go:noinline
func (c *Change) Warn(format string, args ...any) *Change {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
	return c
}

// Sighting is a page that the job has seen somewhere. What it asks for happens the first time only.
type Sighting struct {
	ID    string
	Task  *Task  // the work to be done; nil: it is unchanged
	Kind  string // of page
	Draft bool   // a row without a slug: only counted, it does not count as seen
	Add   []Task // unchanged: the checks of what stands below it
}

// PageWrite is one page as it is to be published.
type PageWrite struct {
	Record *Record
	Was    *Record // as it was known; nil: unknown
	Bundle []byte
	Item   []byte // its line in the index it stands in; nil: it stands in none
}

// Removal is one page that goes from the site.
type Removal struct {
	Record *Record
	Keep   *Record // what is remembered of it from then on; nil: nothing
}

// Leaves has the index and the page above looked at that a page has left.
func (c *Change) Leaves(was, now *Record) {
	if was == nil {
		return
	}
	if was.List != "" && was.List != now.List {
		c.PutIn(SetLists, was.List)
	}
	if was.Parent != "" && was.Parent != now.Parent {
		c.PutIn(SetChanged, was.Parent)
	}
}

// Brings reports whether a change brings pages to be read, whose page objects stay in memory until it is committed.
func (c *Change) Brings() bool {
	return slices.ContainsFunc(c.Sightings, func(m Sighting) bool { return m.Task != nil })
}
