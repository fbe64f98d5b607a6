package media

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const blobVersion = "12" // of the protocol

// blobRequest is one call of the API.
type blobRequest struct {
	op     string // for people
	method string
	path   string // behind the base, with its query
	header map[string]string
	body   payload
}

func jsonPayload(v any) (payload, error) {
	raw, err := json.Marshal(v)
	return bytesPayload(raw), err
}

// do makes a request and reads the answer into result, unless that is nil. What Vercel's client tries again is tried
// again here. Unlike there, so is a request refused for its rate, after the time asked for.
func (b *Blob) do(ctx context.Context, r blobRequest, result any) error {
	id := fmt.Sprintf("%s:%d:%x", b.store, time.Now().UnixMilli(), rand.Uint64())
	return retry(ctx, r.op, r.body, func(attempt int) (time.Duration, error) {
		req, err := http.NewRequestWithContext(ctx, r.method, b.base+r.path, nil)
		if err != nil {
			return noRetry, withoutURL(err)
		}
		for name, value := range r.header {
			req.Header.Set(name, value)
		}
		req.Header.Set("Authorization", "Bearer "+b.token)
		req.Header.Set("x-api-version", blobVersion)
		req.Header.Set("x-vercel-blob-store-id", b.store)
		req.Header.Set("x-api-blob-request-id", id)
		req.Header.Set("x-api-blob-request-attempt", strconv.Itoa(attempt))
		a, wait, err := send(b.client, req, r.body)
		if err != nil {
			return wait, err
		}
		return readBlobAnswer(a, result)
	})
}

// readBlobAnswer reads a result, or an error and how long to wait before another attempt.
func readBlobAnswer(a *answer, result any) (wait time.Duration, err error) {
	switch {
	case !a.ok():
		return blobRefusal(a)
	case result == nil:
		return 0, nil
	}
	if err := json.Unmarshal(a.body, result); err != nil {
		return noRetry, fmt.Errorf("read the answer: %w", err)
	}
	return 0, nil
}

// blobRefusal reads an error and says how long to wait before another attempt. An answer without a code, a page of HTML
// say, is an unknown_error, as in Vercel's client.
func blobRefusal(a *answer) (time.Duration, error) {
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(a.body, &body) != nil || body.Error.Code == "" {
		body.Error.Code = "unknown_error"
	}
	e := &Error{Status: a.status, Code: body.Error.Code, Message: body.Error.Message, RetryAfter: a.retryAfter()}
	switch e.Code {
	case "forbidden", "store_not_found", "store_suspended":
		e.fatal = true
	case "unknown_error", "service_unavailable", "internal_server_error":
		return 0, e
	case "rate_limited":
		if e.RetryAfter <= storeMaxWait {
			return e.RetryAfter, e
		}
	}
	return noRetry, e
}
