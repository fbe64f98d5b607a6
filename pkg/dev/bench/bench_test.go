package bench

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"
	"go.uber.org/goleak"
)

// This program is started once more as the process that the routes run in.
func TestMain(m *testing.M) {
	if os.Getenv(functionVariable) != "" {
		os.Exit(Main(nil, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// A benchmark that runs through is one whose syncs did their work: it checks them itself.
func TestMeasure(t *testing.T) {
	for _, markdown := range []bool{false, true} {
		plans, err := options{pages: "7", scale: 600, latency: time.Millisecond, markdown: markdown}.plans()
		if err != nil {
			t.Fatal(err)
		}
		plans[0].later = 300
		w, err := newWorld(t.Context(), plans[0])
		if err != nil {
			w.close()
			t.Fatal(err)
		}
		var got []result
		err = w.run(t.Context(), func(r result) { got = append(got, r) })
		w.close()
		if err != nil || len(got) != 3 {
			t.Fatalf("markdown %t: %d results, %v, want three", markdown, len(got), err)
		}
		if got[0].scale != 600 || got[1].scale != 300 || got[2].scale != 300 {
			t.Errorf("markdown %t: scales %g, %g, %g, want those of the plan", markdown, got[0].scale, got[1].scale, got[2].scale)
		}
		for _, r := range got {
			if r.requests != r.least || r.refused != 0 || r.invocations < 1 || r.function <= 0 || r.wall < r.leastWall {
				t.Errorf("markdown %t: %+v, want as few requests as possible and no time but what was measured", markdown, r)
			}
			if r.commands.sent == 0 || r.commands.run >= 0 && r.commands.run < r.commands.sent-10 || r.heap == 0 {
				t.Errorf("markdown %t, %s: %d commands sent, %d run, heap %d", markdown, r.what, r.commands.sent, r.commands.run, r.heap)
			}
		}
	}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	plans, err := options{pages: "45, 1000,100000", node: 50}.plans()
	if err != nil || len(plans) != 3 {
		t.Fatalf("plans() = %v, %v, want three", plans, err)
	}
	if p := plans[0]; p.pages != 45 || p.scale != 6 || !p.node || p.window() != 10*time.Second {
		t.Errorf("45 pages: %+v", p)
	}
	if p := plans[1]; p.scale != 6 || p.node {
		t.Errorf("1,000 pages: %+v", p)
	}
	if p := plans[2]; p.scale != 600 || p.later != 6 || p.window() != 100*time.Millisecond {
		t.Errorf("100,000 pages: %+v", p)
	}
	for _, bad := range []options{{pages: ""}, {pages: "0"}, {pages: "5,x"}, {pages: "5", scale: -1}} {
		if plans, err := bad.plans(); err == nil {
			t.Errorf("%+v: plans %v, want an error", bad, plans)
		}
	}
}

func TestLeastWall(t *testing.T) {
	t.Parallel()
	w := &world{plan: plan{scale: 6, latency: 150 * time.Millisecond}}
	for _, tt := range []struct {
		requests, queries, depth int
		want                     time.Duration
	}{
		{2, 1, 0, 300 * time.Millisecond},                  // discovery, then a query
		{161, 1, 3, 750 * time.Millisecond},                // and three levels of blocks
		{180, 1, 3, 750 * time.Millisecond},                // all in one window
		{181, 1, 3, 10*time.Second + 150*time.Millisecond}, // one in the next
		{2000, 6, 3, 110*time.Second + 150*time.Millisecond},
	} {
		if got := w.leastWall(tt.requests, tt.queries, tt.depth); got != tt.want {
			t.Errorf("leastWall(%d, %d, %d) = %s, want %s", tt.requests, tt.queries, tt.depth, got, tt.want)
		}
	}
}

func TestProxy_counts(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	p, err := newProxy(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	c, err := redis.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	large := strings.Repeat("x\r\n*1\r\n", 50_000) // looks like commands, and is larger than any buffer
	if _, err := c.Do("SET", "k", large); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := c.Send("get", "k"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := redis.String(c.Receive()); err != nil || got != large {
			t.Fatalf("GET = %.20q, %v, want what was set", got, err)
		}
	}
	if _, err := c.Do("EVAL", "return redis.call('GET', KEYS[1])", 1, "k"); err != nil {
		t.Fatal(err)
	}
	if n := p.take(); len(n) != 3 || n["SET"] != 1 || n["GET"] != 3 || n["EVAL"] != 1 {
		t.Errorf("commands are %v, want one SET, three GET and one EVAL", n)
	}
	if n := p.take(); len(n) != 0 {
		t.Errorf("commands are %v, want to have forgotten them", n)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tableHead(&out)
	tableLine(&out, result{
		pages: 45, what: "first sync", scale: 6, requests: 161, least: 160, wall: 1200 * time.Millisecond, leastWall: time.Second,
		function: 300 * time.Millisecond, invocations: 2, heap: 5<<20 + 1, rss: 20 << 20, commands: commands{sent: 90, run: 450},
	})
	tableLine(&out, result{pages: 45, what: "client", scale: 6, requests: 161, wall: time.Second, function: time.Second, commands: commands{run: -1}})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	ours, theirs := strings.Fields(lines[1]), strings.Fields(lines[2])
	if got := strings.Join(ours, " "); got != "45 first sync 6 161 160 1.20 1.00 0.30 25% 2 6 20 90 450 10.00 0" {
		t.Errorf("our line is %s", got)
	}
	if got := strings.Join(theirs, " "); got != "45 client 6 161 - 1.00 - 1.00 100% - - - - - - 0" {
		t.Errorf("theirs is %s", got)
	}
}

func TestMain_flags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-pages", "x"}, {"-no-such-flag"}} {
		var out, errOut bytes.Buffer
		if code := Main(args, &out, &errOut); code != 2 || errOut.Len() == 0 || out.Len() != 0 {
			t.Errorf("Main(%q) = %d, %q, %q, want 2 and a reason", args, code, &out, &errOut)
		}
	}
	var out, errOut bytes.Buffer
	if code := Main([]string{"-h"}, &out, &errOut); code != 0 || !strings.Contains(errOut.String(), "-pages") {
		t.Errorf("Main(-h) = %d, %q, want 0 and the flags", code, &errOut)
	}
}
