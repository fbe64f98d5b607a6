package syncer_test

import (
	"context"
	"strings"
	"testing"

	"notionsync/pkg/syncer"
)

// interrupted does something before a to-do list is read for the nth time.
type interrupted struct {
	syncer.Store
	n  int
	do func(job string)
}

func (s *interrupted) Todo(ctx context.Context, job string, limit int) ([]syncer.Entry, error) {
	if s.n--; s.n == 0 {
		s.do(job)
	}
	return s.Store.Todo(ctx, job, limit)
}

// damaged runs a full job in one slice, and has Redis lose something of it when its list is read for the nth time. It
// returns false if it is never read so often.
func damaged(t *testing.T, n int, damage func(r *rig, job string)) (*rig, *syncer.View, bool) {
	t.Helper()
	w := newWorld(t)
	about := w.page("About", "about")
	w.page("Linker", "linker", linkTo(about))
	w.must(w.SetIcon(w.child(about, "Team"), "🚀"))
	w.post("One")
	w.post("Two")
	store := &interrupted{n: n}
	r := w.rig(func(o *syncer.Options) { store.Store, o.Store, o.Workers = o.Store, store, 1 })
	store.do = func(job string) { damage(r, job) }
	job, _ := r.trigger(syncer.First{})
	r.deliverAll()
	return r, r.view(job.ID), store.n <= 0
}

// A job that loses its to-do list, a part of it or its account ends with everything done all the same.
func TestMend_TodoList(t *testing.T) {
	t.Parallel()
	fine, _, _ := damaged(t, 0, nil)
	want := fine.site()
	for what, damage := range map[string]func(r *rig, job string){
		"the list": func(r *rig, job string) { r.redis.Del("sync:job:" + job + ":todo") },
		"the first of it": func(r *rig, job string) {
			if list, _ := r.redis.ZMembers("sync:job:" + job + ":todo"); len(list) > 0 {
				must(r.redis.ZRem("sync:job:"+job+":todo", list[0]))
			}
		},
		"its account": func(r *rig, job string) { r.redis.Del("sync:job:" + job) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				r, v, lost := damaged(t, n, damage)
				if !lost {
					return
				}
				sameSite(t, r.site(), want)
				r.sound()
				p := v.Progress
				if v.State != syncer.Done || p.Pending != 0 || min(p.Synced, p.Skipped, p.Failed, p.Removed, p.Discovered) < 0 {
					t.Errorf("lost at look %d: job is %s with %+v, want done, and nothing below 0", n, v.State, p)
				}
				if t.Failed() {
					t.Fatalf("lost at look %d, warnings %q", n, *v.Warnings)
				}
			}
		})
	}
}

// A job that cannot know what was left to do says so, and leaves nothing wrong that a forced sync would not mend.
func TestMend_TodoList_Gone(t *testing.T) {
	t.Parallel()
	fine, _, _ := damaged(t, 0, nil)
	want := fine.site()
	for n := 1; ; n++ {
		r, v, lost := damaged(t, n, func(r *rig, job string) {
			r.redis.Del("sync:job:" + job + ":todo")
			r.redis.Del("sync:job:" + job + ":entries")
		})
		if !lost {
			return
		}
		complete := v.State == syncer.Done
		if !complete && (v.State != syncer.Failed || !strings.Contains(deref(v.Error), "lost")) {
			t.Errorf("lost at look %d: job is %s, error %q, want failed for what was lost", n, v.State, deref(v.Error))
		}
		if !complete {
			r.sync(syncer.First{Force: true})
		}
		sameSite(t, r.site(), want)
		r.sound()
		if t.Failed() {
			t.Fatalf("lost at look %d", n)
		}
	}
}
