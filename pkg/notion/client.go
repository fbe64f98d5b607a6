package notion

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jomei/notionapi"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// version is sent as Notion-Version. Data sources exist since this one.
const version = "2025-09-03"

// Options configures a [Client]. Token is required.
type Options struct {
	// Token is the integration's token. White space around it is dropped.
	Token string
	// BaseURL is an absolute http or https URL, to which /v1/… is added. Default: https://api.notion.com
	BaseURL string
	// Window grants every request. Default: nil, no pacing at all.
	Window Window
	// Transport sends the requests. Default: a copy of http.DefaultTransport that keeps InFlight connections.
	Transport http.RoundTripper
	// MaxWait is the longest single wait slept through; a longer one is returned as *model.Wait. Default: 3s.
	MaxWait time.Duration
	// InFlight is how many requests are under way at once at most; fewer while Notion answers slowly. Default: 180.
	InFlight int
	// Timeout limits one attempt, body included. Notion itself gives up after about a minute. Default: 65s.
	Timeout time.Duration
	// MaxBodyBytes is the largest answer accepted, after decompression. Default: 32 MiB.
	MaxBodyBytes int64
	// OnRequest is called before each attempt is sent, concurrently, with what is asked for: "database" (data sources
	// too), "query", "children", "block", "page", "markdown", "property" or "user". Default: nothing.
	OnRequest func(kind string)
	// Sleep pauses until d has passed or ctx has ended, and then returns its cause. Default: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Logger gets retries (debug) and a Window that cannot be told to block (warn). Default: none.
	Logger *slog.Logger
}

// Client reads Notion. Build it with [New].
type Client struct {
	api *notionapi.Client
}

var _ model.Source = (*Client)(nil)

// New makes a Client. It sends nothing. It refuses an empty or garbled token, a BaseURL that is not an absolute http or
// https URL, and negative limits.
func New(o Options) (*Client, error) {
	o.Token = strings.TrimSpace(o.Token)
	if o.Token == "" {
		return nil, errors.New("notion: empty token")
	}
	if strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("notion: the token has characters that no token has")
	}
	if o.MaxWait < 0 || o.InFlight < 0 || o.Timeout < 0 || o.MaxBodyBytes < 0 {
		return nil, errors.New("notion: negative limit in options")
	}
	base, err := parseBase(orElse(o.BaseURL, "https://api.notion.com"))
	if err != nil {
		return nil, err
	}
	t := newTransport(base, o)
	return &Client{api: notionapi.NewClient(notionapi.Token(o.Token),
		notionapi.WithVersion(version),
		// One attempt in total. Its own retry waits without a limit and sends a POST again with an empty body; the
		// transport never shows it a 429, and this is the second lock on that door.
		notionapi.WithRetry(1),
		notionapi.WithHTTPClient(&http.Client{Transport: t}),
	)}, nil
}

// parseBase does not repeat a bad URL in its error: what was pasted there may hold a password.
func parseBase(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" ||
		u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("notion: base URL must be absolute, http or https, without user, query and fragment")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// orElse is v, or def where v is the zero value.
func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// send has the library make the request of k, and returns the body of its 200 as it arrived. Errors say what was asked.
func (c *Client) send(ctx context.Context, k *call, request func(context.Context) error) ([]byte, error) {
	err := request(context.WithValue(ctx, callKey{}, k))
	if k.answer != nil {
		return k.answer, nil
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the URL would only repeat what k.asked says better
	}
	return nil, fmt.Errorf("notion: %s: %w", k.asked, err)
}

// parseID brings an id into the form in which it can go into a path. The library escapes nothing: "../users" would be
// another request. The error is a model.ErrRefused.
func parseID(what, id string) (string, error) {
	parsed, ok := page.ParseID(id)
	if !ok || strings.ContainsAny(id, "/?#") { // an URL holds ids too, but nobody who asks for one has it
		return "", fmt.Errorf("notion: %s %q: %w", what, id, refusal("not a Notion id"))
	}
	return parsed, nil
}
