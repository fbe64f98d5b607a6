package syncer

import "encoding/json"

// Change is what one piece of work changes: all of it or nothing.
type Change struct {
	Job   string
	Phase Phase // of the job
	// Company: other work is going on, whose changes may follow in a moment. The store may wait for them.
	Company bool
	Entry   Entry   // the work this finishes
	Also    []Entry // more work that it finishes
	Then    *Entry  // what takes its place on the list; nil: nothing
	Hold    bool    // Then is worked on already, by whoever commits this
	Add     []Entry // further work; what is on the list already stays as it is
	Meet    []Meeting
	Write   []PageWrite
	Drop    []Removal
	Note    []*Record // bookkeeping alone; each only if what is stored is still its Raw, else nothing: ErrChanged. That of a page
	// in Meet is written only if the page is met for the first time.

	Unclaim  map[string]string // slug → page: its reservation, if it is that page's, is given up
	Claim    map[string]string // slug → page: reserved; a *SlugTaken error if another has it but for the one in Yield
	Yield    map[string]string // slug of Claim → page whose reservation yields
	Give     map[string]string // slug → page: taken over from whoever has it
	Complete []string          // data sources, pages and lists listed to their end
	Inherit  bool              // first of all, the job's SetFaces and SetLists become what jobs before it have left undone
	Put      map[Set][]string
	Take     map[Set][]string

	Databases     []InnerDatabase
	DropDatabases []string  // their db: entries too
	Lists         []string  // built lists to be put in place
	Links         []*Record // pages of which it is noted again where they link to
	Linked        bool      // of all pages that is noted now
	Indexes       []string  // built indexes to be put in place
	DropIndexes   []string

	Parts     map[string]json.RawMessage // block lists of the entry's page, put by for the Then.Parts-th time
	DropParts []Entry                    // work for which kept block lists are needed no more
	Facts     map[string]string
	Files     map[string]KeptFile // files copied, or dropped
	DropFiles []string            // files of which nothing is remembered any more

	News News // what the site is to be told
	Told News // what it has been told

	Count    Counts
	Warnings []string
	Failure  string // a collection could not be listed: why
	Errors   []PageError
	Cleared  []string // pages whose earlier failure is over
}

// Meeting is a page met by the job. What it asks for happens at the first meeting only.
type Meeting struct {
	ID    string
	Entry *Entry  // the work to be done; nil: it is unchanged
	Kind  string  // of page
	Draft bool    // a row without a slug: only counted, it does not count as met
	Add   []Entry // unchanged: the checks of what stands below it
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
