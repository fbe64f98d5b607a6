package notion_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

// local makes a client without a network whose pauses are real, for synctest. Each request takes a second.
func local(t *testing.T, w notion.Window, change ...func(*notion.Options)) *notion.Client {
	t.Helper()
	return connect(t, "http://notion.invalid", append([]func(*notion.Options){func(o *notion.Options) {
		o.Sleep, o.Window = nil, w
		o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return respond(req, 200, emptyList), nil
		})
	}}, change...)...)
}

// children makes n calls at once and returns their errors.
func children(ctx context.Context, c *notion.Client, n int) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = c.Children(ctx, id1, "") })
	}
	wg.Wait()
	return errs
}

func count(errs []error, is func(error) bool) (n int) {
	for _, err := range errs {
		if is(err) {
			n++
		}
	}
	return n
}

func succeeded(err error) bool { return err == nil }

func isWait(err error) bool {
	_, ok := errors.AsType[*model.Wait](err)
	return ok
}

func TestPace_oneTakeForAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := new(window)
		c := local(t, w)
		for _, n := range []int{20, 1, 32} {
			if got := count(children(t.Context(), c, n), succeeded); got != n {
				t.Errorf("%d concurrent calls: %d succeeded, want all", n, got)
			}
		}
		if want := []int{20, 1, 32}; !slices.Equal(w.takes, want) {
			t.Errorf("calls by 20, 1 and 32: Take(n) of %v, want %v", w.takes, want)
		}
	})
}

func TestPace_limitInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, most int
		w := new(window)
		c := local(t, w, func(o *notion.Options) {
			o.InFlight = 3
			slow := o.Transport
			o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				defer func() { mu.Lock(); now--; mu.Unlock() }()
				return slow.RoundTrip(req)
			})
		})
		children(t.Context(), c, 10)
		if most != 3 {
			t.Errorf("10 calls with a limit of 3: %d in flight at once, want 3", most)
		}
		if slices.Max(w.takes) > 3 {
			t.Errorf("10 calls with a limit of 3: Take(n) of %v, want none above 3: they could not be used at once", w.takes)
		}
	})
}

func TestPace_shortWaitsAreSlept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := &window{take: func(_ context.Context, n int) (int, time.Duration, error) {
			if at := time.Since(start); at < 2*time.Second {
				return 0, 2*time.Second - at, nil
			}
			return min(n, 2), 0, nil
		}}
		if got := count(children(t.Context(), local(t, w), 5), succeeded); got != 5 {
			t.Errorf("5 calls with 2s to wait: %d succeeded, want all", got)
		}
		if want := []int{5, 5, 3, 1}; !slices.Equal(w.takes, want) {
			t.Errorf("5 calls, granted 0, 2, 2 and 1: Take(n) of %v, want %v", w.takes, want)
		}
		if took := time.Since(start); took < 3*time.Second || took > 3100*time.Millisecond {
			t.Errorf("5 calls: took %s, want the wait of 2s and the request's 1s", took)
		}
	})
}

// bursts is a window in which a request becomes free every tenth of a second, and which knows of a next burst.
type bursts struct {
	*window
	after time.Duration
}

func (b bursts) Next(context.Context) (time.Duration, error) { return b.after, nil }

