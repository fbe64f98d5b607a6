package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"notionsync/pkg/syncer/model"
)

const (
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
	// ErrPaused ends a task whose rest is for the next slice.
	ErrPaused = errors.New("the rest is for the next slice")
)

// Invocation works on one slice of a job. The rooms of the engine embed it, and put what they can do among its Handlers.
type Invocation struct {
	*model.Options
	Handlers map[model.Work]Handler // what does each kind of work
	Job      *model.Job
	Lease    model.Lease
	Observed Observations
	Waits    bool  // Notion, or its window, is to be asked nothing more for now
	Progress bool  // something has got done
	Objects  int64 // page objects that the job has kept apart so far, see keepApart

	soft time.Time // no new work from here on

	mu sync.Mutex
	inWork
	usage
	waits
	outage outage
	fatal  error // ends the slice; a *FatalError ends the job
}

// inWork is what an invocation knows of the tasks that it has begun.
type inWork struct {
	working    int                   // tasks being worked on
	waiting    int                   // changes being committed
	blockBytes map[string]int        // bytes of blocks in memory, by task
	taken      map[string]bool       // tasks begun in this slice
	latest     map[string]model.Task // those that have changed since
	stampProbe string                // the child page with which stamps are probed, see IsProbe
}

// usage is what has been used and not counted yet.
type usage struct {
	metered   time.Time    // function time is counted up to here
	uncounted model.Counts // used for commits that were refused
}

// waits is how long the next slice has to wait at least.
type waits struct {
	delay time.Duration // the longest wait that Notion asked for
	until time.Time     // the end of the longest wait for the source's own sake
}

// IsStampProbe reports whether a child page is the one with which this slice probes stamps: the first that is asked about.
func (inv *Invocation) IsStampProbe(id string) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.stampProbe == "" {
		inv.stampProbe = id
	}
	return inv.stampProbe == id
}

// Progressed notes that something has got done, though the task it was done for is not finished: it stands on the list as
// given now, and stays with the goroutine that works on it.
func (inv *Invocation) Progressed(now model.Task) {
	inv.take(now)
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.Progress = true
	inv.latest[now.Key] = now
}

// HasTime reports whether new work may be begun.
func (inv *Invocation) HasTime() bool { return inv.Time().Before(inv.soft) }

// timeLeft is how long anything at all may be asked of Notion.
func (inv *Invocation) timeLeft() time.Duration { return inv.soft.Add(inv.Grace).Sub(inv.Time()) }

// probeShare is what is left of the grace when work in flight is cut short: to find out whose fault it was.
func (inv *Invocation) probeShare() time.Duration { return inv.Grace * 3 / 10 }

// DecideAtEnd sees to what is held back when the slice's time is over.
func (inv *Invocation) DecideAtEnd(ctx context.Context) error {
	if inv.outage.found {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(inv.probeShare(), min(probeTime, inv.timeLeft())))
	defer cancel()
	_, err := inv.decide(ctx)
	return err
}

// begins notes that a task is being worked on.
func (inv *Invocation) begins() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.working++
}

// ends notes that it is not any more.
func (inv *Invocation) ends(e model.Task) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.working--
	delete(inv.blockBytes, e.Key)
}
