package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

// plan makes a plan, which must leave Redis and the queue as they are.
func (r *rig) plan(first model.TriggerMessage) (*plan.Plan, []string) {
	r.t.Helper()
	before, messages := r.redis.Dump(), r.queue.String()
	plan, warnings, err := plan.Make(r.t.Context(), r.Syncer, first)
	if err != nil {
		r.t.Fatalf("Plan(%+v): %v", first, err)
	}
	if after := r.redis.Dump(); after != before {
		r.t.Errorf("Plan(%+v) has changed Redis", first)
	}
	if after := r.queue.String(); after != messages {
		r.t.Errorf("Plan(%+v) has published messages: %s", first, after)
	}
	return plan, warnings
}

func slugsOf(pages []plan.PlannedPage) []string {
	slugs := []string{}
	for _, p := range pages {
		slugs = append(slugs, p.Slug)
	}
	return slugs
}

// foretold makes a plan and then syncs, and fails the test unless what happens is what the plan says. Requests may differ
// by what cannot be known, within slack.
func (r *rig) foretold(what string, first model.TriggerMessage, slack int) (*plan.Plan, []string) {
	r.t.Helper()
	plan, warnings := r.plan(first)
	before := r.bundles()
	r.notion.Reset()
	v := r.sync(first)
	after := r.bundles()
	added, updated, removed, unchanged := []string{}, []string{}, []string{}, 0
	ids := map[string]string{} // page → slug, as it was
	for slug, b := range before {
		ids[b.Meta.NotionID] = slug
	}
	there := map[string]bool{}
	for slug, b := range after {
		there[b.Meta.NotionID] = true
		switch was, known := ids[b.Meta.NotionID]; {
		case !known:
			added = append(added, slug)
		case was != slug || rewritten(b.Blocks, before[was].Blocks) || b.Meta.LastEdited != before[was].Meta.LastEdited:
			updated = append(updated, slug)
		default:
			unchanged++
		}
	}
	for slug, b := range before {
		if !there[b.Meta.NotionID] {
			removed = append(removed, slug)
		}
	}
	for name, pair := range map[string][2][]string{
		"add": {slugsOf(plan.Add), added}, "update": {slugsOf(plan.Update), updated}, "remove": {slugsOf(plan.Remove), removed},
	} {
		slices.Sort(pair[0])
		slices.Sort(pair[1])
		if (first.Force || first.Failed) && name == "update" {
			continue // what is read anew need not come out otherwise
		}
		if !slices.Equal(pair[0], pair[1]) {
			r.t.Errorf("%s: the plan says %s %q, the sync did %q", what, name, pair[0], pair[1])
		}
	}
	if full := !first.Failed && len(first.Pages) == 0; full && !first.Force && plan.Unchanged != unchanged {
		r.t.Errorf("%s: the plan says %d unchanged, the sync left %d", what, plan.Unchanged, unchanged)
	}
	if int64(plan.Drafts) != v.Metrics.Drafts && !first.Failed && len(first.Pages) == 0 {
		r.t.Errorf("%s: the plan says %d drafts, the sync found %d", what, plan.Drafts, v.Metrics.Drafts)
	}
	if got := r.notion.Counts()[""]; plan.NotionRequests < got-slack || plan.NotionRequests > got+slack {
		r.t.Errorf("%s: the plan says %d requests, the sync made %d: %v", what, plan.NotionRequests, got, r.notion.Counts())
	}
	if !plan.Complete || plan.EstimatedSeconds < 1 {
		r.t.Errorf("%s: the plan is %+v, want it complete, and an estimate", what, plan)
	}
	r.sound()
	return plan, warnings
}

func rewritten(a, b any) bool { return fmt.Sprintf("%s", a) != fmt.Sprintf("%s", b) }

func TestPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.page("A", "a"), w.page("B", "b"), w.page("C", "c")
	kid := w.child(c, "Kid")
	deep := w.child(kid, "Deep")
	_, rows, err := w.AddDatabase(c, "Stations", notionsim.Column{Name: "slug", Type: "rich_text"})
	w.must(err)
	north, err := w.AddRow(rows, "North", map[string]any{"slug": "north"})
	w.must(err)
	post := w.post("Post")
	w.page("Draft", "")
	r := w.rig()

	if _, warnings := r.foretoldFirst("a first sync"); !slices.ContainsFunc(warnings, func(s string) bool {
		return strings.Contains(s, "show only when those are read")
	}) {
		t.Errorf("warnings of a first plan are %q, want one of what it cannot know", warnings)
	}
	r.foretold("nothing has changed", model.TriggerMessage{}, 0)

	w.tick()
	w.must(w.EditBlocks(a, paragraph("new")))
	w.must(w.EditBlocks(deep, paragraph("new")))
	w.must(w.EditBlocks(north, paragraph("new")))
	r.foretold("content on all levels", model.TriggerMessage{}, 0)

	w.page("D", "d")
	w.tick()
	_, err = w.AddRow(rows, "South", map[string]any{"slug": "south"})
	w.must(err)
	r.foretold("new pages", model.TriggerMessage{}, 2)

	w.slug(c, "sea")
	r.foretold("a parent's slug", model.TriggerMessage{}, 0)

	w.slug(a, "b")
	w.slug(b, "a")
	r.foretold("a swap", model.TriggerMessage{}, 0)

	w.tick()
	w.must(w.Trash(kid))
	r.foretold("a child page with one below it in the trash", model.TriggerMessage{}, 2)

	w.tick()
	w.must(w.Trash(post))
	w.slug(b, "")
	r.foretold("a post in the trash, a page a draft", model.TriggerMessage{}, 0)

	w.tick()
	w.must(w.Move(a, c))
	r.foretold("a page of the collection becomes a child page", model.TriggerMessage{}, 4)

	r.foretold("all by force", model.TriggerMessage{Force: true}, 0)
}

// What stands below a page that goes goes too, though it is alive.
func TestPlan_ParentGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	w.child(w.child(a, "Kid"), "Deep")
	w.page("B", "b")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Move(a, ""))
	if plan, _ := r.foretold("a page leaves its collection", model.TriggerMessage{}, 2); len(plan.Remove) != 3 {
		t.Errorf("plan %+v, want the page and all below it removed", plan)
	}
}

// foretoldFirst is foretold for a site that nothing is known of: what stands below its pages shows only when they are read.
func (r *rig) foretoldFirst(what string) (*plan.Plan, []string) {
	r.t.Helper()
	plan, warnings := r.plan(model.TriggerMessage{})
	if got := slugsOf(plan.Add); !slices.Equal(got, []string{"a", "b", "c", "post"}) || plan.Drafts != 1 || len(plan.Update)+len(plan.Remove) > 0 {
		r.t.Errorf("%s: plan %+v, want all collection pages added", what, plan)
	}
	for _, page := range plan.Add {
		if page.Title == "" || page.NotionID == "" {
			r.t.Errorf("%s: planned is %+v, want title and id too", what, page)
		}
	}
	r.sync(model.TriggerMessage{})
	return plan, warnings
}

