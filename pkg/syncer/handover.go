package syncer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// giveBack puts an entry that failed to the end of the list, to be tried again in a later slice, or gives it up.
func (sl *slice) giveBack(ctx context.Context, e Entry, failed error) error {
	c := &Change{Entry: e}
	if wait := hardWait(failed); wait != nil {
		e.Later = sl.now().Add(wait.After)
	}
	if e.Attempts++; !permanent(failed) && e.Attempts < maxAttempts {
		e.Class, e.Tried, e.Error = classRetry, sl.job.Slice, failed.Error()
		c.Then = &e
		return sl.commit(ctx, c)
	}
	switch e.Kind {
	case workNamed, workPage, workDerive:
		return sl.giveUpPage(ctx, c, e, failed)
	case workDatabase, workRows:
		what, err := sl.tableName(ctx, e)
		if err != nil {
			return err
		}
		c.Warnings = []string{fmt.Sprintf("%s could not be listed, nothing of it is removed: %v", what, failed)}
		if e.Parent == "" {
			c.Failure = failed.Error()
		}
	case workRef:
		c.Warnings = []string{fmt.Sprintf("page %q could not be looked up: %v", e.ID, failed)}
	case workConfirm:
		c.Warnings = []string{fmt.Sprintf("page %s seems to be gone; it stays, reading it failed: %v", e.ID, failed)}
	case workIndex:
		c.Put = map[Set][]string{SetLists: {e.ID}} // left to the next job
		c.Warnings = []string{fmt.Sprintf("%s could not be written, it is tried again in the next job: %v", e.ID, failed)}
	default:
		c.Warnings = []string{fmt.Sprintf("%s could not be done: %v", e.Key, failed)}
	}
	return sl.commit(ctx, c)
}

// giveUpPage ends a page's part in the job. The site keeps it as it was; the next job reads it whatever its stamp.
func (sl *slice) giveUpPage(ctx context.Context, c *Change, e Entry, failed error) error {
	known, err := sl.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c.Errors = []PageError{{PageID: e.ID, Error: failed.Error(), At: sl.now(), Unknown: e.Kind == workNamed && known[e.ID] == nil}}
	kind := e.Page
	if rec := known[e.ID]; rec != nil {
		kind = cmp.Or(kind, rec.Kind)
		c.Errors[0].Slug = cmp.Or(rec.Slug, rec.Want)
		next := *rec
		next.Failed = true
		c.Note = []*Record{&next}
	}
	c.DropParts = e.parts()
	n := e.pending() // what only derives has been counted already
	c.Count = Counts{CountFailed: n, CountOf(CountFailed, kind): n, CountPending: -n}
	return sl.commit(ctx, c)
}

// parts is the entry itself if block lists of its page are kept.
func (e Entry) parts() []Entry {
	if e.Parts > 0 {
		return []Entry{e}
	}
	return nil
}

