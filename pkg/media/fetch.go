package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	// headBytes is how much of a file is looked at before the rest is sent on.
	headBytes = 256 << 10
	// maxRedirects bounds how far a URL may lead away.
	maxRedirects = 5
	// maxAnswer bounds what is read of an error answer.
	maxAnswer = 64 << 10
)

// file is a file on its way: its head is known, reading yields all of it.
type file struct {
	*bufio.Reader
	body        *body
	head        []byte // at most headBytes; good until the first Read
	size        int64  // announced; -1 if not
	contentType string
}

func (f *file) close() { f.body.close() }

// fetch asks for a file and has a first look at it. The caller closes it.
func (k *Keeper) fetch(ctx context.Context, sourceURL string) (*file, error) {
	u, err := url.Parse(sourceURL)
	if err != nil {
		return nil, fmt.Errorf("%w: the URL cannot be read", ErrContent)
	}
	if err := tame(u); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("%w: %w", ErrContent, err)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		err = reason(ctx, withoutURL(err))
		cancel(nil)
		return nil, err
	}
	f := &file{size: resp.ContentLength, body: newBody(ctx, cancel, resp.Body, k.maxBytes)}
	if err := f.examine(resp, path.Base(u.Path)); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// tame lets only http and https URLs through, and takes the credentials out of them.
func tame(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: no http or https URL", ErrContent)
	}
	u.User = nil
	return nil
}

// checkRedirect keeps the signed URL from the place it leads to: net/http would send it as Referer.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	req.Header.Del("Referer")
	return tame(req.URL)
}

// examine judges the answer by its header and its first bytes.
func (f *file) examine(resp *http.Response, name string) error {
	if resp.StatusCode != http.StatusOK {
		return refusal(resp.StatusCode, f.body)
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return fmt.Errorf("%w: encoded as %q", ErrContent, encoding)
	}
	if f.size > f.body.max {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, f.size, f.body.max)
	}
	f.Reader = bufio.NewReaderSize(f.body, headBytes)
	var err error
	if f.head, err = f.Peek(headBytes); err != nil && err != io.EOF {
		return err
	}
	f.contentType, err = judge(name, resp.Header.Get("Content-Type"), f.head)
	return err
}

// refusal says what an answer other than 200 means. S3 answers 403 AccessDenied "Request has expired" for a signature
// that is no longer good, 400 ExpiredToken for one made with credentials that are not
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, read 2026-08).
func refusal(status int, body io.Reader) error {
	answer, _ := io.ReadAll(io.LimitReader(body, maxAnswer)) // what can be read of it
	err := fmt.Errorf("status %d", status)
	if code := between(string(answer), "<Code>", "</Code>"); code != "" {
		err = fmt.Errorf("status %d, %.100q", status, code)
	}
	expired := bytes.Contains(bytes.ToLower(answer), []byte("expired")) || bytes.Contains(answer, []byte("AccessDenied"))
	switch {
	case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone,
		status == http.StatusBadRequest && expired:
		return fmt.Errorf("%w: %w", ErrExpired, err)
	}
	return err
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, found := strings.Cut(s, after)
	if !found {
		return ""
	}
	return s
}

// body is the rest of an answer, guarded against silence and size.
type body struct {
	ctx    context.Context // the request's
	cancel context.CancelCauseFunc
	from   io.ReadCloser
	stall  *time.Timer // runs while a Read waits
	max    int64
	read   int64
}

func newBody(ctx context.Context, cancel context.CancelCauseFunc, from io.ReadCloser, limit int64) *body {
	b := &body{ctx: ctx, cancel: cancel, from: from, max: limit}
	b.stall = time.AfterFunc(stallTimeout, func() { cancel(fmt.Errorf("no bytes for %s", stallTimeout)) })
	b.stall.Stop()
	return b
}

func (b *body) Read(p []byte) (int, error) {
	b.stall.Reset(stallTimeout)
	n, err := b.from.Read(p)
	b.stall.Stop()
	b.read += int64(n)
	if b.read > b.max {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, b.max)
	}
	if err != nil && err != io.EOF {
		return 0, reason(b.ctx, err)
	}
	return n, err
}

// close gives the connection back if the body was read to its end, and breaks it otherwise.
func (b *body) close() {
	_ = b.from.Close() // nothing was written
	b.cancel(nil)
}

// reason is why a request failed: why its context ended if it did, else err.
func reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return cause
	}
	return err
}
