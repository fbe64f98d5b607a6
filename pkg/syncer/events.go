package syncer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// againAfter are the pauses after which a page is read once more that an event has named and that could not be read. Then
// it is left to its next event, or the next full sync.
var againAfter = [...]time.Duration{2 * time.Minute, 15 * time.Minute, time.Hour}

const (
	eventQuiet  = 10 * time.Second // a burst of edits becomes one job when it has been quiet for so long …
	eventMost   = time.Minute      // … or has gone on for so long
	eventSlack  = 3 * time.Second  // what is due so much later is taken along: many pages may be edited at one stroke
	eventAgain  = time.Minute + eventSlack
	pickupSlack = time.Second // a message that asks so much later than what is due will do
)

// Enqueue sees to it that what an event has named is synced soon. The error wraps ErrPublish if the queue refused; the event
// may be sent again after any error.
func (s *Syncer) Enqueue(ctx context.Context, e model.Event) error {
	if s.Queue == nil {
		return fmt.Errorf("%w: there is none", model.ErrPublish)
	}
	names, err := s.names(ctx, e)
	if err != nil || len(names) == 0 {
		return err
	}
	return s.enqueue(ctx, s.edit(e.ID, names))
}

func (s *Syncer) edit(event string, names []string) model.Edit {
	return model.Edit{
		Event: event, Names: names, Now: s.Time(), Quiet: eventQuiet, Most: eventMost, Again: eventAgain,
	}
}

// enqueue keeps what an event has named and publishes the message that will ask for what is due first, unless one is known
// to be on its way. Those who do that at the same moment publish the same message; where it has come already before this
// one is through with it, all is looked at again.
func (s *Syncer) enqueue(ctx context.Context, n model.Edit) error {
	for {
		noted, err := s.Store.Enqueue(ctx, n)
		if err != nil || noted.Known || noted.Due.IsZero() {
			return err
		}
		now, at := s.Time(), noted.Pickup
		if at.IsZero() || at.After(noted.Due.Add(pickupSlack)) || now.Sub(at) > patience {
			if at = noted.Due; now.After(at) {
				at = now
			}
			if err := s.publishPickup(ctx, noted.Round, at, now); err != nil {
				return err
			}
		}
		if ok, err := s.Store.SetPickup(ctx, n.Event, noted.Round, at, now); ok || err != nil {
			return err
		}
		n.Names = nil
	}
}

func (s *Syncer) publishPickup(ctx context.Context, round int64, at, now time.Time) error {
	body, err := json.Marshal(model.TriggerMessage{Pages: []string{}, TriggeredAt: now, Events: &at})
	if err != nil {
		return err
	}
	_, err = s.Queue.Publish(ctx, model.Message{
		Body: body, Delay: at.Sub(now), DedupID: fmt.Sprintf("events-%d-%d", round, at.Unix()),
	})
	if err != nil {
		return fmt.Errorf("%w: %w", model.ErrPublish, err)
	}
	return nil
}

// collect is the job of a message that asks for what is due; nil if nothing is. What is due later is asked for by a
// message of its own; the error may be about that, and then there is a job all the same.
func (s *Syncer) collect(ctx context.Context, d model.Delivery) (*model.Job, error) {
	by := d.Trigger.Events.Add(eventSlack)
	names, err := s.Store.Due(ctx, by)
	if err != nil {
		return nil, err
	}
	job, err := s.Store.Job(ctx, d.Job)
	if err == model.ErrUnknownJob && len(names) > 0 {
		job = s.NewJob(d.Job, d.Job, scopeOf(names), d.Trigger.TriggeredAt)
		job, err = s.Store.TakeOver(ctx, job, names, by, s.Time())
	}
	if err := ignoreUnknown(err); err != nil {
		return nil, err
	}
	return job, s.enqueue(ctx, s.edit("", nil))
}

// scopeOf is the scope of a job for what events have named. A page named by an event is always read anew: Notion's stamps
// do not tell two edits of one minute apart, and what an event says may be old.
func scopeOf(names []string) model.Scope {
	var scope model.Scope
	for _, name := range names {
		source, isSource := strings.CutPrefix(name, model.NameSource)
		switch {
		case name == model.NameAll:
			scope.Full = true
		case isSource:
			scope.Sources = append(scope.Sources, source)
		default:
			id, round := model.CutFailures(name)
			i := slices.IndexFunc(scope.Pages, func(r model.Ref) bool { return r.Ref == id })
			if i < 0 {
				scope.Pages = append(scope.Pages, model.Ref{Ref: id, Force: true, Event: true, Failures: round})
			} else {
				scope.Pages[i].Failures = min(scope.Pages[i].Failures, round) // an event of its own begins anew
			}
		}
	}
	return scope
}

// enqueueFailed keeps the pages that events have named and that a job which is done could not read, each to be read once more
// after a pause that grows from job to job.
func (s *Syncer) enqueueFailed(ctx context.Context, job *model.Job) error {
	if job.State != model.Done || !slices.ContainsFunc(job.Scope.Pages, func(r model.Ref) bool { return r.Event }) {
		return nil
	}
	const all = 1 << 20
	failed, _, err := s.Store.Troubles(ctx, job.ID, all)
	if err != nil {
		return err
	}
	again := make([][]string, len(againAfter)) // by round
	for _, ref := range job.Scope.Pages {
		isIt := func(e model.PageError) bool { return e.PageID == ref.Ref }
		if ref.Event && ref.Failures < len(again) && slices.ContainsFunc(failed, isIt) {
			again[ref.Failures] = append(again[ref.Failures], model.NameAgain(ref.Ref, ref.Failures+1))
		}
	}
	for round, names := range again {
		if len(names) == 0 {
			continue
		}
		n := s.edit("", names)
		n.Quiet, n.Most = againAfter[round], againAfter[round]
		if err := s.enqueue(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// names is what an event names; nothing if it is of no interest.
func (s *Syncer) names(ctx context.Context, e model.Event) ([]string, error) {
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
		return s.namesOfTable(ctx, e, moves)
	}
	return nil, nil
}

// namesOfTable is what an event about a data source or database names: of a collection rows, or everything; else the page
// that contains it, with which it is read.
func (s *Syncer) namesOfTable(ctx context.Context, e model.Event, moves bool) ([]string, error) {
	var observed work.Observations
	for _, col := range s.Collections {
		sources, err := observed.Sources(ctx, s.Store, col.Name)
		if err != nil {
			return nil, err
		}
		if names := namesOfCollection(e, moves, col, sources); names != nil {
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

// namesOfCollection is what an event about a data source or database names if that is a collection's: the rows, or everything
// where more than rows may have come or gone; nil if it is not.
func namesOfCollection(e model.Event, moves bool, col model.Collection, sources []string) []string {
	whole := col.ID == e.Of || e.Parent.Type == "database" && e.Parent.ID == col.ID
	switch known := slices.Contains(sources, e.Of); {
	case known && !moves:
		return []string{model.NameSource + e.Of}
	case known, whole && (moves || len(sources) == 0):
		return []string{model.NameAll}
	case !whole:
		return nil
	}
	var names []string
	for _, id := range sources {
		names = append(names, model.NameSource+id)
	}
	return names
}
