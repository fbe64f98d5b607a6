package syncer

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/publish"
)

// handOver ends a slice whose job goes on: the checkpoint first, then the message that continues it. Killed between the
// two, the queue's retry of this slice publishes it.
func (s *Syncer) handOver(ctx context.Context, inv *publish.Room) error {
	if err := s.tell(ctx, inv.Lease, inv.Job); err != nil {
		return err
	}
	job, now := inv.Job, s.Time()
	delay := inv.DelayOfNext(ctx)
	if now.Sub(job.ProgressAt) > s.GiveUp {
		return s.end(ctx, inv, model.Failed, fmt.Sprintf("no progress since %s: %s", job.ProgressAt.Format(time.RFC3339),
			cmp.Or(job.Trouble, "every slice ended before anything was done")))
	}
	job.Slice++
	job.NextID, job.UpdatedAt, job.DueAt = "", now, now.Add(delay)
	if err := inv.SaveJob(ctx); err != nil {
		return err
	}
	if s.Queue == nil {
		return nil
	}
	id, err := s.publishSlice(ctx, job.ID, job.Slice, delay, continuationID(job))
	if err != nil {
		return err
	}
	job.NextID = id
	return inv.Lease.SaveJob(ctx, job, nil)
}
