package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
)

const (
	extendEvery = 3 * time.Second  // the lease is renewed so often; it lasts about 10 s
	retryPause  = 10 * time.Second // before what failed is tried again, doubled with each round
	maxAttempts = 3                // rounds for what a retry may cure
	maxBackoff  = time.Hour        // between two slices of a job that waits for Notion
)

var (
	errBudget    = errors.New("the invocation's time is used up")
	errStopSlice = errors.New("the slice has ended")
)

// slice is one invocation's work on a job.
type slice struct {
	*Syncer
	job     *Job
	lease   Lease
	began   time.Time
	soft    time.Time // no new work from here on
	facts   factCache
	metered time.Time // function time is counted up to here

	mu       sync.Mutex
	taken    map[string]bool // entries begun in this slice
	delay    time.Duration   // the longest wait that Notion asked for
	waits    bool
	fatal    error // ends the slice; a *FatalError ends the job
	outage   outage
	progress bool
	lastErr  error
}

func (s *Syncer) newSlice(job *Job, lease Lease, began time.Time) *slice {
	return &slice{
		Syncer: s, job: job, lease: lease, began: began, metered: began,
		soft: began.Add(s.Budget), taken: map[string]bool{},
	}
}

// run works until nothing is left or the slice must end, and sees to what comes next.
func (sl *slice) run(ctx context.Context) error {
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(errStopSlice)
	hard := time.AfterFunc(sl.soft.Add(sl.Grace).Sub(sl.now()), func() { cancel(errBudget) })
	defer hard.Stop()

	var keeper sync.WaitGroup
	defer keeper.Wait()
	defer cancel(errStopSlice)
	keeper.Go(func() { sl.keepLease(work, cancel) })

	finished, err := sl.work(work)
	if err != nil {
		var fatal *FatalError
		if errors.As(err, &fatal) {
			return errors.Join(err, sl.end(ctx, Failed, fatal.Error()))
		}
		return err // nothing is lost: the to-do list is the truth, and the queue tries again
	}
	if finished {
		return sl.finish(ctx)
	}
	return sl.handOver(ctx)
}

// keepLease extends the lease until ctx ends. If it is lost, so is the right to go on.
func (sl *slice) keepLease(ctx context.Context, cancel context.CancelCauseFunc) {
	for sleep(ctx, extendEvery) == nil {
		if err := sl.lease.Extend(ctx); errors.Is(err, ErrLeaseLost) {
			cancel(ErrLeaseLost)
			return
		}
	}
}

// work takes entries from the to-do list, one class after the other. It returns true when the list is empty: an entry
// stays on the list until what it changes is committed, so then nothing is being worked on either.
func (sl *slice) work(ctx context.Context) (finished bool, err error) {
	var running sync.WaitGroup
	defer running.Wait()
	ended := make(chan struct{}, 4*sl.Workers)
	inFlight, class := 0, -1
	await := func(left int) {
		for ; inFlight > left; inFlight-- {
			<-ended
		}
	}
	for {
		if sl.suspicious() {
			await(0)
			if goOn, err := sl.blame(ctx); err != nil || !goOn {
				return false, cmp.Or(sl.failure(ctx), err)
			}
		}
		if sl.stopped(ctx) {
			await(0)
			return false, sl.failure(ctx)
		}
		entries, err := sl.Store.Todo(ctx, sl.job.ID, inFlight+2*sl.Workers)
		if err != nil {
			await(0)
			return false, cmp.Or(sl.failure(ctx), err)
		}
		if len(entries) == 0 {
			await(0)
			return true, nil
		}
		if entries[0].Class != class {
			await(0) // a class begins when the one before has come to rest
			class = entries[0].Class
			sl.job.Phase = phaseOf(class)
			continue
		}
		idle := inFlight == 0
		for _, e := range entries {
			if sl.stopped(ctx) || class == classSettle && inFlight > 0 {
				break // one decision about slugs at a time
			}
			if e.Attempts > 0 && e.Tried >= sl.job.Slice || !sl.claim(e) {
				continue
			}
			await(sl.Workers - 1)
			inFlight++
			idle = false
			running.Go(func() {
				sl.attempt(ctx, e)
				ended <- struct{}{}
			})
		}
		await(inFlight / 2)
		if !idle {
			continue
		}
		goOn, err := sl.blame(ctx)
		if err != nil || !goOn {
			return false, cmp.Or(sl.failure(ctx), err) // all that is left has been tried in this slice
		}
	}
}

// claim takes an entry for this goroutine; false if another has it, or had it and left it as it is.
func (sl *slice) claim(e Entry) bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	key := fmt.Sprint(e.Key, "@", e.Rev)
	if sl.taken[key] {
		return false
	}
	sl.taken[key] = true
	return true
}

