package syncer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

// mended is a world with pages of every kind, synced, and its site as it should be.
func mended(t *testing.T) (*world, *rig, map[string]string) {
	t.Helper()
	w := newWorld(t)
	about := w.page("About", "about")
	w.page("Linker", "linker", linkTo(about))
	w.child(w.child(about, "Team"), "Ada")
	_, source, err := w.AddDatabase(about, "Inner")
	w.must(err)
	for _, title := range []string{"Row one", "Row two", "Row three"} {
		w.tick()
		_, err = w.AddRow(source, title, nil)
		w.must(err)
	}
	for _, title := range []string{"One", "Two", "Three", "Four", "Five"} {
		w.post(title)
	}
	r := w.rig()
	r.sync(model.TriggerMessage{})
	return w, r, r.site()
}

// innerIndex is the key of the only database inside a page.
func (r *rig) innerIndex() string {
	r.t.Helper()
	keys := r.redis.Keys()
	i := slices.IndexFunc(keys, func(key string) bool { return strings.HasPrefix(key, "db:") })
	if i < 0 {
		r.t.Fatal("there is no database inside a page")
	}
	return keys[i]
}

// What Redis has lost is as it was after the next full sync, forced or not.
func TestMend(t *testing.T) {
	t.Parallel()
	idOf := func(r *rig, slug string) string { return r.bundles()[slug].Meta.NotionID }
	for _, test := range []struct {
		name    string
		damage  func(r *rig)
		written int64  // pages that a plain sync reads anew
		warning string // of a plain sync, a part of it; empty: none
	}{
		{"a bundle is missing", func(r *rig) { r.redis.Del("page:about") }, 1, `"about"`},
		{"a child page's bundle is missing", func(r *rig) { r.redis.Del("page:about/team") }, 1, `"about/team"`},
		{"a row's bundle is missing", func(r *rig) { r.redis.Del("page:about/row-two") }, 1, `"about/row-two"`},
		{"all bundles are missing", func(r *rig) {
			for slug := range r.bundles() {
				r.redis.Del("page:" + slug)
			}
		}, 12, "and 7 more"},
		{"an index is missing", func(r *rig) { r.redis.Del("posts:index") }, 0, ""},
		{"an inner database's list is missing", func(r *rig) { r.redis.Del(r.innerIndex()) }, 0, ""},
		{"the pages behind an index", func(r *rig) { r.redis.Del("sync:list:posts:index") }, 0, ""},
		{"the pages behind an index, and the index", func(r *rig) {
			r.redis.Del("sync:list:posts:index")
			r.redis.Del("posts:index")
		}, 0, ""},
		{"the pages behind an inner database", func(r *rig) { r.redis.Del("sync:list:" + r.innerIndex()) }, 0, ""},
		{"a page's line", func(r *rig) { r.redis.HDel("sync:items", idOf(r, "two")) }, 1, `"two"`},
		{"all lines", func(r *rig) { r.redis.Del("sync:items") }, 10, "and 5 more"},
		{"a stranger behind an index", func(r *rig) {
			must(r.redis.ZAdd("sync:list:posts:index", 1, "stranger"))
		}, 0, ""},
		{"reservations", func(r *rig) { r.redis.Del("sync:slugs") }, 0, ""},
		{"inner databases", func(r *rig) { r.redis.Del("sync:databases") }, 0, ""},
		{"what is known of pages", func(r *rig) { r.redis.Del("sync:pages") }, 12, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, r, want := mended(t)
			test.damage(r)
			v := r.sync(model.TriggerMessage{})
			sameSite(t, r.site(), want)
			r.sound()
			if p := v.Progress; p.Synced != test.written || p.Discovered != 12 || p.Skipped != 12-test.written {
				t.Errorf("progress is %+v, want %d of 12 pages written", p, test.written)
			}
			if all := strings.Join(*v.Warnings, "\n"); !strings.Contains(all, test.warning) || test.warning == "" && all != "" {
				t.Errorf("warnings are %q, want %q named", *v.Warnings, test.warning)
			}
			if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 || len(*v.Warnings) > 0 {
				t.Errorf("once more: progress %+v, warnings %q, want nothing to do", v.Progress, *v.Warnings)
			}
		})
		t.Run(test.name+", by force", func(t *testing.T) {
			t.Parallel()
			_, r, want := mended(t)
			test.damage(r)
			v := r.sync(model.TriggerMessage{Force: true})
			sameSite(t, r.site(), want)
			r.sound()
			if p := v.Progress; p.Synced != 12 || p.Discovered != 12 {
				t.Errorf("progress is %+v, want all 12 pages written", p)
			}
			if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 || len(*v.Warnings) > 0 {
				t.Errorf("once more: progress %+v, warnings %q, want nothing to do", v.Progress, *v.Warnings)
			}
		})
	}
}

// An edit after the damage used to leave the index with that page alone.
func TestMend_AfterAnEdit(t *testing.T) {
	t.Parallel()
	w, r, _ := mended(t)
	for _, item := range r.index("posts:index").Items {
		if item.Slug == "three" {
			w.title(item.NotionID, "Three again")
		}
	}
	r.redis.Del("sync:list:posts:index")
	r.sync(model.TriggerMessage{})
	if got := r.index("posts:index").slugs(); !slices.Equal(got, []string{"five", "four", "three-again", "two", "one"}) {
		t.Errorf("posts:index shows %q, want all five posts", got)
	}
	r.sound()
}

