package work

import (
	"context"
	"errors"
	"slices"
	"time"

	"notionsync/pkg/syncer/model"
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
	setbacks []setback
	answered bool // something, since the last setback
	alone    bool // what is asked now was told to wait, and is asked alone, right after the probe
	found    bool // Notion is down
}

// setback is an attempt at a task that failed, or was told to wait.
type setback struct {
	task  model.Task
	err   error
	alone bool
}

// add keeps a setback back.
func (o *outage) add(e model.Task, err error) {
	o.setbacks = append(o.setbacks, setback{e, err, o.alone})
	o.answered = o.answered && o.alone && hardWait(err) != nil
}

// success notes that work has succeeded: if it asks Notion, Notion has answered.
func (o *outage) success(h Handler) {
	if h.AsksNotion {
		o.answered = true
	}
}

// hardWait is the wait that Notion itself has asked for with err, by its answer to one request; nil if it has not.
func hardWait(err error) *model.Wait {
	var wait *model.Wait
	if errors.As(err, &wait) && !wait.Soft {
		return wait
	}
	return nil
}

// mustDecide reports whether so much is held back that its cause must be known before more is tried.
func (inv *Invocation) mustDecide() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return len(inv.outage.setbacks) >= mostHeld && inv.fatal == nil && !inv.Waits
}

// decide has what is held back count, or finds that Notion is down. It reports whether there is a reason to go on with
// this slice. Nothing is being worked on.
func (inv *Invocation) decide(ctx context.Context) (goOn bool, err error) {
	o := &inv.outage
	if len(o.setbacks) == 0 {
		return false, nil
	}
	answers := inv.notionAnswers(ctx)
	failed := func(s setback) bool { return hardWait(s.err) == nil }
	if o.found = o.found || !answers && slices.ContainsFunc(o.setbacks, failed); o.found {
		return false, nil
	}
	held := o.setbacks
	o.setbacks = nil
	for _, s := range held {
		wait := hardWait(s.err)
		switch {
		case wait != nil && !s.alone:
			err = inv.putOff(ctx, s.task, wait)
		case answers:
			err = retryChanged(func() error { return inv.giveBack(ctx, s.task, s.err) })
			inv.Progress = true // to be given up in the end is a way to end, too
		}
		if err != nil && !errors.Is(err, model.ErrStale) {
			return false, err
		}
	}
	return answers, nil
}

// putOff leaves a task that was told to wait where it is on the list, for a slice after the wait.
func (inv *Invocation) putOff(ctx context.Context, e model.Task, wait *model.Wait) error {
	put := e
	put.Tried, put.Later = inv.Job.Slice, inv.Time().Add(wait.After)
	return inv.Commit(ctx, model.Replace(e, put))
}

// notionAnswers reports whether Notion has answered something since the last setback, or answers the probe: a request for
// a collection's database, each time another's while no answer comes. Nothing is being worked on.
func (inv *Invocation) notionAnswers(ctx context.Context) bool {
	o := &inv.outage
	if o.answered || len(inv.Collections) == 0 {
		return true
	}
	_, err := inv.Source.Database(ctx, inv.Collections[inv.Job.Outages%len(inv.Collections)].ID)
	o.answered = err == nil || model.Permanent(err) || errors.Is(err, model.ErrUnauthorized)
	var wait *model.Wait
	if errors.As(err, &wait) {
		inv.mu.Lock()
		inv.wait(wait)
		inv.mu.Unlock()
	}
	o.found = !o.answered && (wait == nil || !wait.Soft)
	if o.found {
		inv.Job.Trouble = err.Error()
	}
	return o.answered
}
