package syncer

import (
	"context"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/publish"
)

// DryRun works on a job, slice after slice, over a store that keeps to itself what is written, with a forecast in place of
// reading pages' content. It returns when the job has ended, or when goOn does not go on after a slice.
func DryRun(ctx context.Context, o model.Options, lease model.Lease, job *model.Job, forecast publish.Forecast, goOn func(*publish.Room) bool) error {
	s := &Syncer{Options: o, forecast: forecast}
	began := s.Time()
	if err := s.begin(ctx, lease, job, began); err != nil {
		return err
	}
	for !job.Ended() {
		inv := s.newInvocation(job, lease, began)
		if err := s.runSlice(ctx, inv); err != nil {
			return err
		}
		if !job.Ended() && !goOn(inv) {
			return nil
		}
	}
	return nil
}
