package syncer

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/publish"
	"notionsync/pkg/syncer/work"
)

// Syncer runs jobs. It has no state of its own: any number of them, in any number of processes, share their Store.
type Syncer struct {
	model.Options
	forecast publish.Forecast // of a dry run; nil: pages are read
}

// New returns a Syncer. The error names what is missing.
func New(o model.Options) (*Syncer, error) {
	if o.Store == nil {
		return nil, errors.New("syncer: New without a Store")
	}
	o.Content = cmp.Or(o.Content, page.ContentBlocks)
	o.Budget = cmp.Or(o.Budget, 45*time.Second)
	o.Grace = cmp.Or(o.Grace, 5*time.Second)
	o.GiveUp = cmp.Or(o.GiveUp, 24*time.Hour)
	o.Workers = cmp.Or(o.Workers, 128)
	o.Meter = cmp.Or(o.Meter, new(model.Meter))
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Syncer{Options: o}, nil
}

func newID() string { return rand.Text() }

// newInvocation is one invocation's work on a job, with all that does it.
func (s *Syncer) newInvocation(job *model.Job, lease model.Lease, began time.Time) *publish.Room {
	return publish.New(work.New(&s.Options, job, lease, began), s.forecast)
}
