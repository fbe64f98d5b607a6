package bench

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// proxy counts the commands that clients send to a Redis.
type proxy struct {
	net.Listener
	upstream string

	mu    sync.Mutex
	names map[string]int
	conns map[net.Conn]bool
	done  sync.WaitGroup
}

func newProxy(upstream string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{Listener: l, upstream: upstream, names: map[string]int{}, conns: map[net.Conn]bool{}}
	p.done.Go(p.accept)
	return p, nil
}

func (p *proxy) accept() {
	for {
		client, err := p.Accept()
		if err != nil {
			return // closed
		}
		p.done.Go(func() { p.serve(client) })
	}
}

// close ends the proxy and all connections through it.
func (p *proxy) close() {
	_ = p.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.done.Wait()
}

// take returns how often each command was sent, and begins to count anew.
func (p *proxy) take() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := p.names
	p.names = map[string]int{}
	return names
}

func (p *proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
}

func (p *proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) serve(client net.Conn) {
	p.keep(client)
	defer p.drop(client)
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	p.keep(server)
	defer p.drop(server)
	var answers sync.WaitGroup
	answers.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_ = p.forward(bufio.NewReaderSize(client, 64<<10), bufio.NewWriterSize(server, 64<<10))
	_ = server.Close()
	answers.Wait()
}

var errProtocol = errors.New("no command of the Redis protocol")

// forward passes commands on until the connection ends. A command is an array of strings: *2\r\n$3\r\nGET\r\n$1\r\nk\r\n
func (p *proxy) forward(r *bufio.Reader, w *bufio.Writer) error {
	for {
		parts, err := header(r, w, '*')
		if err != nil {
			return err
		}
		for i := range parts {
			size, err := header(r, w, '$')
			if err != nil {
				return err
			}
			if i == 0 {
				name, err := r.Peek(size)
				if err != nil {
					return err
				}
				p.count(string(name))
			}
			if _, err := io.CopyN(w, r, int64(size)+2); err != nil {
				return err
			}
		}
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
}

// header passes a line on and returns the number in it.
func header(r *bufio.Reader, w *bufio.Writer, kind byte) (int, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(line); err != nil {
		return 0, err
	}
	if len(line) < 4 || line[0] != kind {
		return 0, errProtocol
	}
	return strconv.Atoi(string(line[1 : len(line)-2]))
}

func (p *proxy) count(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names[strings.ToUpper(name)]++
}
