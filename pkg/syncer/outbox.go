package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// flush sends what is in the outbox of a job that has ended. All of it is safe to send again: what is not known to have been
// sent is.
func (s *Syncer) flush(ctx context.Context, job *model.Job) error {
	if len(job.Outbox) == 0 || s.Queue == nil {
		return nil
	}
	for _, send := range []func(context.Context, *model.Job) error{
		s.startNext, s.enqueueAgain, s.enqueueFailed, s.triggerAgain, s.notify, s.tellLater,
	} {
		if err := send(ctx, job); err != nil {
			return err
		}
	}
	fresh, err := s.Store.Job(ctx, job.ID)
	if err != nil {
		return err
	}
	sent := *fresh
	sent.Outbox = nil
	_, err = s.Store.SwapJob(ctx, fresh, &sent)
	return err
}

// startNext begins the job that waits.
func (s *Syncer) startNext(ctx context.Context, _ *model.Job) error {
	now, err := model.CurrentSchedule(ctx, s.Store)
	if err != nil || now.Running != "" || now.Waiting.ID == "" {
		return err
	}
	return s.startWaiting(ctx, now.Waiting)
}

// enqueueAgain puts back what events had named for a job that has failed. The next event or trigger has it asked for: a job
// that begins now would fail like this one.
func (s *Syncer) enqueueAgain(ctx context.Context, job *model.Job) error {
	names := job.Scope.EditNames()
	if job.State != model.Failed || len(names) == 0 {
		return nil
	}
	_, err := s.Store.Enqueue(ctx, s.edit("", names))
	return err
}

// triggerAgain triggers what a job was to do that starts over.
func (s *Syncer) triggerAgain(ctx context.Context, job *model.Job) error {
	once := slices.Contains(job.Outbox, model.SendOnce)
	if !once && !slices.Contains(job.Outbox, model.SendAgain) {
		return nil
	}
	for _, message := range job.Scope.Triggers() {
		message.TriggeredAt, message.Again = s.Time(), once
		if _, _, err := s.Trigger(ctx, message); err != nil {
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
		name := [...]string{"SYNC_WEBHOOK", "SYNC_FAILURE_WEBHOOK"}[i]
		dedup := fmt.Sprintf("%s-notice-%d", job.ID, i)
		_, err := s.Queue.Publish(ctx, model.Message{URL: url, Body: body, DedupID: dedup})
		var refusal interface{ Permanent() bool }
		if errors.As(err, &refusal) && refusal.Permanent() {
			err = s.warnLater(ctx, job, fmt.Sprintf("nobody is told how the job ended, %s is refused: %v", name, err))
			if err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", model.ErrPublish, err)
		}
	}
	return nil
}

// warnLater adds a warning to a job that has ended. While another job is worked on it is left out: that will meet the same.
func (s *Syncer) warnLater(ctx context.Context, job *model.Job, text string) error {
	lease, err := s.Store.Acquire(ctx)
	if err != nil {
		s.Logger.WarnContext(ctx, text, "job", job.ID)
		if errors.Is(err, model.ErrHeld) {
			return nil
		}
		return err
	}
	defer work.Release(ctx, lease)
	return lease.Commit(ctx, &model.Change{Job: job.ID, Phase: job.Phase, Report: model.Report{Warnings: []string{text}}})
}
