package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer"
)

// Window is the memory of the requests made to Notion, shared by every process that uses the connection: a fresh one
// must not believe that it has a fresh window. It slides: at no moment have more than Limit requests been granted in the
// Span before it. Redis's clock counts, so functions need not agree on the time.
//
// A little is kept in hand: time, see late, and one in a hundred requests.
type Window struct {
	store  *Store
	limit  int
	span   time.Duration
	length time.Duration // as Notion counts it
}

var _ syncer.Window = (*Window)(nil)

// NewWindow returns the window of limit requests in every span.
func NewWindow(s *Store, limit int, span time.Duration) (*Window, error) {
	if limit < 1 || span < time.Millisecond {
		return nil, fmt.Errorf("store: a window of %d requests in %s", limit, span)
	}
	return &Window{store: s, limit: max(1, limit-(limit+99)/100), span: span + late(span), length: span}, nil
}

// late is how much later than it was granted a request may arrive at Notion, which counts it there: a sixtieth of the
// span. In a short one that is less than a busy machine or network needs, so it is 50 ms there, or a quarter of it.
func late(span time.Duration) time.Duration {
	return max(span/60, min(span/4, 50*time.Millisecond))
}

// buckets is into how many parts the span is divided: requests of one part are forgotten together, when the last of
// them may be.
const buckets = 480

// take grants requests. KEYS[1] is the window's hash: fields b<ms> count the requests granted in the part of the span
// that ends then, "until" is when Notion's last word ends, "kept" when the hash itself goes. ARGV: requests asked for,
// limit, span in ms, part in ms, requests worth waiting for. Returns {granted, ms to wait if none was}: until one is free,
// or as many of its burst as are worth it. Taken one by one as they were made, they would be made one by one for ever. It is
// asked all the time and every command is billed, so the hash is prolonged, and parts that are over are taken out, only
// now and then.
var take = redis.NewScript(1, freed+`
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local asked, limit, span, part = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local fields = redis.call('HGETALL', KEYS[1])
local used, silent, kept, over, counts, parts = 0, 0, 0, {}, {}, {}
for i = 1, #fields, 2 do
  local name, n = fields[i], tonumber(fields[i+1]) or 0
  if name == 'until' then silent = n - now
  elseif name == 'kept' then kept = n
  else
    local at = tonumber(string.sub(name, 2))
    if at == nil or at + span <= now then
      if #over < 1000 then over[#over+1] = name end -- Lua's stack is limited
    else
      used, counts[name], parts[#parts+1] = used + n, n, {at, n}
    end
  end
end
if silent > 0 then return {0, silent} end
local granted = math.min(asked, limit - used)
if granted <= 0 then
  return {0, (freed(parts, used - limit + 1, used - limit + tonumber(ARGV[5]), span) or now) + span - now}
end
local ends = string.format('b%d', (math.floor(now / part) + 1) * part)
local set = {ends, string.format('%d', (counts[ends] or 0) + granted)}
if kept < now + part + span then
  set[3], set[4] = 'kept', string.format('%d', now + 4 * span)
end
redis.call('HSET', KEYS[1], unpack(set))
if set[3] then redis.call('PEXPIRE', KEYS[1], 4 * span) end
if #over >= 32 then redis.call('HDEL', KEYS[1], unpack(over)) end
return {granted, 0}`)

// hush keeps everybody silent for a while. KEYS[1] as above; ARGV[1]: ms.
var hush = redis.NewScript(1, `
local t = redis.call('TIME')
local ends = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) + tonumber(ARGV[1])
local now = tonumber(redis.call('HGET', KEYS[1], 'until') or '0') or 0
if ends > now then redis.call('HSET', KEYS[1], 'until', string.format('%d', ends)) end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[1]) + 1000))
return 1`)

// next tells when enough of the requests granted last, or a quarter of them, are free. KEYS[1] as above; ARGV: span in
// ms, requests worth waiting for. Those granted in the first half of the span are free before that. Returns {ms}.
var next = redis.NewScript(1, freed+`
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local span, sum, parts = tonumber(ARGV[1]), 0, {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local at, n = tonumber(string.sub(fields[i], 2)), tonumber(fields[i+1]) or 0
  if fields[i] ~= 'until' and at and at > now - span / 2 then sum, parts[#parts+1] = sum + n, {at, n} end
end
if sum == 0 then return {span} end
local enough = math.min(sum / 4, tonumber(ARGV[2]))
return {freed(parts, enough, enough, span) + span - now}`)

