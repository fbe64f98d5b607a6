// Package store keeps what the site reads, and what the engine remembers, in Redis. *Store implements syncer.Store,
// *Window the memory of requests that package notion paces itself by.
//
// Every write of the engine is one Lua script that first checks the lease, and that the work it finishes is still to be
// done: see commit.go and scripts/transact.lua. Nothing is ever half written, and nothing by a holder that has lost its
// lease. Where Redis refuses a command in the middle, as for an ErrForeignKey, the work stays on the list, and doing it again
// completes what was written. Keys are named in keys.go; values are JSON.
//
// Redis 6.2 or newer, a compatible service such as Upstash, or an embedded miniredis will do: nothing is used that one of
// them lacks.
package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

// Store is the engine's memory in Redis. It is safe for concurrent use.
type Store struct {
	pool       *redis.Pool
	options    Options
	host       string // and port
	tls        bool
	keys       keys
	reads      *reads
	now        func() time.Time
	distrusted *atomic.Int64 // when a connection was last found silent or useless, ns
}

var _ model.Store = (*Store)(nil)

// Options are what a Store need not be told.
type Options struct {
	// Dial makes the connections. Default: over the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock. Default time.Now.
	Now func() time.Time
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

// isOurs reports whether an error is one that this package or the engine has a name for.
func isOurs(err error) bool {
	var taken *model.SlugTaken
	for _, own := range []error{model.ErrHeld, model.ErrLeaseLost, model.ErrStale, model.ErrUnknownJob} {
		if errors.Is(err, own) {
			return true
		}
	}
	return errors.As(err, &taken) || errors.Is(err, errReply)
}

// errReply: Redis answered, but not what was asked for.
var errReply = errors.New("redis: unexpected reply")

// decode reads a JSON value; false if it is none. What is damaged counts as absent: it is made anew.
func decode[T any](raw []byte) (v T, ok bool) {
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return *new(T), false
	}
	return v, true
}

// encode leaves <, > and & as they are: what Notion sent is kept byte for byte.
func encode(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("store: " + err.Error()) // our own types always have a JSON form
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
