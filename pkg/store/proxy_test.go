package store_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between a store and its Redis. It can lose an answer: Redis has done what it was asked, nobody hears of
// it, and the connection is broken.
type proxy struct {
	t *testing.T
	net.Listener
	server string       // address
	left   atomic.Int64 // answers up to the one that gets lost; 0: none does
	held   atomic.Bool
	deaf   atomic.Int64 // connections up to this one get no answer
	late   atomic.Int64 // ns by which every answer comes late
	asked  atomic.Int64 // bytes since the last answer
	most   atomic.Int64 // bytes of the largest request
	all    sync.WaitGroup
	spoil  func([]byte) []byte // changes what is answered; nil: not at all
	listen func([]byte)        // is told what is asked; nil: nobody

	mu    sync.Mutex
	conns []net.Conn
}

// newProxy starts a proxy in front of a server. What changes it comes before it serves.
func newProxy(t *testing.T, server string, changes ...func(*proxy)) *proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: u.Host}
	for _, change := range changes {
		change(p)
	}
	if p.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.all.Go(p.serve)
	t.Cleanup(func() {
		p.Close()
		p.cut()
		p.all.Wait()
	})
	return p
}

func (p *proxy) url() string { return "redis://" + p.Addr().String() }

// loseAnswer makes the proxy lose one answer, after so many others.
func (p *proxy) loseAnswer(after int) { p.left.Store(int64(after) + 1) }

// lost reports whether that answer was lost. If not, none will be.
func (p *proxy) lost() bool { return p.left.Swap(0) <= 0 }

// hold keeps every answer back from now on.
func (p *proxy) hold() { p.held.Store(true) }

// holdThese keeps every answer on the connections that there are back.
func (p *proxy) holdThese() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf.Store(int64(len(p.conns)))
}

// delay makes every answer come late from now on.
func (p *proxy) delay(d time.Duration) { p.late.Store(int64(d)) }

// leadTo has connections made from now on lead to another server. Those that there are stay where they are.
func (p *proxy) leadTo(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
}

// open returns how many connections were made since all were cut.
func (p *proxy) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns) / 2
}

// cut breaks all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// largest returns the size of the largest request since it was last asked for.
func (p *proxy) largest() int { return int(p.most.Swap(0)) }

// counter counts what is written.
type counter struct {
	io.Writer
	n      *atomic.Int64
	listen func([]byte)
}

func (c *counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	if c.listen != nil {
		c.listen(b)
	}
	return c.Writer.Write(b)
}

func (p *proxy) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		to := p.server
		p.mu.Unlock()
		server, err := net.Dial("tcp", to)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		n := int64(len(p.conns))
		p.mu.Unlock()
		p.all.Go(func() { _, _ = io.Copy(&counter{server, &p.asked, p.listen}, client); server.Close() })
		p.all.Go(func() { p.answer(client, server, n); client.Close(); server.Close() })
	}
}

func (p *proxy) answer(client, server net.Conn, number int64) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.most.Store(max(p.most.Load(), p.asked.Swap(0)))
		if p.left.Add(-1) == 0 {
			return
		}
		if p.held.Load() || number <= p.deaf.Load() {
			continue
		}
		time.Sleep(time.Duration(p.late.Load()))
		said := buf[:n]
		if p.spoil != nil {
			said = p.spoil(said)
		}
		if _, err := client.Write(said); err != nil {
			return
		}
	}
}
