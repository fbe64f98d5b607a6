package work

import (
	"context"
	"time"

	"notionsync/pkg/syncer/model"
)

// wait takes down that no request may be made for a while. inv.mu is held.
func (inv *Invocation) wait(w *model.Wait) {
	inv.Waits = true
	if !w.Soft {
		inv.delay = max(inv.delay, w.After)
	} else if until := inv.Time().Add(w.After); until.After(inv.until) {
		inv.until = until
	}
}

// pause is how long the next slice has to wait. A queue's delays are whole seconds, rounded up: a large sync would lose
// half a second with every window. Where the source makes those wait who come early, they are rounded down.
func (inv *Invocation) pause() time.Duration {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	soft := max(0, inv.until.Sub(inv.Time()))
	if soft > 2*time.Second {
		soft = soft.Truncate(time.Second)
	}
	return max(inv.delay, soft)
}

// DelayOfNext is how long the next slice has to wait, with everything that this one has come to. It counts the slice among
// those without progress, or without an answer from Notion, in a row.
func (inv *Invocation) DelayOfNext(ctx context.Context) time.Duration {
	job, delay := inv.Job, inv.pause()
	switch {
	case inv.outage.found:
		delay = max(delay, backoff(job.Outages))
	case !inv.Progress:
		delay = max(delay, backoff(job.Idle)) // if anybody has said when to come again it was too soon
	case !inv.Waits:
		delay = max(delay, inv.retryPause(ctx))
	}
	if job.Idle++; inv.Progress {
		job.Idle, job.ProgressAt = 0, inv.Time()
	}
	switch {
	case inv.outage.found:
		job.Outages++
	case inv.outage.answered, inv.Progress:
		job.Outages = 0
	}
	return delay
}

// backoff is the pause after so many slices without success.
func backoff(slices int) time.Duration { return min(maxBackoff, firstBackoff<<min(slices, 10)) }

// retryPause is how long to wait if all that is left to do, or to do first, has failed before or was told to wait.
func (inv *Invocation) retryPause(ctx context.Context) time.Duration {
	const looked = 100
	tasks, err := inv.Store.Todo(ctx, inv.Job.ID, looked)
	if err != nil || len(tasks) == 0 {
		return 0
	}
	least := maxBackoff
	for _, e := range tasks {
		pause := max(0, e.Later.Sub(inv.Time()))
		if e.Attempts > 0 {
			pause = max(pause, retryPause<<(e.Attempts-1))
		}
		least = min(least, pause)
	}
	return least
}
