package media

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	storeAttempts = 3
	storeBackoff  = 500 * time.Millisecond // before the second attempt, doubled before the third, plus up to as much again
	storeMaxWait  = 5 * time.Second        // the longest Retry-After waited for; a longer one is the caller's to plan

	maxStoreAnswer = 1 << 20 // bytes
)

// payload is a request's body: bytes, which can be sent again, or a stream, which cannot.
type payload struct {
	bytes  []byte
	stream io.Reader
	size   int64
}

func bytesPayload(b []byte) payload { return payload{bytes: b, size: int64(len(b))} }

func (p payload) reader() io.Reader {
	if p.stream != nil {
		return p.stream
	}
	return bytes.NewReader(p.bytes)
}

// noRetry is the wait of an error that another attempt would meet again.
const noRetry = -1

// retry makes attempts at sending body. try says how long to wait at least before the next one, or noRetry. There are
// few: a function has seconds, and the file comes up again in the next job.
func retry(ctx context.Context, op string, body payload, try func(attempt int) (wait time.Duration, err error)) error {
	for attempt := 0; ; attempt++ {
		wait, err := try(attempt)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w", op, err)
		if wait < 0 || attempt+1 == storeAttempts || body.stream != nil {
			return err
		}
		backoff := storeBackoff << attempt
		if !sleep(ctx, max(wait, backoff)+rand.N(backoff)) {
			return err
		}
	}
}

// answer is what a store has answered, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) ok() bool { return a.status >= 200 && a.status <= 299 }

// retryAfter is how long the store asks to wait; 0 if it doesn't.
func (a *answer) retryAfter() time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(a.header.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// send makes one attempt at a request that has everything but its body. wait is for [retry].
func send(client *http.Client, req *http.Request, p payload) (a *answer, wait time.Duration, err error) {
	body := &lent{from: p.reader()}
	defer func() { _ = body.Close() }() // it never fails
	req.Body, req.ContentLength = body, p.size
	if p.size == 0 {
		req.Body = http.NoBody
	}
	ctx := req.Context()
	resp, err := client.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, noRetry, reason(ctx, withoutURL(err))
	case err != nil:
		return nil, 0, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxStoreAnswer))
	if err != nil {
		return nil, 0, fmt.Errorf("read the answer: %w", err)
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: text}, 0, nil
}

// sleep reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// lent is a request body that its owner can take back: an [http.RoundTripper] may go on reading after it has returned,
// and what is behind the body is used again then. Once Close has returned nothing reads from it.
type lent struct {
	mu     sync.Mutex
	from   io.Reader
	closed bool
}

func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return l.from.Read(p)
}

func (l *lent) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}
