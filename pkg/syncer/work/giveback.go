package work

import (
	"context"

	"notionsync/pkg/syncer/model"
)

// giveBack puts a task that failed to the end of the list, to be tried again in a later slice, or gives it up.
func (inv *Invocation) giveBack(ctx context.Context, e model.Task, failed error) error {
	c := model.Finish(e)
	if wait := hardWait(failed); wait != nil {
		e.Later = inv.Time().Add(wait.After)
	}
	if e.Attempts++; !model.Permanent(failed) && e.Attempts < maxAttempts {
		e.Class, e.Tried, e.Error = model.ClassRetry, inv.Job.Slice, failed.Error()
		c.Then = &e
		return inv.Commit(ctx, c)
	}
	if giveUp := inv.Handlers[e.Work].GiveUp; giveUp == nil {
		c.Warn("%s could not be done: %v", e.Key, failed)
	} else if err := giveUp(ctx, c, e, failed); err != nil {
		return err
	}
	return inv.Commit(ctx, c)
}
