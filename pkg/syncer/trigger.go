package syncer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// patience is how late a message, or whoever was to publish it, may be before it is taken for lost.
const patience = 30 * time.Second

// Trigger asks for a sync. It is queued at once, or folded into the job that waits already: then folded is true. Triggers
// at the same moment end up in one job. The error wraps ErrPublish if the queue refused. What webhook events have named is
// asked for again if nobody has come for it when it was due.
func (s *Syncer) Trigger(ctx context.Context, message model.TriggerMessage) (job *model.Job, folded bool, err error) {
	if s.Queue == nil {
		return nil, false, fmt.Errorf("%w: there is none", model.ErrPublish)
	}
	job, folded, err = s.trigger(ctx, message)
	if err == nil {
		if failed := s.enqueue(ctx, s.edit("", nil)); failed != nil {
			s.Logger.WarnContext(ctx, "edits that wait are not asked for", "error", failed)
		}
	}
	return job, folded, err
}

func (s *Syncer) trigger(ctx context.Context, message model.TriggerMessage) (job *model.Job, folded bool, err error) {
	scope := message.Scope()
	me := newID()
	for {
		schedule, err := model.CurrentSchedule(ctx, s.Store)
		if err != nil {
			return nil, false, err
		}
		if err := s.wakeStalled(ctx, schedule); err != nil {
			return nil, false, err
		}
		waiting := schedule.Waiting
		switch {
		case waiting.ID != "":
			job, err := s.fold(ctx, schedule, scope)
			if job != nil || err != nil {
				return job, true, err
			}
		case waiting.By != "" && s.Time().Sub(waiting.At) < patience:
			if err := work.Sleep(ctx, 50*time.Millisecond); err != nil { // its publisher will have an id in a moment
				return nil, false, err
			}
		default:
			mine := model.Waiting{By: me, At: s.Time()}
			if ok, err := s.Store.SetWaiting(ctx, waiting, mine); err != nil {
				return nil, false, err
			} else if ok {
				job, err := s.publishTrigger(ctx, message, scope, mine)
				return job, false, err
			}
		}
	}
}

// publishTrigger publishes a job's first message and makes it the waiting job under the id it then has. The worker may
// be faster: it creates the job too, and takes it from waiting to running.
func (s *Syncer) publishTrigger(ctx context.Context, message model.TriggerMessage, scope model.Scope, mine model.Waiting) (*model.Job, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	// The id is this trigger's alone, so that publishing may be tried again where an answer was lost. It would keep the
	// next trigger from being heard if both had the same.
	id, err := s.Queue.Publish(ctx, model.Message{Body: body, DedupID: "first-" + mine.By})
	if err != nil {
		_, _ = s.swapWaiting(context.WithoutCancel(ctx), mine, model.Waiting{}) // else it is taken for dead in a while
		return nil, fmt.Errorf("%w: %w", model.ErrPublish, err)
	}
	job, err := s.Store.CreateJob(ctx, s.NewJob(id, id, scope, message.TriggeredAt))
	if err != nil {
		return nil, err
	}
	next := model.Waiting{}
	if job.State == model.Queued {
		next = model.Waiting{ID: id, At: s.Time()}
	}
	_, err = s.swapWaiting(ctx, mine, next)
	return job, err
}

// swapWaiting replaces what waits, which only this publisher or the worker that got its message could have changed.
func (s *Syncer) swapWaiting(ctx context.Context, mine, next model.Waiting) (bool, error) {
	schedule, err := s.Store.Schedule(ctx)
	if err != nil || schedule.Waiting.By != mine.By || schedule.Waiting.ID != "" {
		return false, err
	}
	return s.Store.SetWaiting(ctx, schedule.Waiting, next)
}

