package syncer

import (
	"context"
	"errors"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// Fail ends a job, with the reason. It does nothing while another slice than the given one is due (0: whichever) or
// somebody works on the job: a job that has moved on is never harmed.
func (s *Syncer) Fail(ctx context.Context, id string, slice int, reason string) error {
	return s.fail(ctx, id, slice, reason, s.Store.Acquire)
}

func (s *Syncer) fail(
	ctx context.Context, id string, slice int, reason string, acquire func(context.Context) (model.Lease, error), owed ...string,
) error {
	job, err := s.Store.Job(ctx, id)
	if err != nil {
		return ignoreUnknown(err)
	}
	if job.Ended() {
		return s.flush(ctx, job)
	}
	if slice != 0 && slice != job.Slice {
		return s.republish(ctx, job, slice) // the queue may have refused each time what comes after that slice
	}
	lease, err := acquire(ctx)
	if errors.Is(err, model.ErrHeld) || errors.Is(err, model.ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer work.Release(ctx, lease)
	if job, err = s.Store.Job(ctx, id); err != nil {
		return err
	}
	if job.Ended() || slice != 0 && slice != job.Slice {
		return nil
	}
	untold := s.tell(ctx, lease, job)
	job.End(model.Failed, reason, s.Time(), untold)
	job.Outbox = append(job.Outbox, owed...)
	if err := lease.SaveJob(ctx, job, nil); err != nil {
		return err
	}
	work.Release(ctx, lease)
	return s.flush(ctx, job)
}

// GiveUpOn fails the job of a message that the queue has given up on, unless it is only that the queue has refused what
// comes after it: that is published again. If its last delivery was killed, the lease that it has left behind is waited for.
func (s *Syncer) GiveUpOn(ctx context.Context, d model.Delivery, reason string) error {
	return s.fail(ctx, d.Job, d.Slice, reason, s.acquire)
}

// Abort fails the job of a message that cannot be worked on, also one that is not known yet.
func (s *Syncer) Abort(ctx context.Context, d model.Delivery, reason string) error {
	if d.Asks() {
		d.Trigger = nil // what is due stays enqueued
	}
	job, err := s.delivered(ctx, d)
	if err != nil {
		return ignoreUnknown(err)
	}
	return s.Fail(ctx, job.ID, d.Slice, reason)
}
