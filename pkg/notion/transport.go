package notion

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxErrorBytes is how much is read of an answer that goes into an error.
const maxErrorBytes = 64 << 10

// transport is the http.RoundTripper under the library. It returns a response for a 200 with JSON, and an error for
// everything else, so the http.Client above it never sees a redirect, and the library never an error body.
type transport struct {
	base      http.RoundTripper
	baseURL   string // without a slash at the end
	token     string // to keep it out of errors
	timeout   time.Duration
	maxWait   time.Duration
	maxBody   int64
	onRequest func(string)
	sleep     func(context.Context, time.Duration) error
	log       *slog.Logger

	concurrency *concurrency
	pacer       *pacer
}

func newTransport(baseURL string, o Options) *transport {
	o.MaxWait = orElse(o.MaxWait, 3*time.Second)
	o.InFlight = orElse(o.InFlight, mostConcurrency)
	if o.OnRequest == nil {
		o.OnRequest = func(string) {}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &transport{
		base:        baseTransport(o),
		baseURL:     baseURL,
		token:       o.Token,
		timeout:     orElse(o.Timeout, 65*time.Second),
		maxWait:     o.MaxWait,
		maxBody:     orElse(o.MaxBodyBytes, 32<<20),
		onRequest:   o.OnRequest,
		sleep:       o.Sleep,
		log:         o.Logger,
		concurrency: newConcurrency(o.InFlight),
		pacer:       newPacer(o.Window, o),
	}
}

func baseTransport(o Options) http.RoundTripper {
	if o.Transport != nil {
		return o.Transport
	}
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // replaced by the program, which will know why
	}
	own := shared.Clone()
	own.MaxIdleConnsPerHost = o.InFlight // the default of 2 would open a connection for almost every request
	return own
}

// RoundTrip makes the attempts of one call and puts the body of the 200 into it.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close() // each attempt sends a fresh copy
	}
	ctx := req.Context()
	k, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return nil, fmt.Errorf("request to %s outside of any call", req.URL.Path)
	}
	var last error
	pauses := newPauses()
	for n := 1; ; n++ {
		if err := t.enter(ctx); err != nil {
			return nil, after(err, last)
		}
		body, err := t.exchange(req, k)
		if err == nil {
			k.answer = body
			return emptyAnswer(req), nil
		}
		if ctx.Err() != nil {
			return nil, after(context.Cause(ctx), last)
		}
		before := last
		last = err
		pause, err := t.next(ctx, k, last, n, pauses)
		if err != nil {
			return nil, err
		}
		if k.lighter != nil && tooMuch(last, before) {
			if k.content, err = k.lighter(); err != nil {
				return nil, err
			}
		}
		if err := t.sleep(ctx, pause); err != nil {
			return nil, after(err, last)
		}
	}
}

// after keeps the last real answer beside the reason why there was no other.
func after(err, last error) error {
	if last == nil {
		return err
	}
	return fmt.Errorf("%w (last answer: %w)", err, last)
}

// enter takes a place in flight, which exchange gives back, and then a grant of the Window: in this order, for a grant
// counts from the moment it is given.
func (t *transport) enter(ctx context.Context) error {
	if err := t.concurrency.enter(ctx); err != nil {
		return err
	}
	if err := t.pacer.acquire(ctx); err != nil {
		t.concurrency.leave()
		return err
	}
	return nil
}

// exchange makes one attempt and returns the body of a 200 with JSON.
func (t *transport) exchange(req *http.Request, k *call) (body []byte, err error) {
	began := time.Now()
	defer func() {
		overloaded := err != nil && temporary(err) && req.Context().Err() == nil
		t.concurrency.answered(k.kind, time.Since(began), len(body), overloaded)
	}()
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout, fmt.Errorf("no answer within %s", t.timeout))
	defer cancel()
	out, err := t.prepare(ctx, req, k)
	if err != nil {
		return nil, err
	}
	t.onRequest(k.kind)
	resp, err := t.base.RoundTrip(out)
	if err != nil {
		return nil, orCause(ctx, err)
	}
	defer resp.Body.Close() // all but oversized bodies are read to their end, and so leave the connection usable
	if resp.StatusCode != http.StatusOK {
		// A body that breaks off must not hide the status.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
		return nil, newError(k, resp, t.redact(body))
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, t.maxBody+1))
	switch {
	case err != nil:
		return nil, orCause(ctx, err)
	case int64(len(body)) > t.maxBody:
		return nil, refusal(fmt.Sprintf("the answer is larger than %d bytes", t.maxBody))
	case !json.Valid(body):
		return nil, newError(k, resp, t.redact(body[:min(len(body), maxErrorBytes)]))
	}
	return body, nil
}

// prepare makes the request of one attempt: to the base URL, with the call's own path, and with all of the body.
func (t *transport) prepare(ctx context.Context, req *http.Request, k *call) (*http.Request, error) {
	path, query := req.URL.EscapedPath(), req.URL.RawQuery
	if k.path != "" {
		path, query = "/v1/"+k.path, k.query.Encode()
	}
	target, err := url.Parse(t.baseURL + path)
	if err != nil {
		return nil, err
	}
	target.RawQuery = query
	out := req.Clone(ctx)
	out.URL = target
	out.Host = "" // of the library's URL
	if k.content != nil {
		out.ContentLength = int64(len(k.content))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(k.content)), nil }
	}
	if out.GetBody != nil {
		if out.Body, err = out.GetBody(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// redact takes the token out of an answer that will be quoted: a proxy may echo the request.
func (t *transport) redact(body []byte) []byte {
	return []byte(strings.ReplaceAll(string(body), t.token, "[token]"))
}

// orCause is why ctx ended if it has: that is what err is about then.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
