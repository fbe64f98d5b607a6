package store

import (
	"context"
	"strconv"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer"
)

// eventMemory is how long an event is recognised. Notion sends one again for about a day (facts: developers.notion.com,
// "Event types & delivery", read 2026-08).
const eventMemory = 26 * time.Hour

// note adds what an event has named. KEYS: events, due, since, recent, call. ARGV: event, now, quiet, most, again (ms),
// seconds that notes last, names. Returns {1 if the event is known, when the first is due, when a message will ask,
// round}; times in ms, 0 for none.
var note = redis.NewScript(5, `
local event, now = ARGV[1], tonumber(ARGV[2])
local quiet, most, again = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if event ~= '' and redis.call('ZSCORE', KEYS[1], event) then return {1, 0, 0, 0} end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', string.format('%d', now - again))
for i = 7, #ARGV do
  redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[2])
  local since = tonumber(redis.call('HGET', KEYS[3], ARGV[i])) or now
  local at = math.min(now + quiet, since + most)
  local last = redis.call('ZSCORE', KEYS[4], ARGV[i])
  if last then at = math.max(at, tonumber(last) + again) end
  redis.call('ZADD', KEYS[2], string.format('%d', at), ARGV[i])
end
if #ARGV > 6 then
  redis.call('EXPIRE', KEYS[2], ARGV[6])
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local call = redis.call('HMGET', KEYS[5], 'at', 'round')
return {0, tonumber(first[2] or '0'), tonumber(string.match(call[1] or '', '^%d+') or '0'), tonumber(call[2] or '0') or 0}`)

// called remembers a message and the event that it was published for. KEYS: events, call, whose field "at" lists when
// messages will ask, in order. ARGV: event, when this one will ask, now (ms), seconds that an event is recognised, seconds
// that notes last, round. Returns 0 if it is another round.
var called = redis.NewScript(2, `
local call = redis.call('HMGET', KEYS[2], 'at', 'round')
if (call[2] or '0') ~= ARGV[6] then return 0 end
local at, now = {tonumber(ARGV[2])}, tonumber(ARGV[3])
for other in string.gmatch(call[1] or '', '%d+') do
  if tonumber(other) >= now and tonumber(other) ~= at[1] then at[#at+1] = tonumber(other) end
end
table.sort(at)
for i = 1, #at do at[i] = string.format('%d', at[i]) end
redis.call('HSET', KEYS[2], 'at', table.concat(at, ','))
redis.call('EXPIRE', KEYS[2], ARGV[5])
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', now - tonumber(ARGV[4]) * 1000))
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 1`)

// due returns what is due and notes that a message has asked for it. KEYS: due, call. ARGV: by when (ms), how many.
var due = redis.NewScript(2, `
local later = {}
for at in string.gmatch(redis.call('HGET', KEYS[2], 'at') or '', '%d+') do
  if tonumber(at) > tonumber(ARGV[1]) then later[#later+1] = at end
end
redis.call('HSET', KEYS[2], 'at', table.concat(later, ','))
redis.call('HINCRBY', KEYS[2], 'round', 1)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])`)

// takeOver stores a job and strikes off what it takes over, unless another has taken over all of that meanwhile. KEYS: the
// job, jobs, due, since, recent. ARGV: document, id, when it was triggered (ms), seconds that it lasts, by when what it
// takes over was due (ms), now (ms), seconds that taking over is remembered, names. Returns 1 if it has stored the job.
var takeOver = redis.NewScript(5, `
local due = 0
for i = 8, #ARGV do
  local at = redis.call('ZSCORE', KEYS[3], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[5]) then due = due + 1 end
end
if due == 0 or redis.call('HSETNX', KEYS[1], 'doc', ARGV[1]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[2])
for i = 8, #ARGV do
  local at = redis.call('ZSCORE', KEYS[3], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[5]) then
    redis.call('ZREM', KEYS[3], ARGV[i])
    redis.call('HDEL', KEYS[4], ARGV[i])
    redis.call('ZADD', KEYS[5], ARGV[6], ARGV[i])
  end
end
redis.call('EXPIRE', KEYS[5], ARGV[7])
return 1`)

