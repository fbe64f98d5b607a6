package app_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/app"
)

const (
	// testRedis names a real Redis for the tests of processes; they use keys with a prefix of their own and delete them.
	// Without it a server is started where the program redis-server is installed.
	testRedis = "NOTIONSYNC_TEST_REDIS_URL"
	// functionProcess makes the test's program a function: see serveFunction.
	functionProcess = "NOTIONSYNC_TEST_FUNCTION"
)

// serveFunction is what this program does as a function: it answers on a free port, which it prints, until it is killed.
func serveFunction() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // it ends with whoever started it, in whatever way
		os.Exit(0)
	}()
	panic(http.Serve(l, app.Worker(os.Environ())))
}

// function is a process that runs one request at a time.
type function struct {
	cmd     *exec.Cmd
	life    io.Closer
	address string
	ended   sync.Once
}

func startFunction(t *testing.T, environ []string) *function {
	t.Helper()
	f := &function{cmd: exec.Command(os.Args[0])}
	f.cmd.Env = append(slices.Clip(environ), functionProcess+"=1")
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if f.life, err = f.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Errorf("the function does not start: %v", err)
	}
	f.address = strings.TrimSpace(line)
	return f
}

// end ends a function that has nothing to do.
func (f *function) end() {
	f.ended.Do(func() { _ = f.life.Close(); _ = f.cmd.Wait() })
}

// kill ends it by SIGKILL. It reports whether it was still there.
func (f *function) kill() (did bool) {
	f.ended.Do(func() { did = f.cmd.Process.Kill() == nil; _ = f.cmd.Wait() })
	return did
}

// killer stands between the network and the worker: it hands each request to a process of its own, and kills one now and
// then.
type killer struct {
	d       *deployment
	environ []string
	conn    *redis.Pool
	lease   string // key

	mu     sync.Mutex
	dice   *mathrand.Rand
	warm   []*function
	left   int // kills to come
	killed int
}

// ServeHTTP implements [http.Handler].
func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	var f *function
	if n := len(k.warm); n > 0 {
		f, k.warm = k.warm[n-1], k.warm[:n-1]
	}
	deadly := k.left > 0 && r.Header.Get("Upstash-Retried") < "3" && k.dice.IntN(4) > 0
	after := time.Duration(k.dice.Int64N(int64(80 * time.Millisecond)))
	k.mu.Unlock()
	if f == nil {
		f = startFunction(k.d.t, k.environ)
	}
	if deadly {
		timer := time.AfterFunc(after, func() { k.kill(f) })
		defer timer.Stop()
	}
	res, err := http.DefaultClient.Do(forward(r, f.address))
	if err != nil {
		panic(http.ErrAbortHandler) // it is dead
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if !deadly { // else it may be killed any moment
		k.mu.Lock()
		k.warm = append(k.warm, f)
		k.mu.Unlock()
	} else {
		defer f.end()
	}
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body)
}

// kill kills a function and lets its lease run out at once, that the test need not wait for it.
func (k *killer) kill(f *function) {
	if !f.kill() {
		return
	}
	k.mu.Lock()
	k.left--
	k.killed++
	k.mu.Unlock()
	c := k.conn.Get()
	defer c.Close()
	if _, err := c.Do("PEXPIRE", k.lease, 20); err != nil {
		k.d.t.Error(err)
	}
}

// forward is a request as it goes on to an address.
func forward(r *http.Request, address string) *http.Request {
	to := r.Clone(r.Context())
	to.URL = &url.URL{Scheme: "http", Host: address, Path: r.URL.Path}
	to.RequestURI = ""
	return to
}

// Worker processes ended by SIGKILL at any moment, against a real Redis: what is there at last is what it would have been.
func TestChaos_Processes(t *testing.T) {
	server := realRedis(t)
	run := func(kills int) (state map[string]string, killed int) {
		prefix := "chaos:" + rand.Text() + ":"
		pool := &redis.Pool{Dial: func() (redis.Conn, error) { return redis.DialURL(server) }}
		t.Cleanup(func() { clean(t, pool, prefix) })
		d := deploy(t, village(), "SYNC_BUDGET", "40ms", "REDIS_URL", server, "SYNC_KEY_PREFIX", prefix)
		d.slow(20 * time.Millisecond)
		k := &killer{
			d: d, environ: d.environ(), conn: pool, lease: prefix + "sync:lease", left: kills,
			dice: mathrand.New(mathrand.NewPCG(1, 1)),
		}
		t.Cleanup(func() {
			for _, f := range k.warm {
				f.end()
			}
		})
		d.detour(workerPath, func(http.Handler) http.Handler { return k })
		v := d.finished(d.trigger(""))
		if v.Progress.Failed != 0 || v.Progress.Pending != 0 {
			t.Errorf("the job ended as %+v", v)
		}
		return stateOf(t, pool.Get(), prefix), k.killed
	}
	want, _ := run(0)
	const kills = 30
	killed := 0
	for killed < kills {
		got, n := run(kills)
		same(t, got, want)
		if killed += n; n == 0 || t.Failed() {
			t.Fatalf("%d functions killed", killed)
		}
	}
	t.Logf("%d functions killed", killed)
}

func clean(t *testing.T, pool *redis.Pool, prefix string) {
	c := pool.Get()
	defer pool.Close()
	defer c.Close()
	keys, err := redis.Strings(c.Do("KEYS", prefix+"*"))
	for _, key := range keys {
		_, err = c.Do("DEL", key)
	}
	if err != nil {
		t.Error(err)
	}
}

// realRedis is the address of a real Redis.
func realRedis(t *testing.T) string {
	t.Helper()
	if address := os.Getenv(testRedis); address != "" {
		return address
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skipf("no real Redis: %s is not set, and %v", testRedis, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command(program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Skipf("no real Redis: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := "redis://127.0.0.1:" + port
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		c, err := redis.DialURL(address)
		if err == nil {
			c.Close()
			return address
		}
	}
	t.Fatal("redis-server does not answer")
	return ""
}
