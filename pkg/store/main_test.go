package store_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"go.uber.org/goleak"
)

// testURL names a real Redis for this package's tests to run on, beside the embedded one. They use keys with a prefix
// of their own and delete them. Without it a server is started where the program redis-server is installed.
const testURL = "NOTIONSYNC_TEST_REDIS_URL"

// realRedis is the real server that all tests share. Set by TestMain alone.
var realRedis struct{ url, absent string }

func TestMain(m *testing.M) {
	stop := func() {}
	if realRedis.url = os.Getenv(testURL); realRedis.url == "" {
		dir, err := os.MkdirTemp("", "store-test-")
		if err != nil {
			panic(err)
		}
		s := &server{dir: dir}
		if err := s.start(); err != nil {
			realRedis.absent = fmt.Sprintf("no real Redis: %s is not set, and %v", testURL, err)
		}
		realRedis.url = s.url()
		stop = func() { s.stop(); os.RemoveAll(dir) }
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { stop(); os.Exit(code) }))
}

// server is a redis-server that a test has started and may do with as it likes.
type server struct {
	dir  string
	args []string
	port int // the same after a restart
	cmd  *exec.Cmd
	life io.Closer // the server lives until this is closed, or the test's process ends, in whatever way
}

// untilEOF runs its arguments as a command and kills it at the end of its own input.
const untilEOF = `"$@" & read -r _; kill -9 $!; wait`

// newServer starts a server, or skips the test where there is none to start.
func newServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{dir: t.TempDir(), args: args}
	if err := s.start(); err != nil {
		t.Skipf("no Redis of this test's own: %v", err)
	}
	t.Cleanup(s.stop)
	return s
}

func (s *server) url() string { return fmt.Sprintf("redis://127.0.0.1:%d", s.port) }

// start returns when the server answers. A free port may be taken by another before it has bound it.
func (s *server) start() (err error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return err
	}
	for range 3 {
		if s.port == 0 {
			if s.port, err = freePort(); err != nil {
				return err
			}
		}
		args := []string{"--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--save", "", "--dir", s.dir}
		s.cmd = exec.Command("sh", append([]string{"-c", untilEOF, "sh", program}, append(args, s.args...)...)...)
		if s.life, err = s.cmd.StdinPipe(); err != nil {
			return err
		}
		if err = s.cmd.Start(); err != nil {
			return err
		}
		if err = s.awaitAnswer(); err == nil {
			return nil
		}
		s.stop()
		s.port = 0
	}
	return err
}

// awaitAnswer waits for any answer, a refusal too.
func (s *server) awaitAnswer() (err error) {
	for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
		var c redis.Conn
		if c, err = redis.DialURL(s.url(), redis.DialReadTimeout(time.Second)); err != nil {
			continue
		}
		_, err = c.Do("PING")
		c.Close()
		var answer redis.Error
		if err == nil || errors.As(err, &answer) {
			return nil
		}
	}
	return fmt.Errorf("redis-server does not answer: %w", err)
}

func (s *server) stop() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.life.Close()
		_ = s.cmd.Wait()
	}
	s.cmd = nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
