package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/sim/qstashsim"
)

// times are what differs between two syncs of the same pages: when, and in which job.
var times = regexp.MustCompile(`"(syncedAt|fetched)":"[^"]*"|,"takenIn":"[^"]*"`)

// childStamp is the stamp that a page's block list shows of a child page: as old as the reading of that list, for the page
// is not read again when only the child has changed.
var childStamp = regexp.MustCompile(`"last_edited_time":"[^"]*"(,"created_by":\{[^}]*\},"last_edited_by":\{[^}]*\},` +
	`"has_children":(?:true|false),[^{}]*"type":"child_page")`)

// state is everything that lasts in Redis, byte for byte but for times: what the site reads, and what is remembered
// between jobs.
func (c *cloud) state() map[string]string {
	c.t.Helper()
	conn, err := c.redis.Dial()
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	return stateOf(c.t, redis.NewConn(buffered(conn), 0, 0), "")
}

// stateOf is the state behind a connection, of the keys with a prefix.
func stateOf(t *testing.T, conn redis.Conn, prefix string) map[string]string {
	t.Helper()
	defer conn.Close()
	keys, err := redis.Strings(conn.Do("KEYS", prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]string{}
	for _, key := range keys {
		name := strings.TrimPrefix(key, prefix)
		if ofJobs(name) {
			continue
		}
		value := times.ReplaceAllString(valueOf(t, conn, key), "")
		if strings.Contains(value, `"child_page"`) {
			value = childStamp.ReplaceAllString(value, "$1")
		}
		state[name] = value
	}
	return state
}

// ofJobs reports whether a key tells of jobs, rather than of pages.
func ofJobs(key string) bool {
	kind, _, _ := strings.Cut(strings.TrimPrefix(key, "sync:"), ":")
	switch kind {
	case "lease", "running", "waiting", "jobs", "window", "job", "built":
		return strings.HasPrefix(key, "sync:")
	}
	return false
}

// valueOf is what a key holds, written in one way only.
func valueOf(t *testing.T, conn redis.Conn, key string) string {
	t.Helper()
	kind, err := redis.String(conn.Do("TYPE", key))
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	var lines []string
	switch kind {
	case "string":
		var text string
		text, err = redis.String(conn.Do("GET", key))
		lines = []string{text}
	case "hash":
		var fields map[string]string
		fields, err = redis.StringMap(conn.Do("HGETALL", key))
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			value := fields[name]
			if strings.HasSuffix(key, "sync:links") { // the ids of pages, in the order in which they were written
				ids := strings.Split(value, ",")
				slices.Sort(ids)
				value = strings.Join(ids, ",")
			}
			lines = append(lines, name+" "+value)
		}
	case "set":
		lines, err = redis.Strings(conn.Do("SMEMBERS", key))
		slices.Sort(lines)
	case "zset":
		lines, err = redis.Strings(conn.Do("ZRANGE", key, 0, -1, "WITHSCORES"))
	default:
		t.Errorf("%s is a %s", key, kind)
	}
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return strings.Join(lines, "\n")
}

// same fails the test where two states differ.
func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	differences := 0
	differ := func(format string, args ...any) {
		t.Helper()
		if differences++; differences <= 5 {
			t.Errorf(format, args...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[key]; !ok {
			differ("%s is missing", key)
		} else if got[key] != want[key] {
			a, b := around(got[key], want[key])
			differ("%s differs:\n got …%s…\nwant …%s…", key, a, b)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			differ("%s should not be there: %.300s", key, got[key])
		}
	}
	if differences > 5 {
		t.Errorf("… and %d differences more", differences-5)
	}
}

// around cuts out where two texts begin to differ.
func around(a, b string) (string, string) {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-120)
	return a[from:min(len(a), i+200)], b[from:min(len(b), i+200)]
}

// atRest fails the test unless nothing runs, waits or is left over, and what jobs have left lasts for a while only. A
// lease that nobody has given back runs out.
func (c *cloud) atRest() {
	c.t.Helper()
	time.Sleep(11 * time.Second)
	state := map[string]string{}
	for _, v := range c.jobs() {
		state[v.ID] = v.State
	}
	for _, key := range c.redis.Keys() {
		if !ofJobs(key) || key == "sync:jobs" || key == "sync:window" {
			continue
		}
		parts := append(strings.Split(key, ":"), "", "")
		switch job := parts[2]; {
		case key == "sync:waiting" && publisherOnly(c.redis.Get(key)):
			continue // of a trigger that was killed: the next takes its place
		case parts[1] == "built":
		case parts[1] == "job" && (parts[3] == "" || parts[3] == "errors" || parts[3] == "warnings"):
		case parts[1] == "job" && (state[job] == "" || state[job] == "failed" && parts[3] == "parts"):
			// of a job that was killed before it was one, or what one that failed had read of a page
		default:
			c.t.Errorf("%s is left over", key)
		}
		if c.redis.TTL(key) <= 0 {
			c.t.Errorf("%s stays for ever", key)
		}
	}
}

// publisherOnly reports whether a waiting job is none yet: somebody was about to publish it.
func publisherOnly(waiting string, _ error) bool { return strings.HasPrefix(waiting, `{"by":`) }

// settle waits until QStash has nothing left to deliver and no function works any more.
func (c *cloud) settle() {
	c.t.Helper()
	if err := c.qstash.Wait(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.running.Wait()
}

// jobs are all jobs, newest first.
func (c *cloud) jobs() []jobView {
	c.t.Helper()
	a := c.get(statusPath)
	var body struct{ Jobs []jobView }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != 200 {
		c.t.Fatalf("status answers %s (%v)", a, err)
	}
	return body.Jobs
}

// job is one job with its errors and warnings.
func (c *cloud) job(id string) jobView {
	c.t.Helper()
	a := c.get(statusPath + "?job=" + id)
	var body struct{ Job jobView }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != 200 {
		c.t.Fatalf("status of %s answers %s (%v)", id, a, err)
	}
	return body.Job
}

// describe says how the jobs went, for a failure's message.
func (c *cloud) describe() string {
	var b strings.Builder
	for _, j := range c.jobs() {
		fmt.Fprintf(&b, "\n%s %s %s %+v %q", j.ID, j.State, j.Phase, j.Progress, j.reason())
	}
	for _, m := range c.qstash.Messages() {
		last := qstashsim.Attempt{}
		if n := len(m.Attempts); n > 0 {
			last = m.Attempts[n-1]
		}
		fmt.Fprintf(&b, "\n%s %s %s due %s, %d attempts, last at %s: %d %.300s %v", m.ID, m.State, m.Body, m.NotBefore.Sub(epoch),
			len(m.Attempts), last.At.Sub(epoch), last.Status, last.Body, last.Err)
	}
	fmt.Fprintf(&b, "\n%d functions killed by %s", c.killed.Load(), time.Since(epoch).Round(time.Second))
	return b.String()
}

// epoch is when every bubble begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
