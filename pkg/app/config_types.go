package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// malformed says what is wrong with a value, as the end of a sentence that begins with its variable's name. It never
// holds the value.
type malformed string

func (m malformed) Error() string { return string(m) }

// Secret is a text that must not be seen. Printed, logged or marshalled it is "[redacted]"; [Secret.Reveal] is the only
// way to it.
type Secret string

// UnmarshalText refuses what no header can carry: unprintable characters and those outside ASCII.
func (s *Secret) UnmarshalText(text []byte) error {
	for _, b := range text {
		if b < ' ' || b > '~' {
			return malformed("holds line breaks, unprintable characters or characters outside ASCII")
		}
	}
	*s = Secret(text)
	return nil
}

// Reveal returns the secret itself, empty if it is unset.
func (s Secret) Reveal() string { return string(s) }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.redacted()) }

// MarshalText implements encoding.TextMarshaler, which JSON and slog go by.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.redacted()), nil }

func (s Secret) redacted() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// RateLimit is how many requests may be made in any window of that length.
type RateLimit struct {
	Requests int
	Window   time.Duration
}

// maxWindow is the longest window of a RateLimit. Notion's is a minute.
const maxWindow = time.Hour

// UnmarshalText reads the form n/duration.
func (l *RateLimit) UnmarshalText(text []byte) error {
	count, window, found := strings.Cut(string(text), "/")
	if !found {
		return malformed("has no slash between number and duration")
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return malformed("does not begin with a whole number above 0")
	}
	d, err := time.ParseDuration(window)
	if err != nil || d < time.Millisecond || d > maxWindow {
		return malformed("does not end with a duration between 1ms and 1h")
	}
	*l = RateLimit{Requests: n, Window: d}
	return nil
}

// Content is what is fetched of a page.
type Content string

// The contents there are.
const (
	ContentBlocks   Content = "blocks"   // blocks, with Markdown made from them
	ContentMarkdown Content = "markdown" // Notion's own Markdown, no blocks
)

// UnmarshalText reads one of the constants.
func (c *Content) UnmarshalText(text []byte) error {
	switch v := Content(text); v {
	case ContentBlocks, ContentMarkdown:
		*c = v
		return nil
	default:
		return malformed("is neither blocks nor markdown")
	}
}

// isGraphic reports whether s has neither white space nor unprintable characters.
func isGraphic(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}
