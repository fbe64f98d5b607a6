package app_test

import (
	"flag"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

// onCommand calls f before Redis carries out each command that comes over the network; what it returns, if anything, is
// answered instead. nil ends that. It must be called before anybody talks to Redis. The commands of a script are left
// out, for a script runs as a whole or not at all.
func (d *deployment) onCommand(f func() (failure string)) {
	d.hook.Store(&f)
	d.hooking.Do(func() {
		var mu sync.Mutex
		clients := map[*server.Peer]bool{}
		d.redis.Server().SetPreHook(func(c *server.Peer, command string, _ ...string) bool {
			mu.Lock()
			if command == "AUTH" { // which every connection begins with
				clients[c] = true
			}
			ours := clients[c]
			mu.Unlock()
			if f := *d.hook.Load(); ours && f != nil {
				if failure := f(); failure != "" {
					c.WriteError(failure)
					return true
				}
			}
			return false
		})
	})
}

// atCommand runs f before Redis carries out the n-th command from now on, counted from 0. reached tells whether it came
// to that.
func (d *deployment) atCommand(n int64, f func() (failure string)) (reached func() bool) {
	var count atomic.Int64
	var did atomic.Bool
	d.onCommand(func() string {
		if count.Add(1)-1 != n {
			return ""
		}
		did.Store(true)
		return f()
	})
	return did.Load
}

// downFrom lets Redis be down from the n-th command on, until onCommand is called again.
func (d *deployment) downFrom(n int64) (reached func() bool) {
	var count atomic.Int64
	d.onCommand(func() string {
		if count.Add(1)-1 >= n {
			return "LOADING Redis is loading the dataset in memory"
		}
		return ""
	})
	return func() bool { return count.Load() > n }
}

// deployHooked is a deployment of a tiny workspace whose commands to Redis can be met.
func deployHooked(t *testing.T) *deployment {
	t.Helper()
	d := deploy(t, tiny())
	d.onCommand(nil)
	return d
}

// apart is how many commands the moments lie apart: 1 takes minutes and looks at all of them.
var apart = flag.Int64("moments", 43, "commands to Redis between two moments that TestMoment looks at")

// everyMoment runs a test for the n-th command that a request makes, for many n, until there are no more.
func everyMoment(t *testing.T, test func(t *testing.T, n int64) (reached bool)) {
	t.Helper()
	t.Parallel()
	step := *apart
	var next, last atomic.Int64
	last.Store(1 << 30)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := next.Add(step) - step; n < last.Load() && !t.Failed(); n = next.Add(step) - step {
				if !test(t, n) {
					last.Store(min(last.Load(), n))
				}
				if t.Failed() {
					t.Logf("at command %d", n)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d commands", last.Load())
}

// syncedAt tells of each page when it was written.
func (d *deployment) syncedAt() map[string]time.Time {
	d.t.Helper()
	at := map[string]time.Time{}
	for _, slug := range d.bundles() {
		at[slug] = d.publishedAs(slug).SyncedAt
	}
	return at
}

// atRest fails the test if somebody still runs, waits or holds the lease, or a job has not ended.
func (d *deployment) atRest() {
	d.t.Helper()
	for _, key := range []string{"sync:running", "sync:waiting", "sync:lease"} {
		if d.redis.Exists(key) {
			value, _ := d.redis.Get(key)
			d.t.Errorf("with nothing left to be delivered there is %s: %s", key, value)
		}
	}
	_, jobs := d.statusOf("")
	for _, v := range jobs {
		if v.State != "done" && v.State != "failed" {
			d.t.Errorf("with nothing left to be delivered job %s is %s", v.ID, v.State)
		}
	}
}

// idle reports whether no job has begun without having ended.
func (d *deployment) idle() bool { return !d.redis.Exists("sync:running") }
