package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

const (
	leasePatience = 10 * time.Second // a retry is dear: an overlapping delivery first waits for the other to end
	leasePoll     = 250 * time.Millisecond
)

// Run works on one slice of a job until its budget is used or the job has ended, and publishes what comes next. It
// returns the job as it then stands; nil for a message that asks for events when none are due. A message for a job that
// has ended, or for a slice long past, does nothing but finish what an invocation before it was killed over. Errors:
// ErrBusy; ErrUnknownJob and ErrSlice, which no retry cures; *FatalError, with which the job has failed; any other is
// worth a retry.
func (s *Syncer) Run(ctx context.Context, d model.Delivery) (*model.Job, error) {
	began := s.Time()
	job, err := s.delivered(ctx, d)
	if job == nil {
		return nil, err
	}
	// That something else could not be published does not keep this job from running.
	job, failed := s.runJob(ctx, job, d, began)
	return job, cmp.Or(failed, err)
}

func (s *Syncer) runJob(ctx context.Context, job *model.Job, d model.Delivery, began time.Time) (*model.Job, error) {
	for {
		ran, err := s.runOnce(ctx, job, d, began)
		if !errors.Is(err, errPast) {
			return ran, err
		}
		job = ran
	}
}

// errPast is the end of waiting for the lease in vain: whoever had it has worked on the slice. Whether it got as far as to
// publish what comes next is to be seen; it may have been refused, or stood still until its lease was over.
var errPast = errors.New("the slice is past")

func (s *Syncer) runOnce(ctx context.Context, job *model.Job, d model.Delivery, began time.Time) (*model.Job, error) {
	switch {
	case job.Ended():
		return job, s.flush(ctx, job)
	case s.foreign(job) != "":
		return job, s.restart(ctx, job)
	case d.Slice < job.Slice:
		return job, s.republish(ctx, job, d.Slice)
	case d.Slice > job.Slice+1:
		return job, fmt.Errorf("%w: slice %d of job %s was asked for, slice %d is due", model.ErrSlice, d.Slice, job.ID, job.Slice)
	}
	if waits, err := s.queueUp(ctx, job); waits || err != nil {
		return job, err
	}
	lease, err := s.acquire(ctx)
	if err != nil {
		return job, err
	}
	defer work.Release(ctx, lease)
	return s.runLeased(ctx, lease, job.ID, d.Slice, began)
}

// runLeased runs a slice once the lease is held, on the job as it stands then; errPast if it is not due any more.
func (s *Syncer) runLeased(ctx context.Context, lease model.Lease, id string, slice int, began time.Time) (*model.Job, error) {
	for {
		job, err := s.Store.Job(ctx, id)
		if err != nil {
			return nil, err
		}
		if job.Ended() || slice < job.Slice || s.foreign(job) != "" {
			return job, errPast
		}
		if waits, err := s.queueUp(ctx, job); waits || err != nil {
			return job, err
		}
		job.Slice = slice // one ahead of what is stored where Redis has lost its last second
		if err := s.begin(ctx, lease, job, began); errors.Is(err, model.ErrStale) {
			continue
		} else if err != nil {
			return job, err
		}
		return job, s.runSlice(ctx, s.newInvocation(job, lease, began))
	}
}

// begin makes the job the running one. Its first tasks are on the list before it runs: a job that runs with an empty
// list has ended.
func (s *Syncer) begin(ctx context.Context, lease model.Lease, job *model.Job, began time.Time) error {
	if job.State == model.Queued {
		if err := discover.Plant(ctx, &s.Options, lease, job); err != nil {
			return err
		}
		job.Config, job.StartedAt, job.ProgressAt = s.Identity(), began, began
	}
	job.State, job.UpdatedAt, job.DueAt = model.Running, began, began
	err := lease.SaveJob(ctx, job, nil)
	job.Raw = "" // from now on only the lease counts
	return err
}

