package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// attempt works on one entry and sorts out how it went.
func (sl *slice) attempt(ctx context.Context, e Entry) {
	began := sl.now()
	err := unlessChanged(func() error { return sl.handle(ctx, e) })
	if err != nil && errors.Is(context.Cause(ctx), errBudget) && sl.now().Sub(began) > sl.Budget/2 {
		err = fromSource(fmt.Errorf("%w, which began %s before", errBudget, sl.now().Sub(began).Round(time.Second)))
	}
	if errors.Is(err, ErrStale) { // an invocation before this one has done it, so this one has got nothing done
		sl.mu.Lock()
		defer sl.mu.Unlock()
		sl.outage.success(sl.handlers[e.Kind])
		return
	}
	if !sl.judge(ctx, e, err) {
		return
	}
	sl.mu.Lock()
	if now, changed := sl.latest[e.Key]; changed {
		e = now // what cannot be cured is not tried again because something else of it was read
	}
	sl.mu.Unlock()
	if err := unlessChanged(func() error { return sl.giveBack(ctx, e, err) }); err != nil && !errors.Is(err, ErrStale) && ctx.Err() == nil {
		sl.mu.Lock()
		sl.fatal = err
		sl.mu.Unlock()
	}
}

// unlessChanged does what reads records and commits a change of them, once more whenever one was changed in between.
func unlessChanged(do func() error) (err error) {
	for range maxAttempts {
		if err = do(); !errors.Is(err, ErrChanged) {
			break
		}
	}
	return err
}

// judge takes down what an attempt's outcome means for the slice, and reports whether it counts against the entry.
func (sl *slice) judge(ctx context.Context, e Entry, err error) (against bool) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	var wait *Wait
	var fatal *FatalError
	var trouble *sourceError
	switch {
	case err == nil:
		sl.progress = true
		sl.outage.success(sl.handlers[e.Kind])
	case errors.Is(err, errPaused):
		// what was read is kept
	case errors.As(err, &wait) && wait.Soft:
		sl.wait(wait)
		sl.job.Trouble = cmp.Or(sl.job.Trouble, err.Error())
	case errors.Is(err, errBudget):
		sl.outage.hold(e, err) // half a slice was not enough; if it got on, the entry is not the same any more
	case ctx.Err() != nil:
		// cut short by the slice's end; the entry is still on the list
	case errors.As(err, &fatal):
		sl.fatal = err
	case errors.Is(err, ErrUnauthorized):
		sl.fatal = &FatalError{Err: fmt.Errorf("%w: check NOTION_API_KEY", err)}
	case permanent(err):
		sl.outage.success(sl.handlers[e.Kind]) // Notion has answered
		return true
	case wait != nil, errors.As(err, &trouble):
		sl.job.Trouble = err.Error()
		sl.outage.hold(e, err)
	default:
		sl.fatal = err
	}
	return false
}

// permanent reports whether no retry can cure err.
func permanent(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrRefused) || errors.Is(err, ErrValueRefused) ||
		errors.Is(err, errPanicked)
}

// errPanicked is all that a page's failure says of a panic; the log has the rest.
var errPanicked = errors.New("internal error, see the function's log")

// panicked logs what was recovered from while an entry was worked on; nil if it is nothing. A goroutine that panics
// takes the whole function with it, so each that reads what others have written asks.
func (sl *slice) panicked(ctx context.Context, e Entry, p any) error {
	if p == nil {
		return nil
	}
	sl.Logger.ErrorContext(ctx, "panic", "job", sl.job.ID, "entry", e.Key, "panic", fmt.Sprint(p),
		slog.String("stack", string(debug.Stack())))
	return errPanicked
}

// handle does an entry's work. A panic becomes the entry's failure, so that one odd page never stops the others.
func (sl *slice) handle(ctx context.Context, e Entry) (err error) {
	defer func() { err = cmp.Or(sl.panicked(ctx, e, recover()), err) }()
	if h, known := sl.handlers[e.Kind]; known {
		return h.do(ctx, e)
	}
	return &FatalError{Err: fmt.Errorf("the to-do list asks for %q, which this deployment does not know", e.Kind)}
}
