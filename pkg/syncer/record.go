package syncer

import (
	"encoding/json"
	"slices"
	"time"
)

// Record is what is remembered of one page between jobs.
type Record struct {
	ID         string            `json:"id"`
	Slug       string            `json:"slug,omitempty"` // where it is published; empty: nowhere
	Want       string            `json:"want"`           // the slug it should have
	Kind       string            `json:"kind"`
	Collection string            `json:"collection"`
	Parent     string            `json:"parent,omitempty"` // the page it stands under; empty for a collection page
	Source     string            `json:"source,omitempty"` // the data source it is a row of; empty for a child page
	List       string            `json:"list,omitempty"`   // the index it stands in; empty for a child page
	Title      string            `json:"title"`
	Icon       *string           `json:"icon,omitempty"`
	SlugValue  *string           `json:"slugValue,omitempty"` // the slug property of a row, as it stands there
	Created    time.Time         `json:"created"`
	Edited     time.Time         `json:"edited"`
	Fetched    time.Time         `json:"fetched,omitzero"` // when its reading began; zero: never read
	Kids       []Kid             `json:"kids,omitempty"`
	Links      map[string]string `json:"links,omitempty"`     // page linked to → slug the bundle gives for it; empty: none; original of a copy → empty
	Labels     map[string]string `json:"labels,omitempty"`    // page that the Markdown calls by its title → that title; empty: Notion's own words
	Points     blockLinks        `json:"points,omitempty"`    // page linked to → its blocks that the links lead to
	Anchors    []string          `json:"anchors,omitempty"`   // its blocks that links on other pages lead to
	Originals  []string          `json:"originals,omitempty"` // synced blocks that other pages may show copies of
	Under      Face              `json:"under,omitzero"`      // the parent as the bundle shows it
	Failed     bool              `json:"failed,omitempty"`
	Files      []string          `json:"files,omitempty"`   // mirrored files its bundle shows
	Unkept     bool              `json:"unkept,omitempty"`  // it shows links that expire
	Reads      int               `json:"reads,omitempty"`   // requests that its content took; 0: unknown
	Content    string            `json:"content,omitempty"` // what was asked for of its content; empty: blocks
	In         string            `json:"in,omitempty"`      // a child page read as Markdown: the page or block directly above it

	Raw string `json:"-"` // as it was stored when it was read; empty: there was none
}

// Face is what other pages show of a page.
type Face struct {
	Slug  string  `json:"slug,omitempty"`
	Title string  `json:"title,omitempty"`
	Icon  *string `json:"icon,omitempty"`
}

// Face is how others should show the page now.
func (r *Record) Face() Face { return Face{Slug: r.Slug, Title: r.Title, Icon: r.Icon} }

// Equal reports whether both look the same.
func (f Face) Equal(g Face) bool {
	sameIcon := f.Icon == nil && g.Icon == nil || f.Icon != nil && g.Icon != nil && *f.Icon == *g.Icon
	return f.Slug == g.Slug && f.Title == g.Title && sameIcon
}

// Kid is a child page or inner database that stands in a page's blocks.
type Kid struct {
	ID       string `json:"id"`
	Database bool   `json:"database,omitempty"`
	List     string `json:"list"` // the page or block directly under which it stands: whose children list shows its stamp
	Face     Face   `json:"face"` // as the bundle shows it
}

// holds reports whether a child page or inner database is known to stand in the page's blocks.
func (r *Record) holds(id string) bool {
	return r != nil && slices.ContainsFunc(r.Kids, func(k Kid) bool { return k.ID == id })
}

// clockSkew is how far a function's clock may be ahead of Notion's.
const clockSkew = 10 * time.Second

// fresh reports whether a page with this stamp is as it was when it was read. Notion's stamps are rounded down to the
// minute, so a page read within the minute of its last edit may have changed again under the same stamp.
func (r *Record) fresh(edited time.Time) bool {
	return r != nil && !r.Failed && r.Edited.Equal(edited) && !r.Fetched.Before(edited.Add(time.Minute+clockSkew))
}

// Kind says what an Entry asks for.
type Kind string

// The kinds of work on a to-do list.
const (
	workRestore  Kind = "restore"  // find out again whose the slugs are
	workRef      Kind = "ref"      // find the page that a limited job names
	workDatabase Kind = "database" // find a database's data sources
	workRows     Kind = "rows"     // list a data source
	workList     Kind = "list"     // check the child pages that stand in one list of blocks
	workCheck    Kind = "check"    // check one child page
	workNamed    Kind = "named"    // find out where a page stands that was asked for by name
	workPage     Kind = "page"     // read and write a page
	workSweep    Kind = "sweep"    // find known pages that nothing showed
	workConfirm  Kind = "confirm"  // read one of them before it is removed
	workOrphans  Kind = "orphans"  // drop the entries of inner databases that no page holds
	workDerive   Kind = "derive"   // make a page's derived data anew from what is stored
	workRelink   Kind = "relink"   // find pages whose derived data is no longer right
	workIndexes  Kind = "indexes"  // find indexes that changed
	workIndex    Kind = "index"    // write an index
	workFiles    Kind = "files"    // remove copies of files that no page uses
)