// A job for a single page that Redis has lost the list of an index before shows all that stands in the index, though it reads
// no other page: with the records as well as without them.
func TestMend_LimitedAfterAnEdit(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string][]string{
		"list": {}, "list and records": {"sync:pages"}, "everything": {"sync:pages", "sync:slugs", "sync:databases"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r, _ := mended(t)
			three, row := r.bundles()["three"].Meta.NotionID, r.bundles()["about/row-two"].Meta.NotionID
			w.title(three, "Three again")
			w.title(row, "Row two again")
			for _, key := range append(lost, "sync:list:posts:index", "sync:list:"+r.innerIndex()) {
				r.redis.Del(key)
			}
			r.sync(model.TriggerMessage{Pages: []string{three, row}})
			if got := r.index("posts:index").slugs(); !slices.Equal(got, []string{"five", "four", "three-again", "two", "one"}) {
				t.Errorf("posts:index shows %q, want all five posts", got)
			}
			if got := r.index(r.innerIndex()).slugs(); !slices.Equal(got, []string{"about/row-three", "about/row-two-again", "about/row-one"}) {
				t.Errorf("%s shows %q, want all three rows", r.innerIndex(), got)
			}
			r.sync(model.TriggerMessage{})
			r.sound()
		})
	}
}

// A page that links to one which got another slug shows that, though Redis has lost who links to whom.
func TestMend_LinkersLost(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]model.TriggerMessage{"full": {}, "limited": {Pages: []string{"about"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r, _ := mended(t)
			about := r.bundles()["about"].Meta.NotionID
			w.slug(about, "about-us")
			r.redis.Del("sync:links")
			r.sync(first)
			if got := r.bundles()["linker"].Meta.Links[about]; got != "about-us" {
				t.Errorf("linker links to %q, want about-us", got)
			}
			r.sound()
		})
	}
}

// A page asked for by name is looked at too: whoever misses it asks for it.
func TestMend_Limited(t *testing.T) {
	t.Parallel()
	_, r, want := mended(t)
	r.redis.Del("page:about")
	if v := r.sync(model.TriggerMessage{Pages: []string{"about"}}); v.Progress.Synced != 1 {
		t.Errorf("progress is %+v, want the page written", v.Progress)
	}
	sameSite(t, r.site(), want)
}

// A page that is gone from Notion as well as from Redis is removed, not read anew.
func TestMend_GoneInNotion(t *testing.T) {
	t.Parallel()
	w, r, _ := mended(t)
	id := r.bundles()["one"].Meta.NotionID
	r.redis.Del("page:one")
	w.must(w.Trash(id))
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.PagesRemoved != 1 || v.Progress.Synced != 0 || len(*v.Warnings) > 0 {
		t.Errorf("progress is %+v, warnings %q, want one page removed", v.Progress, *v.Warnings)
	}
	r.sound()
}

// A stranger whose line would be shown leaves an index that is written by force.
func TestMend_PageOfAnotherIndex(t *testing.T) {
	t.Parallel()
	_, r, want := mended(t)
	must(r.redis.ZAdd("sync:list:posts:index", 1, r.bundles()["about"].Meta.NotionID))
	r.sync(model.TriggerMessage{Force: true})
	sameSite(t, r.site(), want)
}

// lookouts counts how often a store is looked over.
type lookouts struct {
	model.Store
	n atomic.Int64
}

func (l *lookouts) Examine(ctx context.Context, recs []*model.Record) ([]bool, error) {
	l.n.Add(int64(len(recs)/200 + 1))
	return l.Store.Examine(ctx, recs)
}

// Looking costs next to nothing: a command for hundreds of pages.
func TestMend_Cheap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const pages = 400
	for i := range pages {
		_, err := w.AddRow(w.posts, fmt.Sprint("Post ", i), nil)
		w.must(err)
	}
	looks := new(lookouts)
	r := w.rig(func(o *model.Options) { looks.Store, o.Store = o.Store, looks })
	r.sync(model.TriggerMessage{})
	looks.n.Store(0)
	r.sync(model.TriggerMessage{})
	if got := looks.n.Load(); got == 0 || got > 5 {
		t.Errorf("a sync of %d unchanged pages looked %d times, want 1 to 5", pages, got)
	}
}

// What a plan says is what a sync does.
func TestPlan_Mend(t *testing.T) {
	t.Parallel()
	_, r, _ := mended(t)
	r.redis.Del("page:about")
	plan, warnings, err := plan.Make(t.Context(), r.Syncer, model.TriggerMessage{})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Update) != 1 || plan.Update[0].Slug != "about" || plan.Unchanged != 11 {
		t.Errorf("plan is %+v, want about to be updated", plan)
	}
	if all := strings.Join(warnings, "\n"); !strings.Contains(all, `"about"`) {
		t.Errorf("warnings are %q, want about named", warnings)
	}
}
