package app_test

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// A trigger that comes at any moment of a job's first slice is either folded into it in time or gets a job of its own:
// what it asks for is done.
func TestMoment_triggerWhileJobBegins(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		d.finished(d.trigger(""))
		before := d.syncedAt()
		d.qstash.Pause()
		d.trigger("")
		m := d.last()
		var a answer
		reached := d.atCommand(n, func() string { a = d.get(triggerPath + "?force=1"); return "" })
		if b := d.deliverAgain(m); b.status != http.StatusOK {
			t.Errorf("the slice answers %s, want 200", b)
		}
		d.onCommand(nil)
		if !reached() {
			return false
		}
		d.qstash.Resume()
		v := d.finished(a.text(t, "jobId"))
		for slug, at := range d.syncedAt() {
			if !at.After(before[slug]) {
				t.Errorf("the trigger was answered %s, but page %q was not written by force; job %+v", a, slug, v)
			}
		}
		d.atRest()
		return true
	})
}

// A job's message that is delivered at any moment of another job's last slice is not forgotten.
func TestMoment_messageWhileJobEnds(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		d.qstash.Pause()
		d.trigger("")
		m := d.last()
		const second = `{"force":true,"pages":[],"failed":false}`
		var a answer
		var wg sync.WaitGroup
		reached := d.atCommand(n, func() string {
			wg.Go(func() { a = d.deliver("msg_second", second) }) // it may have to wait for the lease
			time.Sleep(20 * time.Millisecond)
			return ""
		})
		if b := d.deliverAgain(m); b.status != http.StatusOK {
			t.Errorf("the slice answers %s, want 200", b)
		}
		wg.Wait()
		d.onCommand(nil)
		if !reached() {
			return false
		}
		if a.status != http.StatusOK {
			t.Errorf("the second job's message is answered %s, want 200", a)
		}
		d.qstash.Resume()
		d.settle()
		if v := d.jobOf("msg_second"); v.State != "done" {
			t.Errorf("the second job's message was answered %s; in the end the job is %s: %q", a, v.State, v.reason())
		}
		d.atRest()
		return true
	})
}

// Redis failing at any moment of a slice costs a retry and nothing else.
func TestMoment_redisFailsInSlice(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		d.qstash.Pause()
		id := d.trigger("")
		m := d.last()
		down := d.downFrom(n)
		a := d.deliverAgain(m)
		d.onCommand(nil)
		if !down() {
			return false
		}
		if a.status != http.StatusServiceUnavailable && a.status != http.StatusOK {
			t.Errorf("the slice answers %s, want 503 for QStash to come again", a)
		}
		d.redis.FastForward(11 * time.Second)
		d.qstash.Resume()
		v := d.finished(id)
		if v.Progress.Synced != 2 || v.Progress.Pending != 0 || len(d.bundles()) != 2 {
			t.Errorf("progress is %+v with %d pages published, want 2", v.Progress, len(d.bundles()))
		}
		d.atRest()
		return true
	})
}

// The same for a direct sync: the next call, or QStash, brings it to its end.
func TestMoment_redisFailsInDirect(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		down := d.downFrom(n)
		a := d.get(directPath)
		d.onCommand(nil)
		if !down() {
			return false
		}
		if a.status != http.StatusServiceUnavailable && a.status != http.StatusOK {
			t.Errorf("direct answers %s, want 503", a)
		}
		d.redis.FastForward(11 * time.Second)
		if a := d.get(directPath); a.status != http.StatusOK {
			t.Errorf("the next call answers %s, want 200", a)
		}
		d.settle()
		if len(d.bundles()) != 2 || d.redis.Exists("sync:running") || d.redis.Exists("sync:lease") {
			t.Errorf("%d pages are published, want 2 and nobody running", len(d.bundles()))
		}
		return true
	})
}

// Redis failing at any moment of a trigger: the next one is answered at once, and what was published runs.
func TestMoment_redisFailsInTrigger(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		reached := d.atCommand(n, func() string { return "LOADING Redis is loading the dataset in memory" })
		a := d.get(triggerPath)
		d.onCommand(nil)
		if !reached() {
			return false
		}
		began := time.Now()
		b := d.get(triggerPath)
		if took := time.Since(began); b.status != http.StatusOK || took > 5*time.Second {
			t.Errorf("after a trigger that answers %s the next one answers %s after %s, want 200 at once", a, b, took.Round(time.Second))
		}
		d.finished(b.text(t, "jobId"))
		d.atRest()
		return true
	})
}

