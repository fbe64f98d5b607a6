package syncer

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	extendEvery = 3 * time.Second  // the lease is renewed so often; it lasts about 10 s
	retryPause  = 10 * time.Second // before what failed is tried again, doubled with each round
	maxAttempts = 3                // rounds for what a retry may cure
	maxBackoff  = time.Hour        // between two slices of a job that waits for Notion
	leastTime   = 5 * time.Second  // a slice gets, or all of a smaller budget, however long it waited for the lease
	probeTime   = 3 * time.Second  // for finding out, at a slice's end, whose fault it was that something failed, at most
	waitSlack   = time.Second      // what was told to wait may be asked so much early: delays are whole seconds
)

var (
	errBudget    = errors.New("no answer until the end of the invocation's time")
	errStopSlice = errors.New("the slice has ended")
	errPaused    = errors.New("the rest is for the next slice")
)

// slice is one invocation's work on a job.
type slice struct {
	*Syncer
	job     *Job
	lease   Lease
	began   time.Time
	soft    time.Time // no new work from here on
	facts   factCache
	copying chan struct{} // one element for each file being copied
	dry     *forecast     // of a dry run; nil: pages are read, and files seen to
	metered time.Time     // function time is counted up to here

	verified sync.Map // keys of copies of files that are known to be there

	mu        sync.Mutex
	working   int              // entries being worked on
	waiting   int              // changes being committed
	held      map[string]int   // bytes of blocks in memory, by entry
	taken     map[string]bool  // entries begun in this slice
	latest    map[string]Entry // those that have changed since
	waits     bool
	delay     time.Duration // the longest wait that Notion asked for
	until     time.Time     // the end of the longest wait for the source's own sake
	fatal     error         // ends the slice; a *FatalError ends the job
	refused   error         // why the file store takes nothing
	outage    outage
	progress  bool
	uncounted Counts // used for commits that were refused
}

func (s *Syncer) newSlice(job *Job, lease Lease, began time.Time) *slice {
	soft := began.Add(s.Budget)
	if least := s.now().Add(min(s.Budget, leastTime)); soft.Before(least) {
		soft = least
	}
	sl := &slice{
		Syncer: s, dry: s.dry, job: job, lease: lease, began: began, metered: began,
		soft: soft, held: map[string]int{}, taken: map[string]bool{}, latest: map[string]Entry{},
		copying: make(chan struct{}, copiesAtOnce),
	}
	sl.facts.lost = sl.lostSources
	return sl
}

// run works until nothing is left or the slice must end, and sees to what comes next.
func (sl *slice) run(ctx context.Context) error {
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(errStopSlice)
	hard := time.AfterFunc(sl.timeLeft()-sl.probeShare(), func() { cancel(errBudget) })
	defer hard.Stop()

	keeping, stop := context.WithCancel(ctx) // longer than the work: the hand-over needs the lease too
	var keeper sync.WaitGroup
	defer keeper.Wait()
	defer stop()
	keeper.Go(func() { sl.keepLease(keeping, cancel) })

	finished, err := sl.work(work)
	switch {
	case errors.Is(err, ErrListLost):
		return sl.startAgain(ctx)
	case err != nil:
		var fatal *FatalError
		if errors.As(err, &fatal) {
			return errors.Join(err, sl.end(ctx, Failed, fatal.Error()))
		}
		return err // nothing is lost: the to-do list is the truth, and the queue tries again
	case finished:
		return sl.finish(ctx)
	}
	if err := sl.decideAtEnd(ctx); err != nil {
		return err
	}
	return sl.handOver(ctx)
}

// gotOn notes that something has got done, though the entry it was done for is not finished: it stands on the list as
// given now, and stays with the goroutine that works on it.
func (sl *slice) gotOn(now Entry) {
	sl.claim(now)
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.progress = true
	sl.latest[now.Key] = now
}

// timeLeft is how long anything at all may be asked of Notion.
func (sl *slice) timeLeft() time.Duration { return sl.soft.Add(sl.Grace).Sub(sl.now()) }

// probeShare is what is left of the grace when work in flight is cut short: to find out whose fault it was.
func (sl *slice) probeShare() time.Duration { return sl.Grace * 3 / 10 }

// decideAtEnd sees to what is held back when the slice's time is over.
func (sl *slice) decideAtEnd(ctx context.Context) error {
	if sl.outage.found {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(sl.probeShare(), min(probeTime, sl.timeLeft())))
	defer cancel()
	_, err := sl.decide(ctx)
	return err
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

// commit applies a change and, with it, counts what the slice has used so far.
func (sl *slice) commit(ctx context.Context, c *Change) error {
	c.Job, c.Phase = sl.job.ID, sl.job.Phase
	if c.Count == nil {
		c.Count = Counts{}
	}
	stamp(c)
	if c.Hold {
		sl.claim(*c.Then) // before anybody can see it
	}
	if sl.tells() {
		c.News = c.news()
	}
	var used Counts
	if c.Entry.Key != "" { // else it would be counted again if the commit is repeated
		used = sl.used()
		for name, n := range used {
			c.Count[name] += n
		}
	}
	sl.mu.Lock()
	sl.waiting++
	c.Company = sl.waiting < sl.working
	sl.mu.Unlock()
	err := sl.lease.Commit(ctx, c)
	sl.mu.Lock()
	sl.waiting--
	sl.mu.Unlock()
	if errors.As(err, new(*SlugTaken)) || errors.Is(err, ErrValueRefused) || errors.Is(err, ErrChanged) {
		sl.giveBackUsed(used) // nothing was written, so nothing was counted
		for name, n := range used {
			c.Count[name] -= n // the change may be committed in another form
		}
	}
	return err
}

// used is what the slice has used since this was last asked.
func (sl *slice) used() Counts {
	used := Counts{}
	sl.Meter.drain(used)
	sl.mu.Lock()
	defer sl.mu.Unlock()
	now := sl.now()
	used[CountFunction] = now.Sub(sl.metered).Milliseconds()
	sl.metered = now
	for name, n := range sl.uncounted {
		used[name] += n
	}
	sl.uncounted = nil
	return used
}

// giveBackUsed has something counted with the next commit.
func (sl *slice) giveBackUsed(used Counts) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.uncounted == nil {
		sl.uncounted = Counts{}
	}
	for name, n := range used {
		sl.uncounted[name] += n
	}
}

// wait takes down that no request may be made for a while. sl.mu is held.
func (sl *slice) wait(w *Wait) {
	sl.waits = true
	if !w.Soft {
		sl.delay = max(sl.delay, w.After)
	} else if until := sl.now().Add(w.After); until.After(sl.until) {
		sl.until = until
	}
}

// pause is how long the next slice has to wait. A queue's delays are whole seconds, rounded up: a large sync would lose
// half a second with every window. Where the source makes those wait who come early, they are rounded down.
func (sl *slice) pause() time.Duration {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	soft := max(0, sl.until.Sub(sl.now()))
	if soft > 2*time.Second {
		soft = soft.Truncate(time.Second)
	}
	return max(sl.delay, soft)
}

// begins notes that an entry is being worked on.
func (sl *slice) begins() {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.working++
}

// ends notes that it is not any more.
func (sl *slice) ends(e Entry) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.working--
	delete(sl.held, e.Key)
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
