package syncer_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// toWait answers with a status, and that the request is to be made again in half a minute.
func toWait(status int) notionsim.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", "30")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"object":"error","status":%d,"code":"service_unavailable","message":"x"}`, status)
	}
}

// untilEnd delivers messages, each when it is due, until none is left, and returns how many there were.
func untilEnd(w *world, r *rig) int {
	w.t.Helper()
	for n := range 200 {
		m, ok := r.queue.pop()
		if !ok {
			return n
		}
		w.clock = w.clock.Add(max(m.Delay, time.Second))
		if _, err := r.deliver(m); err != nil {
			w.t.Fatal(err)
		}
	}
	w.t.Fatal("the job does not end")
	return 0
}

// A page whose request is told to wait each time it is made, while Notion answers others, is listed as failed after its
// attempts, and the job ends: whatever the status, and also where pages are read one at a time.
func TestRun_AWaitCountsAgainstWhatAskedForIt(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusInternalServerError, http.StatusTooManyRequests} {
		for _, workers := range []int{1, 128} {
			t.Run(fmt.Sprint(status, "/", workers), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				want, bad := map[string]string{}, w.page("Bad", "bad")
				for i := range 5 {
					slug := fmt.Sprint("good-", i)
					want[slug] = w.page(slug, slug)
				}
				r := w.rig(func(o *model.Options) { o.Workers = workers })
				r.notion.Fail(notionsim.Rule{Kind: "children", ID: bad, Fault: toWait(status)})
				job, _ := r.trigger(model.TriggerMessage{})
				slices, began := untilEnd(w, r), w.clock
				v := r.view(job.ID)
				if v.State != model.Done || v.Progress.Failed != 1 || slices > 6 || w.clock.Sub(began) > 10*time.Minute {
					t.Errorf("%s after %d slices and %s: %+v, want it done in a few minutes with one page failed", v.State, slices,
						w.clock.Sub(began), v.Progress)
				}
				if len(*v.Errors) != 1 || (*v.Errors)[0].PageID != bad {
					t.Errorf("errors are %+v, want one, of page %s", *v.Errors, bad)
				}
				r.published(want)
				if !r.redis.Exists("pages:index") {
					t.Error("pages:index is missing")
				}
			})
		}
	}
}

// The same for a collection whose database is told to wait each time: a warning names it, and the others go on.
func TestRun_AWaitCountsAgainstACollection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	post := w.post("One")
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Kind: "database", ID: w.pageDB, Fault: toWait(http.StatusServiceUnavailable)})
	job, _ := r.trigger(model.TriggerMessage{})
	untilEnd(w, r)
	v := r.view(job.ID)
	if v.State != model.Done {
		t.Errorf("the job is %s: %s", v.State, deref(v.Error))
	}
	warned{v}.about(t, "collection pages could not be listed")
	if _, ok := r.bundles()["one"]; !ok || len(r.bundles()) != 1 {
		t.Errorf("published are %q, want post %s", slugs(r.bundles()), post)
	}
}

// While Notion has everybody wait, however long and however often, no page is held to be at fault.
func TestRun_AWaitForEverybodyCostsNoAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := map[string]string{}
	for i := range 12 {
		slug := fmt.Sprint("p", i)
		want[slug] = w.page(slug, slug)
	}
	r := w.rig()
	job, _ := r.trigger(model.TriggerMessage{})
	for range 6 { // each time a few more are answered before all are told to wait
		var answered atomic.Int64
		remove := r.notion.Fail(notionsim.Rule{Fault: func(rw http.ResponseWriter, req *http.Request, next http.Handler) {
			if answered.Add(1) <= 3 {
				next.ServeHTTP(rw, req)
				return
			}
			toWait(http.StatusTooManyRequests)(rw, req, next)
		}})
		m, ok := r.queue.pop()
		if !ok {
			t.Fatal("no message left")
		}
		w.clock = w.clock.Add(m.Delay)
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
		remove()
	}
	untilEnd(w, r)
	if v := r.view(job.ID); v.State != model.Done || v.Progress.Failed != 0 || len(*v.Warnings) != 0 {
		t.Errorf("the job is %s, %+v, warnings %q; want it done without any", v.State, v.Progress, *v.Warnings)
	}
	r.published(want)
}
