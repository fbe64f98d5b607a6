package syncer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	// Note adds what an event has named, unless the event is known, and says what is noted then. It is safe to repeat.
	Note(ctx context.Context, n Note) (Noted, error)
	// Called remembers that a message will ask at a time for what is due, and that the event has been seen to. It does
	// nothing and returns false if another message has asked since the round.
	Called(ctx context.Context, event string, round int64, at, now time.Time) (bool, error)
	// Due returns what is due by a time. The messages that were to ask by then have done so.
	Due(ctx context.Context, by time.Time) ([]string, error)
	// TakeOver stores a job unless its id is known, and strikes what it takes over off the notes as far as no later event
	// has named it again. It returns what is stored then; ErrUnknownJob if all of it has been struck off already.
	TakeOver(ctx context.Context, j *Job, names []string, by, now time.Time) (*Job, error)
	// Edits returns what is noted; nil if that is nothing.
	Edits(ctx context.Context) (*Edits, error)
}

// Edits are what webhook events have named and no job has taken over yet: until then no job is known.
type Edits struct {
	Waiting int       `json:"waiting"` // pages and data sources; all pages count as one
	DueAt   time.Time `json:"dueAt"`   // when a job for the first of them is due
}

// Note is what an event has named, and when that is to be synced.
type Note struct {
	Event string   // empty: unknown
	Names []string // nothing: only what is noted already is asked for
	Now   time.Time
	Quiet time.Duration // after the last event
	Most  time.Duration // after the first event at most
	Again time.Duration // after a job has taken the same over
}

// Noted is what is noted of all events.
type Noted struct {
	Known bool      // the event was seen to before
	Due   time.Time // when the first of what is noted is due; zero: nothing is noted
	Call  time.Time // when the next message will ask; zero: none is known to be published
	Round int64     // counts the messages that have asked
}

// What events may name beside pages.
const (
	nameAll    = "*"       // everything: a full sync
	nameSource = "source:" // before the id of a data source: its rows are to be listed
	nameRound  = "again:"  // before a number and the id of a page: so many jobs for its event have failed to read it
)

// againAfter are the pauses after which a page is read once more that an event has named and that could not be read. Then
// it is left to its next event, or the next full sync.
var againAfter = [...]time.Duration{2 * time.Minute, 15 * time.Minute, time.Hour}

const (
	eventQuiet = 10 * time.Second // a burst of edits becomes one job when it has been quiet for so long …
	eventMost  = time.Minute      // … or has gone on for so long
	eventSlack = 3 * time.Second  // what is due so much later is taken along: many pages may be edited at one stroke
	eventAgain = time.Minute + eventSlack
	callSlack  = time.Second // a message that asks so much later than what is due will do
)

// Note sees to it that what an event has named is synced soon. The error wraps ErrPublish if the queue refused; the event
// may be sent again after any error.
func (s *Syncer) Note(ctx context.Context, e Event) error {
	if s.Queue == nil {
		return fmt.Errorf("%w: there is none", ErrPublish)
	}
	names, err := s.named(ctx, e)
	if err != nil || len(names) == 0 {
		return err
	}
	return s.call(ctx, s.note(e.ID, names))
}

func (s *Syncer) note(event string, names []string) Note {
	return Note{
		Event: event, Names: names, Now: s.now(), Quiet: eventQuiet, Most: eventMost, Again: eventAgain,
	}
}

// call notes what an event has named and publishes the message that will ask for what is due first, unless one is known
// to be on its way. Those who do that at the same moment publish the same message; where it has come already before this
// one is through with it, all is looked at again.
func (s *Syncer) call(ctx context.Context, n Note) error {
	for {
		noted, err := s.Store.Note(ctx, n)
		if err != nil || noted.Known || noted.Due.IsZero() {
			return err
		}
		now, at := s.now(), noted.Call
		if at.IsZero() || at.After(noted.Due.Add(callSlack)) || now.Sub(at) > patience {
			if at = noted.Due; now.After(at) {
				at = now
			}
			if err := s.publishCall(ctx, noted.Round, at, now); err != nil {
				return err
			}
		}
		if ok, err := s.Store.Called(ctx, n.Event, noted.Round, at, now); ok || err != nil {
			return err
		}
		n.Names = nil
	}
}

func (s *Syncer) publishCall(ctx context.Context, round int64, at, now time.Time) error {
	body, err := json.Marshal(First{Pages: []string{}, TriggeredAt: now, Events: &at})
	if err != nil {
		return err
	}
	_, err = s.Queue.Publish(ctx, Message{
		Body: body, Delay: at.Sub(now), DedupID: fmt.Sprintf("events-%d-%d", round, at.Unix()),
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPublish, err)
	}
	return nil
}