func TestPlan_Conflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.page("First", "same")
	second := w.page("Second", "same")
	r := w.rig()
	planned, _ := r.plan(model.TriggerMessage{})
	want := []plan.Conflict{{Slug: "same", Pages: []string{first, second}}}
	if fmt.Sprint(planned.Conflicts) != fmt.Sprint(want) || len(planned.Add) != 1 || planned.Add[0].NotionID != first {
		t.Errorf("plan %+v, want the slug for the older page", planned)
	}
	r.sync(model.TriggerMessage{})
	other := w.page("Other", "other")
	r.sync(model.TriggerMessage{})
	w.slug(other, "same")
	planned, _ = r.foretold("a published page wants it, too", model.TriggerMessage{}, 0)
	if len(planned.Conflicts) != 1 || planned.Conflicts[0].Pages[0] != first || len(planned.Conflicts[0].Pages) != 3 || planned.Unchanged != 2 {
		t.Errorf("plan %+v, want three pages for one slug, the one that has it first, and the last to stay where it is", planned)
	}
	planned, _ = r.plan(model.TriggerMessage{Pages: []string{other}})
	if len(planned.Conflicts) != 1 || planned.Conflicts[0].Pages[0] != first || len(planned.Update) != 0 {
		t.Errorf("limited plan %+v, want the conflict with the page that has the slug", planned)
	}
	w.tick()
	w.must(w.Trash(first))
	w.must(w.Trash(second))
	r.foretold("its holder goes", model.TriggerMessage{}, 1)
}

func TestPlan_Limited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	w.child(kid, "Deep")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	for _, id := range []string{a, b, kid} {
		w.tick()
		w.must(w.EditBlocks(id, paragraph("new")))
	}
	r.foretold("one page", model.TriggerMessage{Pages: []string{"b"}}, 0)
	r.foretold("a child page", model.TriggerMessage{Pages: []string{"a/kid"}}, 0)
	r.foretold("unchanged by now", model.TriggerMessage{Pages: []string{"b"}}, 0)
	if plan, _ := r.foretold("unchanged, by force", model.TriggerMessage{Pages: []string{"b"}, Force: true}, 0); len(plan.Update) != 1 {
		t.Errorf("plan %+v, want the page updated", plan)
	}
	unknown := "11111111-2222-4333-8444-555555555555"
	plan, warnings := r.plan(model.TriggerMessage{Pages: []string{"nobody", unknown, w.AddPage("Outside")}})
	if len(plan.Add)+len(plan.Update)+len(plan.Remove)+plan.Unchanged != 0 || len(warnings) != 3 {
		t.Errorf("plan %+v with warnings %q, want nothing to do and three warnings", plan, warnings)
	}
	if plan, _ := r.foretold("failed pages, of which there are none", model.TriggerMessage{Failed: true}, 0); len(plan.Update) != 0 {
		t.Errorf("plan %+v, want nothing to do", plan)
	}
	remove := r.notion.Fail(notionsim.Rule{Kind: "children", ID: b, Fault: notionsim.Status(http.StatusBadRequest)})
	r.sync(model.TriggerMessage{Pages: []string{"b"}, Force: true})
	remove()
	if plan, _ := r.foretold("the failed page", model.TriggerMessage{Failed: true}, 0); len(plan.Update) != 1 {
		t.Errorf("plan %+v, want the failed page updated", plan)
	}
	w.tick()
	w.must(w.Trash(a))
	r.foretold("a page in the trash with two below it", model.TriggerMessage{Pages: []string{"a"}}, 0)
}

// What a full sync would not remove, the plan does not either.
func TestPlan_Brakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all []string
	for i := range 14 {
		all = append(all, w.page(fmt.Sprint("Page ", i), fmt.Sprint("p", i)))
	}
	r := w.rig()
	r.sync(model.TriggerMessage{})
	remove := r.notion.Fail(notionsim.Rule{Kind: "query", Fault: notionsim.Half()})
	if planned, warnings := r.plan(model.TriggerMessage{}); len(planned.Remove) != 0 || !strings.Contains(fmt.Sprint(warnings), "was not listed, yet it is alive") {
		t.Errorf("of a listing cut in half the plan is %+v with warnings %q, want all to stay", planned, warnings)
	}
	remove()
	w.tick()
	for _, id := range all {
		w.must(w.Trash(id))
	}
	if planned, warnings := r.plan(model.TriggerMessage{}); len(planned.Remove) != 0 || planned.Unchanged != 14 || !strings.Contains(fmt.Sprint(warnings), "force=1") {
		t.Errorf("with all in the trash the plan is %+v with warnings %q, want none removed", planned, warnings)
	}
	if planned, _ := r.plan(model.TriggerMessage{Force: true}); len(planned.Remove) != 14 {
		t.Errorf("by force the plan is %+v, want all removed", planned)
	}
	w.Unshare(w.pageDB)
	planned, warnings := r.plan(model.TriggerMessage{})
	if len(planned.Remove) != 0 || !strings.Contains(fmt.Sprint(warnings), "collection pages could not be listed") {
		t.Errorf("of a collection that cannot be listed the plan is %+v with warnings %q, want all to stay", planned, warnings)
	}
	w.Unshare(w.postDB)
	var fatal *model.FatalError
	if _, _, err := plan.Make(t.Context(), r.Syncer, model.TriggerMessage{}); !errors.As(err, &fatal) {
		t.Errorf("with nothing to list: %v, want a fatal error", err)
	}
}

