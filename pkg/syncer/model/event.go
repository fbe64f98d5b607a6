package model

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Event is one of Notion's webhook events: a sign that something has changed, without what.
type Event struct {
	ID     string // empty: it is not recognised if it comes again
	Object string // page, data_source or database
	Action string // what stands behind the dot of the event's type
	Of     string // id of that object, dashed
	Parent EventParent
}

// EventParent is where the object of an event stands.
type EventParent struct {
	Type string // page, database, block, space, …
	ID   string // dashed
}

// Events is the memory of what webhook events have named until a job takes it over. What is named is the id of a page,
// or one of the names below.
type Events interface {
	// Enqueue adds what an event has named, unless the event is known, and says what the queue is like then. It is safe to repeat.
	Enqueue(ctx context.Context, n Edit) (EditQueue, error)
	// SetPickup remembers that a message will ask at a time for what is due, and that the event has been seen to. It does
	// nothing and returns false if another message has asked since the round.
	SetPickup(ctx context.Context, event string, round int64, at, now time.Time) (bool, error)
	// Due returns what is due by a time. The messages that were to ask by then have done so.
	Due(ctx context.Context, by time.Time) ([]string, error)
	// TakeOver stores a job unless its id is known, and takes what it takes over out of the queue as far as no later event
	// has named it again. It returns what is stored then; ErrUnknownJob if all of it has been struck off already.
	TakeOver(ctx context.Context, j *Job, names []string, by, now time.Time) (*Job, error)
	// Edits returns what is enqueued; nil if that is nothing.
	Edits(ctx context.Context) (*Edits, error)
}

// Edits are what webhook events have named and no job has taken over yet: until then no job is known.
type Edits struct {
	Waiting int       `json:"waiting"` // pages and data sources; all pages count as one
	DueAt   time.Time `json:"dueAt"`   // when a job for the first of them is due
}

// Edit is what an event has named, and when that is to be synced.
type Edit struct {
	Event string   // empty: unknown
	Names []string // nothing: only what is enqueued already is asked for
	Now   time.Time
	Quiet time.Duration // after the last event
	Most  time.Duration // after the first event at most
	Again time.Duration // after a job has taken the same over
}

// EditQueue is what events have named and no job has taken over.
type EditQueue struct {
	Known  bool      // the event was seen to before
	Due    time.Time // when the first is due; zero: there is none
	Pickup time.Time // when the next message will ask; zero: none is known to be published
	Round  int64     // counts the messages that have asked
}

// What events may name beside pages.
const (
	NameAll    = "*"       // everything: a full sync
	NameSource = "source:" // before the id of a data source: its rows are to be listed
	nameRound  = "again:"  // before a number and the id of a page: so many jobs for its event have failed to read it
)

// NameAgain is the name of a page whose event so many jobs have failed to read it for.
func NameAgain(id string, round int) string {
	if round == 0 {
		return id
	}
	return nameRound + strconv.Itoa(round) + ":" + id
}

// CutFailures is the opposite of NameAgain.
func CutFailures(name string) (id string, round int) {
	rest, again := strings.CutPrefix(name, nameRound)
	number, id, found := strings.Cut(rest, ":")
	round, err := strconv.Atoi(number)
	if !again || !found || err != nil {
		return name, 0
	}
	return id, round
}
