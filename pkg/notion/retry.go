package notion

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"notionsync/pkg/syncer/model"
)

const (
	maxAttempts   = 4
	firstPause    = 500 * time.Millisecond
	limitedPause  = time.Second      // at least, where Notion asks for fewer requests without saying for how long
	edgePause     = 30 * time.Second // the same, for the network in front of it, which never says
	maxRetryAfter = time.Hour        // what is longer is taken for a mistake
)

// newPauses makes the pauses of one call: 0.5 s, 1 s, 2 s, each times 0.5 to 1.5.
func newPauses() *backoff.ExponentialBackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = firstPause
	pauses.Multiplier = 2
	return pauses
}

// next says how long to pause before the attempt after the n-th, which failed with err; or, as its error, how the call
// ends. Where Notion asks for fewer requests, the Window is told, and the end is a *model.Wait.
func (t *transport) next(
	ctx context.Context, k *call, err error, n int, pauses *backoff.ExponentialBackOff,
) (time.Duration, error) {
	if !temporary(err) {
		return 0, err
	}
	var said Error // nothing, if there was no answer
	if e, ok := errors.AsType[*Error](err); ok {
		said = *e
	}
	pause := min(pauses.NextBackOff(), t.maxWait)
	switch {
	case said.RetryAfter > 0:
		pause = said.RetryAfter
	case said.edge:
		pause = edgePause
	case said.limited():
		pause = max(pause, limitedPause)
	}
	if said.limited() {
		t.block(ctx, pause)
	}
	switch {
	case pause > t.maxWait, n == maxAttempts && said.limited():
		return 0, &model.Wait{After: pause, Reason: err.Error()}
	case n == maxAttempts:
		return 0, fmt.Errorf("%w (after %d attempts)", err, n)
	}
	t.log.LogAttrs(ctx, slog.LevelDebug, "notion request failed, trying again", slog.String("kind", k.kind),
		slog.Int("attempt", n), slog.Int("status", said.Status), slog.Int64("pause_ms", pause.Milliseconds()))
	return pause, nil
}

// temporary reports whether the same request may have another answer. What the Source contract has a name for has not.
func temporary(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.sentinel() == nil
	}
	return !errors.Is(err, model.ErrRefused)
}

// block has all workers back off together. If the Window cannot be told, this worker still does.
func (t *transport) block(ctx context.Context, d time.Duration) {
	if t.pacer.window == nil {
		return
	}
	t.pacer.save(0)
	if err := t.pacer.window.Block(ctx, d); err != nil {
		t.log.LogAttrs(ctx, slog.LevelWarn, "notion asked for a pause, but other workers were not told",
			slog.Int64("pause_ms", d.Milliseconds()), slog.Any("error", err))
	}
}

// retryAfter reads a Retry-After header: seconds or an HTTP date. 0: not said, or over already.
func retryAfter(value string) time.Duration {
	value = strings.TrimSpace(value)
	var d time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		d = time.Duration(min(seconds, int(maxRetryAfter.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		d = time.Until(at)
	}
	return min(max(d, 0), maxRetryAfter)
}
