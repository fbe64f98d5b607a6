package model

import (
	"strings"
	"time"
)

// Version is the format of everything a job keeps in Redis. A job begun by a deployment that speaks another version, or
// that is configured otherwise, is not continued: its successor starts over.
const Version = 4

// State is where a job stands in its life.
type State string

// The states of a job. Done and Failed are final.
const (
	Queued  State = "queued"  // published, or waiting for the running job
	Running State = "running" // begun; between slices too
	Done    State = "done"    // ended; pages may have failed, see Job.Counts
	Failed  State = "failed"  // ended without having seen everything; Job.Error says why
)

// Phase is what a running job is busy with.
type Phase string

// The phases of a job, in order. A page found late sends a job back from Prune or Publish to Fetch for a moment.
const (
	Discover Phase = "discover"
	Fetch    Phase = "fetch"
	Prune    Phase = "prune"
	Publish  Phase = "publish"
)

// Job is one sync, from the trigger to its end.
type Job struct {
	Version int    `json:"version"`
	Config  string `json:"config,omitempty"` // what there was to sync when it began, see Options.Identity
	ID      string `json:"id"`
	State   State  `json:"state"`
	Phase   Phase  `json:"phase"`
	Scope   Scope  `json:"scope"`
	Times
	DueSlice
	Course
	Error   string   `json:"error,omitempty"` // why it failed
	Outbox  []string `json:"owed,omitempty"`  // what is still to be sent after the end, the Send constants
	Raw     string   `json:"-"`               // as stored, for compare-and-swap
	Counts  Counts   `json:"-"`
	Failure string   `json:"-"` // why a collection could not be listed, the last one
}

// Times are the moments of a job's life; zero: not yet.
type Times struct {
	TriggeredAt time.Time `json:"triggeredAt"`
	StartedAt   time.Time `json:"startedAt,omitzero"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`
	FinishedAt  time.Time `json:"finishedAt,omitzero"`
}

// DueSlice is the slice of a job that runs or is due.
type DueSlice struct {
	Slice  int       `json:"slice"`            // its number, from 1
	DueAt  time.Time `json:"dueAt,omitzero"`   // when it is to begin
	NextID string    `json:"nextId,omitempty"` // the message that will begin it; empty: not known to be published
}

// Course is how a job gets on.
type Course struct {
	ProgressAt time.Time `json:"progressAt,omitzero"` // when a slice last got something done
	Outages    int       `json:"outages,omitempty"`   // slices in a row that ended because Notion did not answer
	Idle       int       `json:"idle,omitempty"`      // slices in a row that got nothing done
	Trouble    string    `json:"trouble,omitempty"`   // what went wrong last
}

// Ended reports whether the job's state is final.
func (j *Job) Ended() bool { return j.State == Done || j.State == Failed }

// Counts are a job's counters by name; see the Count constants.
type Counts map[string]int64

// What is counted. Counters are written in the transaction of what they count.
const (
	CountPending  = "pending"  // pages on the to-do list
	CountSynced   = "synced"   // pages of every kind written
	CountSkipped  = "skipped"  // pages of every kind found unchanged
	CountFailed   = "failed"   // pages of every kind given up in this job
	CountRemoved  = "removed"  // pages of every kind removed
	CountDrafts   = "drafts"   // rows without a slug, though their database has the property
	CountMirrored = "mirrored" // files copied
	CountReused   = "reused"   // files that were copied before
	CountUnkept   = "unkept"   // files that could not be copied
	CountObjects  = "objects"  // page objects kept apart from their tasks
	CountRequests = "requests" // attempts sent to Notion
	CountFunction = "function" // milliseconds of invocations
)

// CountOf names the counter of outcome (CountSynced, CountSkipped, CountFailed) among pages of one kind.
func CountOf(outcome, kind string) string { return outcome + ":" + kind }

// CountIn names the counter of collection pages written in one collection.
func CountIn(collection string) string { return CountSynced + "@" + collection }

// CountRequestsOf names the counter of requests of one kind.
func CountRequestsOf(kind string) string { return CountRequests + ":" + kind }

// CutRequests is the kind of which name counts the requests.
func CutRequests(name string) (kind string, ok bool) {
	return strings.CutPrefix(name, CountRequests+":")
}

// PageError is one page that could not be synced.
type PageError struct {
	PageID string    `json:"pageId"`
	Slug   string    `json:"slug"`
	Error  string    `json:"error"`
	At     time.Time `json:"at"`

	Unknown bool `json:"-"` // asked for by name, and perhaps no page: it is not kept among those to be tried again
}
