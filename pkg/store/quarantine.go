package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// types are the Redis types of our keys, by what follows "sync:". A suffix after the last colon decides for a job's keys.
var types = map[string]string{
	"lease": "string", "running": "string", "waiting": "string", "jobs": "zset", "pages": "hash", "slugs": "hash",
	"items": "hash", "failed": "set", "databases": "hash", "facts": "hash", "files": "hash",
	"links": "hash", "window": "hash", "events": "zset", "due": "zset", "since": "hash", "recent": "zset", "call": "hash",
}

var jobTypes = map[string]string{
	"todo": "zset", "entries": "hash", "seen": "set", "drafts": "set", "complete": "set", "parts": "hash", "errors": "hash",
	"warnings": "zset", "faces": "set", "lists": "set", "missing": "set",
}

// typeOf is the type that one of our keys must have; empty if any will do.
func (k keys) typeOf(key string) string {
	name, ours := strings.CutPrefix(key, k.prefix+"sync:")
	if !ours {
		return "string" // what the site reads
	}
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "job":
		parts := strings.Split(rest, ":")
		if len(parts) == 1 {
			return "hash"
		}
		return jobTypes[parts[len(parts)-1]]
	case "list":
		return "zset"
	case "news", "owed":
		return "set"
	case "built":
		return "string"
	}
	return types[kind]
}

// quarantine renames keys of ours that hold something of another type, which nobody but a stranger can have put there.
// What we lose with them is made anew from Notion. It reports whether there were any.
func (s *Store) quarantine(ctx context.Context, names []string) bool {
	found := false
	for _, key := range names {
		want := s.keys.typeOf(key)
		is, err := redis.String(s.plain(ctx, "TYPE", key))
		if err != nil || want == "" || is == want || is == "none" {
			continue
		}
		aside := fmt.Sprintf("%ssync:quarantine:%s:%d", s.keys.prefix, strings.TrimPrefix(key, s.keys.prefix), s.now().UnixMilli())
		if _, err := s.plain(ctx, "RENAME", key, aside); err == nil {
			found = true
			slog.WarnContext(ctx, "key of another type moved aside", "key", key, "type", is, "want", want, "to", aside)
		}
	}
	return found
}

func isWrongType(err error) bool { return err != nil && strings.Contains(err.Error(), "WRONGTYPE") }
