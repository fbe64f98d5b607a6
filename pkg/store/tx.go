package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer"
)

// transact applies a list of operations if the lease is still held, or nothing.
//
// KEYS[1] is the lease, the others are every key that an operation touches. ARGV[1] is the lease's value; then follow
// the operations: name, index of the key, number of arguments, arguments. Those that only test come first:
//
//	done    field new       if the hash field holds new already, this transaction has been applied: it is not counted again
//	same    field old       the hash field holds old; else STALE
//	entry   key rev         the hash of entries holds this revision; else STALE
//	owner   slug page       the slug is free or the page's; else TAKEN
//
// Then those that write. A name that is none of these is a Redis command:
//
//	first   member n        adds to a set; if it was there already the n operations that follow are left out
//	add     entries key score value [counters]
//	                        puts an entry on a list and in the hash whose key's index is given, unless it is there;
//	                        if counters (a key's index) is given, one page more is pending
//	disown  slug page       deletes the hash field if it holds the page
//	vacate  slug page key   the same, and the key whose index is given, unless the slug is another page's
//	kept    file unused     the file has a copy, which is unused unless a page shows it already
//	use     file unused     one page more shows the file; unused is the index of the set's key
//	release file unused     one page fewer shows it
//	unwait  job             deletes the waiting job if it is this one
//	unless  job             deletes the running job if it is this one
//	cut     slug            takes the line that begins with slug out of an index
//	place   target          renames the key, if it exists, to the one whose index is given
//	copy    set             the set becomes what the one is whose key's index is given
//	lapse   seconds         the key goes in so long if it would stay for ever
//
// It returns {"OK"}, {"LOST"} (the lease), {"STALE"} or {"TAKEN", slug, page}.
var transact = redis.NewScript(-1, `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'LOST'} end
local i, left_out, done = 2, 0, false
while i <= #ARGV do
  local op, key, n = ARGV[i], KEYS[tonumber(ARGV[i+1])], tonumber(ARGV[i+2])
  local a = {}
  for j = 1, n do a[j] = ARGV[i+2+j] end
  i = i + 3 + n
  if left_out > 0 then
    left_out = left_out - 1
  elseif op == 'done' then
    done = redis.call('HGET', key, a[1]) == a[2]
  elseif op == 'same' then
    if not done and redis.call('HGET', key, a[1]) ~= a[2] then return {'STALE'} end
  elseif op == 'entry' then
    local now = redis.call('HGET', key, a[1])
    if not now or string.sub(now, 1, #a[2] + 1) ~= a[2] .. '|' then return {'STALE'} end
  elseif op == 'owner' then
    local now = redis.call('HGET', key, a[1])
    if now and now ~= a[2] then return {'TAKEN', a[1], now} end
  elseif op == 'first' then
    if redis.call('SADD', key, a[1]) == 0 then left_out = tonumber(a[2]) end
  elseif op == 'add' then
    if redis.call('HSETNX', KEYS[tonumber(a[1])], a[2], a[4]) == 1 then
      redis.call('ZADD', key, a[3], a[2])
      if a[5] then redis.call('HINCRBY', KEYS[tonumber(a[5])], 'n:pending', 1) end
    end
  elseif op == 'disown' then
    if redis.call('HGET', key, a[1]) == a[2] then redis.call('HDEL', key, a[1]) end
  elseif op == 'vacate' then
    local now = redis.call('HGET', key, a[1])
    if not now or now == a[2] then
      redis.call('HDEL', key, a[1])
      redis.call('DEL', KEYS[tonumber(a[3])])
    end
  elseif op == 'kept' then
    if redis.call('HEXISTS', key, a[1]) == 0 then redis.call('SADD', KEYS[tonumber(a[2])], a[1]) end
  elseif op == 'use' then
    redis.call('HINCRBY', key, a[1], 1)
    redis.call('SREM', KEYS[tonumber(a[2])], a[1])
  elseif op == 'release' then
    if redis.call('HINCRBY', key, a[1], -1) <= 0 then
      redis.call('HDEL', key, a[1])
      redis.call('SADD', KEYS[tonumber(a[2])], a[1])
    end
  elseif op == 'unwait' then
    local now = redis.call('GET', key)
    if now and string.find(now, '"id":"' .. a[1] .. '"', 1, true) then redis.call('DEL', key) end
  elseif op == 'unless' then
    if redis.call('GET', key) == a[1] then redis.call('DEL', key) end
  elseif op == 'cut' then
    local now = redis.call('GET', key)
    if now then
      local from = string.find(now, '\n,' .. a[1], 1, true)
      local first = not from
      if first then from = string.find(now, '\n' .. a[1], 1, true) end
      if from then
        local to = string.find(now, '\n', from + 1, true) or #now + 1
        local head, tail = string.sub(now, 1, from - 1), string.sub(now, to)
        if first and string.sub(tail, 2, 2) == ',' then tail = '\n' .. string.sub(tail, 3) end
        redis.call('SET', key, head .. tail)
      end
    end
  elseif op == 'place' then
    if redis.call('EXISTS', key) == 1 then
      redis.call('RENAME', key, KEYS[tonumber(a[1])])
      redis.call('PERSIST', KEYS[tonumber(a[1])])
    end
  elseif op == 'copy' then
    redis.call('SUNIONSTORE', key, KEYS[tonumber(a[1])])
  elseif op == 'lapse' then
    if redis.call('TTL', key) == -1 then redis.call('EXPIRE', key, a[1]) end
  elseif not (done and op == 'HINCRBY') then
    redis.call(op, key, unpack(a))
  end
end
return {'OK'}`)

