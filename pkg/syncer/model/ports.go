package model

import (
	"context"
	"encoding/json"
)

// Store is the memory of the engine and the place the site reads from. Its parts are named by what they are for: whoever
// needs one of them asks for no more.
//
// Implementations are safe for concurrent use. Reads may be a moment old; whatever is decided on them is checked again by
// the transaction that writes it, see [Lease]. A read returns the errors that are named with it, or one that says why the
// store could not answer. That is never evidence that something does not exist.
type Store interface {
	Leases
	Jobs
	Tasks
	Pages
	Published
	Files
	Outgoing
}

// Leases gives one invocation at a time the right to write.
type Leases interface {
	// Acquire takes the one lease under which jobs are worked on. ErrHeld: somebody has it.
	Acquire(ctx context.Context) (Lease, error)
	// Held reports whether somebody has the lease.
	Held(ctx context.Context) (bool, error)
}

// Jobs remembers jobs until a week after they were last saved, which of them runs and which waits.
type Jobs interface {
	// Job returns a job with its counters. ErrUnknownJob: there is none with this id, or its time is over.
	Job(ctx context.Context, id string) (*Job, error)
	// Jobs returns the newest jobs, newest first.
	Jobs(ctx context.Context, limit int) ([]*Job, error)
	// CreateJob stores a job unless its id is known, and returns what is stored then.
	CreateJob(ctx context.Context, j *Job) (*Job, error)
	// SwapJob stores next in place of old if old is still what is stored (Job.Raw); false if it is not.
	SwapJob(ctx context.Context, old, next *Job) (bool, error)
	// Troubles returns a job's page errors, at most limit, and its warnings. Neither is nil.
	Troubles(ctx context.Context, id string, limit int) ([]PageError, []string, error)

	// Schedule says which job runs and which waits.
	Schedule(ctx context.Context) (Schedule, error)
	// SetWaiting replaces the waiting job if it is still old; false if it is not.
	SetWaiting(ctx context.Context, old, next Waiting) (bool, error)
}

// Tasks is what a job has still to do, and what it has seen so far. All of it goes when the job ends.
type Tasks interface {
	// Todo returns the first tasks of a job's to-do list, in order, all of one class. ErrListLost: what stands on it is
	// not known any more.
	Todo(ctx context.Context, job string, limit int) ([]Task, error)
	// Seen tells of each id whether the job has seen it.
	Seen(ctx context.Context, job string, ids []string) ([]bool, error)
	// Complete tells of each data source, page, list or mark whether a change of the job has named it in Complete.
	Complete(ctx context.Context, job string, ids []string) ([]bool, error)
	// Sample returns up to limit members of one of the job's sets; without a job, of what Change.Inherit would add to it.
	Sample(ctx context.Context, job string, set Set, limit int) ([]string, error)
	// Parts returns the block lists of a page that the job has checkpointed. It reads so many saves; of each list the latest
	// one wins.
	Parts(ctx context.Context, job, page string, times int) (map[string]json.RawMessage, error)
}

// Pages is what is known of pages and inner databases, published or not.
type Pages interface {
	// Records returns what is known of pages; an unknown one is absent.
	Records(ctx context.Context, ids []string) (map[string]*Record, error)
	// ScanRecords walks all records. The walk is over when the returned cursor is empty. A record that is there
	// throughout is returned at least once.
	ScanRecords(ctx context.Context, cursor string) ([]*Record, string, error)
	// Bare reports whether nothing is known of any page, of whose the slugs are, of inner databases, of who links to
	// whom, or of the pages that stand in one of some indexes: in a new Redis, or where that was lost.
	Bare(ctx context.Context, indexes []string) (bool, error)
	// Owners returns which page has or has reserved each slug; a free one is absent.
	Owners(ctx context.Context, slugs []string) (map[string]string, error)
	// Linkers returns the pages whose content links to one of the given. Where very many link to a page, or that was
	// lost, it walks all records.
	Linkers(ctx context.Context, ids ...string) ([]string, error)
	// Members returns the pages that stand in an index.
	Members(ctx context.Context, list string) ([]string, error)
	// Databases returns the inner databases that are known.
	Databases(ctx context.Context) ([]InnerDatabase, error)
	// FailedPages returns the ids of the pages that failed when they were last tried.
	FailedPages(ctx context.Context) ([]string, error)
	// Observation returns a lasting observation about Notion, empty if there is none: StampsDiffer, or one that package work
	// names.
	Observation(ctx context.Context, name string) (string, error)
}

// Published is what the site reads.
type Published interface {
	// Bundle returns what is published at a slug; nil if nothing is.
	Bundle(ctx context.Context, slug string) ([]byte, error)
	// Index returns what is published as an index; nil if nothing is.
	Index(ctx context.Context, name string) ([]byte, error)
	// Item returns a page's line in the index it stands in; nil if it has none.
	Item(ctx context.Context, id string) ([]byte, error)
	// Examine tells of published pages whether anything that makes them so is missing: the bundle, the line and the place
	// in the index, the mark whose slug it is.
	Examine(ctx context.Context, recs []*Record) ([]bool, error)
	// Lacking returns those of some indexes that are not there.
	Lacking(ctx context.Context, indexes []string) ([]string, error)
	// ScanOwners walks the slugs that pages have or have reserved, with the page of each, as ScanRecords walks records.
	ScanOwners(ctx context.Context, cursor string) (map[string]string, string, error)
	// ScanEntries walks the ids of the inner databases that have an entry, as ScanBundles walks slugs.
	ScanEntries(ctx context.Context, cursor string) (map[string]string, string, error)
	// ScanBundles walks the slugs at which something is published, whose they are is not told (empty). Redis walks all its
	// keys for it.
	ScanBundles(ctx context.Context, cursor string) (map[string]string, string, error)
}

// Files is where copies of Notion's files are kept.
type Files interface {
	// Files returns where files are kept, or were until they were dropped; one that never was is absent.
	Files(ctx context.Context, ids []string) (map[string]KeptFile, error)
	// ScanFiles walks all files that are kept, dropped ones too, as ScanRecords walks records.
	ScanFiles(ctx context.Context, cursor string) (map[string]KeptFile, string, error)
}

// Outgoing is what must still be sent: to the site what has changed, and to the queue messages that ask for what webhook
// events have named.
type Outgoing interface {
	Events

	// News returns what the site has not been told yet, at most limit of each kind.
	News(ctx context.Context, limit int) (News, error)
}
