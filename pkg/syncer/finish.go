package syncer

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// runSlice works on a job until nothing is left or the slice must end, and sees to what comes next.
func (s *Syncer) runSlice(ctx context.Context, sl *slice) error {
	held, stop := sl.keepLease(ctx) // longer than the work: the hand-over needs it too
	defer stop()
	finished, err := sl.work(held)
	switch {
	case errors.Is(err, ErrListLost):
		return s.startAgain(ctx, sl)
	case err != nil:
		var fatal *FatalError
		if errors.As(err, &fatal) {
			return errors.Join(err, s.end(ctx, sl, Failed, fatal.Error()))
		}
		return err // nothing is lost: the to-do list is the truth, and the queue tries again
	case finished:
		return s.finish(ctx, sl)
	}
	if err := sl.decideAtEnd(ctx); err != nil {
		return err
	}
	return s.handOver(ctx, sl)
}

// finish ends a job whose list is empty. If no collection at all could be listed, nothing is known to be right.
func (s *Syncer) finish(ctx context.Context, sl *slice) error {
	if gone, err := sl.gone(ctx); err != nil {
		return err
	} else if gone {
		return s.startAgain(ctx, sl)
	}
	listed, err := sl.anyListed(ctx)
	if err != nil {
		return err
	}
	if listed {
		return s.end(ctx, sl, Done, "")
	}
	job, err := s.Store.Job(ctx, sl.job.ID)
	if err != nil {
		return err
	}
	return s.end(ctx, sl, Failed, "no collection could be listed: "+cmp.Or(job.Failure, "see the warnings"))
}

// startAgain ends a job whose to-do list Redis has lost, and has the same triggered once more. If that loses its list too,
// it is left to the next sync: a Redis that has no room is not to be filled for ever.
func (s *Syncer) startAgain(ctx context.Context, sl *slice) error {
	if sl.job.Scope.Again {
		return s.end(ctx, sl, Failed, ErrListLost.Error()+" twice; the next sync starts over; see that Redis has memory enough, and "+
			"evicts nothing (maxmemory-policy noeviction)")
	}
	return s.end(ctx, sl, Failed, ErrListLost.Error()+"; the job starts over", owedOnce)
}

// end gives the job its final state and sees to what is owed then.
func (s *Syncer) end(ctx context.Context, sl *slice, state State, reason string, owed ...string) error {
	untold := s.tell(ctx, sl.lease, sl.job)
	sl.job.end(state, reason, s.now(), untold)
	sl.job.Owed = append(sl.job.Owed, owed...)
	if err := sl.saveJob(ctx); err != nil {
		return err
	}
	release(ctx, sl.lease)
	return s.payDebts(ctx, sl.job)
}

func (j *Job) end(state State, reason string, now time.Time, untold error) {
	j.State, j.Error, j.FinishedAt, j.UpdatedAt, j.NextID = state, reason, now, now, ""
	j.Owed = []string{owedNext, owedNotice}
	if untold != nil {
		j.Owed = append(j.Owed, owedNews)
	}
}
