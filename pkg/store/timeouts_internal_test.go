package store

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// link is a connection whose other end does as it is told, in time that does not pass in reality.
func link(t *testing.T, far func(net.Conn)) *timedConn {
	t.Helper()
	near, other := net.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		far(other)
		other.Close()
	}()
	t.Cleanup(func() { near.Close(); <-ended })
	return &timedConn{Conn: near, silence: silence}
}

func TestTimedConn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		far  func(net.Conn)
		ask  int // bytes sent first
		want int // bytes read; -1: it is given up
	}{
		{"an answer in small pieces, long under way", func(c net.Conn) {
			for range 10 {
				time.Sleep(silence - time.Second)
				_, _ = c.Write([]byte("x"))
			}
		}, 0, 10},
		{"an answer that breaks off", func(c net.Conn) {
			_, _ = c.Write([]byte("x"))
			time.Sleep(silence + time.Second)
			_, _ = c.Write([]byte("x"))
		}, 0, -1},
		{"no answer", func(c net.Conn) {
			_, _ = io.CopyN(io.Discard, c, 100)
			time.Sleep(silence + time.Second)
		}, 100, -1},
		{"a large request, taken slowly", func(c net.Conn) {
			for range 16 {
				time.Sleep(silence - time.Second)
				_, _ = io.CopyN(io.Discard, c, 64<<10)
			}
			_, _ = c.Write([]byte("x"))
		}, 1 << 20, 1},
		{"a large request, under way when it seems to be sent", func(c net.Conn) {
			_, _ = io.CopyN(io.Discard, c, 4<<20)
			time.Sleep(15 * time.Second)
			_, _ = c.Write([]byte("x"))
		}, 4 << 20, 1},
		{"a large request that is not taken", func(c net.Conn) {
			_, _ = io.CopyN(io.Discard, c, 64<<10)
			time.Sleep(silence + time.Second)
		}, 1 << 20, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := link(t, test.far)
				_, err := c.Write(make([]byte, test.ask))
				var got []byte
				if err == nil {
					got, err = io.ReadAll(c)
				}
				if test.want < 0 {
					if !timedOut(err) {
						t.Errorf("read %d bytes, error %v; want the connection given up", len(got), err)
					}
				} else if err != nil || len(got) != test.want {
					t.Errorf("read %d bytes, error %v; want %d", len(got), err, test.want)
				}
			})
		})
	}
}

// Until it is open a connection has only so much time, whatever moves on it.
func TestTimedConn_Opening(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := link(t, func(c net.Conn) {
			for range 100 {
				time.Sleep(time.Second)
				_, _ = c.Write([]byte("x"))
			}
		})
		c.opened = time.Now().Add(openingTime + time.Second/2)
		if got, err := io.ReadAll(c); !timedOut(err) || len(got) != 3 {
			t.Errorf("read %d bytes, error %v; want it given up after three", len(got), err)
		}
	})
}
