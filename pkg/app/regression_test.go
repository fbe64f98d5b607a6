package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

// A trigger after a direct sync that broke off (here: QStash did not take its continuation) must bring both to their end:
// the job that broke off has no message, and the new one waits behind it.
func TestRegression_triggerBehindBrokenDirect(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "30ms")
	d.slow(15 * time.Millisecond)
	d.qstash.Misbehave(qstashsim.Faults{FailPublishes: 3})
	a := d.get(directPath)
	broken, _ := d.statusOf("")
	id := d.trigger("")
	d.settle()
	if v, w := d.jobOf(broken.ID), d.jobOf(id); v.State != "done" || w.State != "done" {
		t.Errorf("direct answers %s; after a trigger, with nothing left to be delivered, its job is %s and the trigger's %s, want both done",
			a, v.State, w.State)
	}
}

// A direct sync that broke off before its job began must not leave a job that is queued for ever.
func TestRegression_directQueuedForEver(t *testing.T) {
	t.Parallel()
	for n := range int64(16) {
		d := deployHooked(t)
		d.downFrom(n)
		a := d.get(directPath)
		d.onCommand(nil)
		d.redis.FastForward(11 * time.Second)
		d.get(directPath)
		d.settle()
		_, jobs := d.statusOf("")
		for _, v := range jobs {
			if v.State == "queued" {
				t.Fatalf("direct answers %s; after the next call, with nothing left to be delivered, job %s is queued", a, v.ID)
			}
		}
	}
}

// A connection to Redis that takes 0.7 s to be made (TLS to another region, a cold start) is no Redis down.
func TestRegression_slowConnection(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	_, address := cableTo(t, d.redis.Addr(), 700*time.Millisecond)
	d.redeploy("REDIS_URL", strings.Replace(d.env["REDIS_URL"], d.redis.Addr(), address, 1))
	for _, path := range []string{statusPath, directPath} {
		if a := d.get(path); a.status != http.StatusOK {
			t.Errorf("%s answers %s, want 200", path, a)
		}
	}
}

// An entry of a job's list that is lost or damaged must not keep the worker reading for ever.
func TestRegression_entriesLost(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d *deployment, key string){
		"lost": func(d *deployment, key string) { d.redis.Del(key) },
		"damaged": func(d *deployment, key string) {
			for _, entry := range d.fields(key) {
				d.redis.HSet(key, entry, "1|nonsense")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, id := halfway(t)
			d.redeploy("SYNC_BUDGET", "1s")
			spoil(d, "sync:job:"+id+":entries")
			before := d.redis.CommandCount()
			a := d.deliverAgain(d.last())
			if n := d.redis.CommandCount() - before; n > 5000 {
				t.Errorf("the slice answers %s after %d commands to Redis, want the loss noticed", a, n)
			}
		})
	}
}

// A webhook that QStash refuses to call must not make a job that is done look like one that fails: four deliveries of its
// last slice and four callbacks, each answered 500.
func TestRegression_noticeRefused(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny(), "SYNC_WEBHOOK", "https://nobody.example/hook")
	d.qstash.Misbehave(qstashsim.Faults{FailPublishes: 1000, FailStatus: 400, Only: func(m qstashsim.Message) bool {
		return strings.Contains(m.URL, "nobody")
	}})
	id := d.trigger("")
	d.settle()
	m, _ := d.qstash.Message(id)
	if v := d.jobOf(id); v.State != "done" || m.State != qstashsim.Delivered {
		t.Errorf("the job is %s, its message %s after %d attempts, the last answered %d %s",
			v.State, m.State, len(m.Attempts), m.Attempts[len(m.Attempts)-1].Status, m.Attempts[len(m.Attempts)-1].Body)
	}
}

// A thousand pages with long names: what trigger accepts must be possible to fail.
func TestRegression_longPages(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	var list []string
	for i := range 1000 {
		list = append(list, fmt.Sprintf(`"https://www.notion.so/w/%s-%05d"`, strings.Repeat("x", 850), i))
	}
	if a := d.post(triggerPath, jsonType, `{"page":[`+strings.Join(list, ",")+`]}`); a.status != http.StatusOK {
		return
	}
	m := d.last()
	if a := d.callBack(failureOf(m)); a.status != http.StatusOK || d.jobOf(m.ID).State != "failed" {
		t.Errorf("the failure callback of a message of %d bytes is answered %s and leaves the job %s, want 200 and failed",
			len(m.Body), a, d.jobOf(m.ID).State)
	}
}

// A page asked for by force that was folded into a full job is read anew, however small the slices are (or however many
// such pages there are): the listing, which finds it unchanged, must not come first.
func TestRegression_foldedForceInSlices(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.finished(d.trigger(""))
	before := d.publishedAs("hello").SyncedAt
	d.redeploy("SYNC_BUDGET", "1ms")
	d.qstash.Pause()
	id := d.trigger("")
	d.trigger("?force=1&page=hello")
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Synced != 1 || !d.publishedAs("hello").SyncedAt.After(before) {
		t.Errorf("progress is %+v in %d slices, want the page asked for by force synced", v.Progress, v.Slices)
	}
}
