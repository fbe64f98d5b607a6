package qstashsim

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The Free plan's limits, and the defaults of a message.
const (
	maxMessageBytes = 1_000_000
	maxDelay        = 7 * 24 * time.Hour
	maxRetries      = 5 // the local server's and, as reported, the Free plan's
	maxAttemptTime  = 15 * time.Minute
	defaultRetries  = 3
)

// settings are the Upstash headers that a message and its callbacks have in common.
type settings struct {
	method     string
	retries    int
	retryDelay expression // nil: the server's
	timeout    time.Duration
	forward    http.Header
	redact     redaction
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// readSettings reads the headers <prefix>Method, -Retries, -Retry-Delay, -Timeout, -Redact-Fields and -Forward-*.
func readSettings(h http.Header, prefix string, retries int) (settings, error) {
	out := settings{method: http.MethodPost, retries: retries, timeout: maxAttemptTime, forward: http.Header{}}
	if v := h.Get(prefix + "Method"); v != "" {
		if !slices.Contains(methods, v) {
			return settings{}, invalid(prefix+"Method", v)
		}
		out.method = v
	}
	if v := h.Get(prefix + "Retries"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return settings{}, invalid(prefix+"Retries", v)
		}
		if n > maxRetries {
			return settings{}, refusal{http.StatusPreconditionFailed, "quota maxRetries exceeded"}
		}
		out.retries = n
	}
	if v := h.Get(prefix + "Retry-Delay"); v != "" {
		delay, err := parseExpression(v)
		if err != nil {
			return settings{}, invalid(prefix+"Retry-Delay", v)
		}
		out.retryDelay = delay
	}
	if v := h.Get(prefix + "Timeout"); v != "" {
		d, err := parseDuration(v)
		if err != nil || d == 0 {
			return settings{}, invalid(prefix+"Timeout", v)
		}
		out.timeout = min(d, maxAttemptTime) // it can only shorten the plan's limit
	}
	out.redact = parseRedaction(h.Get(prefix + "Redact-Fields"))
	for name, values := range h {
		if name, ok := strings.CutPrefix(name, prefix+"Forward-"); ok {
			out.forward[textproto.CanonicalMIMEHeaderKey(name)] = values
		}
	}
	return out, nil
}

// readCallback reads the callback named by the header and configured by the headers that begin with its name. It
// returns nil if there is none. Retries default to those of the message.
func (s *Server) readCallback(h http.Header, name string, retries int) (*callback, error) {
	url := h.Get(name)
	if url == "" {
		return nil, nil
	}
	if err := s.checkDestination(url); err != nil {
		return nil, err
	}
	if h.Get(name+"-Delay") != "" {
		// Upstash's changelog of March 2025: refused at insertion.
		return nil, refusal{http.StatusBadRequest, "delayed callbacks are not supported"}
	}
	set, err := readSettings(h, name+"-", retries)
	if err != nil {
		return nil, err
	}
	return &callback{url: url, settings: set}, nil
}

// readNotBefore reads Upstash-Not-Before (unix seconds), or else Upstash-Delay.
func readNotBefore(h http.Header, now time.Time) (time.Time, error) {
	at := now
	if v := h.Get("Upstash-Not-Before"); v != "" {
		unix, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return time.Time{}, invalid("Upstash-Not-Before", v)
		}
		at = time.Unix(unix, 0)
	} else if v := h.Get("Upstash-Delay"); v != "" {
		d, err := parseDuration(v)
		if err != nil {
			return time.Time{}, invalid("Upstash-Delay", v)
		}
		at = now.Add(d)
	}
	if at.Sub(now) > maxDelay {
		return time.Time{}, refusal{http.StatusPreconditionFailed, "quota maxDelay exceeded"}
	}
	return at, nil
}

// unsimulated are headers whose effect would be missed.
var unsimulated = []string{
	"Upstash-Cron", "Upstash-Flow-Control-Key", "Upstash-Flow-Control-Value", "Upstash-Header-Forward",
	"Upstash-Queue-Name", "Upstash-Schedule-Id",
}

// refusal is an answer that is not 2xx.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

func invalid(header, value string) refusal {
	return refusal{http.StatusBadRequest, fmt.Sprintf("invalid %s header: %q", header, value)}
}
