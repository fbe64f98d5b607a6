package syncer

import (
	"slices"
	"strings"
	"time"
)

// Version is the format of everything a job keeps in Redis. A job begun by a deployment that speaks another version, or
// that is configured otherwise, is not continued: its successor starts over.
const Version = 3

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
	Version     int       `json:"version"`
	Config      string    `json:"config,omitempty"` // what there was to sync when it began, see Syncer.config
	ID          string    `json:"id"`
	State       State     `json:"state"`
	Phase       Phase     `json:"phase"`
	Scope       Scope     `json:"scope"`
	TriggeredAt time.Time `json:"triggeredAt"`
	StartedAt   time.Time `json:"startedAt,omitzero"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`
	FinishedAt  time.Time `json:"finishedAt,omitzero"`
	Slice       int       `json:"slice"`               // the slice that runs or is due, from 1
	DueAt       time.Time `json:"dueAt,omitzero"`      // when that slice is to begin
	NextID      string    `json:"nextId,omitempty"`    // the message that will begin it; empty: not known to be published
	ProgressAt  time.Time `json:"progressAt,omitzero"` // when a slice last got something done
	Outages     int       `json:"outages,omitempty"`   // slices in a row that ended because Notion did not answer
	Idle        int       `json:"idle,omitempty"`      // slices in a row that got nothing done
	Trouble     string    `json:"trouble,omitempty"`   // what went wrong last
	Error       string    `json:"error,omitempty"`     // why it failed
	Owed        []string  `json:"owed,omitempty"`      // what is still to be done after the end, see handover.go
	Raw         string    `json:"-"`                   // as stored, for compare-and-swap
	Counts      Counts    `json:"-"`
	Failure     string    `json:"-"` // why a collection could not be listed, the last one
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
	CountObjects  = "objects"  // page objects kept apart from their entries
	CountRequests = "requests" // attempts sent to Notion
	CountFunction = "function" // milliseconds of invocations
)

// CountOf names the counter of outcome (CountSynced, CountSkipped, CountFailed) among pages of one kind.
func CountOf(outcome, kind string) string { return outcome + ":" + kind }

// CountIn names the counter of collection pages written in one collection.
func CountIn(collection string) string { return CountSynced + "@" + collection }

// CountRequestsOf names the counter of requests of one kind.
func CountRequestsOf(kind string) string { return CountRequests + ":" + kind }

// cutRequests is the kind of which name counts the requests.
func cutRequests(name string) (kind string, ok bool) {
	return strings.CutPrefix(name, CountRequests+":")
}

// Scope is what a job was asked to cover.
type Scope struct {
	Full   bool  `json:"full"`             // everything; else only Pages and, with Failed, what failed last time
	Force  bool  `json:"force,omitempty"`  // asked for by force: if Full, unchanged pages are read too
	Failed bool  `json:"failed,omitempty"` // the pages that failed last time
	Pages  []Ref `json:"pages,omitempty"`
	// Sources are data sources of collections whose rows are listed, though the job is no full one.
	Sources []string `json:"sources,omitempty"`
	// Again is set where the job takes the place of one whose to-do list Redis has lost.
	Again bool `json:"again,omitempty"`
}

// Ref names one page: a slug, a Notion id or a Notion URL.
type Ref struct {
	Ref   string `json:"ref"`
	Force bool   `json:"force,omitempty"`
	Event bool   `json:"event,omitempty"` // named by an event, which may well be about a page that is none of ours
	Round int    `json:"round,omitempty"` // of an event: how many jobs for it have failed to read the page
}

// NewScope is the scope of one trigger. Without pages and failed it is a full one.
func NewScope(force, failed bool, pages []string) Scope {
	s := Scope{Failed: failed, Full: !failed && len(pages) == 0, Force: force}
	for _, ref := range pages {
		s.Pages = append(s.Pages, Ref{Ref: ref, Force: force})
	}
	return s
}

// Join is the scope that covers both. A full one is forced only if a full forced sync was asked for, any other if both
// are: pages asked for by force stay single forced pages.
func (s Scope) Join(t Scope) Scope {
	joined := Scope{Full: s.Full || t.Full, Failed: s.Failed || t.Failed, Again: s.Again && t.Again, Pages: slices.Clone(s.Pages)}
	joined.Sources = slices.Clone(s.Sources)
	for _, id := range t.Sources {
		if !slices.Contains(joined.Sources, id) {
			joined.Sources = append(joined.Sources, id)
		}
	}
	if joined.Force = s.Force && t.Force; joined.Full {
		joined.Force = s.all() || t.all()
	}
	for _, ref := range t.Pages {
		i := slices.IndexFunc(joined.Pages, func(r Ref) bool { return r.Ref == ref.Ref })
		if i < 0 {
			joined.Pages = append(joined.Pages, ref)
		} else {
			joined.Pages[i].Force = joined.Pages[i].Force || ref.Force
		}
	}
	return joined
}

// firsts are the triggers that make the scope, but for what events have named. Of a damaged job nothing is known: a full
// one.
func (s Scope) firsts() []First {
	var forced, plain []string
	for _, ref := range s.Pages {
		switch {
		case ref.Event:
		case ref.Force:
			forced = append(forced, ref.Ref)
		default:
			plain = append(plain, ref.Ref)
		}
	}
	var firsts []First
	if s.orAll().Full {
		firsts = append(firsts, First{Force: s.Force})
	}
	if s.Failed {
		firsts = append(firsts, First{Failed: true, Force: s.Force && !s.Full})
	}
	if len(forced) > 0 {
		firsts = append(firsts, First{Pages: forced, Force: true})
	}
	if len(plain) > 0 {
		firsts = append(firsts, First{Pages: plain})
	}
	return firsts
}

// orAll is a full scope in place of an empty one, which is that of a damaged job.
func (s Scope) orAll() Scope {
	s.Full = s.Full || !s.Failed && len(s.Pages) == 0 && len(s.Sources) == 0
	return s
}

// noted are the names by which events have named what is in the scope, but for everything.
func (s Scope) noted() []string {
	var names []string
	for _, ref := range s.Pages {
		if ref.Event {
			names = append(names, nameAgain(ref.Ref, ref.Round))
		}
	}
	for _, id := range s.Sources {
		names = append(names, nameSource+id)
	}
	return names
}

// all reports whether every page is to be read, changed or not.
func (s Scope) all() bool { return s.Full && s.Force }

// PageError is one page that could not be synced.
type PageError struct {
	PageID string    `json:"pageId"`
	Slug   string    `json:"slug"`
	Error  string    `json:"error"`
	At     time.Time `json:"at"`

	Unknown bool `json:"-"` // asked for by name, and perhaps no page: it is not kept among those to be tried again
}
