package store

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// How long Redis is waited for. A route that finds it silent answers within eight seconds: one connection's silence, and the
// opening of another. What moves is given all the time it needs, however large it is and however slow the link.
const (
	openingTime = 3 * time.Second         // to open a connection: TCP, TLS, password
	silence     = 3500 * time.Millisecond // between two signs of life on a connection
	slowestLink = 256 << 10               // bytes a second: what has been sent is under way for so long before an answer can come
	writePiece  = 64 << 10                // bytes written at once: each is a sign of life
)

// timedConn gives a connection up when nothing has moved on it for a while. It has deadlines of its own: a limit for a
// whole command would have to be that of the largest one. Contexts end by closing the connection.
type timedConn struct {
	net.Conn
	silence time.Duration
	opened  time.Time    // until it is open: when it must be; zero: it is
	sent    atomic.Int64 // bytes since the last answer
	spoke   bool         // something has come
}

func (o Options) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if o.Dial != nil {
		return o.Dial(ctx, network, address)
	}
	return (&net.Dialer{KeepAlive: 5 * time.Minute}).DialContext(ctx, network, address)
}

// open dials, and limits what is done on the connection until it is open.
func (o Options) open(ctx context.Context, network, address string) (*timedConn, error) {
	by := time.Now().Add(openingTime)
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	c, err := o.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &timedConn{Conn: c, silence: silence, opened: by}, nil
}

// limit is when the connection is given up unless something moves.
func (c *timedConn) limit(more time.Duration) time.Time {
	by := time.Now().Add(c.silence + more)
	if !c.opened.IsZero() && c.opened.Before(by) {
		return c.opened
	}
	return by
}

func (c *timedConn) Read(p []byte) (int, error) {
	underWay := time.Duration(c.sent.Load()) * time.Second / slowestLink
	_ = c.Conn.SetReadDeadline(c.limit(underWay)) // where it cannot be set, reading says why
	n, err := c.Conn.Read(p)
	switch {
	case n > 0 && !c.spoke && p[0] == tlsAlert:
		return 0, neverSpoke{errors.New("what it says is TLS")}
	case n > 0:
		c.sent.Store(0)
		c.spoke = true
	case !c.spoke && err != nil && !timedOut(err):
		return n, neverSpoke{err}
	}
	return n, err
}

// tlsAlert is the first byte of what a server says that wants TLS and gets none. Nothing that Redis says begins so.
const tlsAlert = 0x15

func (c *timedConn) Write(p []byte) (written int, err error) {
	for piece := range slices.Chunk(p, writePiece) {
		if err := c.Conn.SetWriteDeadline(c.limit(0)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(piece)
		written += n
		c.sent.Add(int64(n))
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// The deadlines of others count for nothing.
func (*timedConn) SetDeadline(time.Time) error      { return nil }
func (*timedConn) SetReadDeadline(time.Time) error  { return nil }
func (*timedConn) SetWriteDeadline(time.Time) error { return nil }

// endingConn ends what is done on a connection with its context, by closing the connection. Redigo's own way is to read
// on in the background, where it meets what the pool does with the connection next.
type endingConn struct {
	redis.Conn
	net net.Conn
}

var _ redis.ConnWithContext = (*endingConn)(nil)

// DoContext sends a command and waits for its reply.
func (c *endingConn) DoContext(ctx context.Context, command string, args ...any) (any, error) {
	return c.within(ctx, func() (any, error) { return c.Do(command, args...) })
}

// ReceiveContext waits for the reply to a command that was sent before.
func (c *endingConn) ReceiveContext(ctx context.Context) (any, error) {
	return c.within(ctx, c.Receive)
}

func (c *endingConn) within(ctx context.Context, f func() (any, error)) (any, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.net.Close() }) // whoever reads from it finds out
	reply, err := f()
	if !stop() {
		_ = c.Close() // so that the pool does not lend it again
		return nil, ctx.Err()
	}
	return reply, err
}

// dialFailed marks an error of opening a connection.
type dialFailed struct{ error }

func (e dialFailed) Unwrap() error { return e.error }

func timedOut(err error) bool {
	var limit net.Error
	return errors.As(err, &limit) && limit.Timeout()
}