// What becomes free little by little is waited for only so long in all: a process must not come to sleep all the time.
func TestPace_dribbleIsHandedBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		after       time.Duration
		least, most int // of 100 calls that succeed
	}{
		{"the next burst is far", 50 * time.Second, 14, 18},
		{"the next burst is near", 2 * time.Second, 100, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				free := start.Add(2 * time.Second) // the wait before anything is free is no part of it
				w := &window{take: func(context.Context, int) (int, time.Duration, error) {
					if wait := time.Until(free); wait > 0 {
						return 0, wait, nil
					}
					free = free.Add(100 * time.Millisecond)
					return 1, 0, nil
				}}
				errs := children(t.Context(), local(t, bursts{w, tt.after}, func(o *notion.Options) { o.InFlight = 200 }), 100)
				if n := count(errs, succeeded); n < tt.least || n > tt.most || n+count(errs, isWait) != 100 {
					t.Errorf("%d of 100 calls succeeded, want %d to %d and a Wait for the others", n, tt.least, tt.most)
				}
				for _, err := range errs {
					if wait, ok := errors.AsType[*model.Wait](err); ok && (wait.After != tt.after || !wait.Soft) {
						t.Errorf("a Wait of %s, soft: %t, want a soft one of %s", wait.After, wait.Soft, tt.after)
					}
				}
			})
		})
	}
}

func TestPace_longWaitsAreHandedBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		left := 2
		w := &window{take: func(_ context.Context, n int) (int, time.Duration, error) {
			granted := min(n, left)
			left -= granted
			return granted, 40 * time.Second, nil
		}}
		errs := children(t.Context(), local(t, w), 5)
		if count(errs, succeeded) != 2 || count(errs, isWait) != 3 {
			t.Errorf("5 calls with 2 granted: errors %v, want none for 2 and a Wait for 3", errs)
		}
		for _, err := range errs {
			if wait, ok := errors.AsType[*model.Wait](err); ok && wait.After != 40*time.Second {
				t.Errorf("5 calls with 2 granted: a Wait of %s, want 40s", wait.After)
			}
		}
		if took := time.Since(start); took > 1100*time.Millisecond {
			t.Errorf("5 calls with 2 granted: took %s, want no more than the requests' 1s", took)
		}
		// Who was sent away left no slot taken.
		c := local(t, w, func(o *notion.Options) { o.InFlight = 1 })
		if errs := children(t.Context(), c, 3); count(errs, isWait) != 3 {
			t.Errorf("3 calls with none granted and 1 in flight: errors %v, want a Wait for each", errs)
		}
	})
}

func TestPace_windowFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("redis is down")
		w := &window{take: func(context.Context, int) (int, time.Duration, error) { return 0, 0, down }}
		sent := 0
		c := local(t, w, func(o *notion.Options) { o.OnRequest = func(string) { sent++ } })
		errs := children(t.Context(), c, 5)
		if got := count(errs, func(err error) bool { return errors.Is(err, down) && errors.Is(err, model.ErrWindow) }); got != 5 || sent != 0 {
			t.Errorf("5 calls, Window down: errors %v and %d requests, want its error 5 times and none", errs, sent)
		}
		if want := []int{5}; !slices.Equal(w.takes, want) {
			t.Errorf("5 calls, Window down: Take(n) of %v, want %v", w.takes, want)
		}
	})
}

func TestPace_windowWithoutAnAnswerIsNotStormed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := &window{take: func(_ context.Context, n int) (int, time.Duration, error) {
			if time.Since(start) < time.Second {
				return 0, 0, nil
			}
			return n, 0, nil
		}}
		if _, err := local(t, w).Children(t.Context(), id1, ""); err != nil {
			t.Fatalf("Children(): %v", err)
		}
		if n := len(w.takes); n > 102 {
			t.Errorf("Children(): Take %d times in a second without a wait, want one in 10 ms", n)
		}
	})
}

