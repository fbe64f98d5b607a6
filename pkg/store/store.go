// Package store keeps what the site reads, and what the engine remembers, in Redis. *Store implements model.Store,
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
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
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

// Options are what a Store need not be told.
type Options struct {
	// Dial makes the connections. Default: over the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock. Default time.Now.
	Now func() time.Time
}
