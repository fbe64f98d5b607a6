package syncer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// stingy is a store that takes no bundle, and no index, of more than so many bytes.
type stingy struct {
	model.Store
	most int
}

func (s *stingy) Acquire(ctx context.Context) (model.Lease, error) {
	l, err := s.Store.Acquire(ctx)
	return &stingyLease{l, s}, err
}

type stingyLease struct {
	model.Lease
	s *stingy
}

func (l *stingyLease) Commit(ctx context.Context, c *model.Change) error {
	for _, w := range c.Write {
		if n := len(w.Bundle); n > l.s.most {
			return fmt.Errorf("%w (%d bytes)", model.ErrValueRefused, n)
		}
	}
	return l.Lease.Commit(ctx, c)
}

func (l *stingyLease) BuildIndex(ctx context.Context, ix model.Index) error {
	if l.s.most < 5000 {
		return fmt.Errorf("%w (99999 bytes)", model.ErrValueRefused)
	}
	return l.Lease.BuildIndex(ctx, ix)
}

// A page that Redis refuses fails with its size named, an index with a warning; the rest goes on. Both are made good by
// the next job, though nothing has changed in Notion.
func TestRun_ValueRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	small := w.page("Small", "small")
	large := w.page("Large", "large", notionsim.Paragraph(notionsim.Text(strings.Repeat("word ", 1000))))
	r := w.rig()
	s := &stingy{r.store, 4000}
	r.opts.Store = s
	r.renew()
	v := r.sync(model.TriggerMessage{})
	r.published(map[string]string{"small": small})
	if len(*v.Errors) != 1 || (*v.Errors)[0].PageID != large || !strings.Contains((*v.Errors)[0].Error, "bytes)") {
		t.Errorf("errors are %+v, want the large page and its size", *v.Errors)
	}
	if v.Slices != 1 || v.Metrics.PagesFailed != 1 || v.Progress.Synced != 1 {
		t.Errorf("%d slices, metrics %+v, want one page failed at once, and one synced", v.Slices, v.Metrics)
	}
	warned{v}.about(t, "pages:index", "99999 bytes", "next job")
	if r.redis.Exists("pages:index") {
		t.Error("pages:index is there")
	}
	s.most = 1 << 20
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"small": small, "large": large})
	if got := r.index("pages:index").slugs(); len(got) != 2 {
		t.Errorf("pages:index shows %q, want both", got)
	}
}
