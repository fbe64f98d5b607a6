package syncer_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func generated(seed int64) *notionsim.Workspace {
	return notionsim.Generate(notionsim.Options{
		Seed: seed, Pages: 12, Posts: 10, ChildShare: 0.4, ChildDepth: 2, DatabaseShare: 0.2, DraftShare: 0.1, RelationShare: 0.1,
	})
}

// later lets the engine believe that edits made now are minutes old, so that their stamps can be relied on.
func later(o *model.Options) {
	o.Now = func() time.Time { return time.Now().Add(5 * time.Minute) }
}

func TestSync_First(t *testing.T) {
	t.Parallel()
	r := newRig(t, notionsim.Demo())
	v := r.sync(model.TriggerMessage{})
	r.sound()
	if p := v.Progress; p.Discovered != p.Synced || p.Pending != 0 || p.Failed != 0 || p.Synced != int64(len(r.bundles())) {
		t.Errorf("progress is %+v with %d bundles published", p, len(r.bundles()))
	}
	if v.Metrics.Drafts == 0 || v.Metrics.ChildPagesSynced == 0 || v.Metrics.DatabaseChildrenSynced == 0 {
		t.Errorf("metrics are %+v, want drafts, child pages and rows counted", v.Metrics)
	}
	if n := r.notion.Counts(); int64(len(r.notion.Requests())) != v.Metrics.NotionRequests {
		t.Errorf("metrics count %d requests, Notion %v", v.Metrics.NotionRequests, n)
	}
	posts := r.index("posts:index").Items
	if !slices.IsSortedFunc(posts, func(a, b pageItem) int { return -compareCreated(a, b) }) {
		t.Errorf("posts:index is not sorted by time of creation, newest first: %v", r.index("posts:index").slugs())
	}
}

func TestSync_Unchanged(t *testing.T) {
	t.Parallel()
	r := newRig(t, generated(1))
	r.sync(model.TriggerMessage{})
	before, indexes := r.bundles(), r.indexTimes()
	r.notion.Reset()
	v := r.sync(model.TriggerMessage{})
	r.sound()
	if now := r.indexTimes(); !maps.Equal(now, indexes) {
		t.Errorf("indexes were written again: %v, first %v", now, indexes)
	}
	if v.Progress.Synced != 0 || v.Progress.Skipped != int64(len(before)) {
		t.Errorf("progress is %+v, want all %d pages skipped", v.Progress, len(before))
	}
	for slug, b := range r.bundles() {
		if !b.SyncedAt.Equal(before[slug].SyncedAt) {
			t.Errorf("page:%s was written again", slug)
		}
	}
	if n := r.notion.Counts(); n["page"] != 1 || n["property"] != 0 {
		t.Errorf("requests are %v, want listings, and the one page that probes stamps", n)
	}
}

func TestSync_Forced(t *testing.T) {
	t.Parallel()
	r := newRig(t, generated(1))
	r.sync(model.TriggerMessage{})
	want := r.site()
	v := r.sync(model.TriggerMessage{Force: true})
	if v.Progress.Skipped != 0 || v.Progress.Synced != int64(len(r.bundles())) || !v.Force {
		t.Errorf("progress is %+v, force %t, want all %d pages synced by force", v.Progress, v.Force, len(r.bundles()))
	}
	sameSite(t, r.site(), want)
}

func TestSync_OneEdit(t *testing.T) {
	t.Parallel()
	r := newRig(t, notionsim.Demo(), later)
	r.sync(model.TriggerMessage{})
	before := r.bundles()
	for _, slug := range []string{"seal", "handbook/caring-for-wet-books/salt", "stations/aland"} {
		if _, err := r.world.AppendBlock(before[slug].Meta.NotionID, paragraph("A line more.")); err != nil {
			t.Fatal(err)
		}
		r.notion.Reset()
		v := r.sync(model.TriggerMessage{})
		r.sound()
		if v.Progress.Synced != 1 {
			t.Errorf("after an edit of %q %d pages were written, want 1", slug, v.Progress.Synced)
		}
		after := r.bundles()
		if string(after[slug].Blocks) == string(before[slug].Blocks) {
			t.Errorf("page:%s does not show the edit", slug)
		}
	}
}

// A page read within the minute of its last edit may have changed again under the same stamp.
func TestSync_SameMinute(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 8, 1, 10, 0, 20, 0, time.UTC)
	now := func() time.Time { return clock }
	world := notionsim.New(now)
	_, source, err := world.AddDatabase("", notionsim.PagesTitle)
	if err != nil {
		t.Fatal(err)
	}
	id, err := world.AddRow(source, "Fast", nil, paragraph("first"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, world, func(o *model.Options) { o.Now = now })
	r.sync(model.TriggerMessage{})
	clock = clock.Add(20 * time.Second) // 10:00:40
	if err := world.EditBlocks(id, paragraph("second")); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(5 * time.Minute)
	if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 1 {
		t.Errorf("%d pages were written, want the one edited in the same minute", v.Progress.Synced)
	}
	if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 {
		t.Errorf("%d pages were written again, want none: the minute is long over", v.Progress.Synced)
	}
}

// A function whose clock is a little ahead reads a page while the minute of its last edit is not over, though its clock
// says so.
func TestRegression_ClockAhead(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 8, 1, 10, 0, 20, 0, time.UTC)
	world := notionsim.New(func() time.Time { return clock })
	_, source, err := world.AddDatabase("", notionsim.PagesTitle)
	if err != nil {
		t.Fatal(err)
	}
	id, err := world.AddRow(source, "Fast", nil, paragraph("first"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, world, func(o *model.Options) {
		o.Now = func() time.Time { return clock.Add(8 * time.Second) }
	})
	clock = clock.Add(34 * time.Second) // 10:00:54, for the function 10:01:02
	r.sync(model.TriggerMessage{})
	clock = clock.Add(3 * time.Second)
	if err := world.EditBlocks(id, paragraph("second")); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Hour)
	r.sync(model.TriggerMessage{})
	if blocks := string(r.bundles()["fast"].Blocks); !strings.Contains(blocks, "second") {
		t.Errorf("blocks are %s, want the second edit", blocks)
	}
}

func TestSync_Slices(t *testing.T) {
	t.Parallel()
	whole := newRig(t, generated(2))
	whole.sync(model.TriggerMessage{})

	r := newRig(t, generated(2), func(o *model.Options) { o.Budget, o.Workers = 5*time.Millisecond, 1 })
	v := r.sync(model.TriggerMessage{})
	r.sound()
	if v.Slices < 10 {
		t.Errorf("the job took %d slices, want many with a budget of 5 ms", v.Slices)
	}
	sameSite(t, r.site(), whole.site())
	if got, want := v.Metrics.NotionRequests, int64(len(whole.notion.Requests())); got != want {
		t.Errorf("%d requests in %d slices, want the %d of one", got, v.Slices, want)
	}
}
