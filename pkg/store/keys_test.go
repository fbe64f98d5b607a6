package store_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

// round asks a store for all it can do, once.
func (r *rig) round() {
	r.t.Helper()
	ctx := r.t.Context()
	l := r.acquire()
	w := newWindow(r.t, r.Store, 10, time.Minute)
	r.wait(jobID)
	j := r.create(newJob(jobID))
	j.State = model.Running
	r.must(l.SaveJob(ctx, j, model.Counts{model.CountFunction: 1}))

	five, six, seven, row := record("p5", "five"), record("p6", "six"), record("p7", "seven"), record("p9", "row")
	five.Links, seven.Links, row.List = map[string]string{"p6": "six"}, map[string]string{"p1": "one"}, "db:d1"
	r.commit(l, published(five, six, seven, row))
	r.place(l, postsIndex)
	r.place(l, "db:d1")
	e := todo("p3", 1)
	r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e, todo("p0", 1)}}})
	c := everything()
	c.Task = e
	c.Give = map[string]string{"one": "p1"}
	c.Drop[0].Record, c.Write[1].Was = five, seven
	c.DropDatabases, c.DropIndexes, c.DropParts = []string{"d9"}, []string{"old:index"}, []model.Task{{ID: "p2", Found: model.Found{Parts: 1}}}
	c.Parts = map[string]json.RawMessage{"b1": json.RawMessage("[]")}
	c.Take = map[model.Set][]string{model.SetMissing: {"p2"}}
	r.must(l.BuildList(ctx, "notes:index", []*model.Record{five}))
	c.Lists = []string{"notes:index"}
	r.commit(l, c)
	r.must(l.BuildList(ctx, postsIndex, nil))                                 // not put in place
	r.must(l.BuildIndex(ctx, model.Index{Name: "db:left", List: postsIndex})) // not put in place

	for name, call := range calls(r.Store, w, l) {
		if err := call(ctx); err != nil {
			r.t.Errorf("%s: %v", name, err)
		}
	}
	r.must(l.Extend(ctx))
	r.must(l.Release(ctx))
	ids := []string{"p1", "p2"}
	reads := []func() error{
		func() error { _, err := r.Owners(ctx, ids); return err },
		func() error { _, _, err := r.ScanRecords(ctx, ""); return err },
		func() error { _, err := r.FailedPages(ctx); return err },
		func() error { _, err := r.Seen(ctx, jobID, ids); return err },
		func() error { _, err := r.Complete(ctx, jobID, ids); return err },
		func() error { _, err := r.Sample(ctx, jobID, model.SetChanged, 1); return err },
		func() error { _, err := r.Linkers(ctx, "p1"); return err },
		func() error { _, err := r.Members(ctx, postsIndex); return err },
		func() error { _, err := r.Databases(ctx); return err },
		func() error { _, err := r.Item(ctx, "p1"); return err },
		func() error { _, err := r.Index(ctx, postsIndex); return err },
		func() error { _, err := r.Parts(ctx, jobID, "p3", 1); return err },
		func() error { _, err := r.Observation(ctx, "fact"); return err },
		func() error { _, err := r.News(ctx, 10); return err },
		func() error { _, err := r.Examine(ctx, []*model.Record{five, row}); return err },
		func() error { _, err := r.Lacking(ctx, []string{postsIndex, "nothing"}); return err },
	}
	for _, read := range reads {
		r.must(read())
	}
}

// Every key begins with the prefix, so that two sites can share one Redis.
func TestKeys_Prefix(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	r.round()
	all := r.mini.Keys()
	if len(all) < 20 {
		t.Errorf("a round has left %d keys only: %q", len(all), all)
	}
	for _, key := range all {
		if !strings.HasPrefix(key, r.prefix) {
			t.Errorf("key %q is without the prefix %q", key, r.prefix)
		}
	}
}

// Without a prefix the keys are those that sites read.
func TestKeys_NoPrefix(t *testing.T) {
	t.Parallel()
	r := onMini(t)
	r.prefix = ""
	r.Store = r.another(r.url)
	r.round()
	for _, key := range []string{"page:one", "page:moved", "page:row", postsIndex, "db:d1"} {
		if !r.exists(key) {
			t.Errorf("%q is not there; these are: %q", key, r.mini.Keys())
		}
	}
	for _, key := range []string{"page:five", "page:six", "page:seven"} {
		if r.exists(key) {
			t.Errorf("%q is still there", key)
		}
	}
	for _, key := range r.mini.Keys() {
		if !strings.HasPrefix(key, "page:") && !strings.HasPrefix(key, "sync:") && key != postsIndex && key != "db:d1" {
			t.Errorf("%q is neither for sites nor under sync:", key)
		}
	}
}

// A script touches only what it was told of in KEYS, and nothing else is without the prefix: seen by a real Redis.
func TestKeys_Declared(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := newRig(t, s.url())
	m, err := redis.DialURL(s.url())
	r.must(err)
	t.Cleanup(func() { m.Close() })
	if _, err := m.Do("MONITOR"); err != nil {
		t.Fatal(err)
	}
	r.round()
	r.do("ECHO", "over")
	var declared []string
	inScripts := map[string]int{}
	for {
		line, err := redis.String(m.Receive())
		r.must(err)
		byScript, command, args := parseMonitored(t, line)
		switch {
		case command == "ECHO":
			if len(inScripts) < 15 {
				t.Errorf("scripts used %v only", inScripts)
			}
			return
		case byScript && command != "TIME":
			inScripts[command]++
			touched := args[:1]
			if command == "RENAME" {
				touched = args[:2]
			}
			for _, key := range touched {
				if !slices.Contains(declared, key) {
					t.Errorf("a script's %s touches %q, which is not among its KEYS %q", command, key, declared)
				}
			}
		case command == "EVAL" || command == "EVALSHA":
			n, err := strconv.Atoi(args[1])
			r.must(err)
			declared = args[2 : 2+n]
			r.prefixed(command, declared...)
		case command == "MGET":
			r.prefixed(command, args...)
		case command == "SCAN":
			r.prefixed(command, args[2])
		case command != "TIME" && command != "PING":
			r.prefixed(command, args[0])
		}
	}
}

func (r *rig) prefixed(command string, keys ...string) {
	r.t.Helper()
	for _, key := range keys {
		if !strings.HasPrefix(key, r.prefix) {
			r.t.Errorf("%s of %q, which is without the prefix", command, key)
		}
	}
}

// parseMonitored reads a line of MONITOR: 1700000000.123456 [0 127.0.0.1:5000] "SET" "key" "value"; a script's command
// has [0 lua].
func parseMonitored(t *testing.T, line string) (byScript bool, command string, args []string) {
	t.Helper()
	_, rest, _ := strings.Cut(line, "[")
	from, rest, ok := strings.Cut(rest, "] ")
	if !ok {
		t.Fatalf("MONITOR says %q", line)
	}
	for rest != "" {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			t.Fatalf("MONITOR says %q: %v", line, err)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("MONITOR says %s: %v", quoted, err)
		}
		args = append(args, word)
		rest = strings.TrimPrefix(rest[len(quoted):], " ")
	}
	if len(args) == 0 {
		t.Fatalf("MONITOR says %q", line)
	}
	return strings.HasSuffix(from, " lua"), strings.ToUpper(args[0]), args[1:]
}
