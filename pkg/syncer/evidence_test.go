package syncer_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// interrupted does something before a to-do list is read for the nth time.
type interrupted struct {
	model.Store
	n  int
	do func(job string)
}

func (s *interrupted) Todo(ctx context.Context, job string, limit int) ([]model.Task, error) {
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
	r := w.rig(func(o *model.Options) { store.Store, o.Store, o.Workers = o.Store, store, 1 })
	store.do = func(job string) { damage(r, job) }
	job, _ := r.trigger(model.TriggerMessage{})
	r.deliverAll()
	return r, r.view(job.ID), store.n <= 0
}

// A job whose to-do list Redis has lost, or that of its entries, starts over, once, and then all is as it should be. One
// whose account is lost goes on.
func TestRun_ListLost(t *testing.T) {
	t.Parallel()
	fine, _, _ := damaged(t, 0, nil)
	want := fine.site()
	for what, suffixes := range map[string][]string{
		"the list":    {":todo"},
		"the entries": {":entries"},
		"its account": {""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				r, v, lost := damaged(t, n, func(r *rig, job string) {
					for _, suffix := range suffixes {
						r.redis.Del("sync:job:" + job + suffix)
					}
				})
				if !lost {
					return
				}
				if v.State == model.Failed {
					if !strings.Contains(deref(v.Error), "starts over") {
						t.Errorf("the job failed: %q, want it to start over", deref(v.Error))
					}
					again := r.newest()
					if again.ID == v.ID {
						t.Fatalf("lost at look %d: no other job has begun", n)
					}
					v = again
				}
				p := v.Progress
				if v.State != model.Done || p.Pending != 0 || min(p.Synced, p.Skipped, p.Failed, p.Removed, p.Discovered) < 0 {
					t.Errorf("job is %s with %+v, want done, and nothing below 0", v.State, p)
				}
				sameSite(t, r.site(), want)
				if r.sound(); t.Failed() {
					t.Fatalf("lost at look %d, warnings %q", n, *v.Warnings)
				}
			}
		})
	}
}

// A Redis that loses each job's list does not have jobs start over for ever.
func TestRun_ListLostEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	store := &interrupted{}
	r := w.rig(func(o *model.Options) { store.Store, o.Store = o.Store, store })
	store.do = func(job string) {
		r.redis.Del("sync:job:" + job + ":todo")
		store.n = 2
	}
	store.n = 2
	job, _ := r.trigger(model.TriggerMessage{})
	r.deliverAll()
	if text := deref(r.view(job.ID).Error); !strings.Contains(text, "starts over") {
		t.Errorf("the first job: %q, want it to start over", text)
	}
	if v := r.newest(); v.ID == job.ID || v.State != model.Failed || !strings.Contains(deref(v.Error), "noeviction") {
		t.Errorf("the last job is %s %s: %q; want another one, failed, and what to do about it", v.ID, v.State, deref(v.Error))
	}
}

// What Redis has lost of a job's evidence is never evidence against a page: whatever is lost, and whenever, nothing that
// lives is removed, and the job says that nothing was, or ends as if nothing had been lost.
func TestRun_EvidenceLost(t *testing.T) {
	t.Parallel()
	facts, seen, complete := "sync:facts", ":seen", ":complete"
	for _, lost := range [][]string{{facts}, {seen}, {complete}, {facts, seen, complete}} {
		t.Run(strings.Join(lost, " "), func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n += 2 {
				w := newWorld(t)
				about := w.page("About", "about")
				w.page("Linker", "linker", linkTo(about))
				w.child(about, "Team")
				for _, title := range []string{"One", "Two", "Three", "Four"} {
					w.post(title)
				}
				store := &interrupted{}
				r := w.rig(func(o *model.Options) { store.Store, o.Store, o.Workers = o.Store, store, 1 })
				r.sync(model.TriggerMessage{})
				before := r.site()
				r.budget(time.Nanosecond) // each look is of an invocation that knows nothing yet
				store.n, store.do = n, func(job string) {
					for _, key := range lost {
						if strings.HasPrefix(key, ":") {
							key = "sync:job:" + job + key
						}
						r.redis.Del(key)
					}
				}
				job, _ := r.trigger(model.TriggerMessage{})
				r.deliverAll()
				if store.n > 0 {
					return
				}
				for key := range before {
					if !r.redis.Exists(key) {
						t.Errorf("%s is gone", key)
					}
				}
				v := r.view(job.ID)
				if text := deref(v.Error); v.State != model.Done && !strings.Contains(text, "starts over") || strings.HasSuffix(text, ": ") {
					t.Errorf("the job is %s: %q", v.State, text)
				}
				if v.Progress.Removed != 0 || r.newest().State != model.Done {
					t.Errorf("%d pages removed, the newest job is %s", v.Progress.Removed, r.newest().State)
				}
				if t.Failed() {
					t.Fatalf("lost at look %d, warnings %q", n, *v.Warnings)
				}
			}
		})
	}
}

// While Redis has lost what a job has met, a page that is gone from Notion stays; the next full sync removes it.
func TestRun_EvidenceLostRemovesLater(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	w.must(w.Trash(b))
	w.tick()
	store := &interrupted{Store: r.opts.Store, n: 3}
	store.do = func(job string) { r.redis.Del("sync:job:" + job + ":seen") }
	r.opts.Store = store
	r.renew()
	warned{r.sync(model.TriggerMessage{})}.about(t, "which pages this job had met", "none was removed")
	if v := r.sync(model.TriggerMessage{}); v.Progress.Removed != 1 {
		t.Errorf("the next full sync removed %d pages, want 1", v.Progress.Removed)
	}
	r.published(map[string]string{"a": a})
}
