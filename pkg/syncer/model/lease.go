package model

import (
	"context"
	"errors"
	"time"
)

// Lease is the right to write. Every write checks in its own transaction that the lease is still held: if not, it
// returns ErrLeaseLost and has changed nothing.
type Lease interface {
	// Extend begins the lease's time anew.
	Extend(ctx context.Context) error
	// Release gives the lease back. A lease that has run out is no error.
	Release(ctx context.Context) error
	// Commit applies a change as one transaction. ErrStale: its task is no longer on the list as it was; nothing has
	// changed. A *SlugTaken error: a slug it claims belongs to another page; nothing has changed. Safe to repeat when
	// it is not known whether it took effect.
	Commit(ctx context.Context, c *Change) error
	// SaveJob stores the job's document in place of the one it was read with (Job.Raw; if that is empty, of any) and
	// adds to its counters. A running job becomes the one that runs and is not waiting any more; one that has ended does
	// not run any more. One that is done leaves to the next what is still in its SetChanged and SetLists; one that failed
	// leaves all that has been put there since the last that was done. ErrStale: somebody else has changed the document.
	SaveJob(ctx context.Context, j *Job, add Counts) error
	// BuildIndex writes the JSON of an index, head, items and tail, beside the index in place; Change.Indexes puts it
	// there. The items are those of the pages that stand in list, newest first, keep permitting.
	BuildIndex(ctx context.Context, ix Index) error
	// BuildList writes the list of the pages that stand in an index anew, beside the list in place; Change.Lists puts it
	// there. A list is never empty, so that one which Redis has lost is told from one in which no page stands.
	BuildList(ctx context.Context, name string, pages []*Record) error
}

// Index is one of the JSON documents that list pages for the site.
type Index struct {
	Name string             // its key: <collection>:index or db:<database id>
	List string             // the list whose pages it shows; the same as Name but for a database that is a collection too
	Keep func(*Record) bool // nil: all
	Head string             // JSON before the items' opening bracket
	Tail string             // JSON after their closing bracket
}

// What a Store's errors are beside those of a broken connection.
var (
	ErrHeld       = errors.New("the lease is held by another invocation")
	ErrLeaseLost  = errors.New("the lease was lost")
	ErrStale      = errors.New("the work has been done already")
	ErrUnknownJob = errors.New("unknown job")
	ErrListLost   = errors.New("the job's to-do list was lost in Redis")
	// ErrChanged: a record that a change is based on is not any more what was read.
	ErrChanged = errors.New("a page's record was changed meanwhile")
	// ErrValueRefused: Redis would not take this value (too large, or no memory left), though it answers.
	ErrValueRefused = errors.New("redis refused the value")
)

// SlugTaken: a slug that a change claims belongs to another page.
type SlugTaken struct{ Slug, Owner string }

func (e *SlugTaken) Error() string { return "slug " + e.Slug + " belongs to page " + e.Owner }

// Schedule says whose turn it is.
type Schedule struct {
	Running string // id of the job that has begun and not ended; empty: none
	Waiting Waiting
}

// Waiting is the job that runs next. Between a trigger's decision to publish and the queue's answer it has no id.
type Waiting struct {
	ID  string    `json:"id,omitempty"`
	By  string    `json:"by,omitempty"` // who is publishing it
	At  time.Time `json:"at,omitzero"`
	Raw string    `json:"-"` // as stored, for compare-and-swap
}

// Set names a set that a job keeps.
type Set string

// The sets of a job.
const (
	SetChanged Set = "faces"   // pages whose surroundings must be checked, and synced blocks whose copies must be
	SetLists   Set = "lists"   // indexes to be written anew
	SetMissing Set = "missing" // pages found gone when they were read: the sweep counts them
)

// StampsDiffer is set once a child_page block's stamp was seen to differ from its page's: from then on child pages are
// read one by one instead of being judged by their blocks. Its value names the page.
const StampsDiffer = "stamps"

// CurrentSchedule is the store's, but that a running job which has ended, or which nobody knows any more, does not count.
func CurrentSchedule(ctx context.Context, store Store) (Schedule, error) {
	schedule, err := store.Schedule(ctx)
	if err != nil || schedule.Running == "" {
		return schedule, err
	}
	job, err := store.Job(ctx, schedule.Running)
	if err == ErrUnknownJob || err == nil && job.Ended() {
		schedule.Running, err = "", nil
	}
	return schedule, err
}
