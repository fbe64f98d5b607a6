package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
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

var _ model.Window = (*Window)(nil)

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

// Used tells how much of the window is used.
func (w *Window) Used(ctx context.Context) (model.WindowUse, error) {
	n, err := redis.Int(w.store.eval(ctx, used, 1, []any{w.store.keys.window(), w.span.Milliseconds()}))
	if err != nil {
		return model.WindowUse{}, err
	}
	return model.WindowUse{Used: n, Limit: w.limit, Seconds: int(w.length.Round(time.Second).Seconds())}, nil
}

// Block notes that Notion has asked for silence of d.
func (w *Window) Block(ctx context.Context, d time.Duration) error {
	_, err := w.run(ctx, hush, d.Milliseconds())
	return err
}

// run evaluates a script of the window. One that is repeated because its answer was lost may grant twice what is used
// once, which errs on the side of too few requests.
func (w *Window) run(ctx context.Context, script *redis.Script, args ...any) ([]int, error) {
	reply, err := w.store.eval(ctx, script, 1, append([]any{w.store.keys.window()}, args...))
	if _, single := reply.(int64); single || err != nil {
		return nil, err
	}
	return redis.Ints(reply, nil)
}
