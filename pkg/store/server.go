package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/diagnosis"
)

// Server is what a Redis tells of itself. What it does not tell is empty.
type Server struct {
	Version string
	Role    string // master or slave
	Cluster bool
	Memory  string // maxmemory, in bytes; 0: as much as there is
	Policy  string // maxmemory-policy
}

// Server asks Redis what it is. One that does not say, or may not, is no error.
func (s *Store) Server(ctx context.Context) (Server, error) {
	var text string
	err := s.with(ctx, func(c redis.Conn) (err error) {
		text, err = redis.String(redis.DoContext(c, ctx, "INFO"))
		return err
	})
	if err != nil && !errors.As(err, new(redis.Error)) {
		return Server{}, err
	}
	said := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		said[name] = value
	}
	return Server{
		Version: said["redis_version"], Role: said["role"], Cluster: said["cluster_enabled"] == "1",
		Memory: said["maxmemory"], Policy: said["maxmemory_policy"],
	}, nil
}

// Host is where Redis is, without user and password.
func (s *Store) Host() string { return s.host }

// Unfit returns why this server is none for us though it may do what it is asked; nil: it is fit.
func (v Server) Unfit() *diagnosis.Diagnosis {
	var major, minor int
	n, _ := fmt.Sscanf(v.Version, "%d.%d", &major, &minor)
	var d diagnosis.Diagnosis
	switch {
	case n == 2 && (major < 6 || major == 6 && minor < 2):
		d = diagnosis.Of(diagnosis.RedisOld, "version", v.Version)
	case v.Cluster:
		d = diagnosis.Of(diagnosis.RedisCluster)
	case v.Role == "slave":
		d = diagnosis.Of(diagnosis.RedisReplica)
	default:
		return nil
	}
	return &d
}

// Eviction says whether Redis deletes keys by itself when its memory is full.
func (v Server) Eviction() diagnosis.Diagnosis {
	switch {
	case v.Policy == "":
		return diagnosis.Of(diagnosis.RedisMayEvict)
	case v.Policy == "noeviction":
		return diagnosis.Of(diagnosis.RedisKeeps, "policy", v.Policy)
	case v.Memory == "0":
		return diagnosis.Of(diagnosis.RedisUnlimited)
	}
	return diagnosis.Of(diagnosis.RedisEvicts, "policy", v.Policy)
}