func TestPlan_WrongToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusUnauthorized)})
	if _, _, err := plan.Make(t.Context(), r.Syncer, model.TriggerMessage{}); err == nil || !strings.Contains(err.Error(), "NOTION_API_KEY") {
		t.Errorf("Plan = %v, want the token's variable named", err)
	}
}

// shut is a window in which no request is free for an hour.
type shut struct{ model.Source }

func (shut) Database(context.Context, string) (model.Database, error) {
	return model.Database{}, &model.Wait{After: time.Hour, Reason: "no request is free in Notion's window"}
}

// When its time is used up, a plan says so, and claims nothing about what it has not seen.
func TestPlan_TimeUsedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	r.opts.Source = shut{r.opts.Source}
	r.renew()
	plan, warnings := r.plan(model.TriggerMessage{})
	if plan.Complete || len(plan.Remove) != 0 || plan.Unchanged != 1 || len(warnings) == 0 || !strings.Contains(warnings[0], "not complete") {
		t.Errorf("plan %+v with warnings %q, want it incomplete, with nothing removed", plan, warnings)
	}
}

// window is one that is always used as far.
type window struct{ use model.WindowUse }

func (w window) Used(context.Context) (model.WindowUse, error) { return w.use, nil }

// The estimate knows of Notion's window.
func TestPlan_Estimate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ used, limit, least, most int }{
		{0, 1000, 1, 10}, {1000, 1000, 60, 70}, {0, 10, 60, 200},
	} {
		w := newWorld(t)
		for i := range 10 {
			w.page(fmt.Sprint("Page ", i), fmt.Sprint("p", i))
		}
		r := w.rig(func(o *model.Options) {
			o.Window = window{model.WindowUse{Used: row.used, Limit: row.limit, Seconds: 60}}
		})
		plan, _ := r.plan(model.TriggerMessage{})
		if plan.EstimatedSeconds < row.least || plan.EstimatedSeconds > row.most {
			t.Errorf("%d requests with %d of %d used: estimated %d s, want %d to %d", plan.NotionRequests, row.used, row.limit,
				plan.EstimatedSeconds, row.least, row.most)
		}
	}
}

// A workspace of many kinds of pages, planned and then synced.
func TestPlan_Generated(t *testing.T) {
	t.Parallel()
	world := notionsim.Generate(notionsim.Options{
		Seed: 5, Pages: 30, Posts: 10, Blocks: 6, ChildShare: 0.4, ChildDepth: 3, DatabaseShare: 0.3,
	})
	r := newRig(t, world, later)
	r.sync(model.TriggerMessage{})
	r.foretold("nothing has changed", model.TriggerMessage{}, 0)
	r.foretold("all by force", model.TriggerMessage{Force: true}, 0)
	_, warnings := r.plan(model.TriggerMessage{})
	if len(warnings) != 0 {
		t.Errorf("warnings %q, want none", warnings)
	}
}
