package qsverify

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	// DefaultLeeway is the clock tolerance when Options names none.
	DefaultLeeway = 10 * time.Second
	// MaxLeeway is the largest clock tolerance New accepts.
	MaxLeeway = time.Minute
)

// Options are what a Verifier can be told. The zero value is right for production.
type Options struct {
	// Leeway is how far this clock and QStash's may be apart: every limit on a token's times is that much wider. At
	// most MaxLeeway; zero means DefaultLeeway.
	Leeway time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// New returns a Verifier of requests to endpoint, the URL as it was published to: compared with the token's sub byte
// for byte, so scheme, host, path and trailing slash all count. Take it from the configuration, never from a request's
// headers.
//
// The keys are QStash's two signing keys, both required: QStash signs with the current one, and with the next one once
// the keys were rolled. White space around a key, such as the line break of a pasted variable, is dropped. An error
// wraps [ErrConfig].
func New(current, next, endpoint string, opts Options) (*Verifier, error) {
	current, next = strings.TrimSpace(current), strings.TrimSpace(next)
	// Anyone can sign with an empty key.
	if current == "" {
		return nil, fmt.Errorf("%w: current signing key is blank", ErrConfig)
	}
	if next == "" {
		return nil, fmt.Errorf("%w: next signing key is blank", ErrConfig)
	}
	if err := checkEndpoint(endpoint); err != nil {
		return nil, err
	}
	if opts.Leeway < 0 || opts.Leeway > MaxLeeway {
		return nil, fmt.Errorf("%w: leeway %v, want at most %v", ErrConfig, opts.Leeway, MaxLeeway)
	}
	if opts.Leeway == 0 {
		opts.Leeway = DefaultLeeway
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Verifier{
		current: []byte(current),
		next:    []byte(next),
		url:     endpoint,
		leeway:  opts.Leeway,
		now:     opts.Now,
	}, nil
}

// checkEndpoint refuses what can't be the sub of any token: QStash takes http and https URLs, and a fragment never
// leaves the publisher.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("%w: unreadable URL", ErrConfig) // the cause would quote the URL, query and all
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.Contains(endpoint, "#") {
		return fmt.Errorf("%w: URL %q, want http(s)://host/path", ErrConfig, redact(endpoint))
	}
	return nil
}

// redact returns a URL as it may be logged: whether it has a user or a query is told, but not which.
func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "unreadable URL"
	}
	if u.User != nil {
		u.User = url.User("redacted")
	}
	if u.RawQuery != "" {
		u.RawQuery = "redacted"
	}
	return u.String()
}
