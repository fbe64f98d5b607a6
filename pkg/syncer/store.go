package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Store is the memory of the engine and the place the site reads from. Implementations are safe for concurrent use.
// Reads may be a moment old; whatever is decided on them is checked again by the transaction that writes it.
type Store interface {
	Events

	// Acquire takes the one lease under which jobs are worked on. ErrHeld: somebody has it.
	Acquire(ctx context.Context) (Lease, error)
	// Held reports whether somebody has the lease.
	Held(ctx context.Context) (bool, error)

	// Job returns a job with its counters, or ErrUnknownJob.
	Job(ctx context.Context, id string) (*Job, error)
	// Jobs returns the newest jobs, newest first.
	Jobs(ctx context.Context, limit int) ([]*Job, error)
	// CreateJob stores a job unless its id is known, and returns what is stored then.
	CreateJob(ctx context.Context, j *Job) (*Job, error)
	// SwapJob stores next in place of old if old is still what is stored (Job.Raw); false if it is not.
	SwapJob(ctx context.Context, old, next *Job) (bool, error)
	// Troubles returns a job's page errors, at most limit, and its warnings.
	Troubles(ctx context.Context, id string, limit int) ([]PageError, []string, error)

	// Turn says which job runs and which waits.
	Turn(ctx context.Context) (Turn, error)
	// SetWaiting replaces the waiting job if it is still old; false if it is not.
	SetWaiting(ctx context.Context, old, next Waiting) (bool, error)

	// Todo returns the first entries of a job's to-do list, in order, all of one class.
	Todo(ctx context.Context, job string, limit int) ([]Entry, error)
	// ScanEntries walks the entries of a job, also those that have gone from its list; their classes are not known then.
	// The walk is over when the returned cursor is empty.
	ScanEntries(ctx context.Context, job, cursor string) ([]Entry, string, error)
	// Records returns what is known of pages; an unknown one is absent.
	Records(ctx context.Context, ids []string) (map[string]*Record, error)
	// Owners returns which page has or has reserved each slug; a free one is absent.
	Owners(ctx context.Context, slugs []string) (map[string]string, error)
	// ScanRecords walks all records. The walk is over when the returned cursor is empty. A record that is there
	// throughout is returned at least once.
	ScanRecords(ctx context.Context, cursor string) ([]*Record, string, error)
	// FailedPages returns the ids of the pages that failed when they were last tried.
	FailedPages(ctx context.Context) ([]string, error)
	// Seen tells of each id whether the job has met it.
	Seen(ctx context.Context, job string, ids []string) ([]bool, error)
	// Complete tells of each data source, page or list whether the job has listed it to its end.
	Complete(ctx context.Context, job string, ids []string) ([]bool, error)
	// Sample returns up to limit members of one of the job's sets; without a job, of what Change.Inherit would add to it.
	Sample(ctx context.Context, job string, set Set, limit int) ([]string, error)
	// Size returns how many members one of the job's sets has.
	Size(ctx context.Context, job string, set Set) (int, error)
	// Linkers returns the pages whose content links to one of the given.
	Linkers(ctx context.Context, ids ...string) ([]string, error)
	// Examine tells of published pages what of them is not as their records say.
	Examine(ctx context.Context, recs []*Record) ([]Damage, error)
	// Survey tells how indexes are. Tail counts for nothing; where Keep is set, neither does what they show.
	Survey(ctx context.Context, indexes []Index) ([]IndexState, error)
	// Members returns the pages that stand in an index.
	Members(ctx context.Context, list string) ([]string, error)
	// Databases returns the inner databases that are known.
	Databases(ctx context.Context) ([]InnerDatabase, error)
	// Bundle returns what is published at a slug; nil if nothing is.
	Bundle(ctx context.Context, slug string) ([]byte, error)
	// Item returns a page's line in the index it stands in; nil if it has none.
	Item(ctx context.Context, id string) ([]byte, error)
	// Parts returns the block lists of a page that the job has put by, as often as given; the newest of each.
	Parts(ctx context.Context, job, page string, times int) (map[string]json.RawMessage, error)
	// Files returns where files are kept; one that is not is absent.
	Files(ctx context.Context, ids []string) (map[string]KeptFile, error)
	// UnusedFiles returns copies that no page uses, the keys of up to limit of them, and how many copies there are in all.
	UnusedFiles(ctx context.Context, limit int) (unused UnusedFiles, total int, err error)
	// News returns what the site has not been told yet, at most limit of each kind.
	News(ctx context.Context, limit int) (News, error)
	// Fact returns a lasting observation about Notion; see the Fact constants.
	Fact(ctx context.Context, name string) (string, error)
}

