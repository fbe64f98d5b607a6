package syncer

import (
	"context"
	"errors"
	"time"
)

const (
	outageRun      = 8 // so many failures without a success between them look like an outage
	outagePatience = 5 // slices that end for it although Notion answers something else
	firstBackoff   = 30 * time.Second
)

// outage tells Notion's trouble from that of single pages. What fails is not held against its entry before it is clear
// which of the two it is.
type outage struct {
	run    int // failures since the last success
	ok     bool
	failed []failedEntry
	found  bool // it is Notion's
}

type failedEntry struct {
	entry Entry
	err   error
}

func (o *outage) failure(e Entry, err error) {
	o.run++
	o.failed = append(o.failed, failedEntry{e, err})
}

// success notes that Notion has answered.
func (o *outage) success(e Entry) {
	switch e.Kind {
	case workDatabase, workRows, workList, workPage, workConfirm:
		o.run, o.ok = 0, true
	}
}

// suspicious reports whether so much has failed that it must be cleared up before more is tried.
func (sl *slice) suspicious() bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return sl.outage.run >= outageRun && sl.fatal == nil && !sl.waits
}

// blame decides whether what has failed is Notion's fault, and if not counts it against the entries. It reports whether
// there is a reason to go on with this slice. Nothing else is being worked on.
func (sl *slice) blame(ctx context.Context) (goOn bool, err error) {
	o := &sl.outage
	if len(o.failed) == 0 {
		return false, nil
	}
	if o.found, err = sl.isOutage(ctx); o.found || err != nil {
		return false, err
	}
	failed := o.failed
	o.failed, o.run = nil, 0
	for _, f := range failed {
		if err := sl.giveBack(ctx, f.entry, f.err); err != nil && !errors.Is(err, ErrStale) {
			return false, err
		}
	}
	return true, nil
}

// isOutage asks Notion for something else. Where it answers, a few failures are the entries' own; many in a row are
// taken for an outage of a part for a while, and then as theirs too, or pages that never come right would keep the job
// from ending.
func (sl *slice) isOutage(ctx context.Context) (bool, error) {
	o := &sl.outage
	if o.run < outageRun && o.ok || len(sl.Collections) == 0 {
		return false, nil
	}
	_, err := sl.Source.Database(ctx, sl.Collections[0].ID)
	var wait *Wait
	switch {
	case errors.As(err, &wait):
		sl.delay = max(sl.delay, wait.After)
		return true, nil
	case err == nil || permanent(err) || errors.Is(err, ErrUnauthorized):
		return o.run >= outageRun && sl.job.Outages < outagePatience, nil
	default:
		return true, nil
	}
}