// delivered finds the job a message is for. A first message may be faster than the trigger that published it. With a job
// an error is about something else, and worth a retry.
func (s *Syncer) delivered(ctx context.Context, d model.Delivery) (*model.Job, error) {
	switch {
	case d.Trigger == nil:
		return s.Store.Job(ctx, d.Job)
	case d.Asks():
		return s.collect(ctx, d)
	}
	return s.Store.CreateJob(ctx, s.NewJob(d.Job, d.Job, d.Trigger.Scope(), d.Trigger.TriggeredAt))
}

// queueUp lets a job wait if another has begun and not ended: that one starts it when it ends. A second waiting job
// becomes part of the first.
func (s *Syncer) queueUp(ctx context.Context, job *model.Job) (waits bool, err error) {
	for {
		schedule, err := model.CurrentSchedule(ctx, s.Store)
		if err != nil || schedule.Running == "" || schedule.Running == job.ID {
			return false, err
		}
		if err := s.wakeStalled(ctx, schedule); err != nil {
			return false, err
		}
		switch schedule.Waiting.ID {
		case job.ID:
			return true, nil
		case "":
			// Looked at again: the running job may have ended without seeing that another waits.
			if _, err := s.Store.SetWaiting(ctx, schedule.Waiting, model.Waiting{ID: job.ID, At: s.Time()}); err != nil {
				return false, err
			}
		default:
			folded, err := s.fold(ctx, schedule, job.Scope)
			if err != nil {
				return true, err
			}
			if folded != nil {
				ended := *job
				ended.State, ended.FinishedAt, ended.UpdatedAt = model.Done, s.Time(), s.Time()
				_, err := s.Store.SwapJob(ctx, job, &ended)
				*job = ended
				return true, err
			}
		}
	}
}

// acquire takes the lease, waiting a little for whoever has it.
func (s *Syncer) acquire(ctx context.Context) (model.Lease, error) {
	for patience := s.Time().Add(leasePatience); ; {
		lease, err := s.Store.Acquire(ctx)
		if !errors.Is(err, model.ErrHeld) {
			return lease, err
		}
		if s.Time().After(patience) {
			return nil, model.ErrBusy
		}
		if err := work.Sleep(ctx, leasePoll); err != nil {
			return nil, err
		}
	}
}

// republish publishes the continuation that a killed invocation may not have published. A message that exists already
// has the same deduplication id.
func (s *Syncer) republish(ctx context.Context, job *model.Job, slice int) error {
	if slice != job.Slice-1 || job.NextID != "" || s.Queue == nil {
		return nil
	}
	id, err := s.publishSlice(ctx, job.ID, job.Slice, max(0, job.DueAt.Sub(s.Time())), continuationID(job))
	if err != nil {
		return err
	}
	next := *job
	next.NextID = id
	if ok, err := s.Store.SwapJob(ctx, job, &next); err != nil || !ok {
		return err // it has begun meanwhile
	}
	*job = next
	return nil
}

func continuationID(job *model.Job) string { return job.ID + "-" + strconv.Itoa(job.Slice) }

// restart ends a job that is not continued here; that its scope is triggered anew is in its outbox then. ErrBusy if somebody works
// on it.
func (s *Syncer) restart(ctx context.Context, job *model.Job) error {
	if err := s.fail(ctx, job.ID, 0, s.foreign(job), s.acquire, model.SendAgain); err != nil {
		return err
	}
	ended, err := s.Store.Job(ctx, job.ID)
	if err == nil && !ended.Ended() {
		err = model.ErrBusy
	}
	return err
}

// foreign says why this deployment does not go on with a job; empty if it does.
func (s *Syncer) foreign(job *model.Job) string {
	switch {
	case job.Version != model.Version:
		return fmt.Sprintf("the job was begun by a deployment that stores jobs as version %d, this one stores version %d; it "+
			"starts over", job.Version, model.Version)
	case job.Config != "" && job.Config != s.Identity():
		return "the collections, their filters or SYNC_CONTENT have changed since the job began; it starts over"
	}
	return ""
}