func TestPace_cancelledWhileAskingForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := errors.New("over")
		ctx, cancel := context.WithCancelCause(t.Context())
		w := &window{take: func(ctx context.Context, n int) (int, time.Duration, error) {
			select { // as a Redis that hangs
			case <-ctx.Done():
				return 0, 0, ctx.Err()
			case <-time.After(10 * time.Second):
				return n, 0, nil
			}
		}}
		c := local(t, w)
		start := time.Now()
		first := make(chan error)
		go func() { first <- calls["Children"](ctx, c, id1) }()
		synctest.Wait() // it has the turn, and asks for itself and for those who come now
		others := make(chan []error)
		go func() { others <- children(t.Context(), c, 4) }()
		time.Sleep(time.Second)
		cancel(over)
		if err := <-first; !errors.Is(err, over) {
			t.Errorf("Children() cancelled while asking: error %v, want the cause", err)
		}
		if took := time.Since(start); took > 1100*time.Millisecond {
			t.Errorf("Children() cancelled after 1s: returned after %s, want at once", took)
		}
		if errs := <-others; count(errs, succeeded) != 4 {
			t.Errorf("the four others: errors %v, want none", errs)
		}
		if want := []int{5, 4}; !slices.Equal(w.takes, want) {
			t.Errorf("Take(n) of %v, want %v: who has gone is not asked for", w.takes, want)
		}
	})
}

func TestPace_cancelledInTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := &window{take: func(_ context.Context, n int) (int, time.Duration, error) {
			if at := time.Since(start); at < 2*time.Second {
				return 0, 2*time.Second - at, nil
			}
			return n, 0, nil
		}}
		c := local(t, w)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		patient := make(chan error)
		go func() { patient <- calls["Children"](t.Context(), c, id1) }()
		synctest.Wait()
		err := calls["Children"](ctx, c, id2)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("Children() with 1s to live: error %v after %s, want DeadlineExceeded after 1s", err, took)
		}
		if err := <-patient; err != nil {
			t.Errorf("Children() of the other: %v, want no error", err)
		}
		if want := []int{2, 1}; !slices.Equal(w.takes, want) {
			t.Errorf("Take(n) of %v, want %v", w.takes, want)
		}
	})
}

func TestPace_cancelledWithoutASlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := local(t, nil, func(o *notion.Options) { o.InFlight = 1 })
		first := make(chan error)
		go func() { first <- calls["Children"](t.Context(), c, id1) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		err := calls["Children"](ctx, c, id2)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != time.Millisecond {
			t.Errorf("Children() without a slot: error %v after %s, want DeadlineExceeded after 1ms", err, took)
		}
		if err := <-first; err != nil {
			t.Errorf("Children() with the slot: %v, want no error", err)
		}
	})
}

func TestPace_pausesAreInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := local(t, nil, func(o *notion.Options) {
			o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
				resp := respond(req, 429, "")
				resp.Header.Set("Retry-After", "3")
				return resp, nil
			})
		})
		over := errors.New("over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
		defer cancel()
		start := time.Now()
		err := calls["Children"](ctx, c, id1)
		if e, ok := errors.AsType[*notion.Error](err); !errors.Is(err, over) || !ok || e.Status != 429 {
			t.Errorf("Children() cancelled in a pause: error %v, want the cause and the 429", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("Children() cancelled after 1s of a pause: returned after %s, want 1s", took)
		}
	})
}

// Who asks one by one is granted a few more than are needed now, and uses them while they are fresh, unless Notion has said
// that they were too many.
func TestPace_spares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, status := &window{spares: 2}, 200
		c := local(t, w, func(o *notion.Options) {
			o.MaxWait = time.Minute
			o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
				time.Sleep(300 * time.Millisecond)
				defer func() { status = 200 }()
				return respond(req, status, emptyList), nil
			})
		})
		ask := func(what string, want ...int) {
			t.Helper()
			if _, err := c.Children(t.Context(), id1, ""); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if !slices.Equal(w.takes, want) {
				t.Errorf("%s: Take(n) of %v, want %v", what, w.takes, want)
			}
		}
		ask("the first", 1)
		ask("the second", 1, 3)
		ask("a spare", 1, 3)
		ask("the other spare", 1, 3)
		ask("the fifth", 1, 3, 3)
		time.Sleep(time.Second)
		ask("spares that are stale", 1, 3, 3, 3)
		status = 429
		ask("spares, but Notion wants silence", 1, 3, 3, 3, 3)
	})
}
