package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"
)

// database is the Redis of a run, with a proxy before it.
type database struct {
	*proxy
	what string // for people
	real redis.Conn
	stop func()
}

// startDatabase starts a redis-server, or where none is installed an embedded one, which counts no commands in scripts.
func startDatabase(ctx context.Context) (*database, error) {
	d := &database{what: "embedded Redis", stop: func() {}}
	address, err := d.startServer(ctx)
	if errors.Is(err, exec.ErrNotFound) {
		embedded := miniredis.NewMiniRedis()
		embedded.ClockTTL(true)
		if err := embedded.StartAddr("127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("start the embedded Redis: %w", err)
		}
		address, d.stop, err = embedded.Addr(), embedded.Close, nil
	}
	if err != nil {
		return nil, err
	}
	if d.proxy, err = newProxy(address); err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

func (d *database) startServer(ctx context.Context) (address string, err error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address = l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(address)
	dir, err := os.MkdirTemp("", "bench-redis-")
	if err != nil {
		return "", err
	}
	server := exec.CommandContext(ctx, path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir)
	if err := server.Start(); err != nil {
		return "", fmt.Errorf("start redis-server: %w", err)
	}
	d.stop = func() {
		if d.real != nil {
			_ = d.real.Close()
		}
		_ = server.Process.Kill()
		_ = server.Wait()
		_ = os.RemoveAll(dir)
	}
	for patience := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if d.real, err = redis.Dial("tcp", address); err == nil {
			break
		}
		if time.Now().After(patience) {
			d.stop()
			return "", fmt.Errorf("redis-server does not answer: %w", err)
		}
	}
	info, err := redis.String(d.real.Do("INFO", "server"))
	if version := regexp.MustCompile(`redis_version:(\S+)`).FindStringSubmatch(info); version != nil {
		d.what = "redis-server " + version[1]
	}
	return address, err
}

func (d *database) close() {
	d.proxy.close()
	d.stop()
}

// commands are what was sent since the last look, and what Redis has run for it: commands inside scripts too.
type commands struct {
	sent, run int            // run: -1 where Redis does not tell
	names     map[string]int // of those sent
	inside    map[string]int // of those run in scripts
}

// look returns the commands since the last look.
func (d *database) look() (commands, error) {
	c := commands{run: -1, names: d.take(), inside: map[string]int{}}
	for _, n := range c.names {
		c.sent += n
	}
	if d.real == nil {
		return c, nil
	}
	info, err := redis.String(d.real.Do("INFO", "commandstats"))
	if err != nil {
		return c, err
	}
	c.run = 0
	for line := range strings.Lines(info) {
		name, stats, _ := strings.Cut(strings.TrimSpace(line), ":")
		calls, isCount := strings.CutPrefix(stats, "calls=")
		calls, _, _ = strings.Cut(calls, ",")
		if n, err := strconv.Atoi(calls); isCount && err == nil && name != "cmdstat_info" && name != "cmdstat_config|resetstat" {
			c.run += n
			name = strings.ToUpper(strings.TrimPrefix(name, "cmdstat_"))
			if n -= c.names[name]; n > 0 {
				c.inside[name] = n
			}
		}
	}
	_, err = d.real.Do("CONFIG", "RESETSTAT")
	return c, err
}
