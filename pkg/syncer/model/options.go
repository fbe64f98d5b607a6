package model

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"notionsync/pkg/page"
)

// ContentAsked is what is asked for of a page's content, as records say it.
func (o *Options) ContentAsked() string {
	if o.Content == page.ContentMarkdown {
		return page.ContentMarkdown
	}
	return ""
}

// IndexNames are the indexes that there are to be: of the collections, and of inner databases.
func (o *Options) IndexNames(inner []InnerDatabase) (names []string) {
	for _, col := range o.Collections {
		names = append(names, col.Name+":index")
	}
	for _, db := range inner {
		names = append(names, "db:"+db.ID)
	}
	return names
}

// TellsSite reports whether there is somebody to be told, and a way to.
func (o *Options) TellsSite() bool { return o.Revalidate != "" && o.Queue != nil }

// Identity identifies what there is to sync. A job that went on under another one would list a collection without the filter
// that it began with, and publish what was never to be shown.
func (o *Options) Identity() string {
	var b strings.Builder
	for _, col := range o.Collections {
		fmt.Fprintf(&b, "%q %q %q\n", col.Name, col.ID, col.Filter)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(b.String()+o.Content)))
}

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

	Limits
	Notices

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default()
}

// Limits are what an invocation keeps to; each 0 for its default.
type Limits struct {
	Budget  time.Duration // time an invocation may work before it hands over; default 45s
	Grace   time.Duration // time until Notion is asked nothing more, most of it for work in flight; default 5s
	GiveUp  time.Duration // a job without progress for so long fails; default 24h
	Workers int           // pages worked on at once, fewer where each takes several requests; default 128
}

// Notices are who is told of what, through the queue. Each may be empty: nobody.
type Notices struct {
	Revalidate       string // URL told what has changed, after each slice that wrote
	RevalidateSecret string // bearer token sent with it
	Notice           string // URL told of every job that ends
	FailureNotice    string // URL told of jobs that failed or ended with failed pages
}

// Time is the time by which jobs are stamped: without a monotonic reading, so that it equals what is read back.
func (o *Options) Time() time.Time { return o.Now().UTC().Truncate(time.Millisecond) }

// Configured returns the collection of a name; false if none is configured.
func (o *Options) Configured(name string) (Collection, bool) {
	for _, c := range o.Collections {
		if c.Name == name {
			return c, true
		}
	}
	return Collection{}, false
}

// NewJob is a job as it is before it begins. message is the one that will begin it; empty: nobody but the caller.
func (o *Options) NewJob(id, message string, scope Scope, triggered time.Time) *Job {
	if triggered.IsZero() {
		triggered = o.Time()
	}
	return &Job{
		Version:  Version,
		ID:       id,
		State:    Queued,
		Phase:    Discover,
		Scope:    scope,
		Times:    Times{TriggeredAt: triggered.UTC(), UpdatedAt: o.Time()},
		DueSlice: DueSlice{Slice: 1, DueAt: o.Time(), NextID: message},
	}
}

// WindowUse returns nil where it is not known: it is a help, and no reason to fail.
func (o *Options) WindowUse(ctx context.Context) *WindowUse {
	if o.Window == nil {
		return nil
	}
	use, err := o.Window.Used(ctx)
	if err != nil {
		return nil
	}
	return &use
}
