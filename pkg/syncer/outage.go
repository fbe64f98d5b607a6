package syncer

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	mostHeld     = 8 // attempts without success that are held back at a time
	firstBackoff = 30 * time.Second
)

// outage tells Notion's trouble from that of single requests, by one rule. What fails, or is told to wait, is held back.
// Before it counts, Notion must have answered something else since; if it has not, one request, the probe, finds out. If
// the probe is answered, what is held back counts against the tasks that asked. If not, or if the window has no request left
// for it, Notion is taken to be down: nothing counts, the slice ends, and the next one begins with the probe.
//
// A wait may be Notion's word to everybody, and then no probe can be made before it is over. So the first one costs nobody
// an attempt. What was told to wait and is the first to be asked in its next slice is asked alone, right after the probe
// was answered: if it is told to wait once more, that counts.
type outage struct {
	held     []setback
	answered bool // something, since the last setback
	alone    bool // what is asked now was told to wait, and is asked alone, right after the probe
	found    bool // Notion is down
}

// setback is an attempt at a task that failed, or was told to wait.
type setback struct {
	entry Entry
	err   error
	alone bool
}

// hold keeps a setback back.
func (o *outage) hold(e Entry, err error) {
	o.held = append(o.held, setback{e, err, o.alone})
	o.answered = o.answered && o.alone && hardWait(err) != nil
}

// success notes that Notion has answered.
func (o *outage) success(e Entry) {
	if e.asksNotion() {
		o.answered = true
	}
}

// asksNotion reports whether the entry's work begins with a request to Notion, more often than not.
func (e Entry) asksNotion() bool {
	switch e.Kind {
	case workDatabase, workRows, workList, workCheck, workNamed, workPage, workConfirm:
		return true
	}
	return false
}

// hardWait is the wait that Notion itself has asked for with err, by its answer to one request; nil if it has not.
func hardWait(err error) *Wait {
	var wait *Wait
	if errors.As(err, &wait) && !wait.Soft {
		return wait
	}
	return nil
}

// mustDecide reports whether so much is held back that its cause must be known before more is tried.
func (sl *slice) mustDecide() bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return len(sl.outage.held) >= mostHeld && sl.fatal == nil && !sl.waits
}

// decide has what is held back count, or finds that Notion is down. It reports whether there is a reason to go on with
// this slice. Nothing is being worked on.
func (sl *slice) decide(ctx context.Context) (goOn bool, err error) {
	o := &sl.outage
	if len(o.held) == 0 {
		return false, nil
	}
	answers := sl.notionAnswers(ctx)
	failed := func(s setback) bool { return hardWait(s.err) == nil }
	if o.found = o.found || !answers && slices.ContainsFunc(o.held, failed); o.found {
		return false, nil
	}
	held := o.held
	o.held = nil
	for _, s := range held {
		wait := hardWait(s.err)
		switch {
		case wait != nil && !s.alone:
			err = sl.putOff(ctx, s.entry, wait)
		case answers:
			err = unlessChanged(func() error { return sl.giveBack(ctx, s.entry, s.err) })
			sl.progress = true // to be given up in the end is a way to end, too
		}
		if err != nil && !errors.Is(err, ErrStale) {
			return false, err
		}
	}
	return answers, nil
}

// putOff leaves a task that was told to wait where it is on the list, for a slice after the wait.
func (sl *slice) putOff(ctx context.Context, e Entry, wait *Wait) error {
	put := e
	put.Tried, put.Later = sl.job.Slice, sl.now().Add(wait.After)
	return sl.commit(ctx, &Change{Entry: e, Then: &put})
}

// notionAnswers reports whether Notion has answered something since the last setback, or answers the probe: a request for
// a collection's database, each time another's while no answer comes. Nothing is being worked on.
func (sl *slice) notionAnswers(ctx context.Context) bool {
	o := &sl.outage
	if o.answered || len(sl.Collections) == 0 {
		return true
	}
	_, err := sl.Source.Database(ctx, sl.Collections[sl.job.Outages%len(sl.Collections)].ID)
	o.answered = err == nil || permanent(err) || errors.Is(err, ErrUnauthorized)
	var wait *Wait
	if errors.As(err, &wait) {
		sl.mu.Lock()
		sl.wait(wait)
		sl.mu.Unlock()
	}
	o.found = !o.answered && (wait == nil || !wait.Soft)
	if o.found {
		sl.job.Trouble = err.Error()
	}
	return o.answered
}
