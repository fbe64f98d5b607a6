// Package queue publishes to QStash: the worker's own messages, and notifications to URLs outside.
//
// Build a Queue once with [New]; it implements [model.Queue] and is safe for concurrent use. Delivery is at least
// once, which is QStash's doing. Publishing is at most once, unless the message has a DedupID: then a lost answer is
// made good by publishing again, and QStash drops the second.
//
// The requests are qstash-go's (v1.0.0, experimental by its README), one client per call, because the library takes no
// context, hides the HTTP status, follows redirects, reads QSTASH_URL from the environment over what it was given, and
// can set only some of QStash's headers. The [http.RoundTripper] of that client makes all of this good.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/upstash/qstash-go"

	"notionsync/pkg/syncer/model"
)

// DefaultURL is QStash's own address, that of the region EU. Another region has another token, too.
const DefaultURL = "https://qstash.upstash.io"

// Options configure a Queue.
type Options struct {
	// Token is the QStash token. Required.
	Token string
	// BaseURL is the QStash endpoint. Trailing slashes and a path /v2 or /v2/publish, which the console's examples
	// suggest, are taken off. Default DefaultURL.
	BaseURL string
	// WorkerURL and CallbackURL are where messages without a URL go, and where QStash reports that it gave up on one.
	// Both or neither: a Queue without them publishes to URLs outside only.
	WorkerURL, CallbackURL string
	// Bypass is the secret that opens Vercel's Deployment Protection, sent to WorkerURL and CallbackURL only. QStash
	// is told to hide it in its logs. Default none.
	Bypass string
	// Transport makes the requests. Default http.DefaultTransport.
	Transport http.RoundTripper
	// Logger is told of publishes that were repeated. Default none.
	Logger *slog.Logger
}

// Queue publishes to one QStash account.
type Queue struct {
	opts Options
	base *url.URL // without trailing slash
}

var _ model.Queue = (*Queue)(nil)

// New returns an error if the token is missing or an option cannot be what it should be. It makes no request.
func New(opts Options) (*Queue, error) {
	if opts.Token == "" {
		return nil, errors.New("queue: no QStash token") // qstash-go panics
	}
	if !headerSafe(opts.Token) || !headerSafe(opts.Bypass) {
		return nil, errors.New("queue: token or bypass secret holds spaces or characters that no header can")
	}
	base, err := parseBase(opts.BaseURL)
	if err != nil {
		return nil, err
	}
	if (opts.WorkerURL == "") != (opts.CallbackURL == "") {
		return nil, errors.New("queue: worker URL and callback URL go together")
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	q := &Queue{opts: opts, base: base}
	if opts.WorkerURL == "" {
		return q, nil
	}
	if err := q.checkOwn(opts.WorkerURL); err != nil {
		return nil, fmt.Errorf("queue: worker URL %w", err)
	}
	if err := q.checkOwn(opts.CallbackURL); err != nil {
		return nil, fmt.Errorf("queue: callback URL %w", err)
	}
	return q, nil
}

// Keys returns the signing keys that QStash has now: it signs with the current one, and after the next rotation with
// the next. They are secrets.
func (q *Queue) Keys(ctx context.Context) (current, next string, err error) {
	err = q.exchange(ctx, request{path: "/v2/keys"}, func(c *qstash.Client) error {
		keys, err := c.Keys().Get()
		if current, next = keys.Current, keys.Next; err == nil && (current == "" || next == "") {
			err = errIncomplete
		}
		return err
	})
	if err != nil {
		return "", "", fmt.Errorf("queue: signing keys: %w", err)
	}
	return current, next, nil
}

// Takes finds out whether QStash takes messages for a URL outside, by an error if it does not: one that would be delivered
// in an hour is published and taken back. Should it stay, what it says is that there is nothing new.
func (q *Queue) Takes(ctx context.Context, address string) error {
	if err := q.checkOutside(address); err != nil {
		return fmt.Errorf("queue: the URL %w", err)
	}
	const nothing = `{"slugs":[],"collections":[],"removed":[]}`
	id, err := q.publish(ctx, address, model.Message{URL: address, Body: []byte(nothing), Delay: time.Hour})
	if err != nil {
		return fmt.Errorf("queue: try to publish: %w", err)
	}
	err = q.exchange(ctx, request{path: "/v2/messages/" + id}, func(c *qstash.Client) error { return c.Messages().Cancel(id) })
	if err != nil {
		q.opts.Logger.WarnContext(ctx, "a message that was published to try could not be taken back", "message", id, "error", err)
	}
	return nil
}

// bearerSafe reports whether s arrives behind "Bearer " as it is: spaces inside do.
func bearerSafe(s string) bool {
	return strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// headerSafe reports whether s arrives in a header as it is: spaces at its ends would not.
func headerSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