// tx collects the operations of one transaction.
type tx struct {
	store *Store
	keys  []any
	index map[string]int
	args  []any
}

func (s *Store) begin(token string) *tx {
	t := &tx{store: s, index: map[string]int{}, args: []any{token}}
	t.key(s.keys.lease())
	return t
}

// key returns the index under which the script knows a key.
func (t *tx) key(name string) int {
	i, known := t.index[name]
	if !known {
		t.keys = append(t.keys, name)
		i = len(t.keys)
		t.index[name] = i
	}
	return i
}

// op adds an operation.
func (t *tx) op(name, key string, args ...any) {
	t.args = append(t.args, name, t.key(key), len(args))
	t.args = append(t.args, args...)
}

// chunk is how many arguments one command gets at most: Lua's stack is limited.
const chunk = 500

// members adds a command for any number of members.
func (t *tx) members(command, key string, members []string) {
	for len(members) > 0 {
		n := min(chunk, len(members))
		args := make([]any, n)
		for i, m := range members[:n] {
			args[i] = m
		}
		t.op(command, key, args...)
		members = members[n:]
	}
}

// lapse sees to it that what is kept for a job goes in time even if nobody ever comes back to it: every key that the
// transaction touches of those that begin with prefix.
func (t *tx) lapse(prefix string) {
	for _, key := range slices.Clone(t.keys) {
		if name, ok := key.(string); ok && strings.HasPrefix(name, prefix) {
			t.op("lapse", name, int(jobTTL.Seconds()))
		}
	}
}

func (t *tx) count(job string, add syncer.Counts) {
	for name, n := range add {
		if n != 0 {
			t.op("HINCRBY", t.store.keys.job(job), counter+name, n)
		}
	}
}

// run sends the transaction. It is repeated once if the connection broke: what it tests first tells whether it took
// effect.
func (t *tx) run(ctx context.Context) error {
	reply, err := t.send(ctx)
	if isWrongType(err) {
		names := make([]string, len(t.keys))
		for i, key := range t.keys {
			names[i], _ = key.(string)
		}
		if t.store.quarantine(ctx, names) {
			reply, err = t.send(ctx)
		}
	}
	if refused(err) {
		return fmt.Errorf("%w (%d bytes): %w", syncer.ErrValueRefused, t.size(), err)
	}
	if err != nil {
		return err
	}
	switch {
	case len(reply) == 1 && reply[0] == "OK":
		return nil
	case len(reply) == 1 && reply[0] == "LOST":
		return syncer.ErrLeaseLost
	case len(reply) == 1 && reply[0] == "STALE":
		return syncer.ErrStale
	case len(reply) == 3 && reply[0] == "TAKEN":
		return &syncer.SlugTaken{Slug: reply[1], Owner: reply[2]}
	}
	return fmt.Errorf("%w: transaction answered %q", errReply, reply)
}

func (t *tx) send(ctx context.Context) (reply []string, err error) {
	err = t.store.with(ctx, func(c redis.Conn) error {
		args := append([]any{len(t.keys)}, t.keys...)
		reply, err = redis.Strings(transact.DoContext(ctx, c, append(args, t.args...)...))
		return err
	})
	return reply, err
}

func (t *tx) size() (n int) {
	for _, arg := range t.args {
		switch arg := arg.(type) {
		case []byte:
			n += len(arg)
		case string:
			n += len(arg)
		}
	}
	return n
}

// refused reports whether Redis answered that it will not take a value: no memory left, or larger than the plan allows
// (texts of Redis 7 and Upstash, read 2026-08).
func refused(err error) bool {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return false
	}
	for _, text := range []string{"OOM ", "max request size", "max single record size", "capacity quota", "invalid bulk length"} {
		if strings.Contains(string(answer), text) {
			return true
		}
	}
	return false
}
