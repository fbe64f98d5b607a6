package syncer

import (
	"context"
	"errors"
	"reflect"
	"time"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// Direct syncs in this one invocation, until its budget is used. It returns the job and whether it has ended; if not,
// the rest goes on through the queue, or without one with the next call of the same scope. A job that another call or
// message has left unfinished is finished first. While another job runs, the one returned waits for its turn if there
// is a queue.
func (s *Syncer) Direct(ctx context.Context, message model.TriggerMessage) (job *model.Job, done bool, err error) {
	began := s.Time()
	scope := message.Scope()
	lease, err := s.Store.Acquire(ctx)
	if errors.Is(err, model.ErrHeld) {
		return s.directLater(ctx, message)
	}
	if err != nil {
		return nil, false, err
	}
	defer work.Release(ctx, lease)
	for {
		now, err := model.CurrentSchedule(ctx, s.Store)
		if err != nil {
			return nil, false, err
		}
		left, err := s.leftover(ctx, now)
		if err != nil {
			return nil, false, err
		}
		if left == nil {
			break
		}
		if s.Queue != nil && !s.late(left, now) { // a message is under way that goes on with it
			return s.directLater(ctx, message)
		}
		if left, err = s.finishDirect(ctx, lease, left, began); err != nil || !left.Ended() {
			return left, false, err
		}
		if reflect.DeepEqual(left.Scope, scope) && s.Queue == nil {
			return left, true, nil
		}
		if lease, err = s.Store.Acquire(ctx); err != nil { // the end of a job gives it back
			return left, false, err
		}
		defer work.Release(ctx, lease)
	}
	job = s.NewJob("direct_"+newID(), "", scope, message.TriggeredAt) // known once it has begun: nobody else would begin it
	if err := s.runDirect(ctx, lease, job, began); err != nil {
		return job, false, err
	}
	return job, job.Ended(), nil
}

// finishDirect goes on with a job that was left unfinished, or starts it over where this deployment cannot.
func (s *Syncer) finishDirect(ctx context.Context, lease model.Lease, left *model.Job, began time.Time) (*model.Job, error) {
	if s.foreign(left) != "" {
		var err error
		if left, err = s.startOver(ctx, lease, left); err != nil {
			return nil, err
		}
	}
	return left, s.runDirect(ctx, lease, left, began)
}

// runDirect runs one slice of a job under a lease that is held.
func (s *Syncer) runDirect(ctx context.Context, lease model.Lease, job *model.Job, began time.Time) error {
	if err := s.begin(ctx, lease, job, began); err != nil {
		return err
	}
	err := s.runSlice(ctx, s.newInvocation(job, lease, began))
	if err != nil && job.State == model.Done {
		s.Logger.WarnContext(ctx, "job is done, but not everybody could be told", "job", job.ID, "error", err)
		return nil
	}
	return err
}

// leftover returns the job that has begun and not ended; nil if there is none.
func (s *Syncer) leftover(ctx context.Context, schedule model.Schedule) (*model.Job, error) {
	if schedule.Running == "" {
		return nil, nil
	}
	job, err := s.Store.Job(ctx, schedule.Running)
	if err != nil {
		return nil, ignoreUnknown(err)
	}
	if job.Ended() {
		return nil, nil
	}
	return job, nil
}

// startOver ends a job that is not continued here, and returns one of the same scope in its place.
func (s *Syncer) startOver(ctx context.Context, lease model.Lease, job *model.Job) (*model.Job, error) {
	untold := s.tell(ctx, lease, job)
	job.End(model.Failed, s.foreign(job), s.Time(), untold)
	if err := lease.SaveJob(ctx, job, nil); err != nil {
		return nil, err
	}
	if err := s.flush(ctx, job); err != nil {
		return nil, err
	}
	return s.NewJob("direct_"+newID(), "", job.Scope.OrAll(), job.TriggeredAt), nil
}

// directLater is the answer while another job runs: this one waits its turn, or without a queue the caller calls again.
func (s *Syncer) directLater(ctx context.Context, message model.TriggerMessage) (*model.Job, bool, error) {
	if s.Queue == nil {
		schedule, err := s.Store.Schedule(ctx)
		if err != nil {
			return nil, false, err
		}
		job, err := s.leftover(ctx, schedule)
		return job, false, err
	}
	job, _, err := s.Trigger(ctx, message)
	return job, false, err
}