const (
	maxDue    = 2000             // notes that one job takes over
	maxMillis = 1 << 52          // beyond it a time is nobody's
	recentTTL = 10 * time.Minute // that a job has taken something over is of interest for a minute
)

// Note adds what an event has named.
func (s *Store) Note(ctx context.Context, n syncer.Note) (syncer.Noted, error) {
	k := s.keys
	args := []any{
		k.events(), k.due(), k.since(), k.recent(), k.call(), n.Event, n.Now.UnixMilli(),
		n.Quiet.Milliseconds(), n.Most.Milliseconds(), n.Again.Milliseconds(), int(jobTTL.Seconds()),
	}
	for _, name := range n.Names {
		args = append(args, name)
	}
	answer, err := redis.Int64s(s.eval(ctx, note, 5, args))
	if err != nil || len(answer) != 4 {
		return syncer.Noted{}, orReply(err)
	}
	noted := syncer.Noted{Known: answer[0] == 1, Round: answer[3]}
	if answer[1] > 0 {
		noted.Due = fromMillis(answer[1])
	}
	if answer[2] > 0 {
		noted.Call = fromMillis(answer[2])
	}
	return noted, nil
}

// Called remembers that a message will ask for what is due.
func (s *Store) Called(ctx context.Context, event string, round int64, at, now time.Time) (bool, error) {
	return redis.Bool(s.eval(ctx, called, 2, []any{
		s.keys.events(), s.keys.call(), event, at.UnixMilli(), now.UnixMilli(), int(eventMemory.Seconds()),
		int(jobTTL.Seconds()), round,
	}))
}

// Due returns what is due by a time.
func (s *Store) Due(ctx context.Context, by time.Time) ([]string, error) {
	return redis.Strings(s.eval(ctx, due, 2, []any{s.keys.due(), s.keys.call(), by.UnixMilli(), maxDue}))
}

// TakeOver stores a job and strikes off what it takes over. ErrUnknownJob if another job has taken over all of that.
func (s *Store) TakeOver(ctx context.Context, j *syncer.Job, names []string, by, now time.Time) (*syncer.Job, error) {
	k := s.keys
	args := []any{
		k.job(j.ID), k.jobs(), k.due(), k.since(), k.recent(), encode(j), j.ID, j.TriggeredAt.UnixMilli(),
		int(jobTTL.Seconds()), by.UnixMilli(), now.UnixMilli(), int(recentTTL.Seconds()),
	}
	for _, name := range names {
		args = append(args, name)
	}
	if _, err := s.eval(ctx, takeOver, 5, args); err != nil {
		return nil, err
	}
	return s.Job(ctx, j.ID)
}

// Edits returns what is noted.
func (s *Store) Edits(ctx context.Context) (*syncer.Edits, error) {
	due := s.keys.due()
	first, err := redis.Strings(s.do(ctx, "ZRANGE", due, 0, 0, "WITHSCORES"))
	if err != nil || len(first) != 2 {
		return nil, err
	}
	at, err := strconv.ParseFloat(first[1], 64)
	if err != nil || at > maxMillis {
		return nil, nil // a stranger's: no reason to show nothing else
	}
	n, err := redis.Int(s.do(ctx, "ZCARD", due))
	if err != nil || n == 0 {
		return nil, err
	}
	return &syncer.Edits{Waiting: n, DueAt: fromMillis(int64(at))}, nil
}

// eval runs a script whose first n arguments are its keys.
func (s *Store) eval(ctx context.Context, script *redis.Script, n int, args []any) (reply any, err error) {
	return s.evalOn(ctx, script, args[:n], args)
}

// evalOn runs a script on keys, which are among its arguments. One that holds something of another type is moved aside.
func (s *Store) evalOn(ctx context.Context, script *redis.Script, keys, args []any) (reply any, err error) {
	try := func(c redis.Conn) error {
		reply, err = script.DoContext(ctx, c, args...)
		return err
	}
	if err = s.with(ctx, try); isWrongType(err) {
		names := make([]string, len(keys))
		for i := range names {
			names[i], _ = keys[i].(string)
		}
		if s.quarantine(ctx, names) {
			err = s.with(ctx, try)
		}
	}
	return reply, err
}

// orReply is err, or where there is none that the reply was not what was asked for.
func orReply(err error) error {
	if err == nil {
		return errReply
	}
	return err
}
