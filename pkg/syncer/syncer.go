package syncer

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"notionsync/pkg/page"
)

// Collection is one database or data source whose pages the site publishes.
type Collection struct {
	Name   string
	ID     string          // of the database or data source, dashed
	Filter json.RawMessage // only pages that match are published; nil: all
}

// Options are what a Syncer needs. What only a slice needs (Source, Collections) may be absent where none is run.
type Options struct {
	Store       Store
	Queue       Queue // nil: no job outlives its invocation by itself
	Source      Source
	Collections []Collection
	Media       Media  // nil: files keep Notion's links, which expire
	Content     string // page.ContentMarkdown: Notion's own Markdown in place of blocks; default page.ContentBlocks
	Meter       *Meter // counts the Source's requests; nil: they are not counted
	Window      Window // shown beside jobs, and gone by in forecasts; nil: unknown

	Budget  time.Duration // time an invocation may work before it hands over; default 45s
	Grace   time.Duration // time until Notion is asked nothing more, most of it for work in flight; default 5s
	GiveUp  time.Duration // a job without progress for so long fails; default 24h
	Workers int           // pages worked on at once, fewer where each takes several requests; default 128

	Revalidate       string // URL told what has changed, after each slice that wrote; empty: none
	RevalidateSecret string // which it is told along; empty: none

	Notice        string // URL told of every job that ends; empty: none
	FailureNotice string // URL told of jobs that failed or ended with failed pages; empty: none

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default()
}

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

// What a Syncer's errors are, beside those of its Store and Queue, which a retry may cure.
var (
	// ErrBusy: another invocation works on this job. Try again in a few seconds.
	ErrBusy = errors.New("this job is being worked on by another invocation")
	// ErrSlice: the message is for a slice that cannot be due.
	ErrSlice = errors.New("slice out of order")
	// ErrPublish: the queue did not take the message.
	ErrPublish = errors.New("the queue did not take the message")
)

// FatalError ends a job: no retry can cure what it names.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }
func (e *FatalError) Unwrap() error { return e.Err }

// now is the time by which jobs are stamped: without a monotonic reading, so that it equals what is read back.
func (o *Options) now() time.Time { return o.Now().UTC().Truncate(time.Millisecond) }

func newID() string { return rand.Text() }

func (o *Options) collection(name string) (Collection, bool) {
	for _, c := range o.Collections {
		if c.Name == name {
			return c, true
		}
	}
	return Collection{}, false
}

// newSlice is one invocation's work on a job, with all that does it.
func (s *Syncer) newSlice(job *Job, lease Lease, began time.Time) *slice {
	return everything(newSlice(&s.Options, job, lease, began), s.forecast)
}
