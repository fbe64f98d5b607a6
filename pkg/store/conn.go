package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// ErrUnreachable: Redis cannot be reached, or does not let us in. Its text never holds the password.
var ErrUnreachable = errors.New("redis is unreachable")

const (
	maxConns    = 16               // a function needs no more at once, and plans limit them
	maxIdleTime = time.Minute      // a frozen instance's connections are dead when it wakes
	pingAfter   = 15 * time.Second // idle for longer, a connection is tried before it is used
)

// with runs f on a connection, and again on another if that was broken, or led to a server that takes no writes: f must be
// safe to repeat.
func (s *Store) with(ctx context.Context, f func(redis.Conn) error) error {
	err := s.retrying(ctx, func() error { return s.once(ctx, f) })
	if none := (lost{}); errors.As(err, &none) {
		return fmt.Errorf("%w: %w", ErrUnreachable, s.diagnose(ctx, none.error))
	}
	if errors.As(err, new(redis.Error)) {
		return s.diagnose(ctx, err)
	}
	return err
}

// lost is an error behind which there is no Redis that works for us.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

// retrying runs f until it has met a connection that works. An instance that wakes, or whose Redis was restarted or has
// failed over, may have a pool full of broken ones, each of which is dropped when it is found out. What cannot be dialled
// is not tried for long, and neither is what is silent once more on a fresh connection.
func (s *Store) retrying(ctx context.Context, f func() error) error {
	for idle, useless := s.pool.IdleCount(), 0; ; idle-- {
		err := f()
		switch {
		case ctx.Err() != nil:
			return err
		case isUnfit(err):
			s.distrust()
			if useless++; useless == unfitTries {
				return err
			}
		case !errors.As(err, new(lost)) || idle < 0:
			return err
		case timedOut(err):
			s.distrust()
			if idle == 0 || errors.As(err, new(dialFailed)) {
				return err
			}
			idle = 1
		}
	}
}

// distrust keeps connections that are idle now from being used.
func (s *Store) distrust() { s.distrusted.Store(time.Now().UnixNano()) }

// unfitTries is how many servers in a row may say that they are not the one: meanwhile others give back connections that
// lead to the same.
const unfitTries = 3

// unfit are the answers of a server that is not the one to write to, or not yet: after a failover the way to the other one
// is a new connection, for this one leads to the same server for ever. Too many connections are answered so that this one
// is closed.
var unfit = []string{
	"READONLY ", "MASTERDOWN ", "LOADING ", "NOREPLICAS ", "max number of clients", "max concurrent connections",
}

func isUnfit(err error) bool {
	var answer redis.Error
	return errors.As(err, &answer) && slices.ContainsFunc(unfit, func(words string) bool {
		return strings.Contains(string(answer), words)
	})
}

func (s *Store) once(ctx context.Context, f func(redis.Conn) error) error {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return fmt.Errorf("redis: %w", cause)
		}
		if isUnfit(err) {
			return broken(ctx, err)
		}
		return lost{err} // it does not let us in, whatever it says
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
	if end, limited := ctx.Deadline(); limited && !time.Now().Before(end) {
		return fmt.Errorf("redis: %w", context.DeadlineExceeded) // the socket was a little faster to notice
	}
	var answer redis.Error
	if errors.As(err, &answer) {
		for _, prefix := range []string{"NOAUTH", "WRONGPASS", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "ERR max "} {
			if strings.HasPrefix(string(answer), prefix) && !refused(err) {
				return lost{err}
			}
		}
		return err
	}
	if isOurs(err) {
		return err
	}
	return lost{err}
}

// do sends one command whose first argument is its key.
func (s *Store) do(ctx context.Context, command string, args ...any) (reply any, err error) {
	err = s.with(ctx, func(c redis.Conn) error {
		reply, err = redis.DoContext(c, ctx, command, args...)
		return s.blame(err, fmt.Sprint(args[0]))
	})
	return reply, err
}

// pipeline sends commands together and returns their replies in order; the first argument of each is its key.
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
		var failed error
		for _, cmd := range commands {
			reply, err := redis.ReceiveContext(c, ctx)
			if err != nil && failed == nil {
				failed = s.blame(err, fmt.Sprint(cmd[1]))
			}
			replies = append(replies, reply)
		}
		return failed
	})
	return replies, err
}
