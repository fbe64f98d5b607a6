package plan_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notionsync/pkg/syncer/model"
)

// After the same changes the overlay of a dry run answers every read as a real store does, and refuses what that refuses:
// else a plan would not say what a sync does.
func TestOverlay_IsLikeTheStore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			twins := newTwins(t, seed)
			for range 12 {
				twins.before(twins.change("before"))
			}
			dry := twins.branch()
			for step := range 25 {
				c := twins.change("job")
				c.Inherit = step == 0
				got, want := dry.Commit(t.Context(), c), twins.lease.Commit(t.Context(), c)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("step %d: the overlay answers %v, the store %v, to %+v", step, got, want, c)
				}
				if diff := cmp.Diff(reading(t, twins.real), reading(t, dry), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("step %d: the overlay reads otherwise than the store (-store +overlay):\n%s", step, diff)
				}
			}
		})
	}
}

// A dry run leaves the store alone, whatever it is asked to do.
func TestOverlay_WritesNothing(t *testing.T) {
	t.Parallel()
	twins := newTwins(t, 1)
	for range 12 {
		twins.before(twins.change("before"))
	}
	dry, ctx := twins.branch(), t.Context()
	was := twins.still.Dump()
	for range 25 {
		if err := dry.Commit(ctx, twins.change("job")); err != nil && !errors.Is(err, model.ErrStale) && !errors.As(err, new(*model.SlugTaken)) {
			t.Fatal(err)
		}
	}
	lease, err := dry.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"extend": lease.Extend(ctx), "build an index": lease.BuildIndex(ctx, model.Index{Name: "posts:index", List: "posts:index"}),
		"save the job": lease.SaveJob(ctx, &model.Job{ID: "job"}, model.Counts{"synced": 1}), "release": lease.Release(ctx),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dry.SetWaiting(ctx, model.Waiting{}, model.Waiting{ID: "x"}); err == nil {
		t.Error("SetWaiting was not refused")
	}
	if _, err := dry.Enqueue(ctx, model.Edit{}); err == nil {
		t.Error("Enqueue was not refused")
	}
	if _, err := dry.SetPickup(ctx, "", 0, time.Time{}, time.Time{}); err == nil {
		t.Error("SetPickup was not refused")
	}
	if twins.still.Dump() != was {
		t.Error("the dry run has changed Redis")
	}
}

// reading is all that a store can be asked, in an order of its own.
func reading(t *testing.T, s model.Store) map[string]any {
	t.Helper()
	ctx := context.Background()
	all := map[string]any{}
	note := func(name string, value any, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if list, ok := value.([]string); ok {
			value = strings.Join(slices.Sorted(slices.Values(list)), " ")
		}
		all[name] = value
	}
	readPages(ctx, s, note)
	for _, limit := range []int{2, 100} {
		entries, err := s.Todo(ctx, "job", limit)
		note(fmt.Sprint("todo ", limit), append([]model.Task{}, entries...), err)
	}
	seen, err := s.Seen(ctx, "job", someIDs)
	note("seen", seen, err)
	complete, err := s.Complete(ctx, "job", someIDs)
	note("complete", complete, err)
	for _, set := range []model.Set{model.SetChanged, model.SetLists, model.SetMissing} {
		sample, err := s.Sample(ctx, "job", set, 100)
		note("sample "+string(set), sample, err)
	}
	errs, warnings, err := s.Troubles(ctx, "job", 100)
	slices.SortFunc(errs, func(a, b model.PageError) int { return strings.Compare(a.PageID, b.PageID) })
	note("errors", errs, err)
	note("warnings", warnings, err)
	job, err := s.Job(ctx, "job")
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(job.Counts, func(_ string, n int64) bool { return n <= 0 })
	note("counts", job.Counts, nil)
	note("failure", job.Failure, nil)
	return all
}

// readPages reads what is not a job's.
func readPages(ctx context.Context, s model.Store, note func(string, any, error)) {
	known, err := s.Records(ctx, someIDs)
	note("records", known, err)
	scanned, _, err := s.ScanRecords(ctx, "")
	slices.SortFunc(scanned, func(a, b *model.Record) int { return strings.Compare(a.ID, b.ID) })
	note("scan", scanned, err)
	owners, err := s.Owners(ctx, someSlugs)
	note("owners", owners, err)
	scannedOwners, _, err := s.ScanOwners(ctx, "")
	note("scan of owners", scannedOwners, err)
	bundles, _, err := s.ScanBundles(ctx, "")
	note("scan of bundles", bundles, err)
	scannedFiles, _, err := s.ScanFiles(ctx, "")
	note("scan of files", scannedFiles, err)
	files, err := s.Files(ctx, []string{"file p0", "file p1", "file p2", "file p3", "file p4", "file p5"})
	note("files", files, err)
	failed, err := s.FailedPages(ctx)
	note("failed", failed, err)
	inner, err := s.Databases(ctx)
	slices.SortFunc(inner, func(a, b model.InnerDatabase) int { return strings.Compare(a.ID, b.ID) })
	note("databases", inner, err)
	linkers, err := s.Linkers(ctx, someIDs...)
	note("linkers", linkers, err)
	for _, list := range someLists[1:] {
		members, err := s.Members(ctx, list)
		note("members of "+list, members, err)
	}
	for _, slug := range someSlugs[1:] {
		bundle, err := s.Bundle(ctx, slug)
		note("bundle "+slug, string(bundle), err)
	}
	for _, id := range someIDs {
		item, err := s.Item(ctx, id)
		note("item of "+id, string(item), err)
		fact, err := s.Observation(ctx, id)
		note("fact "+id, fact, err)
		linkers, err := s.Linkers(ctx, id)
		note("linkers of "+id, linkers, err)
		parts, err := s.Parts(ctx, "job", id, 2)
		note("parts of "+id, parts, err)
		if rec := known[id]; rec != nil && rec.Slug != "" && rec.List == "" {
			missing, err := s.Examine(ctx, []*model.Record{rec})
			note("something of it missing: "+id, missing[0], err)
		}
	}
}
