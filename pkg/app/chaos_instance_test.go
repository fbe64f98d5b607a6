package app_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"notionsync/pkg/app"
)

// instance is one process of the functions. Once it is dead nothing of it reaches anybody.
type instance struct {
	c      *cloud
	routes map[string]http.Handler
	died   chan struct{}

	mu     sync.Mutex
	spared bool     // from being killed
	signed bool     // its request came from QStash
	asked  []string // of Notion, ids, in this request
	dead   bool
	old    bool          // of a deployment that another has followed
	frozen chan struct{} // closed when it thaws; nil: it works
	conns  map[*wire]bool
}

func newInstance(c *cloud) *instance {
	in := &instance{c: c, died: make(chan struct{}), conns: map[*wire]bool{}}
	in.routes = app.Routes(c.environ, app.Outside{Transport: in, Dial: in.dial, Now: c.monkey.clock()})
	return in
}

func (in *instance) isDead() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.dead
}

// kill ends the process as SIGKILL does.
func (in *instance) kill() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.dead {
		return
	}
	in.dead = true
	in.c.killed.Add(1)
	close(in.died)
	in.hangUp()
	if in.c.onKill != nil {
		in.c.onKill(in.asked)
	}
}

// close ends a process that has nothing to do.
func (in *instance) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.dead = true
	in.hangUp()
}

// cut breaks the process's connections to Redis.
func (in *instance) cut() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.hangUp()
}

func (in *instance) hangUp() {
	for w := range in.conns {
		w.Conn.Close()
	}
	clear(in.conns)
}

// freeze lets the process stand still for a while.
func (in *instance) freeze(d time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.frozen != nil {
		return
	}
	thawed := make(chan struct{})
	in.frozen = thawed
	time.AfterFunc(d, func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.frozen = nil
		close(thawed)
	})
}

// thaw waits while the process stands still. It reports whether the process lives.
func (in *instance) thaw() bool {
	for {
		in.mu.Lock()
		frozen, dead := in.frozen, in.dead
		in.mu.Unlock()
		if frozen == nil || dead {
			return !dead
		}
		select {
		case <-frozen:
		case <-in.died:
		}
	}
}

// deadly counts a boundary and reports whether the function is killed there.
func (c *cloud) deadly(in *instance, spared bool) bool {
	n := c.boundary.Add(1)
	return c.killAt != nil && c.killAt(n, in, spared)
}

// suffers decides what befalls a request to Redis or QStash. Those that change something are the boundaries.
func (in *instance) suffers(writes bool) mischief {
	in.mu.Lock()
	spared := in.spared
	in.mu.Unlock()
	if writes && in.c.deadly(in, spared) {
		if in.c.settings.after {
			return killAfter
		}
		return killBefore
	}
	what := in.c.monkey.befalls(writes, spared)
	switch what {
	case freeze:
		in.freeze(12*time.Second + in.c.monkey.upTo(15*time.Second))
	case robbery:
		in.c.redis.Del("sync:lease")
	case late:
		time.Sleep(in.c.monkey.upTo(2 * time.Second))
	}
	return what
}

// ask notes what Notion is asked for; false: the process is dead.
func (in *instance) ask(r *http.Request) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if parts := strings.Split(r.URL.Path, "/"); len(parts) > 3 { // /v1/blocks/<id>/children
		in.asked = append(in.asked, parts[3])
	}
	return !in.dead
}

// byHand reports whether the process serves a person, or cron, rather than QStash.
func (in *instance) byHand() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return !in.signed
}

// asksNotion reports whether the process has asked Notion for anything in this request.
func (in *instance) asksNotion() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.asked) > 0
}

