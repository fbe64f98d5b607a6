package syncer

import (
	"context"
	"fmt"
	"time"

	"notionsync/pkg/page"
)

// asItWas reports whether a page need not be read: it is published where it should be, and has not changed.
func (inv *Invocation) asItWas(t *Target) bool {
	return !inv.job.Scope.all() && !t.task.Force && t.unchanged() && inv.fresh(t.was, t.next.Edited)
}

// object gets the page object, from the entry or from Notion. Where a list of blocks has given a stamp too the two are
// compared: that they agree is observed, not promised (facts: only two public recordings hold both).
func (inv *Invocation) object(ctx context.Context, t *Target) (err error) {
	if len(t.task.Object) > 0 {
		t.object, err = page.DecodeObject(t.task.Object)
		return err
	}
	if inv.dry != nil && inv.dry.Knows(ctx, inv, t) {
		return nil
	}
	read := inv.now()
	if t.object, err = inv.Source.Page(ctx, t.task.ID); err != nil {
		return err
	}
	listed := t.task.Edited
	if !listed.IsZero() && !t.object.Edited.Equal(listed) && t.object.Edited.Before(t.task.Read.Add(-clockSkew).Truncate(time.Minute)) {
		distrusted, err := inv.observed.get(ctx, inv.Store, StampsDiffer)
		if err != nil {
			return err
		}
		if distrusted == "" {
			t.observed = inv.observed.observe(StampsDiffer, t.task.ID)
			t.warn = append(t.warn, fmt.Sprintf("page %s and the block that shows it differ in their last edit; from now on "+
				"child pages are read one by one to see whether they changed", t.task.ID))
		}
	}
	t.task.Read, t.read = read, true
	return nil
}

// fresh reports whether a page with this stamp is published as it is, files included.
func (inv *Invocation) fresh(rec *Record, edited time.Time) bool {
	return rec.fresh(edited) && !(rec.Unkept && inv.Media != nil) && rec.Content == inv.asked()
}