// freed is when so many requests of those that parts count are forgotten: the end of their part. It is later if more of
// the same burst are forgotten then, until they are enough; a burst ends where nothing is for a tenth of the span.
const freed = `
local function freed(parts, least, enough, span)
  table.sort(parts, function(a, b) return a[1] < b[1] end)
  local at, n = nil, 0
  for _, part in ipairs(parts) do
    if at and n >= least and (n >= enough or part[1] - at > span / 10) then break end
    at, n = part[1], n + part[2]
  end
  return at
end
`

// Next tells how long it is until enough of the requests granted last, those of this burst, are free again. Until then
// only what is left of the burst before becomes free, little by little.
func (w *Window) Next(ctx context.Context) (time.Duration, error) {
	answer, err := w.run(ctx, next, w.span.Milliseconds(), w.worth())
	if err != nil {
		return 0, err
	}
	if len(answer) != 1 {
		return 0, errors.New("redis: the window's script gave no answer")
	}
	return time.Duration(answer[0]) * time.Millisecond, nil
}

// Spares is how many requests of those granted may be made up to a second later: what is kept in hand covers them. In a
// window of a few seconds that would be too late.
func (w *Window) Spares() int {
	if w.length < 10*time.Second {
		return 0
	}
	return min(2, w.limit/89)
}

// worth is how many requests are worth waiting for.
func (w *Window) worth() int { return max(1, w.limit/6) }

// Take asks for n requests now. It grants 0 to n; with 0, wait is how long until one may be free.
func (w *Window) Take(ctx context.Context, n int) (granted int, wait time.Duration, err error) {
	part := max(1, w.span.Milliseconds()/buckets)
	answer, err := w.run(ctx, take, n, w.limit, w.span.Milliseconds(), part, w.worth())
	if err != nil {
		return 0, 0, err
	}
	if len(answer) != 2 {
		return 0, 0, errors.New("redis: the window's script gave no answer")
	}
	return answer[0], time.Duration(answer[1]) * time.Millisecond, nil
}

// used counts the requests granted in the span that ends now. KEYS[1] as above; ARGV[1]: span in ms.
var used = redis.NewScript(1, `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local fields, n = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #fields, 2 do
  local at = tonumber(string.sub(fields[i], 2))
  if fields[i] ~= 'until' and at and at + tonumber(ARGV[1]) > now then n = n + (tonumber(fields[i+1]) or 0) end
end
return n`)

// Used tells how much of the window is used.
func (w *Window) Used(ctx context.Context) (syncer.WindowUse, error) {
	n, err := redis.Int(w.store.eval(ctx, used, 1, []any{w.store.keys.window(), w.span.Milliseconds()}))
	if err != nil {
		return syncer.WindowUse{}, err
	}
	return syncer.WindowUse{Used: n, Limit: w.limit, Seconds: int(w.length.Round(time.Second).Seconds())}, nil
}

// Block notes that Notion has asked for silence of d.
func (w *Window) Block(ctx context.Context, d time.Duration) error {
	_, err := w.run(ctx, hush, d.Milliseconds())
	return err
}

// run evaluates a script of the window. One that is repeated because its answer was lost may grant twice what is used
// once, which errs on the side of too few requests.
func (w *Window) run(ctx context.Context, script *redis.Script, args ...any) (answer []int, err error) {
	try := func(c redis.Conn) error {
		reply, err := script.DoContext(ctx, c, append([]any{w.store.keys.window()}, args...)...)
		if err == nil {
			if _, single := reply.(int64); !single {
				answer, err = redis.Ints(reply, nil)
			}
		}
		return err
	}
	key := w.store.keys.window()
	if err = w.store.with(ctx, try); isWrongType(err) && w.store.quarantine(ctx, []string{key}) {
		err = w.store.with(ctx, try)
	}
	return answer, err
}