// handOver ends a slice whose job goes on: the checkpoint first, then the message that continues it. Killed between the
// two, the queue's retry of this slice publishes it.
func (sl *slice) handOver(ctx context.Context) error {
	if err := sl.tell(ctx, sl.lease, sl.job); err != nil {
		return err
	}
	job, now := sl.job, sl.now()
	delay := sl.pause()
	switch {
	case sl.outage.found:
		delay = max(delay, backoff(job.Outages))
	case !sl.progress:
		delay = max(delay, backoff(job.Idle)) // if anybody has said when to come again it was too soon
	case !sl.waits:
		delay = max(delay, sl.retryPause(ctx))
	}
	if job.Idle++; sl.progress {
		job.Idle, job.ProgressAt = 0, now
	}
	switch {
	case sl.outage.found:
		job.Outages++
	case sl.outage.answered, sl.progress:
		job.Outages = 0
	}
	if now.Sub(job.ProgressAt) > sl.GiveUp {
		return sl.end(ctx, Failed, fmt.Sprintf("no progress since %s: %s", job.ProgressAt.Format(time.RFC3339),
			cmp.Or(job.Trouble, "every slice ended before anything was done")))
	}
	job.Slice++
	job.NextID, job.UpdatedAt, job.DueAt = "", now, now.Add(delay)
	if err := sl.saveJob(ctx); err != nil {
		return err
	}
	if sl.Queue == nil {
		return nil
	}
	id, err := sl.publishSlice(ctx, job.ID, job.Slice, delay, continuationID(job))
	if err != nil {
		return err
	}
	job.NextID = id
	return sl.lease.SaveJob(ctx, job, nil)
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

// saveJob stores the job with the function time and requests used since the last commit.
func (sl *slice) saveJob(ctx context.Context) error { return sl.lease.SaveJob(ctx, sl.job, sl.used()) }

// finish ends a job whose list is empty. If no collection at all could be listed, nothing is known to be right.
func (sl *slice) finish(ctx context.Context) error {
	if gone, err := sl.gone(ctx); err != nil {
		return err
	} else if gone {
		return sl.startAgain(ctx)
	}
	listed, err := sl.anyListed(ctx)
	if err != nil {
		return err
	}
	if listed {
		return sl.end(ctx, Done, "")
	}
	job, err := sl.Store.Job(ctx, sl.job.ID)
	if err != nil {
		return err
	}
	return sl.end(ctx, Failed, "no collection could be listed: "+cmp.Or(job.Failure, "see the warnings"))
}

// anyListed reports whether one of the collections was listed, if that was to be. Where Redis has lost what the job had
// listed, that none is known to be is no evidence.
func (sl *slice) anyListed(ctx context.Context) (bool, error) {
	if !sl.job.Scope.Full || len(sl.Collections) == 0 {
		return true, nil
	}
	for _, col := range sl.Collections {
		if ok, err := sl.collectionSeen(ctx, col.Name); ok || err != nil {
			return ok, err
		}
	}
	intact, err := sl.evidence(ctx)
	return err == nil && !intact, err
}

// startAgain ends a job whose to-do list Redis has lost, and has the same triggered once more. If that loses its list too,
// it is left to the next sync: a Redis that has no room is not to be filled for ever.
func (sl *slice) startAgain(ctx context.Context) error {
	if sl.job.Scope.Again {
		return sl.end(ctx, Failed, ErrListLost.Error()+" twice; the next sync starts over; see that Redis has memory enough, and "+
			"evicts nothing (maxmemory-policy noeviction)")
	}
	return sl.end(ctx, Failed, ErrListLost.Error()+"; the job starts over", owedOnce)
}

// end gives the job its final state and sees to what is owed then.
func (sl *slice) end(ctx context.Context, state State, reason string, owed ...string) error {
	untold := sl.tell(ctx, sl.lease, sl.job)
	sl.job.end(state, reason, sl.now(), untold)
	sl.job.Owed = append(sl.job.Owed, owed...)
	if err := sl.saveJob(ctx); err != nil {
		return err
	}
	release(ctx, sl.lease)
	return sl.payDebts(ctx, sl.job)
}

func (j *Job) end(state State, reason string, now time.Time, untold error) {
	j.State, j.Error, j.FinishedAt, j.UpdatedAt, j.NextID = state, reason, now, now, ""
	j.Owed = []string{owedNext, owedNotice}
	if untold != nil {
		j.Owed = append(j.Owed, owedNews)
	}
}

// What is owed when a job has ended, each done at least once.
const (
	owedNext   = "next"   // the waiting job begins
	owedNotice = "notice" // whoever asked for it is told, and what events have named is noted again if it failed
	owedAgain  = "again"  // the same is triggered anew
	owedOnce   = "once"   // the same is triggered once more, but not a third time
	owedNews   = "news"   // the site is told what has changed, if it could not be before the end
)

// payDebts does what is owed after a job's end and was not done, or not known to be done, before.
func (s *Syncer) payDebts(ctx context.Context, job *Job) error {
	if len(job.Owed) == 0 || s.Queue == nil {
		return nil
	}
	turn, err := s.turn(ctx)
	if err != nil {
		return err
	}
	if turn.Running == "" && turn.Waiting.ID != "" {
		if err := s.startWaiting(ctx, turn.Waiting); err != nil {
			return err
		}
	}
	if names := job.Scope.noted(); job.State == Failed && len(names) > 0 {
		// The next event or trigger has them asked for: a job that begins now would fail like this one.
		if _, err := s.Store.Note(ctx, s.note("", names)); err != nil {
			return err
		}
	}
	if err := s.noteFailed(ctx, job); err != nil {
		return err
	}
	if slices.Contains(job.Owed, owedAgain) || slices.Contains(job.Owed, owedOnce) {
		if err := s.triggerAgain(ctx, job); err != nil {
			return err
		}
	}
	if err := s.notify(ctx, job); err != nil {
		return err
	}
	if slices.Contains(job.Owed, owedNews) {
		if err := s.tellLater(ctx, job); err != nil {
			return err
		}
	}
	fresh, err := s.Store.Job(ctx, job.ID)
	if err != nil {
		return err
	}
	paid := *fresh
	paid.Owed = nil
	_, err = s.Store.SwapJob(ctx, fresh, &paid)
	return err
}

// triggerAgain triggers what a job that has ended was to do.
func (s *Syncer) triggerAgain(ctx context.Context, job *Job) error {
	for _, first := range job.Scope.firsts() {
		first.TriggeredAt, first.Again = s.now(), slices.Contains(job.Owed, owedOnce)
		if _, _, err := s.Trigger(ctx, first); err != nil {
			return err
		}
	}
	return s.call(ctx, s.note("", nil))
}

// notify tells those who asked how the job ended, through the queue, so that it is signed and retried.
func (s *Syncer) notify(ctx context.Context, job *Job) error {
	if s.Notice == "" && s.FailureNotice == "" {
		return nil
	}
	view, err := s.View(ctx, job.ID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(view)
	if err != nil {
		return err
	}
	urls := []string{s.Notice}
	if view.State == Failed || view.Metrics.PagesFailed > 0 {
		urls = append(urls, s.FailureNotice)
	}
	for i, url := range urls {
		if url == "" {
			continue
		}
		name := [...]string{"SYNC_WEBHOOK", "SYNC_FAILURE_WEBHOOK"}[i]
		dedup := fmt.Sprintf("%s-notice-%d", job.ID, i)
		_, err := s.Queue.Publish(ctx, Message{URL: url, Body: body, DedupID: dedup})
		var refusal interface{ Permanent() bool }
		if errors.As(err, &refusal) && refusal.Permanent() {
			err = s.warnLater(ctx, job, fmt.Sprintf("nobody is told how the job ended, %s is refused: %v", name, err))
			if err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrPublish, err)
		}
	}
	return nil
}

// warnLater adds a warning to a job that has ended. While another job is worked on it is left out: that will meet the same.
func (s *Syncer) warnLater(ctx context.Context, job *Job, text string) error {
	lease, err := s.Store.Acquire(ctx)
	if err != nil {
		s.Logger.WarnContext(ctx, text, "job", job.ID)
		if errors.Is(err, ErrHeld) {
			return nil
		}
		return err
	}
	defer release(ctx, lease)
	return lease.Commit(ctx, &Change{Job: job.ID, Phase: job.Phase, Warnings: []string{text}})
}

// Fail ends a job, with the reason. It does nothing while another slice than the given one is due (0: whichever) or
// somebody works on the job: a job that has moved on is never harmed.
func (s *Syncer) Fail(ctx context.Context, id string, slice int, reason string) error {
	return s.fail(ctx, id, slice, reason, s.Store.Acquire)
}

func (s *Syncer) fail(
	ctx context.Context, id string, slice int, reason string, acquire func(context.Context) (Lease, error), owed ...string,
) error {
	job, err := s.Store.Job(ctx, id)
	if err != nil {
		return ignoreUnknown(err)
	}
	if job.Ended() {
		return s.payDebts(ctx, job)
	}
	if slice != 0 && slice != job.Slice {
		return s.republish(ctx, job, slice) // the queue may have refused each time what comes after that slice
	}
	lease, err := acquire(ctx)
	if errors.Is(err, ErrHeld) || errors.Is(err, ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release(ctx, lease)
	if job, err = s.Store.Job(ctx, id); err != nil {
		return err
	}
	if job.Ended() || slice != 0 && slice != job.Slice {
		return nil
	}
	untold := s.tell(ctx, lease, job)
	job.end(Failed, reason, s.now(), untold)
	job.Owed = append(job.Owed, owed...)
	if err := lease.SaveJob(ctx, job, nil); err != nil {
		return err
	}
	release(ctx, lease)
	return s.payDebts(ctx, job)
}

// GiveUpOn fails the job of a message that the queue has given up on, unless it is only that the queue has refused what
// comes after it: that is published again. If its last delivery was killed, the lease that it has left behind is waited for.
func (s *Syncer) GiveUpOn(ctx context.Context, d Delivery, reason string) error {
	return s.fail(ctx, d.Job, d.Slice, reason, s.acquire)
}

// Abort fails the job of a message that cannot be worked on, also one that is not known yet.
func (s *Syncer) Abort(ctx context.Context, d Delivery, reason string) error {
	if d.asks() {
		d.First = nil // what is due stays noted
	}
	job, err := s.delivered(ctx, d)
	if err != nil {
		return ignoreUnknown(err)
	}
	return s.Fail(ctx, job.ID, d.Slice, reason)
}
