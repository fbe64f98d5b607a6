package discover

import (
	"context"

	"notionsync/pkg/syncer/model"
)

// markProbed is among what a job has listed to its end once it has chosen a child page to probe stamps with.
const markProbed = "probed"

// looksUnchanged reports whether a child page that is published where it was found needs not be read, going by the stamp of
// what has shown it: a list of blocks as long as those are believed, or its page object.
func (inv *Room) looksUnchanged(ctx context.Context, c *model.Change, child FoundChild, rec *model.Record, distrust string) (bool, error) {
	if inv.Job.Scope.All() || distrust != "" && child.object == nil || !inv.Fresh(rec, child.Edited) {
		return false, nil
	}
	probe, err := inv.probes(ctx, c, child, rec)
	return !probe, err
}

// probes reports whether a child page is the one in a full job that is read though the list of blocks in which it stands
// says that it has not changed. Whether a block has its page's stamp is observed, not promised: reading the page compares
// the two, and should they differ, lists of blocks are believed no more.
func (inv *Room) probes(ctx context.Context, c *model.Change, child FoundChild, rec *model.Record) (bool, error) {
	if !inv.Job.Scope.Full || c.Task.Work != model.WorkList || child.object != nil || rec.Want != rec.Slug {
		return false, nil
	}
	if !inv.IsStampProbe(child.ID) {
		return false, nil
	}
	done, err := inv.Store.Complete(ctx, inv.Job.ID, []string{markProbed})
	if err != nil || done[0] {
		return false, err
	}
	c.Complete = append(c.Complete, markProbed)
	return true, nil
}
