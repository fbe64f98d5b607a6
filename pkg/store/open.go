package store

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"notionsync/pkg/syncer/model"

	"github.com/gomodule/redigo/redis"
)

// newPool returns the pool of a store. Connections that were idle when another was found silent, or to lead to a server
// that takes no writes, are not tried: in a row, each would take its time.
func newPool(url string, o Options, distrusted *atomic.Int64) *redis.Pool {
	dial := func(ctx context.Context) (redis.Conn, error) {
		var conn *timedConn
		c, err := redis.DialURLContext(ctx, url, redis.DialReadTimeout(0), redis.DialWriteTimeout(0),
			redis.DialTLSHandshakeTimeout(openingTime),
			redis.DialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
				var err error
				conn, err = o.open(ctx, network, address)
				return conn, err
			}))
		if err != nil {
			return nil, dialFailed{err}
		}
		conn.opened = time.Time{}
		return &endingConn{Conn: c, net: conn}, nil
	}
	return &redis.Pool{
		MaxIdle: maxConns, MaxActive: maxConns, Wait: true, IdleTimeout: maxIdleTime, DialContext: dial,
		TestOnBorrowContext: func(ctx context.Context, c redis.Conn, last time.Time) error {
			if last.UnixNano() < distrusted.Load() {
				return errors.New("it may lead nowhere, as another did")
			}
			if time.Since(last) < pingAfter {
				return nil
			}
			_, err := redis.DoContext(c, ctx, "PING")
			if timedOut(err) {
				distrusted.Store(time.Now().UnixNano())
			}
			return err
		},
	}
}

// New returns a store that connects to address (redis:// or rediss://) when it is first used, and puts prefix before every
// key. Of several options the last counts.
func New(address, prefix string, options ...Options) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, errors.New("store: not a redis:// or rediss:// URL") // the cause would repeat the password
	}
	var o Options
	if len(options) > 0 {
		o = options[len(options)-1]
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{
		options: o, host: u.Host, tls: u.Scheme == "rediss", keys: keys{prefix}, now: o.Now, distrusted: new(atomic.Int64),
	}
	if u.Port() == "" {
		s.host = net.JoinHostPort(u.Hostname(), "6379")
	}
	s.pool = newPool(address, o, s.distrusted)
	s.reads = s.newReads()
	return s, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.pool.Close() }

var _ model.Store = (*Store)(nil)
