package qstashsim

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	day      = 24 * time.Hour
	tenYears = 3650 * day
)

// Backoff is QStash's own delay before the next attempt of a message retried so many times already: e^(2.5 n) seconds
// before retry n, a day at most. That is 12 s, 2 m 28 s, 30 m 8 s, 6 h 7 m, 24 h.
func Backoff(retried int) time.Duration {
	return time.Duration(min(math.Exp(2.5*float64(retried+1)), day.Seconds()) * float64(time.Second))
}

// retryWait is the time before the next attempt of m, whose last answer had the header given.
func (s *Server) retryWait(m *message, retried int, answer http.Header) time.Duration {
	if wait, ok := retryAfter(answer, s.opts.Now()); ok {
		return wait
	}
	if m.retryDelay != nil {
		ms, err := m.retryDelay(retried)
		if err == nil {
			return time.Duration(min(max(ms, 0), float64(day.Milliseconds())) * float64(time.Millisecond))
		}
	}
	return s.opts.RetryDelay(retried)
}

// retryAfter reads the headers by which an answer says when to come again: seconds, an RFC 1123 date or a duration.
// What is above a day, or none of these, is ignored. Which header wins is assumed: the first in this order.
func retryAfter(answer http.Header, now time.Time) (time.Duration, bool) {
	names := [...]string{"Retry-After", "X-RateLimit-Reset", "X-RateLimit-Reset-Requests", "X-RateLimit-Reset-Tokens"}
	for _, name := range names {
		value := answer.Get(name)
		if value == "" {
			continue
		}
		wait, err := time.ParseDuration(value)
		if seconds, notANumber := strconv.ParseInt(value, 10, 64); notANumber == nil {
			wait, err = time.Duration(min(seconds, 1e6))*time.Second, nil
		} else if date, notADate := http.ParseTime(value); notADate == nil {
			wait, err = max(date.Sub(now), 0), nil
		}
		if err == nil && wait >= 0 && wait <= day {
			return wait, true
		}
	}
	return 0, false
}

var errDuration = errors.New("not a duration like 1d10h30m")

// parseDuration reads Upstash's durations: one or more of a whole number and s, m, h or d, ten years at most.
func parseDuration(text string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': day}
	var sum time.Duration
	for text != "" {
		end := strings.IndexAny(text, "smhd")
		if end < 1 {
			return 0, errDuration
		}
		n, err := strconv.ParseUint(text[:end], 10, 32)
		unit := units[text[end]]
		if err != nil || time.Duration(n) > (tenYears-sum)/unit {
			return 0, errDuration
		}
		sum += time.Duration(n) * unit
		text = text[end+1:]
	}
	return sum, nil
}
