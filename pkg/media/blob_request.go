package media

import (
	"bytes"
	"context"
	"encoding/json"
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
	blobVersion  = "12" // of the protocol
	blobAttempts = 3
	blobBackoff  = 500 * time.Millisecond // before the second attempt, doubled before the third, plus up to as much again
	blobMaxWait  = 5 * time.Second        // the longest Retry-After waited for; a longer one is the caller's to plan

	maxBlobAnswer = 1 << 20 // bytes
)

// blobRequest is one call of the API.
type blobRequest struct {
	op     string // for people
	method string
	path   string // behind the base, with its query
	header map[string]string
	body   payload
}

// payload is a request's body: bytes, which can be sent again, or a stream, which cannot.
type payload struct {
	bytes  []byte
	stream io.Reader
	size   int64
}

func jsonPayload(v any) (payload, error) {
	raw, err := json.Marshal(v)
	return payload{bytes: raw, size: int64(len(raw))}, err
}

func (p payload) reader() io.Reader {
	if p.stream != nil {
		return p.stream
	}
	return bytes.NewReader(p.bytes)
}

// do makes a request and reads the answer into result, unless that is nil. What Vercel's client tries again is tried
// again here, less often: a function has seconds, and the file comes up again in the next job. Unlike there, so is a
// request refused for its rate, after the time asked for.
func (b *Blob) do(ctx context.Context, r blobRequest, result any) error {
	id := fmt.Sprintf("%s:%d:%x", b.store, time.Now().UnixMilli(), rand.Uint64())
	for attempt := 0; ; attempt++ {
		wait, err := b.try(ctx, r, id, attempt, result)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w", r.op, err)
		if wait < 0 || attempt+1 == blobAttempts || r.body.stream != nil {
			return err
		}
		wait += rand.N(blobBackoff << attempt)
		if wait > 0 && !sleep(ctx, wait) {
			return err
		}
	}
}

// noRetry is the wait of an error that another attempt would meet again.
const noRetry = -1

// try makes one attempt. wait is how long to wait at least before the next, or noRetry.
func (b *Blob) try(
	ctx context.Context, r blobRequest, id string, attempt int, result any,
) (wait time.Duration, err error) {
	body := &lent{from: r.body.reader()}
	defer func() { _ = body.Close() }() // it never fails
	req, err := http.NewRequestWithContext(ctx, r.method, b.base+r.path, body)
	if err != nil {
		return noRetry, withoutURL(err)
	}
	if req.ContentLength = r.body.size; r.body.size == 0 {
		req.Body = http.NoBody
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("x-api-version", blobVersion)
	req.Header.Set("x-vercel-blob-store-id", b.store)
	req.Header.Set("x-api-blob-request-id", id)
	req.Header.Set("x-api-blob-request-attempt", strconv.Itoa(attempt))
	resp, err := b.client.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return noRetry, reason(ctx, withoutURL(err))
	case err != nil:
		return blobBackoff << attempt, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	return readBlobAnswer(resp, blobBackoff<<attempt, result)
}

// readBlobAnswer reads a result, or an error and how long to wait before another attempt.
func readBlobAnswer(resp *http.Response, backoff time.Duration, result any) (wait time.Duration, err error) {
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBlobAnswer))
	switch {
	case err != nil:
		return backoff, fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return blobRefusal(resp, answer, backoff)
	case result == nil:
		return 0, nil
	}
	if err := json.Unmarshal(answer, result); err != nil {
		return noRetry, fmt.Errorf("read the answer: %w", err)
	}
	return 0, nil
}

// blobRefusal reads an error and says how long to wait before another attempt. An answer without a code, a page of HTML
// say, is an unknown_error, as in Vercel's client.
func blobRefusal(resp *http.Response, answer []byte, backoff time.Duration) (time.Duration, error) {
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(answer, &body) != nil || body.Error.Code == "" {
		body.Error.Code = "unknown_error"
	}
	e := &Error{
		Status:     resp.StatusCode,
		Code:       body.Error.Code,
		Message:    body.Error.Message,
		RetryAfter: retryAfter(resp.Header),
	}
	switch e.Code {
	case "forbidden", "store_not_found", "store_suspended":
		e.fatal = true
	case "unknown_error", "service_unavailable", "internal_server_error":
		return backoff, e
	case "rate_limited":
		if e.RetryAfter <= blobMaxWait {
			return max(backoff, e.RetryAfter), e
		}
	}
	return noRetry, e
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
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
