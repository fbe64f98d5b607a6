package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// rig is a store with a key prefix of its own, and a connection that looks behind its back.
type rig struct {
	*store.Store
	t      *testing.T
	url    string
	prefix string
	raw    redis.Conn
	mini   *miniredis.Miniredis // nil: a real Redis
}

// onBoth runs a test on the embedded Redis and on a real one.
func onBoth(t *testing.T, test func(*rig)) {
	t.Helper()
	t.Parallel()
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		test(onMini(t))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		if realRedis.absent != "" {
			t.Skip(realRedis.absent)
		}
		test(newRig(t, realRedis.url))
	})
}

func onMini(t *testing.T) *rig {
	t.Helper()
	mini := miniredis.RunT(t)
	r := newRig(t, "redis://"+mini.Addr())
	r.mini = mini
	return r
}

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{t: t, url: url, prefix: "test:" + rand.Text() + ":"}
	var err error
	if r.raw, err = redis.DialURL(url); err != nil {
		t.Fatalf("look at the test's Redis: %v", err)
	}
	t.Cleanup(func() {
		for _, key := range r.keys() {
			r.do("DEL", key)
		}
		r.raw.Close()
	})
	r.Store = r.another(url)
	return r
}

// another returns a store as another process has it, by way of url.
func (r *rig) another(url string) *store.Store {
	r.t.Helper()
	s, err := store.New(url, r.prefix)
	r.must(err)
	r.t.Cleanup(func() { s.Close() })
	return s
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// do sends a command of the test's own. In a cleanup the server may be gone.
func (r *rig) do(command string, args ...any) any {
	r.t.Helper()
	reply, err := r.raw.Do(command, args...)
	var answer redis.Error
	if errors.As(err, &answer) {
		r.t.Fatalf("%s %q: %v", command, args, err)
	}
	return reply
}

func (r *rig) strings(command string, args ...any) []string {
	r.t.Helper()
	list, err := redis.Strings(r.do(command, args...), nil)
	if err != nil && !errors.Is(err, redis.ErrNil) {
		r.t.Fatalf("%s %q: %v", command, args, err)
	}
	return list
}

// get returns a string, "" if the key is absent.
func (r *rig) get(key string) string {
	r.t.Helper()
	value, _ := redis.String(r.do("GET", r.prefix+key), nil)
	return value
}

func (r *rig) exists(key string) bool {
	r.t.Helper()
	return r.do("EXISTS", r.prefix+key) == int64(1)
}

// ttl returns how long a key lasts: 0 if it is absent, negative if for ever.
func (r *rig) ttl(key string) time.Duration {
	r.t.Helper()
	switch ms, _ := redis.Int64(r.do("PTTL", r.prefix+key), nil); ms {
	case -2:
		return 0
	default:
		return time.Duration(ms) * time.Millisecond
	}
}

// lapse lets a key's time run out.
func (r *rig) lapse(key string) {
	r.t.Helper()
	if r.mini != nil {
		r.mini.FastForward(r.ttl(key))
		return
	}
	r.do("PEXPIRE", r.prefix+key, 1)
	for r.exists(key) {
	}
}

// keys returns the names of all of the rig's keys, prefix and all.
func (r *rig) keys() []string {
	var found []string
	for cursor := "0"; ; {
		reply, _ := redis.Values(r.do("SCAN", cursor, "MATCH", r.prefix+"*", "COUNT", 1000), nil)
		var some []string
		if _, err := redis.Scan(reply, &cursor, &some); err != nil {
			return found // the server is gone
		}
		if found = append(found, some...); cursor == "0" {
			slices.Sort(found)
			return slices.Compact(found)
		}
	}
}

// snapshot returns everything the rig's keys hold, without the prefix.
func (r *rig) snapshot() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for _, key := range r.keys() {
		var value string
		switch kind, _ := redis.String(r.do("TYPE", key), nil); kind {
		case "string":
			value, _ = redis.String(r.do("GET", key), nil)
		case "hash":
			fields, _ := redis.StringMap(r.do("HGETALL", key), nil)
			value = fmt.Sprint(fields)
		case "set":
			members := r.strings("SMEMBERS", key)
			slices.Sort(members)
			value = fmt.Sprint(members)
		case "zset":
			value = fmt.Sprint(r.strings("ZRANGE", key, 0, -1, "WITHSCORES"))
		case "list":
			value = fmt.Sprint(r.strings("LRANGE", key, 0, -1))
		default:
			r.t.Fatalf("key %q is a %s", key, kind)
		}
		all[strings.TrimPrefix(key, r.prefix)] = value
	}
	return all
}

// unchanged fails the test if anything is not as it was.
func (r *rig) unchanged(before map[string]string) {
	r.t.Helper()
	if diff := cmp.Diff(before, r.snapshot()); diff != "" {
		r.t.Errorf("Redis has changed (-before +after):\n%s", diff)
	}
}

func (r *rig) acquire() model.Lease {
	r.t.Helper()
	l, err := r.Acquire(r.t.Context())
	if err != nil {
		r.t.Fatalf("Acquire: %v", err)
	}
	return l
}

// commit applies a change to the job of the tests.
func (r *rig) commit(l model.Lease, c *model.Change) {
	r.t.Helper()
	c.Job = jobID
	if err := l.Commit(r.t.Context(), c); err != nil {
		r.t.Fatalf("Commit(%+v): %v", c, err)
	}
}

// refused fails the test unless a commit ends with the error want and changes nothing.
func (r *rig) refused(l model.Lease, c *model.Change, want error) {
	r.t.Helper()
	c.Job = jobID
	before := r.snapshot()
	if err := l.Commit(r.t.Context(), c); !errors.Is(err, want) {
		r.t.Errorf("Commit(%+v) = %v, want %v", c, err, want)
	}
	r.unchanged(before)
}

// tick waits until the clock shows another millisecond: what the store marks with the time is told apart by it.
func (r *rig) tick() {
	for began := time.Now().UnixMilli(); time.Now().UnixMilli() == began; {
	}
}
