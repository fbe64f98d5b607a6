package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/store"
)

// A rehearsal leaves everything as it was.
func TestStore_Rehearse(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.create(newJob(jobID))
		r.commit(l, published(record("p1", "one")))
		before := r.snapshot()
		for range 2 {
			r.must(r.Rehearse(r.t.Context()))
		}
		r.unchanged(before)
	})
}

// A rehearsal runs every command that the scripts and this package's Go code name: one that is denied is not met by a sync
// first.
func TestStore_Rehearse_everyCommand(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	s, err := store.New(server.url(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Rehearse(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := redis.DialURL(server.url())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ran, err := redis.String(c.Do("INFO", "commandstats"))
	if err != nil {
		t.Fatal(err)
	}
	inScripts := regexp.MustCompile(`redis\.call\('([A-Z]+)'|write\(\w+, '([A-Z]+)', '([A-Z]+)'`)
	inCode := regexp.MustCompile(`(?:s\.do\(ctx|redis\.DoContext\(c, ctx|\[\]any\{), ?"([A-Z]+)"|\[\]any\{"([A-Z]+)"`)
	named := map[string]bool{"EVALSHA": true, "EVAL": true}
	for glob, pattern := range map[string]*regexp.Regexp{"scripts/*.lua": inScripts, "*.go": inCode} {
		for _, text := range texts(t, glob) {
			for _, found := range pattern.FindAllStringSubmatch(text, -1) {
				for _, name := range found[1:] {
					named[name] = true
				}
			}
		}
	}
	for _, not := range []string{"", "INFO", "PING"} { // INFO may be denied
		delete(named, not)
	}
	if len(named) < 35 {
		t.Fatalf("%d commands are named: %v; want all of them", len(named), named)
	}
	for name := range named {
		if !strings.Contains(ran, "cmdstat_"+strings.ToLower(name)+":") {
			t.Errorf("%s was not run", name)
		}
	}
}

// A rehearsal asks for a key of each kind that there is.
func TestStore_Rehearse_everyKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked strings.Builder
	p := newProxy(t, onMini(t).url, func(p *proxy) {
		p.listen = func(b []byte) {
			mu.Lock()
			defer mu.Unlock()
			asked.Write(b)
		}
	})
	s, err := store.New(p.url(), "pre:")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Rehearse(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	source, err := os.ReadFile("keys.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`k\.prefix \+ "([^"]+)"(?: \+ \w+ \+ "([^"]+)")?`).FindAllStringSubmatch(string(source), -1)
	if len(kinds) < 30 {
		t.Fatalf("%d kinds of keys are named, want all", len(kinds))
	}
	for _, kind := range kinds {
		pattern := regexp.MustCompile(regexp.QuoteMeta("pre:"+kind[1]) + `[a-z:]*` + regexp.QuoteMeta(kind[2]) + `[a-z0-9:]*\r\n`)
		if !pattern.MatchString(asked.String()) {
			t.Errorf("no key like %q was asked for", fmt.Sprint(kind[1], "…", kind[2]))
		}
	}
}

// texts are the files that a pattern names, tests left out.
func texts(t *testing.T, glob string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(%q) = %q, %v", glob, files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}