// A failure callback at any moment of its slice: the job is done or failed, never stuck.
func TestMoment_callbackWhileSliceRuns(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		d.qstash.Pause()
		id := d.trigger("")
		m := d.last()
		var a answer
		var wg sync.WaitGroup
		reached := d.atCommand(n, func() string {
			wg.Go(func() { a = d.callBack(failureOf(m)) })
			time.Sleep(20 * time.Millisecond)
			return ""
		})
		b := d.deliverAgain(m)
		wg.Wait()
		d.onCommand(nil)
		if !reached() {
			return false
		}
		if a.status != http.StatusOK || b.status != http.StatusOK {
			t.Errorf("the callback answers %s, the slice %s, want 200 twice", a, b)
		}
		d.qstash.Resume()
		d.settle()
		if v := d.jobOf(id); v.State != "done" && !(v.State == "failed" && len(d.bundles()) == 0) {
			t.Errorf("the callback answers %s, the slice %s, the job is %s with %d pages published", a, b, v.State, len(d.bundles()))
		}
		d.atRest()
		return true
	})
}

// The same message delivered once more at any moment of its slice.
func TestMoment_deliveryWhileSliceRuns(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		d.qstash.Pause()
		id := d.trigger("")
		m := d.last()
		var a answer
		var wg sync.WaitGroup
		reached := d.atCommand(n, func() string {
			wg.Go(func() { a = d.deliverAgain(m) })
			time.Sleep(20 * time.Millisecond)
			return ""
		})
		b := d.deliverAgain(m)
		wg.Wait()
		d.onCommand(nil)
		if !reached() {
			return false
		}
		if a.status != http.StatusOK || b.status != http.StatusOK {
			t.Errorf("the deliveries answer %s and %s, want 200 twice", a, b)
		}
		d.qstash.Resume()
		v := d.finished(id)
		if v.Progress.Synced != 2 || v.Metrics.NotionRequests != len(d.notion.Requests()) {
			t.Errorf("progress is %+v, %d requests counted, %d made", v.Progress, v.Metrics.NotionRequests, len(d.notion.Requests()))
		}
		d.atRest()
		return true
	})
}

// Two direct syncs, the second at any moment of the first.
func TestMoment_directWhileDirect(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		var a answer
		var wg sync.WaitGroup
		reached := d.atCommand(n, func() string {
			wg.Go(func() { a = d.get(directPath + "?force=1") })
			time.Sleep(20 * time.Millisecond)
			return ""
		})
		b := d.get(directPath)
		wg.Wait()
		d.onCommand(nil)
		if !reached() {
			return false
		}
		for _, x := range []answer{a, b} {
			if x.status != http.StatusOK && x.status != http.StatusAccepted {
				t.Errorf("the calls answer %s and %s, want 200 or 202", a, b)
			}
		}
		d.settle()
		d.atRest()
		if len(d.bundles()) != 2 {
			t.Errorf("%d pages are published, want 2", len(d.bundles()))
		}
		return true
	})
}

// Redis failing once, at any moment of a job of many slices that QStash drives.
func TestMoment_redisFailsOnce(t *testing.T) {
	everyMoment(t, func(t *testing.T, n int64) bool {
		d := deployHooked(t)
		d.redeploy("SYNC_BUDGET", "1ms")
		d.qstash.Pause()
		id := d.trigger("")
		reached := d.atCommand(n, func() string { return "LOADING Redis is loading the dataset in memory" })
		d.qstash.Resume()
		d.settle()
		d.onCommand(nil)
		if !reached() {
			return false
		}
		v := d.jobOf(id)
		if v.State != "done" || v.Progress.Synced != 2 || v.Progress.Pending != 0 || len(d.bundles()) != 2 {
			t.Errorf("the job is %s: %q, progress %+v with %d pages published, want it done", v.State, v.reason(), v.Progress, len(d.bundles()))
		}
		d.atRest()
		return true
	})
}
