package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"notionsync/pkg/app"
)

// listener is where the site is served.
type listener struct {
	net.Listener
	host, port string // as a browser on this machine writes them
}

// listen takes addr, a host:port whose port may be 0. What is taken is a problem.
func listen(ctx context.Context, addr string) (*listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, problem{fmt.Sprintf("address %q can't be used: %v", addr, err),
			"write -addr host:port, such as -addr localhost:3001"}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if answers(ctx, host, port) {
		return nil, taken(ctx, host, port)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, taken(ctx, host, port)
	}
	if err != nil {
		return nil, problem{fmt.Sprintf("address %q can't be used: %v", addr, err),
			"name another one with -addr, such as -addr localhost:3001"}
	}
	_, port, err = net.SplitHostPort(l.Addr().String())
	return &listener{l, host, port}, err
}

// answers reports whether a port of this machine is in use though it may be free to take: a program that listens on
// every address, as web development servers do, does not keep others from one of them everywhere, and a browser would
// find now this one and now that.
func answers(ctx context.Context, host, port string) bool {
	if port == "0" || !app.IsLoopback(host) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func taken(ctx context.Context, host, port string) problem {
	fix := "end that program, or choose another port with -addr"
	if free := freePortAfter(ctx, host, port); free != "" {
		fix = "end that program, or choose another port: go run ./pkg/dev -addr " + net.JoinHostPort(host, free)
	}
	return problem{fmt.Sprintf("%s is taken: another program listens there", net.JoinHostPort(host, port)), fix}
}

// freePortAfter is the first port above one that is free; empty if none of the next ones is.
func freePortAfter(ctx context.Context, host, port string) string {
	for range 20 {
		if port = portAfter(port); answers(ctx, host, port) {
			continue
		}
		if l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	return ""
}

func portAfter(port string) string {
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		n = 3000
	}
	return strconv.Itoa(n + 1)
}

// url is the site's address on this machine.
func (l *listener) url() string { return "http://" + net.JoinHostPort(l.host, l.port) }

// isLocal reports whether only this machine reaches the listener.
func (l *listener) isLocal() bool {
	host, _, err := net.SplitHostPort(l.Addr().String())
	return err == nil && app.IsLoopback(host)
}

// server is an HTTP server that has begun to serve.
type server struct {
	http http.Server
	done sync.WaitGroup
}

// serve serves in the background until close.
func serve(l net.Listener, handler http.Handler) *server {
	s := &server{http: http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}}
	s.done.Go(func() { _ = s.http.Serve(l) }) // the error says that it was closed: nothing else closes the listener
	return s
}

// patience is how long a request may go on when the program is to end. The routes do not heed their context, for it
// never ends on Vercel; a slice that takes longer is cut off like a function that is killed, which it is made to bear.
const patience = 2 * time.Second

// close takes no more requests, gives those that are being answered a moment to end, and returns.
func (s *server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	s.done.Wait()
}

// serveLoopback serves on a free port that only this machine reaches, until stop is called.
func serveLoopback(handler http.Handler) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start a simulator: %w", err)
	}
	s := serve(l, handler)
	return "http://" + l.Addr().String(), func() {
		_ = s.http.Close() // who still asks is being stopped too
		s.done.Wait()
	}, nil
}
