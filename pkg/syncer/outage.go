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
	if e.asksNotion() {
		o.run, o.ok = 0, true
	}
}

// asksNotion reports whether the entry's work begins with a request to Notion, more often than not.
func (e Entry) asksNotion() bool {
	switch e.Kind {
	case workDatabase, workRows, workList, workCheck, workPage, workConfirm:
		return true
	}
	return false
}

// careful reports whether one thing is to be asked of Notion at a time: the slice before got nothing, and in this one
// nothing has been answered yet. sl.mu is held.
func (sl *slice) careful() bool { return !sl.outage.ok && (sl.job.Outages > 0 || sl.job.Idle > 0) }

// alarmed reports whether so much has failed that it must be cleared up before more is tried. sl.mu is held.
func (sl *slice) alarmed() bool {
	return sl.outage.run >= outageRun || sl.outage.run > 0 && sl.careful()
}

// suspicious is alarmed where there is still something to clear up.
func (sl *slice) suspicious() bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return sl.alarmed() && sl.fatal == nil && !sl.waits
}

// clearUp finds out what to make of failures in the midst of a slice, and reports whether there is a reason to go on with
// it. Nothing else is being worked on.
func (sl *slice) clearUp(ctx context.Context) (goOn bool, err error) {
	o := &sl.outage
	if o.run >= outageRun {
		return sl.blame(ctx)
	}
	o.found, err = sl.isOutage(ctx) // one failure is nobody's fault yet
	return !o.found, err
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
		if err := unlessChanged(func() error { return sl.giveBack(ctx, f.entry, f.err) }); err != nil && !errors.Is(err, ErrStale) {
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
		sl.mu.Lock()
		sl.wait(wait)
		sl.mu.Unlock()
		return true, nil
	case err == nil || permanent(err) || errors.Is(err, ErrUnauthorized):
		o.ok = true
		return o.run >= outageRun && sl.job.Outages < outagePatience, nil
	default:
		return true, nil
	}
}
