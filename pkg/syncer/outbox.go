package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

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
	turn, err := currentTurn(ctx, s.Store)
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
		dedup := fmt.Sprintf("%s-notice-%d", job.ID, i)
		_, err := s.Queue.Publish(ctx, Message{URL: url, Body: body, DedupID: dedup})
		var refusal interface{ Permanent() bool }
		if errors.As(err, &refusal) && refusal.Permanent() {
			s.Logger.WarnContext(ctx, "nobody is told how the job ended", "job", job.ID, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrPublish, err)
		}
	}
	return nil
}
