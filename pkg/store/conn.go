package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// ErrUnreachable: Redis cannot be reached, or does not let us in. Its text never holds the password.
var ErrUnreachable = errors.New("redis is unreachable")

const (
	dialTimeout = 5 * time.Second
	ioTimeout   = 10 * time.Second
	maxConns    = 16               // a function needs no more at once, and plans limit them
	maxIdleTime = time.Minute      // a frozen instance's connections are dead when it wakes
	pingAfter   = 15 * time.Second // idle for longer, a connection is tried before it is used
)

func newPool(url string) *redis.Pool {
	return &redis.Pool{
		MaxIdle: maxConns, MaxActive: maxConns, Wait: true, IdleTimeout: maxIdleTime,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialURLContext(ctx, url,
				redis.DialConnectTimeout(dialTimeout), redis.DialReadTimeout(ioTimeout), redis.DialWriteTimeout(ioTimeout))
		},
		TestOnBorrowContext: func(ctx context.Context, c redis.Conn, last time.Time) error {
			if time.Since(last) < pingAfter {
				return nil
			}
			_, err := redis.DoContext(c, ctx, "PING")
			return err
		},
	}
}

// with runs f on a connection, once more on a fresh one if that broke: f must be safe to repeat.
func (s *Store) with(ctx context.Context, f func(redis.Conn) error) error {
	var err error
	for range 2 {
		if err = s.once(ctx, f); err == nil || !errors.Is(err, ErrUnreachable) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (s *Store) once(ctx context.Context, f func(redis.Conn) error) error {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return broken(ctx, err)
	}
	defer c.Close()
	if err := f(c); err != nil {
		return broken(ctx, err)
	}
	return nil
}

// broken tells an unreachable Redis from one that answers with an error, or that has nothing to do with it.
func broken(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("redis: %w", cause)
	}
	var answer redis.Error
	if errors.As(err, &answer) {
		for _, prefix := range []string{"NOAUTH", "WRONGPASS", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "ERR max "} {
			if strings.HasPrefix(string(answer), prefix) && !refused(err) {
				return fmt.Errorf("%w: %w", ErrUnreachable, err)
			}
		}
		return err
	}
	if isOurs(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// do sends one command.
func (s *Store) do(ctx context.Context, command string, args ...any) (reply any, err error) {
	err = s.with(ctx, func(c redis.Conn) error {
		reply, err = redis.DoContext(c, ctx, command, args...)
		return err
	})
	return reply, err
}

// pipeline sends commands together and returns their replies in order.
func (s *Store) pipeline(ctx context.Context, commands ...[]any) (replies []any, err error) {
	err = s.with(ctx, func(c redis.Conn) error {
		replies = replies[:0]
		for _, cmd := range commands {
			if err := c.Send(cmd[0].(string), cmd[1:]...); err != nil {
				return err
			}
		}
		if err := c.Flush(); err != nil {
			return err
		}
		for range commands {
			reply, err := redis.ReceiveContext(c, ctx)
			if err != nil {
				return err
			}
			replies = append(replies, reply)
		}
		return nil
	})
	return replies, err
}