// Lease is the right to write. Every write checks in its own transaction that the lease is still held: if not, it
// returns ErrLeaseLost and has changed nothing.
type Lease interface {
	// Extend begins the lease's time anew.
	Extend(ctx context.Context) error
	// Release gives the lease back. A lease that has run out is no error.
	Release(ctx context.Context) error
	// Commit applies a change as one transaction. ErrStale: its entry is no longer on the list as it was; nothing has
	// changed. A *SlugTaken error: a slug it claims belongs to another page; nothing has changed. Safe to repeat when
	// it is not known whether it took effect.
	Commit(ctx context.Context, c *Change) error
	// SaveJob stores the job's document in place of the one it was read with (Job.Raw; if that is empty, of any) and
	// adds to its counters. A running job becomes the one that runs and is not waiting any more, and FactEra is its Era
	// unless there is one; one that has ended does not run any more. One that is done leaves to the next what is still in
	// its SetFaces and SetLists, and FactEra ends with it if it is a full one or began it; one that failed leaves all that
	// has been put there since the last that was done. ErrStale: somebody else has changed the document.
	SaveJob(ctx context.Context, j *Job, add Counts) error
	// BuildIndex writes the JSON of an index, head, items and tail, beside the index in place; Change.Indexes puts it
	// there. The items are those of the pages that stand in list, newest first, keep permitting.
	BuildIndex(ctx context.Context, ix Index) error
}

// Index is one of the JSON documents that list pages for the site.
type Index struct {
	Name string             // its key: <collection>:index or db:<database id>
	List string             // the list whose pages it shows; the same as Name but for a database that is a collection too
	Keep func(*Record) bool // nil: all
	Head string             // JSON before the items' opening bracket
	Tail string             // JSON after their closing bracket
}

// Damage is what of a published page is not as its record says.
type Damage struct {
	Content bool // its bundle, or its line in its index, is missing or none
	List    bool // it is not in its place in the list of pages that its index shows
	Slug    bool // its slug is not reserved for it
}

// IndexState is how an index is.
type IndexState int

// The states of an index.
const (
	IndexSound   IndexState = iota
	IndexDamaged            // missing, or it does not show what it should
	IndexNew                // missing, and there is nothing that it should show
)

// What a Store's errors are beside those of a broken connection.
var (
	ErrHeld       = errors.New("the lease is held by another invocation")
	ErrLeaseLost  = errors.New("the lease was lost")
	ErrStale      = errors.New("the work has been done already")
	ErrUnknownJob = errors.New("unknown job")
	// ErrValueRefused: Redis would not take this value (too large, or no memory left), though it answers.
	ErrValueRefused = errors.New("redis refused the value")
)

// SlugTaken: a slug that a change claims belongs to another page.
type SlugTaken struct{ Slug, Owner string }

func (e *SlugTaken) Error() string { return "slug " + e.Slug + " belongs to page " + e.Owner }

// Turn says whose turn it is.
type Turn struct {
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
	SetFaces   Set = "faces"   // pages whose surroundings must be checked
	SetLists   Set = "lists"   // indexes to be written anew
	SetMissing Set = "missing" // known pages that nothing showed
)

// FactStamps is set once a child_page block's stamp was seen to differ from its page's: from then on child pages are
// read one by one instead of being judged by their blocks. Its value names the page.
const FactStamps = "stamps"

// FactEra names the first of the jobs that have failed since one was done. They and the next are one as to who had a slug
// before.
const FactEra = "era"
