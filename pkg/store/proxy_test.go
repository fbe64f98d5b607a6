package store_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a store and its Redis. It can lose an answer: Redis has done what it was asked, nobody hears of
// it, and the connection is broken.
type proxy struct {
	t *testing.T
	net.Listener
	server string // address
	armed  atomic.Int32
	losses atomic.Int32
	all    sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: u.Host}
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

// loseAnswer makes the proxy lose the next answer.
func (p *proxy) loseAnswer() { p.armed.Add(1) }

// lost fails the test unless so many answers were lost.
func (p *proxy) lost(want int32) {
	p.t.Helper()
	if got := p.losses.Load(); got != want {
		p.t.Fatalf("%d answers were lost, want %d", got, want)
	}
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

func (p *proxy) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		p.all.Go(func() { _, _ = io.Copy(server, client); server.Close() })
		p.all.Go(func() { p.answer(client, server); client.Close(); server.Close() })
	}
}

func (p *proxy) answer(client, server net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		for armed := p.armed.Load(); armed > 0; armed = p.armed.Load() {
			if p.armed.CompareAndSwap(armed, armed-1) {
				p.losses.Add(1)
				return
			}
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
