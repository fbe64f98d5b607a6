package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"notionsync/pkg/syncer/model"
)

// flush does what is owed after a job's end and was not done, or not known to be done, before.
func (s *Syncer) flush(ctx context.Context, job *model.Job) error {
	if len(job.Outbox) == 0 || s.Queue == nil {
		return nil
	}
	turn, err := model.CurrentSchedule(ctx, s.Store)
	if err != nil {
		return err
	}
	if turn.Running == "" && turn.Waiting.ID != "" {
		if err := s.startWaiting(ctx, turn.Waiting); err != nil {
			return err
		}
	}
	if names := job.Scope.EditNames(); job.State == model.Failed && len(names) > 0 {
		// The next event or trigger has them asked for: a job that begins now would fail like this one.
		if _, err := s.Store.Enqueue(ctx, s.edit("", names)); err != nil {
			return err
		}
	}
	if err := s.enqueueFailed(ctx, job); err != nil {
		return err
	}
	if slices.Contains(job.Outbox, model.SendAgain) || slices.Contains(job.Outbox, model.SendOnce) {
		if err := s.triggerAgain(ctx, job); err != nil {
			return err
		}
	}
	if err := s.notify(ctx, job); err != nil {
		return err
	}
	if slices.Contains(job.Outbox, model.SendNews) {
		if err := s.tellLater(ctx, job); err != nil {
			return err
		}
	}
	fresh, err := s.Store.Job(ctx, job.ID)
	if err != nil {
		return err
	}
	paid := *fresh
	paid.Outbox = nil
	_, err = s.Store.SwapJob(ctx, fresh, &paid)
	return err
}

// triggerAgain triggers what a job that has ended was to do.
func (s *Syncer) triggerAgain(ctx context.Context, job *model.Job) error {
	for _, first := range job.Scope.Triggers() {
		first.TriggeredAt, first.Again = s.Time(), slices.Contains(job.Outbox, model.SendOnce)
		if _, _, err := s.Trigger(ctx, first); err != nil {
			return err
		}
	}
	return s.enqueue(ctx, s.edit("", nil))
}

// notify tells those who asked how the job ended, through the queue, so that it is signed and retried.
func (s *Syncer) notify(ctx context.Context, job *model.Job) error {
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
	if view.State == model.Failed || view.Metrics.PagesFailed > 0 {
		urls = append(urls, s.FailureNotice)
	}
	for i, url := range urls {
		if url == "" {
			continue
		}
		dedup := fmt.Sprintf("%s-notice-%d", job.ID, i)
		_, err := s.Queue.Publish(ctx, model.Message{URL: url, Body: body, DedupID: dedup})
		var refusal interface{ Permanent() bool }
		if errors.As(err, &refusal) && refusal.Permanent() {
			s.Logger.WarnContext(ctx, "nobody is told how the job ended", "job", job.ID, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", model.ErrPublish, err)
		}
	}
	return nil
}