// stopped reports whether no new work may be begun.
func (sl *slice) stopped(ctx context.Context) bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	used := len(sl.taken) > 0 && !sl.now().Before(sl.soft) // even the smallest budget gets something done
	return ctx.Err() != nil || sl.waits || sl.fatal != nil || sl.outage.run >= outageRun || used
}

// failure is why the slice cannot be handed over in good order; nil if it can.
func (sl *slice) failure(ctx context.Context) error {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.fatal != nil {
		return sl.fatal
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errBudget) {
		return cause
	}
	return nil
}

// attempt works on one entry and sorts out how it went.
func (sl *slice) attempt(ctx context.Context, e Entry) {
	err := sl.handle(ctx, e)
	if errors.Is(err, ErrStale) {
		err = nil // an invocation before this one has done it
	}
	if !sl.judge(ctx, e, err) {
		return
	}
	if err := sl.giveBack(ctx, e, err); err != nil && !errors.Is(err, ErrStale) && ctx.Err() == nil {
		sl.mu.Lock()
		sl.fatal = err
		sl.mu.Unlock()
	}
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
		sl.outage.success(e)
	case errors.As(err, &wait):
		sl.waits, sl.delay, sl.lastErr = true, max(sl.delay, wait.After), err
	case ctx.Err() != nil:
		// cut short by the slice's end; the entry is still on the list
	case errors.As(err, &fatal):
		sl.fatal = err
	case errors.Is(err, ErrUnauthorized):
		sl.fatal = &FatalError{fmt.Errorf("%w: check NOTION_API_KEY", err)}
	case permanent(err):
		sl.outage.success(e) // Notion has answered
		return true
	case errors.As(err, &trouble):
		sl.lastErr = err
		sl.outage.failure(e, err)
	default:
		sl.fatal = err
	}
	return false
}

// permanent reports whether no retry can cure err.
func permanent(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrRefused) || errors.Is(err, ErrValueRefused)
}

// handle does an entry's work. A panic becomes the entry's failure, so that one odd page never stops the others.
func (sl *slice) handle(ctx context.Context, e Entry) (err error) {
	defer func() {
		if p := recover(); p != nil {
			sl.Logger.ErrorContext(ctx, "panic", "job", sl.job.ID, "entry", e.Key, "panic", fmt.Sprint(p),
				slog.String("stack", string(debug.Stack())))
			err = &sourceError{fmt.Errorf("internal error: %w", ErrRefused)}
		}
	}()
	switch e.Kind {
	case workRef:
		return sl.ref(ctx, e)
	case workDatabase:
		return sl.database(ctx, e)
	case workRows:
		return sl.rows(ctx, e)
	case workList:
		return sl.list(ctx, e)
	case workPage, workDerive:
		return sl.page(ctx, e)
	case workSweep:
		return sl.sweep(ctx, e)
	case workConfirm:
		return sl.confirm(ctx, e)
	case workOrphans:
		return sl.orphans(ctx, e)
	case workRelink:
		return sl.relink(ctx, e)
	case workIndexes:
		return sl.indexes(ctx, e)
	case workIndex:
		return sl.index(ctx, e)
	}
	return &FatalError{fmt.Errorf("the to-do list asks for %q, which this deployment does not know", e.Kind)}
}

// commit applies a change and, with it, counts what the slice has used so far.
func (sl *slice) commit(ctx context.Context, c *Change) error {
	c.Job = sl.job.ID
	if c.Count == nil {
		c.Count = Counts{}
	}
	sl.Meter.drain(c.Count)
	stamp(c)
	sl.mu.Lock()
	now := sl.now()
	c.Count[CountFunction] += now.Sub(sl.metered).Milliseconds()
	sl.metered = now
	sl.mu.Unlock()
	return sl.lease.Commit(ctx, c)
}

// stamp gives every entry that a change puts on the list a revision of its own, so that a commit can tell whether the
// entry it finishes is the one it has worked on.
func stamp(c *Change) {
	if c.Then != nil {
		c.Then.Rev = rand.Int64()
	}
	for i := range c.Add {
		c.Add[i].Rev = rand.Int64()
	}
	for _, m := range c.Meet {
		if m.Entry != nil {
			m.Entry.Rev = rand.Int64()
		}
		for i := range m.Add {
			m.Add[i].Rev = rand.Int64()
		}
	}
}

// sourceError marks an error as Notion's, or the page's, rather than the store's.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// fromSource marks err, if there is one.
func fromSource(err error) error {
	if err == nil {
		return nil
	}
	return &sourceError{err}
}
