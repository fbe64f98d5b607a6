package work

import (
	"time"

	"notionsync/pkg/syncer/model"
)

// New is an invocation that began at a time, and as yet can do nothing: the rooms fill its Handlers.
func New(o *model.Options, job *model.Job, lease model.Lease, began time.Time) *Invocation {
	soft := began.Add(o.Budget)
	if least := o.Time().Add(min(o.Budget, leastTime)); soft.Before(least) {
		soft = least
	}
	inv := &Invocation{
		Options: o, Job: job, Lease: lease, soft: soft, usage: usage{metered: began},
		inWork:  inWork{blockBytes: map[string]int{}, taken: map[string]bool{}, latest: map[string]model.Task{}},
		Objects: job.Counts[model.CountObjects],
	}
	inv.Observed.lost = inv.lostSources
	return inv
}
