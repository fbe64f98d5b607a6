package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/upstash/qstash-go"
)

const (
	// timeout bounds one request, answer included.
	timeout = 15 * time.Second
	// maxAnswer is how much of an answer is read. QStash's are a few hundred bytes.
	maxAnswer = 1 << 20
)

// request is what qstash-go is not to decide about a request.
type request struct {
	path    string      // with the destination, raw
	header  http.Header // that it cannot set
	outside string      // the destination that may be a secret, empty for one of ours
	secret  string      // sent along to it, empty for none
}

// reply is what it does not tell of an answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// unreachable is a request without an answer. Whether it was carried out is unknown.
type unreachable struct {
	host string
	err  error
}

func (u *unreachable) Error() string { return fmt.Sprintf("no answer from %s: %v", u.host, u.err) }
func (u *unreachable) Unwrap() error { return u.err }

// mayBeCured reports whether the same request may succeed a moment later.
func mayBeCured(err error) bool {
	var none *unreachable
	var refused *Error
	return errors.As(err, &none) || errors.As(err, &refused) && refused.Status >= 500
}

// exchange makes one request through qstash-go. The error is nil when QStash answered 2xx and call returned nil; else
// it is an [*Error], an [*unreachable], or errEnvironment.
func (q *Queue) exchange(ctx context.Context, req request, call func(*qstash.Client) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w after %s", context.DeadlineExceeded, timeout))
	defer cancel()
	var got *reply
	err := errEnvironment
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		got, err = q.roundTrip(r.WithContext(ctx), req)
		if err != nil {
			return nil, err
		}
		return got.response(r), nil
	})
	callErr := call(qstash.NewClientWith(qstash.Options{
		Url:   q.base.String(),
		Token: q.opts.Token,
		Client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}))
	switch {
	case errors.Is(err, errEnvironment):
		return err
	case err != nil:
		return &unreachable{host: q.base.Host, err: err}
	case got.status < 200 || got.status > 299:
		return q.refused(got, req)
	case callErr != nil:
		return notQStash(got.status)
	}
	return nil
}

// errIncomplete: what must be in an answer is not. [Queue.exchange] makes an [*Error] of it.
var errIncomplete = errors.New("incomplete answer")

// errEnvironment: qstash-go failed before it made a request. It puts the value of QSTASH_URL in front of every path,
// whatever it was told, and cannot do so with spaces, line breaks or quotes around it.
var errEnvironment = errors.New("the environment variable QSTASH_URL holds more than a URL: " +
	"remove spaces, line breaks and quotes around it")

// roundTrip sends qstash-go's request to where it belongs, with the headers it could not set, and reads the answer.
func (q *Queue) roundTrip(r *http.Request, req request) (*reply, error) {
	target, err := q.target(req.path)
	if err != nil {
		return nil, err
	}
	r.URL, r.Host = target, target.Host
	maps.Copy(r.Header, req.header)
	response, err := q.opts.Transport.RoundTrip(r)
	if err == nil {
		defer response.Body.Close()
		got := &reply{status: response.StatusCode, header: response.Header}
		if got.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err == nil {
			return got, nil
		}
	}
	if cause := context.Cause(r.Context()); cause != nil {
		return nil, cause
	}
	return nil, err
}

// response is the answer as qstash-go reads it. It never closes a body; this one needs no closing.
func (a *reply) response(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(a.body)),
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
