package app_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// cable is a way to Redis that can be cut: the process at its other end is as good as killed.
type cable struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// cableTo listens on the address returned. A connection takes as long as handshake before its first answer comes.
func cableTo(t *testing.T, redis string, handshake time.Duration) (c *cable, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = &cable{}
	t.Cleanup(func() { c.sever(); _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", redis)
			c.mu.Lock()
			if c.cut || err != nil {
				_ = near.Close()
				c.mu.Unlock()
				continue
			}
			c.conns = append(c.conns, near, far)
			c.mu.Unlock()
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
			go func() { time.Sleep(handshake); _, _ = io.Copy(near, far); _ = near.Close() }()
		}
	}()
	return c, l.Addr().String()
}

func (c *cable) sever() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

// A worker killed at any moment leaves its lease behind; the redelivered message goes on where it was.
func TestWorker_killed(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for _, requests := range []int{0, 2, 4, 7, 10} {
		t.Run(fmt.Sprintf("after %d requests", requests), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			id := d.trigger("")
			redis := d.env["REDIS_URL"]
			c, address := cableTo(t, d.redis.Addr(), 0)
			d.redeploy("REDIS_URL", strings.Replace(redis, d.redis.Addr(), address, 1))
			d.detour(workerPath, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r)
					panic(http.ErrAbortHandler) // nobody hears of it
				})
			})
			reached, open := d.gate(requests)
			killed := make(chan error, 1)
			go func() {
				_, err := http.DefaultClient.Do(d.message(workerPath, id, string(d.last().Body)))
				killed <- err
			}()
			await(t, reached)
			c.sever()
			open()
			if err := await(t, killed); err == nil {
				t.Error("the killed worker has answered")
			}
			d.detour(workerPath, nil)
			d.redeploy("REDIS_URL", redis)
			if !d.redis.Exists("sync:lease") {
				t.Error("the killed worker has given its lease back")
			}
			d.redis.FastForward(11 * time.Second)
			d.qstash.Resume() // which delivers again
			v := d.finished(id)
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q", got, want)
			}
			if v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) || v.Progress.Failed != 0 {
				t.Errorf("progress is %+v with %d pages published", v.Progress, len(d.bundles()))
			}
		})
	}
}

// A worker that was frozen until its lease ran out, and another had done its work, writes nothing when it thaws.
func TestWorker_frozen(t *testing.T) {
	t.Parallel()
	for _, requests := range []int{1, 3, 5, 8} {
		t.Run(fmt.Sprintf("at request %d", requests), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			id := d.trigger("")
			m := d.last()
			reached, open := d.gate(requests)
			frozen := make(chan answer, 1)
			go func() { frozen <- d.deliverAgain(m) }()
			await(t, reached)
			d.redis.FastForward(11 * time.Second)
			d.notion.Fail(notionsim.Rule{Fault: notionsim.Slow(0)}) // goes before the gate
			if a := d.deliverAgain(m); a.text(t, "state") != "done" {
				t.Fatalf("the second delivery is answered %s, want done", a)
			}
			before, job := d.syncedAt(), d.jobOf(id)
			open()
			if a := await(t, frozen); a.status != http.StatusOK && a.status != http.StatusInternalServerError {
				t.Errorf("the frozen worker answers %s, want 200 or, for a retry, 500", a)
			}
			for slug, at := range d.syncedAt() {
				if !at.Equal(before[slug]) {
					t.Errorf("page %q was written by the worker that had been frozen", slug)
				}
			}
			if v := d.jobOf(id); v.State != "done" || v.Progress != job.Progress {
				t.Errorf("the job is %s with progress %+v, want done and %+v as before", v.State, v.Progress, job.Progress)
			}
			d.qstash.Resume()
			d.finished(id)
			d.atRest()
		})
	}
}

// A worker whose answer is lost has done its work: the retry changes nothing.
func TestWorker_answerLost(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "60ms")
	d.slow(15 * time.Millisecond)
	var mu sync.Mutex
	lost := map[string]bool{}
	d.detour(workerPath, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			if id := r.Header.Get("Upstash-Message-Id"); !lost[id] {
				lost[id] = true
				panic(http.ErrAbortHandler)
			}
		})
	})
	v := d.finished(d.trigger(""))
	if v.Metrics.NotionRequests != len(d.notion.Requests()) || v.Progress.Pending != 0 {
		t.Errorf("job %+v, Notion got %d requests: want each slice worked on once", v, len(d.notion.Requests()))
	}
}

// QStash hanging up on a slice ends nothing: as on Vercel, the function works on, and the retry finds its work done.
func TestWorker_callerGone(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	reached, open := d.gate(6)
	r, hangUp := cancellable(d.message(workerPath, id, string(d.last().Body)))
	gone := make(chan error, 1)
	go func() { _, err := (&http.Client{Transport: &http.Transport{}}).Do(r); gone <- err }()
	await(t, reached)
	hangUp()
	if err := await(t, gone); err == nil {
		t.Error("the worker has answered a client that is gone")
	}
	d.qstash.Resume()
	open()
	v := d.finished(id)
	if v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) || v.Metrics.NotionRequests != len(d.notion.Requests()) {
		t.Errorf("progress is %+v with %d pages published, %d of %d requests counted: want nothing done twice",
			v.Progress, len(d.bundles()), v.Metrics.NotionRequests, len(d.notion.Requests()))
	}
}

// Redis going away in the middle of a slice is for QStash to retry.
func TestWorker_redisGoes(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	reached, open := d.gate(6)
	first := make(chan answer, 1)
	go func() { first <- d.deliverAgain(d.last()) }()
	await(t, reached)
	d.redis.SetError("LOADING Redis is loading the dataset in memory")
	open()
	if a := await(t, first); a.status != http.StatusServiceUnavailable || a.text(t, "error") != "Redis unreachable" {
		t.Errorf("the worker answers %s, want 503 Redis unreachable", a)
	}
	d.redis.SetError("")
	d.redis.FastForward(11 * time.Second)
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) {
		t.Errorf("progress is %+v with %d pages published", v.Progress, len(d.bundles()))
	}
}
