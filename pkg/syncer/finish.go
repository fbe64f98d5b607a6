package syncer

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/publish"
	"notionsync/pkg/syncer/work"
)

// runSlice works on a job until nothing is left or the slice must end, and sees to what comes next.
func (s *Syncer) runSlice(ctx context.Context, inv *publish.Room) error {
	held, stop := inv.KeepLease(ctx) // longer than the work: the hand-over needs it too
	defer stop()
	finished, err := inv.Work(held)
	switch {
	case errors.Is(err, model.ErrListLost):
		return s.startAgain(ctx, inv)
	case err != nil:
		var fatal *model.FatalError
		if errors.As(err, &fatal) {
			return errors.Join(err, s.end(ctx, inv, model.Failed, fatal.Error()))
		}
		return err // nothing is lost: the to-do list is the truth, and the queue tries again
	case finished:
		return s.finish(ctx, inv)
	}
	if err := inv.DecideAtEnd(ctx); err != nil {
		return err
	}
	return s.handOver(ctx, inv)
}

// finish ends a job whose list is empty. If no collection at all could be listed, nothing is known to be right.
func (s *Syncer) finish(ctx context.Context, inv *publish.Room) error {
	if gone, err := inv.ListLost(ctx); err != nil {
		return err
	} else if gone {
		return s.startAgain(ctx, inv)
	}
	listed, err := inv.AnyListed(ctx)
	if err != nil {
		return err
	}
	if listed {
		return s.end(ctx, inv, model.Done, "")
	}
	job, err := s.Store.Job(ctx, inv.Job.ID)
	if err != nil {
		return err
	}
	return s.end(ctx, inv, model.Failed, "no collection could be listed: "+cmp.Or(job.Failure, "see the warnings"))
}

// startAgain ends a job whose to-do list Redis has lost, and has the same triggered once more. If that loses its list too,
// it is left to the next sync: a Redis that has no room is not to be filled for ever.
func (s *Syncer) startAgain(ctx context.Context, inv *publish.Room) error {
	if inv.Job.Scope.Again {
		return s.end(ctx, inv, model.Failed, model.ErrListLost.Error()+" twice; the next sync starts over; see that Redis has memory enough, and "+
			"evicts nothing (maxmemory-policy noeviction)")
	}
	return s.end(ctx, inv, model.Failed, model.ErrListLost.Error()+"; the job starts over", model.SendOnce)
}

// end gives the job its final state and sends what is in its outbox then.
func (s *Syncer) end(ctx context.Context, inv *publish.Room, state model.State, reason string, owed ...string) error {
	untold := s.tell(ctx, inv.Lease, inv.Job)
	inv.Job.End(state, reason, s.Time(), untold)
	inv.Job.Outbox = append(inv.Job.Outbox, owed...)
	counts := model.Counts{}
	maps.Copy(counts, inv.Job.Counts)
	counts[model.CountObjects] = inv.Objects // what is kept of these goes
	inv.Job.Counts = counts
	if err := inv.SaveJob(ctx); err != nil {
		return err
	}
	work.Release(ctx, inv.Lease)
	return s.flush(ctx, inv.Job)
}