// The classes of a to-do list: work of one class begins when none of a lower class is left. Work that adds work of a
// lower class sends the job back to it.
const (
	classRestore  = iota // whose the slugs are comes before all that wants one
	classRef             // what is asked for by name, or configured, comes before a listing may find it unchanged, or another's
	classDiscover        // every collection is listed before any page is written, so that their slugs come first
	classPlace           // pages asked for by name reserve their slugs before any page is written
	classFetch           // collection pages, and the databases found in them
	classBelow           // child pages and rows, when all of those that are found reserve their slugs
	classRetry           // what failed in a slice is tried again in a later one
	classSweep
	classConfirm
	classOrphans
	classDerive
	classEarlyRelink // what must follow its parent has left its slug before anybody is denied it
	classSettle      // pages whose slug was taken, once it is known what goes and what moves
	classAwait       // pages asked for by name that nothing has shown where they stand
	classRelink
	classIndexes
	classIndex
	classFiles
)

// lastOrder is the highest an entry can have: it comes last in its class.
const lastOrder = 1<<40 - 1

// phaseOf is the phase that work of a class belongs to.
func phaseOf(class int) Phase {
	switch {
	case class <= classPlace:
		return Discover
	case class <= classRetry, class == classSettle, class == classAwait:
		return Fetch
	case class <= classOrphans:
		return Prune
	default:
		return Publish
	}
}

// published reports whether the page is on the site.
func (r *Record) published() bool { return r != nil && r.Slug != "" }

// remade reports whether the page is on the site, but its record was made from its bundle: what it holds is not known until
// it is read, see restore.
func (r *Record) remade() bool { return r.published() && r.Fetched.IsZero() }

// Entry is one piece of work on a job's to-do list. Finishing it and everything it changes is one transaction, so the
// list is always the truth about what is left.
type Entry struct {
	Key   string `json:"key"` // kind and id: the same work stands on the list once
	Class int    `json:"-"`
	Order int64  `json:"-"` // within its class, lowest first
	Rev   int64  `json:"-"` // changes whenever the entry does

	Skipped string `json:"-"` // a page of this kind that was counted as skipped: it is not any more

	Kind       Kind            `json:"kind"`
	ID         string          `json:"id,omitempty"`
	Cursor     string          `json:"cursor,omitempty"`
	Since      time.Time       `json:"since,omitzero"`  // rows: created at or after
	Short      bool            `json:"short,omitempty"` // rows: some of those before Since are never listed
	Size       int             `json:"size,omitempty"`  // rows: at most so many at once; 0: as many as Notion gives
	Collection string          `json:"collection,omitempty"`
	Parent     string          `json:"parent,omitempty"` // the page under which it stands; named: which it waits for
	Source     string          `json:"source,omitempty"`
	List       string          `json:"list,omitempty"`     // the index, or the block list in which the page stands
	Page       string          `json:"page,omitempty"`     // the page's kind
	Object     json.RawMessage `json:"object,omitempty"`   // the page object, if a listing has brought it
	Edited     time.Time       `json:"edited,omitzero"`    // the stamp a list of blocks gave
	Force      bool            `json:"force,omitempty"`    // read it whatever its stamp
	Limited    bool            `json:"limited,omitempty"`  // page: nothing has shown it in this job; database: of a limited job
	Own        bool            `json:"own,omitempty"`      // named: what has shown it was wrong, its page object alone tells
	Event      bool            `json:"event,omitempty"`    // named by an event: it may be none of ours
	Orphan     bool            `json:"orphan,omitempty"`   // confirm: what it stood under, Parent, is gone
	Left       int             `json:"left,omitempty"`     // list: child pages still to be found there
	Restarts   int             `json:"restarts,omitempty"` // how often the listing has begun anew
	Asked      int             `json:"asked,omitempty"`    // list: requests made; named: how often it has waited
	Counted    bool            `json:"counted,omitempty"`  // indexes, files: what comes first is done
	Read       time.Time       `json:"read,omitzero"`      // when Object, or without one Edited, was read
	Parts      int             `json:"parts,omitempty"`    // how often block lists of it were put by with the job
	Attempts   int             `json:"attempts,omitempty"` // failed so far
	Tried      int             `json:"tried,omitempty"`    // the slice of the last attempt
	Error      string          `json:"error,omitempty"`    // of the last attempt
	Later      time.Time       `json:"later,omitzero"`     // set: it was told to wait until then
}

// toldToWait reports whether Notion has answered a request of the entry's with a wait.
func (e Entry) toldToWait() bool { return !e.Later.IsZero() }

// Pending reports whether the entry counts among the job's pending pages.
func (e Entry) Pending() bool { return e.Kind == workPage || e.Kind == workNamed }

// pending is what the entry counts among them.
func (e Entry) pending() int64 {
	if e.Pending() {
		return 1
	}
	return 0
}

func entry(kind Kind, class int, id string) Entry {
	return Entry{Key: string(kind) + ":" + id, Kind: kind, Class: class, ID: id}
}

// pageEntry is the work of reading and writing a page; created orders it among its like.
func pageEntry(id string, class int, created time.Time) Entry {
	e := entry(workPage, class, id)
	e.Order = created.Unix()
	return e
}

// InnerDatabase is a database that stands inside a page.
type InnerDatabase struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Page       string   `json:"page"`                 // the page that holds it
	Collection string   `json:"collection,omitempty"` // set: its rows are those of this collection
	Sources    []string `json:"sources"`
}

func (d InnerDatabase) equal(other InnerDatabase) bool {
	return d.ID == other.ID && d.Title == other.Title && d.Page == other.Page && d.Collection == other.Collection &&
		slices.Equal(d.Sources, other.Sources)
}
