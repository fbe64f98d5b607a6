package place

import (
	"context"
	"fmt"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// AsItWas reports whether a page need not be read: it is published where it should be, and has not changed.
func (inv *Room) AsItWas(t *Target) bool {
	return !inv.Job.Scope.All() && !t.Task.Force && t.Unchanged() && inv.Fresh(t.Was, t.Next.Edited)
}

// Object gets the page object, from the task or from Notion. Where a list of blocks has given a stamp too the two are
// compared: that they agree is observed, not promised (only two public recordings have both).
func (inv *Room) Object(ctx context.Context, t *Target) (err error) {
	if len(t.Task.Object) > 0 {
		t.Object, err = page.DecodeObject(t.Task.Object)
		return err
	}
	if inv.Known != nil && inv.Known(ctx, inv, t) {
		return nil
	}
	read := inv.Time()
	if t.Object, err = inv.Source.Page(ctx, t.Task.ID); err != nil {
		return err
	}
	listed := t.Task.Edited
	if !listed.IsZero() && !t.Object.Edited.Equal(listed) && t.Object.Edited.Before(t.Task.Read.Add(-model.ClockSkew).Truncate(time.Minute)) {
		distrusted, err := inv.Observed.Get(ctx, inv.Store, model.StampsDiffer)
		if err != nil {
			return err
		}
		if distrusted == "" {
			t.Observed = inv.Observed.Observe(model.StampsDiffer, t.Task.ID)
			t.Warn = append(t.Warn, fmt.Sprintf("page %s and the block that shows it differ in their last edit; from now on "+
				"child pages are read one by one to see whether they changed", t.Task.ID))
		}
	}
	t.Task.Read, t.Task.Objects, t.Read = read, 0, true
	return nil
}

// Fresh reports whether a page with this stamp is published as it is, files included.
func (inv *Room) Fresh(rec *model.Record, edited time.Time) bool {
	return rec.Fresh(edited) && !(rec.Unkept && inv.Media != nil) && rec.Content == inv.ContentAsked()
}
