package syncer

import "context"

// markProbed is among what a job has listed to its end once it has chosen a child page to probe stamps with.
const markProbed = "probed"

// looksUnchanged reports whether a child page that is published where it was found needs not be read, going by the stamp of
// what has shown it: a list of blocks as long as those are believed, or its page object.
func (sl *slice) looksUnchanged(ctx context.Context, c *Change, kid foundKid, rec *Record, distrust string) (bool, error) {
	if sl.job.Scope.all() || distrust != "" && kid.object == nil || !sl.fresh(rec, kid.Edited) {
		return false, nil
	}
	probe, err := sl.probes(ctx, c, kid, rec)
	return !probe, err
}

// probes reports whether a child page is the one in a full job that is read though the list of blocks in which it stands
// says that it has not changed. Whether a block has its page's stamp is observed, not promised: reading the page compares
// the two, and should they differ, lists of blocks are believed no more.
func (sl *slice) probes(ctx context.Context, c *Change, kid foundKid, rec *Record) (bool, error) {
	if !sl.job.Scope.Full || c.Entry.Kind != workList || kid.object != nil || rec.Want != rec.Slug {
		return false, nil
	}
	sl.mu.Lock()
	if sl.probe == "" {
		sl.probe = kid.ID
	}
	first := sl.probe == kid.ID
	sl.mu.Unlock()
	if !first {
		return false, nil
	}
	done, err := sl.Store.Complete(ctx, sl.job.ID, []string{markProbed})
	if err != nil || done[0] {
		return false, err
	}
	c.Complete = append(c.Complete, markProbed)
	return true, nil
}
