package syncer

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"notionsync/pkg/page"
)

// Syncer runs jobs. It has no state of its own: any number of them, in any number of processes, share their Store.
type Syncer struct {
	Options
	forecast Forecast // of a dry run; nil: pages are read
}

// New returns a Syncer. The error names what is missing.
func New(o Options) (*Syncer, error) {
	if o.Store == nil {
		return nil, errors.New("syncer: New without a Store")
	}
	o.Content = cmp.Or(o.Content, page.ContentBlocks)
	o.Budget = cmp.Or(o.Budget, 45*time.Second)
	o.Grace = cmp.Or(o.Grace, 5*time.Second)
	o.GiveUp = cmp.Or(o.GiveUp, 24*time.Hour)
	o.Workers = cmp.Or(o.Workers, 128)
	o.Meter = cmp.Or(o.Meter, new(Meter))
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Syncer{Options: o}, nil
}

func newID() string { return rand.Text() }

// newInvocation is one invocation's work on a job, with all that does it.
func (s *Syncer) newInvocation(job *Job, lease Lease, began time.Time) *Invocation {
	return everything(NewInvocation(&s.Options, job, lease, began), s.forecast)
}
