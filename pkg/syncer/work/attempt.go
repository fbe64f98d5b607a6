package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"notionsync/pkg/syncer/model"
)

// attempt works on one task and sorts out how it went.
func (inv *Invocation) attempt(ctx context.Context, e model.Task) {
	began := inv.Time()
	err := retryChanged(func() error { return inv.handle(ctx, e) })
	if err != nil && errors.Is(context.Cause(ctx), errBudget) && inv.Time().Sub(began) > inv.Budget/2 {
		err = model.FromSource(fmt.Errorf("%w, which began %s before", errBudget, inv.Time().Sub(began).Round(time.Second)))
	}
	if errors.Is(err, model.ErrStale) { // an invocation before this one has done it, so this one has got nothing done
		inv.mu.Lock()
		defer inv.mu.Unlock()
		inv.outage.success(inv.Handlers[e.Work])
		return
	}
	if !inv.classify(ctx, e, err) {
		return
	}
	inv.mu.Lock()
	if now, changed := inv.latest[e.Key]; changed {
		e = now // what cannot be cured is not tried again because something else of it was read
	}
	inv.mu.Unlock()
	if err := retryChanged(func() error { return inv.giveBack(ctx, e, err) }); err != nil && !errors.Is(err, model.ErrStale) && ctx.Err() == nil {
		inv.mu.Lock()
		inv.fatal = err
		inv.mu.Unlock()
	}
}

// retryChanged does what reads records and commits a change of them, once more whenever one was changed in between.
func retryChanged(do func() error) (err error) {
	for range maxAttempts {
		if err = do(); !errors.Is(err, model.ErrChanged) {
			break
		}
	}
	return err
}

// classify takes down what an attempt's outcome means for the slice, and reports whether it counts against the task.
func (inv *Invocation) classify(ctx context.Context, e model.Task, err error) (against bool) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	var wait *model.Wait
	var fatal *model.FatalError
	var trouble *model.SourceError
	switch {
	case err == nil:
		inv.Progress = true
		inv.outage.success(inv.Handlers[e.Work])
	case errors.Is(err, ErrPaused):
		// what was read is kept
	case errors.As(err, &wait) && wait.Soft:
		inv.wait(wait)
		inv.Job.Trouble = cmp.Or(inv.Job.Trouble, err.Error())
	case errors.Is(err, errBudget):
		inv.outage.add(e, err) // half a slice was not enough; if it got on, the task is not the same any more
	case ctx.Err() != nil:
		// cut short by the slice's end; the task is still on the list
	case errors.As(err, &fatal):
		inv.fatal = err
	case errors.Is(err, model.ErrUnauthorized):
		inv.fatal = &model.FatalError{Err: fmt.Errorf("%w: check NOTION_API_KEY", err)}
	case model.Permanent(err):
		inv.outage.success(inv.Handlers[e.Work]) // Notion has answered
		return true
	case wait != nil, errors.As(err, &trouble):
		inv.Job.Trouble = err.Error()
		inv.outage.add(e, err)
	default:
		inv.fatal = err
	}
	return false
}

// Panicked logs what was recovered from while a task was worked on; nil if it is nothing. A goroutine that panics
// takes the whole function with it, so each that reads what others have written asks.
func (inv *Invocation) Panicked(ctx context.Context, e model.Task, p any) error {
	if p == nil {
		return nil
	}
	inv.Logger.ErrorContext(ctx, "panic", "job", inv.Job.ID, "task", e.Key, "panic", fmt.Sprint(p),
		slog.String("stack", string(debug.Stack())))
	return model.ErrPanicked
}

// handle does a task's work. A panic becomes the task's failure, so that one odd page never stops the others.
func (inv *Invocation) handle(ctx context.Context, e model.Task) (err error) {
	defer func() { err = cmp.Or(inv.Panicked(ctx, e, recover()), err) }()
	if h, known := inv.Handlers[e.Work]; known {
		return h.Do(ctx, e)
	}
	return &model.FatalError{Err: fmt.Errorf("the to-do list asks for %q, which this deployment does not know", e.Work)}
}
