package syncer

import (
	"context"
	"time"
)

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

// delayOfNext is how long the next slice has to wait, with everything that this one has come to. It counts the slice among
// those without progress, or without an answer from Notion, in a row.
func (sl *slice) delayOfNext(ctx context.Context) time.Duration {
	job, delay := sl.job, sl.pause()
	switch {
	case sl.outage.found:
		delay = max(delay, backoff(job.Outages))
	case !sl.progress:
		delay = max(delay, backoff(job.Idle)) // if anybody has said when to come again it was too soon
	case !sl.waits:
		delay = max(delay, sl.retryPause(ctx))
	}
	if job.Idle++; sl.progress {
		job.Idle, job.ProgressAt = 0, sl.now()
	}
	switch {
	case sl.outage.found:
		job.Outages++
	case sl.outage.answered, sl.progress:
		job.Outages = 0
	}
	return delay
}

// backoff is the pause after so many slices without success.
func backoff(slices int) time.Duration { return min(maxBackoff, firstBackoff<<min(slices, 10)) }

// retryPause is how long to wait if all that is left to do, or to do first, has failed before or was told to wait.
func (sl *slice) retryPause(ctx context.Context) time.Duration {
	const looked = 100
	entries, err := sl.Store.Todo(ctx, sl.job.ID, looked)
	if err != nil || len(entries) == 0 {
		return 0
	}
	least := maxBackoff
	for _, e := range entries {
		pause := max(0, e.Later.Sub(sl.now()))
		if e.Attempts > 0 {
			pause = max(pause, retryPause<<(e.Attempts-1))
		}
		least = min(least, pause)
	}
	return least
}
