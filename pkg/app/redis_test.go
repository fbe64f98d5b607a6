package app_test

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// ownRedis starts a redis-server of the test's own, configured by these arguments, and returns its address and a way to
// send it commands.
func ownRedis(t *testing.T, args ...string) (address string, command func(words ...any)) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skipf("no Redis of this test's own: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command(program, append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}, args...)...)
	ok(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address = "127.0.0.1:" + port
	var c redis.Conn
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if c, err = redis.Dial("tcp", address); err == nil {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("redis-server does not answer: %v", err)
		}
	}
	t.Cleanup(func() { c.Close() })
	return address, func(words ...any) {
		t.Helper()
		if _, err := c.Do(fmt.Sprint(words[0]), words[1:]...); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	}
}

// What the window of requests is refused in Redis is said of Redis, with what to do, never of Notion; once that is mended,
// the job goes on, and nothing counts as failed.
func TestRedis_windowRefused(t *testing.T) {
	t.Parallel()
	address, command := ownRedis(t)
	command("ACL", "SETUSER", "default", "-time")
	d := deploy(t, small(), "REDIS_URL", "redis://"+address)
	d.qstash.Pause()
	id := d.trigger("")
	if a := d.deliverAgain(d.last()); a.status != http.StatusOK {
		t.Errorf("the worker answers %s, want 200", a)
	}
	said := d.status(id)
	for _, want := range []string{"Redis is in the way", "may not run TIME", "+@all", "the next try is at"} {
		if !strings.Contains(said, want) {
			t.Errorf("the job says %s, want %q in its warnings", said, want)
		}
	}
	if strings.Contains(said, "not answer") {
		t.Errorf("the job says %s, want nothing against Notion", said)
	}
	command("ACL", "SETUSER", "default", "+time")
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Failed != 0 {
		t.Errorf("progress is %+v, want nothing failed", v.Progress)
	}
}