// RoundTrip implements [http.RoundTripper]: the process's way to Notion and QStash.
func (in *instance) RoundTrip(r *http.Request) (res *http.Response, err error) {
	if !in.thaw() {
		return nil, errKilled
	}
	if r.URL.Host == notionHost {
		if !in.ask(r) {
			return nil, errKilled
		}
		res, err = in.c.notion.Transport().RoundTrip(r)
	} else {
		what := in.suffers(true)
		switch what {
		case killBefore:
			in.kill()
			return nil, errKilled
		case dropBefore:
			return nil, io.ErrUnexpectedEOF
		}
		res, err = inMemory(r, in.c.qstash)
		switch what {
		case killAfter:
			in.kill()
		case dropAfter:
			return nil, io.ErrUnexpectedEOF
		}
	}
	if !in.thaw() {
		return nil, errKilled
	}
	return res, err
}

// inMemory has a handler answer a request.
func inMemory(r *http.Request, h http.Handler) (res *http.Response, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			err = io.ErrUnexpectedEOF
		} else if p != nil {
			panic(p)
		}
	}()
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := httptest.NewRecorder()
	h.ServeHTTP(out, in)
	return out.Result(), nil
}

// dial connects to Redis.
func (in *instance) dial(context.Context, string, string) (net.Conn, error) {
	if !in.thaw() {
		return nil, errKilled
	}
	if in.c.isRedisDown() {
		return nil, io.ErrUnexpectedEOF
	}
	conn, err := in.c.redis.Dial()
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: buffered(conn), in: in}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.conns[w] = true
	return w, nil
}

// buffered is a connection whose other side never waits for its answers to be read: the embedded Redis holds its lock until
// it has sent them, and in a bubble no time passes while anybody waits for a lock.
func buffered(server net.Conn) net.Conn {
	near, far := net.Pipe()
	answers := make(chan []byte, 1<<14)
	go func() {
		defer close(answers)
		for {
			b := make([]byte, 16<<10)
			n, err := server.Read(b)
			if err != nil {
				return
			}
			answers <- b[:n]
		}
	}()
	go func() {
		defer far.Close()
		for b := range answers {
			if _, err := far.Write(b); err != nil {
				break
			}
		}
		for range answers { // nobody listens any more
		}
	}()
	go func() {
		defer server.Close()
		_, _ = io.Copy(server, far)
	}()
	return near
}

// wire is a connection to Redis. What is written between two answers is one request.
type wire struct {
	net.Conn
	in     *instance
	asking bool     // a request is being written, or its answer awaited
	fate   mischief // of that request
}

// Write sends a request, or a part of one.
func (w *wire) Write(b []byte) (int, error) {
	if !w.in.thaw() {
		return 0, errKilled
	}
	if !w.asking {
		w.asking = true
		switch w.fate = w.in.suffers(writes(b)); w.fate {
		case killBefore:
			w.in.kill()
			return 0, errKilled
		case dropBefore:
			w.Conn.Close()
			return 0, io.ErrClosedPipe
		}
		if !w.in.thaw() {
			return 0, errKilled
		}
	}
	return w.Conn.Write(b)
}

// Read receives an answer, or a part of one.
func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	for w.fate == silence && err == nil {
		n, err = w.Conn.Read(b)
	}
	switch {
	case err != nil:
	case w.fate == killAfter:
		w.in.kill()
		return 0, errKilled
	case w.fate == dropAfter:
		w.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	case !w.in.thaw():
		return 0, errKilled
	}
	w.asking, w.fate = false, none
	return n, err
}

// Close implements [net.Conn].
func (w *wire) Close() error {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	delete(w.in.conns, w)
	return w.Conn.Close()
}

// reading are the commands that change nothing.
var reading = map[string]bool{
	"AUTH": true, "EXISTS": true, "GET": true, "HGET": true, "HGETALL": true, "HMGET": true, "HSCAN": true, "HVALS": true,
	"MGET": true, "PING": true, "PTTL": true, "SCARD": true, "SMEMBERS": true, "SMISMEMBER": true, "SRANDMEMBER": true,
	"TYPE": true, "ZRANGE": true, "ZREVRANGE": true,
}

// writes reports whether a request changes something: its first command decides.
func writes(request []byte) bool {
	lines := strings.SplitN(string(request[:min(len(request), 64)]), "\r\n", 4)
	return len(lines) > 2 && !reading[strings.ToUpper(lines[2])]
}
