package syncer_test

import (
	"context"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// brittle is a Notion, or file store, that panics over one id, or file name.
type brittle struct {
	model.Source
	*shelf
	over string
}

func (b brittle) Children(ctx context.Context, id, cursor string) (model.Children, error) {
	if id == b.over {
		panic("brittle")
	}
	return b.Source.Children(ctx, id, cursor)
}

func (b brittle) Keep(ctx context.Context, link string, copy int) (model.KeptFile, error) {
	if strings.Contains(link, b.over) {
		panic("brittle")
	}
	return b.shelf.Keep(ctx, link, copy)
}

// A panic over one page is that page's failure, wherever it happens: the others are synced.
func TestPanic_BlocksBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	odd := notionsim.Toggle(notionsim.Text("odd"), paragraph("x"))
	odd.ID = "aaaaaaaa-0000-4000-8000-000000000001"
	id := w.page("Odd", "odd", odd)
	w.page("Even", "even", notionsim.Toggle(notionsim.Text("even"), paragraph("y")))
	r := w.rig()
	r.opts.Source = brittle{Source: r.opts.Source, over: odd.ID}
	r.renew()
	v := r.sync(model.TriggerMessage{})
	if errs := *v.Errors; len(errs) != 1 || errs[0].PageID != id || !strings.Contains(errs[0].Error, "internal error") {
		t.Errorf("errors are %+v, want one, of page %s", errs, id)
	}
	if got := slugs(r.bundles()); len(got) != 1 || got[0] != "even" {
		t.Errorf("published are %q, want even", got)
	}
}

// A panic over one file is that file's failure.
func TestPanic_File(t *testing.T) {
	t.Parallel()
	_, s, r, _ := gallery(t, 3)
	r.opts.Media = brittle{shelf: s, over: "photo-1"}
	r.renew()
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.MediaMirrored != 2 || v.Metrics.MediaFailed != 1 || v.Metrics.PagesFailed != 0 {
		t.Errorf("metrics are %+v, want two files mirrored, one failed", v.Metrics)
	}
	warned{v}.about(t, "photo-1.png", "internal error")
}
