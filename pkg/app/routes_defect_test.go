package app_test

import (
	"strings"
	"testing"
	"time"
)

// A direct sync that broke off in its beginning leaves no keys in Redis for ever.
func TestDefect_directLeavesKeys(t *testing.T) {
	t.Parallel()
	for n := range int64(16) {
		d := deployHooked(t)
		d.downFrom(n)
		a := d.get(directPath)
		d.onCommand(nil)
		d.redis.FastForward(11 * time.Second)
		d.get(directPath)
		for _, key := range d.redis.Keys() {
			if strings.HasPrefix(key, "sync:job:") && d.redis.TTL(key) == 0 {
				t.Fatalf("direct answers %s; after the next call there is %s, which never goes", a, key)
			}
		}
	}
}

// Nor does any job that has ended, however it ended.
func TestDefect_keysOfEndedJobs(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	d.callBack(failureOf(d.last()))
	d.qstash.Resume()
	d.settle()
	d.finished(d.trigger("?failed=1"))
	_ = id
	for _, key := range d.redis.Keys() {
		if strings.HasPrefix(key, "sync:job:") && d.redis.TTL(key) == 0 {
			t.Errorf("%s never goes", key)
		}
	}
}
