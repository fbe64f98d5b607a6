package syncer

import (
	"context"
	"fmt"
)

// giveBack puts an entry that failed to the end of the list, to be tried again in a later slice, or gives it up.
func (inv *Invocation) giveBack(ctx context.Context, e Task, failed error) error {
	c := &Change{Task: e}
	if wait := hardWait(failed); wait != nil {
		e.Later = inv.now().Add(wait.After)
	}
	if e.Attempts++; !permanent(failed) && e.Attempts < maxAttempts {
		e.Class, e.Tried, e.Error = classRetry, inv.job.Slice, failed.Error()
		c.Then = &e
		return inv.commit(ctx, c)
	}
	if giveUp := inv.handlers[e.Kind].giveUp; giveUp == nil {
		c.Warnings = []string{fmt.Sprintf("%s could not be done: %v", e.Key, failed)}
	} else if err := giveUp(ctx, c, e, failed); err != nil {
		return err
	}
	return inv.commit(ctx, c)
}
