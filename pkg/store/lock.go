package store

import (
	"context"
	"errors"
	"time"

	lock "github.com/go-redsync/redsync/v4/redis"
	"github.com/gomodule/redigo/redis"
)

// lockPool is the pool as redsync takes it. Redsync's own adapter for redigo keeps the context to itself: a Redis that
// does not answer would hold the lease's calls for as long as a connection's timeout.
type lockPool struct{ pool *redis.Pool }

var _ lock.Pool = lockPool{}

// Get returns a connection whose commands end with ctx.
func (p lockPool) Get(ctx context.Context) (lock.Conn, error) {
	c, err := p.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	return &lockConn{ctx, c}, nil
}

// lockConn holds a context because redsync's calls take none; it lives no longer than one of them.
type lockConn struct {
	ctx context.Context
	redis.Conn
}

func (c *lockConn) Get(name string) (string, error) { return c.text("GET", name) }

func (c *lockConn) Set(name, value string) (bool, error) {
	reply, err := c.text("SET", name, value)
	return reply == "OK", err
}

func (c *lockConn) SetNX(name, value string, expiry time.Duration) (bool, error) {
	reply, err := c.text("SET", name, value, "NX", "PX", expiry.Milliseconds())
	return reply == "OK", err
}

func (c *lockConn) PTTL(name string) (time.Duration, error) {
	ms, err := redis.Int64(redis.DoContext(c.Conn, c.ctx, "PTTL", name))
	return time.Duration(ms) * time.Millisecond, err
}

func (c *lockConn) Eval(script *lock.Script, keysAndArgs ...any) (any, error) {
	return redis.NewScript(script.KeyCount, script.Src).DoContext(c.ctx, c.Conn, keysAndArgs...)
}

func (c *lockConn) ScriptLoad(script *lock.Script) error {
	_, err := redis.DoContext(c.Conn, c.ctx, "SCRIPT", "LOAD", script.Src)
	return err
}

// text sends a command that answers with a string, empty for none.
func (c *lockConn) text(command string, args ...any) (string, error) {
	reply, err := redis.String(redis.DoContext(c.Conn, c.ctx, command, args...))
	if errors.Is(err, redis.ErrNil) {
		return "", nil
	}
	return reply, err
}