// collected is the job of a message that asks for what is due; nil if nothing is. What is due later is asked for by a
// message of its own; the error may be about that, and then there is a job all the same.
func (s *Syncer) collected(ctx context.Context, d Delivery) (*Job, error) {
	by := d.First.Events.Add(eventSlack)
	names, err := s.Store.Due(ctx, by)
	if err != nil {
		return nil, err
	}
	job, err := s.Store.Job(ctx, d.Job)
	if err == ErrUnknownJob && len(names) > 0 {
		job = s.newJob(d.Job, d.Job, scopeOf(names), d.First.TriggeredAt)
		job, err = s.Store.TakeOver(ctx, job, names, by, s.now())
	}
	if err := ignoreUnknown(err); err != nil {
		return nil, err
	}
	return job, s.call(ctx, s.note("", nil))
}

// scopeOf is the scope of a job for what events have named. A page named by an event is always read anew: Notion's stamps
// do not tell two edits of one minute apart, and what an event says may be old.
func scopeOf(names []string) Scope {
	var scope Scope
	for _, name := range names {
		source, isSource := strings.CutPrefix(name, nameSource)
		switch {
		case name == nameAll:
			scope.Full = true
		case isSource:
			scope.Sources = append(scope.Sources, source)
		default:
			id, round := cutRound(name)
			i := slices.IndexFunc(scope.Pages, func(r Ref) bool { return r.Ref == id })
			if i < 0 {
				scope.Pages = append(scope.Pages, Ref{Ref: id, Force: true, Event: true, Round: round})
			} else {
				scope.Pages[i].Round = min(scope.Pages[i].Round, round) // an event of its own begins anew
			}
		}
	}
	return scope
}

// nameAgain is the name of a page whose event so many jobs have failed to read it for.
func nameAgain(id string, round int) string {
	if round == 0 {
		return id
	}
	return nameRound + strconv.Itoa(round) + ":" + id
}

// cutRound is the opposite of nameAgain.
func cutRound(name string) (id string, round int) {
	rest, again := strings.CutPrefix(name, nameRound)
	number, id, found := strings.Cut(rest, ":")
	round, err := strconv.Atoi(number)
	if !again || !found || err != nil {
		return name, 0
	}
	return id, round
}

// noteFailed notes the pages that events have named and that a job which is done could not read, each to be read once more
// after a pause that grows from job to job.
func (s *Syncer) noteFailed(ctx context.Context, job *Job) error {
	if job.State != Done || !slices.ContainsFunc(job.Scope.Pages, func(r Ref) bool { return r.Event }) {
		return nil
	}
	const all = 1 << 20
	failed, _, err := s.Store.Troubles(ctx, job.ID, all)
	if err != nil {
		return err
	}
	again := make([][]string, len(againAfter)) // by round
	for _, ref := range job.Scope.Pages {
		isIt := func(e PageError) bool { return e.PageID == ref.Ref }
		if ref.Event && ref.Round < len(again) && slices.ContainsFunc(failed, isIt) {
			again[ref.Round] = append(again[ref.Round], nameAgain(ref.Ref, ref.Round+1))
		}
	}
	for round, names := range again {
		if len(names) == 0 {
			continue
		}
		n := s.note("", names)
		n.Quiet, n.Most = againAfter[round], againAfter[round]
		if err := s.call(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// named is what an event names; nothing if it is of no interest.
func (s *Syncer) named(ctx context.Context, e Event) ([]string, error) {
	moves := slices.Contains([]string{"created", "deleted", "undeleted", "moved"}, e.Action)
	edits := slices.Contains([]string{"content_updated", "properties_updated", "schema_updated"}, e.Action)
	switch {
	case !moves && !edits:
		return nil, nil
	case e.Object == "page" && moves && e.Parent.Type == "page":
		return []string{e.Of, e.Parent.ID}, nil // whose blocks show it
	case e.Object == "page":
		return []string{e.Of}, nil
	case e.Object == "data_source", e.Object == "database":
		return s.namedTable(ctx, e, moves)
	}
	return nil, nil
}

// namedTable is what an event about a data source or database names: the rows of a collection, or all where more than
// rows may have come or gone; the page that holds an inner database, with which it is read.
func (s *Syncer) namedTable(ctx context.Context, e Event, moves bool) ([]string, error) {
	var facts factCache
	for _, col := range s.Collections {
		sources, err := facts.sources(ctx, s.Store, col.Name)
		if err != nil {
			return nil, err
		}
		whole := col.ID == e.Of || e.Parent.Type == "database" && e.Parent.ID == col.ID
		switch known := slices.Contains(sources, e.Of); {
		case known && !moves:
			return []string{nameSource + e.Of}, nil
		case known, whole && (moves || len(sources) == 0):
			return []string{nameAll}, nil
		case whole:
			names := make([]string, len(sources))
			for i, id := range sources {
				names[i] = nameSource + id
			}
			return names, nil
		}
	}
	inner, err := s.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	for _, db := range inner {
		if db.ID == e.Of || db.ID == e.Parent.ID || slices.Contains(db.Sources, e.Of) {
			return []string{db.Page}, nil
		}
	}
	if e.Parent.Type == "page" {
		return []string{e.Parent.ID}, nil // a new one in a page, or in none of ours
	}
	return nil, nil
}
