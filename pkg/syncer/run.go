package syncer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Delivery is a message as the worker got it.
type Delivery struct {
	Job   string
	Slice int
	First *First // set: the job's first message, whose id is Job
}

// asks reports whether the message asks for what webhook events have named, and begins a job if there is any.
func (d Delivery) asks() bool { return d.First != nil && d.First.Events != nil }

const (
	leasePatience = 10 * time.Second // a retry is dear: an overlapping delivery first waits for the other to end
	leasePoll     = 250 * time.Millisecond
)

// Run works on one slice of a job until its budget is used or the job has ended, and publishes what comes next. It
// returns the job as it then stands; nil for a message that asks for events when none are due. A message for a job that
// has ended, or for a slice long past, does nothing but finish what an invocation before it was killed over. Errors:
// ErrBusy; ErrUnknownJob and ErrSlice, which no retry cures; *FatalError, with which the job has failed; any other is
// worth a retry.
func (s *Syncer) Run(ctx context.Context, d Delivery) (*Job, error) {
	began := s.now()
	job, err := s.delivered(ctx, d)
	if job == nil {
		return nil, err
	}
	// That something else could not be published does not keep this job from running.
	job, failed := s.runJob(ctx, job, d, began)
	return job, cmp.Or(failed, err)
}

func (s *Syncer) runJob(ctx context.Context, job *Job, d Delivery, began time.Time) (*Job, error) {
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

func (s *Syncer) runOnce(ctx context.Context, job *Job, d Delivery, began time.Time) (*Job, error) {
	switch {
	case job.Ended():
		return job, s.payDebts(ctx, job)
	case s.foreign(job) != "":
		return job, s.restart(ctx, job)
	case d.Slice < job.Slice:
		return job, s.republish(ctx, job, d.Slice)
	case d.Slice > job.Slice+1:
		return job, fmt.Errorf("%w: slice %d of job %s was asked for, slice %d is due", ErrSlice, d.Slice, job.ID, job.Slice)
	}
	if waits, err := s.queueUp(ctx, job); waits || err != nil {
		return job, err
	}
	lease, err := s.acquire(ctx)
	if err != nil {
		return job, err
	}
	defer release(ctx, lease)
	return s.runLeased(ctx, lease, job.ID, d.Slice, began)
}

// runLeased runs a slice once the lease is held, on the job as it stands then; errPast if it is not due any more.
func (s *Syncer) runLeased(ctx context.Context, lease Lease, id string, slice int, began time.Time) (*Job, error) {
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
		if err := s.begin(ctx, lease, job, began); errors.Is(err, ErrStale) {
			continue
		} else if err != nil {
			return job, err
		}
		return job, s.newSlice(job, lease, began).run(ctx)
	}
}

// begin makes the job the running one. Its first entries are on the list before it runs: a job that runs with an empty
// list has ended.
func (s *Syncer) begin(ctx context.Context, lease Lease, job *Job, began time.Time) error {
	if job.State == Queued {
		if err := s.plant(ctx, lease, job); err != nil {
			return err
		}
		job.Config, job.StartedAt, job.ProgressAt = s.config(), began, began
	}
	job.State, job.UpdatedAt, job.DueAt = Running, began, began
	err := lease.SaveJob(ctx, job, nil)
	job.Raw = "" // from now on only the lease counts
	return err
}

// delivered finds the job a message is for. A first message may be faster than the trigger that published it. With a job
// an error is about something else, and worth a retry.
func (s *Syncer) delivered(ctx context.Context, d Delivery) (*Job, error) {
	switch {
	case d.First == nil:
		return s.Store.Job(ctx, d.Job)
	case d.asks():
		return s.collected(ctx, d)
	}
	return s.Store.CreateJob(ctx, s.newJob(d.Job, d.Job, d.First.scope(), d.First.TriggeredAt))
}

// queueUp lets a job wait if another has begun and not ended: that one starts it when it ends. A second waiting job
// becomes part of the first.
func (s *Syncer) queueUp(ctx context.Context, job *Job) (waits bool, err error) {
	for {
		turn, err := s.turn(ctx)
		if err != nil || turn.Running == "" || turn.Running == job.ID {
			return false, err
		}
		if err := s.wakeStalled(ctx, turn); err != nil {
			return false, err
		}
		switch turn.Waiting.ID {
		case job.ID:
			return true, nil
		case "":
			// Looked at again: the running job may have ended without seeing that another waits.
			if _, err := s.Store.SetWaiting(ctx, turn.Waiting, Waiting{ID: job.ID, At: s.now()}); err != nil {
				return false, err
			}
		default:
			folded, err := s.fold(ctx, turn, job.Scope)
			if err != nil {
				return true, err
			}
			if folded != nil {
				ended := *job
				ended.State, ended.FinishedAt, ended.UpdatedAt = Done, s.now(), s.now()
				_, err := s.Store.SwapJob(ctx, job, &ended)
				*job = ended
				return true, err
			}
		}
	}
}

// acquire takes the lease, waiting a little for whoever has it.
func (s *Syncer) acquire(ctx context.Context) (Lease, error) {
	for patience := s.now().Add(leasePatience); ; {
		lease, err := s.Store.Acquire(ctx)
		if !errors.Is(err, ErrHeld) {
			return lease, err
		}
		if s.now().After(patience) {
			return nil, ErrBusy
		}
		if err := sleep(ctx, leasePoll); err != nil {
			return nil, err
		}
	}
}

// release gives the lease back even when ctx has ended.
func release(ctx context.Context, lease Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = lease.Release(ctx) // what cannot be given back runs out
}

// republish publishes the continuation that a killed invocation may not have published. A message that exists already
// has the same deduplication id.
func (s *Syncer) republish(ctx context.Context, job *Job, slice int) error {
	if slice != job.Slice-1 || job.NextID != "" || s.Queue == nil {
		return nil
	}
	id, err := s.publishSlice(ctx, job.ID, job.Slice, max(0, job.DueAt.Sub(s.now())), continuationID(job))
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

func continuationID(job *Job) string { return job.ID + "-" + strconv.Itoa(job.Slice) }

// restart ends a job that is not continued here; that its scope is triggered anew is owed then. ErrBusy if somebody works
// on it.
func (s *Syncer) restart(ctx context.Context, job *Job) error {
	if err := s.fail(ctx, job.ID, 0, s.foreign(job), s.acquire, owedAgain); err != nil {
		return err
	}
	ended, err := s.Store.Job(ctx, job.ID)
	if err == nil && !ended.Ended() {
		err = ErrBusy
	}
	return err
}

// foreign says why this deployment does not go on with a job; empty if it does.
func (s *Syncer) foreign(job *Job) string {
	switch {
	case job.Version != Version:
		return fmt.Sprintf("the job was begun by a deployment that stores jobs as version %d, this one stores version %d; it "+
			"starts over", job.Version, Version)
	case job.Config != "" && job.Config != s.config():
		return "the collections, their filters or SYNC_CONTENT have changed since the job began; it starts over"
	}
	return ""
}

// config identifies what there is to sync. A job that went on under another one would list a collection without the filter
// that it began with, and publish what was never to be shown.
func (s *Syncer) config() string {
	var b strings.Builder
	for _, col := range s.Collections {
		fmt.Fprintf(&b, "%q %q %q\n", col.Name, col.ID, col.Filter)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(b.String()+s.Content)))
}