// fold joins a scope to the waiting job. It returns nil if that job waits no more.
func (s *Syncer) fold(ctx context.Context, schedule model.Schedule, scope model.Scope) (*model.Job, error) {
	waiting := schedule.Waiting
	for {
		job, err := s.Store.Job(ctx, waiting.ID)
		if err == nil && job.State != model.Queued || err == model.ErrUnknownJob {
			_, err := s.Store.SetWaiting(ctx, waiting, model.Waiting{})
			return nil, err
		}
		if err != nil {
			return nil, err
		}
		next := *job
		next.Scope = job.Scope.Join(scope)
		next.UpdatedAt = s.Time()
		ok, err := s.Store.SwapJob(ctx, job, &next)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		stalled, err := s.stalled(ctx, &next, schedule)
		if err != nil || !stalled {
			return &next, err
		}
		return &next, s.startWaiting(ctx, waiting)
	}
}

// startWaiting publishes the message that begins the waiting job. Its id is fresh each time: a used one would stay taken
// for ten minutes, though its message may be lost.
func (s *Syncer) startWaiting(ctx context.Context, waiting model.Waiting) error {
	next := model.Waiting{ID: waiting.ID, At: s.Time()}
	if ok, err := s.Store.SetWaiting(ctx, waiting, next); err != nil || !ok {
		return err // somebody else is publishing it
	}
	_, err := s.publishSlice(ctx, waiting.ID, 1, 0, waiting.ID+"-1-"+newID())
	return err
}

// wakeStalled publishes the slice that is due of a job that should be running and is not: its retries are spent, or its
// function and message are gone. Nothing of what it has done is done again.
func (s *Syncer) wakeStalled(ctx context.Context, schedule model.Schedule) error {
	if schedule.Running == "" || s.Queue == nil {
		return nil
	}
	job, err := s.Store.Job(ctx, schedule.Running)
	if err != nil {
		return ignoreUnknown(err)
	}
	stalled, err := s.stalled(ctx, job, schedule)
	if err != nil || !stalled {
		return err
	}
	next := *job
	next.DueAt, next.ProgressAt = s.Time(), s.Time() // that nobody came is no lack of progress
	if ok, err := s.Store.SwapJob(ctx, job, &next); err != nil || !ok {
		return err // somebody else is waking it
	}
	id, err := s.publishSlice(ctx, job.ID, job.Slice, 0, fmt.Sprintf("%s-%d-%s", job.ID, job.Slice, newID()))
	if err != nil {
		return err
	}
	woken := next
	woken.NextID = id
	_, err = s.Store.SwapJob(ctx, &next, &woken)
	return err
}

// stalled reports whether a job should be running and is not: nobody is known to come for the slice that is due, and nobody
// works.
func (s *Syncer) stalled(ctx context.Context, job *model.Job, schedule model.Schedule) (bool, error) {
	if !s.late(job, schedule) {
		return false, nil
	}
	held, err := s.Store.Held(ctx)
	return !held, err
}

// late reports whether nobody is known to come for the slice that is due.
func (s *Syncer) late(job *model.Job, schedule model.Schedule) bool {
	due := job.DueAt
	switch {
	case job.Ended(), job.State == model.Queued && schedule.Running != "": // it waits its turn
		return false
	case job.State == model.Running && job.NextID == "" && s.Queue != nil:
		return true // its message was not published, or is not known to be
	case schedule.Waiting.ID == job.ID && schedule.Waiting.At.After(due):
		due = schedule.Waiting.At // its turn has just come
	}
	return s.Time().Sub(due) > patience
}

// publishSlice publishes the message that begins a slice.
func (s *Syncer) publishSlice(ctx context.Context, id string, slice int, delay time.Duration, dedup string) (string, error) {
	body, err := json.Marshal(model.Continuation{Job: id, Slice: slice})
	if err != nil {
		return "", err
	}
	msg, err := s.Queue.Publish(ctx, model.Message{Body: body, Delay: delay, DedupID: dedup})
	if err != nil {
		return "", fmt.Errorf("%w: %w", model.ErrPublish, err)
	}
	return msg, nil
}

func ignoreUnknown(err error) error {
	if err == model.ErrUnknownJob {
		return nil
	}
	return err
}
