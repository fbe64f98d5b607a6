package notionsim

import (
	"encoding/json"
	"strings"
	"time"
)

// span is a date that is compared: one moment, or a day from its start to its end.
type span struct {
	from, to time.Time
	ok       bool // false: empty
}

func (p property) span() span {
	text, _ := p.scalar().(string)
	s, ok := parseSpan(text)
	s.ok = ok
	return s
}

// parseSpan reads a date or datetime; without a zone it is UTC, a date alone is the whole UTC day.
func parseSpan(text string) (span, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return span{day, day.Add(24*time.Hour - time.Millisecond), true}, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC().Truncate(time.Millisecond)
			return span{t, t, true}, true
		}
	}
	return span{}, false
}

// relative reports whether a filter's result changes with the time of day.
func relative(filter json.RawMessage) bool {
	words := []string{"past_", "next_", "this_week", "today", "tomorrow", "yesterday", "_ago", "_from_now"}
	for _, word := range words {
		if strings.Contains(string(filter), word) {
			return true
		}
	}
	return false
}

// dateTest makes the test of a date condition: {"on_or_after":"2026-01-31T12:00:00Z"}, {"past_week":{}} and so on.
func dateTest(rule json.RawMessage, now time.Time) (func(span) bool, *apiError) {
	fields, err := decodeFields(rule)
	if err != nil || len(fields) != 1 {
		return nil, badFilter(rule)
	}
	word := fields[0].key
	switch word {
	case "is_empty":
		return func(s span) bool { return !s.ok }, nil
	case "is_not_empty":
		return func(s span) bool { return s.ok }, nil
	}
	if r, ok := period(word, now); ok {
		return func(s span) bool { return s.ok && !s.from.Before(r.from) && !s.from.After(r.to) }, nil
	}
	var text string
	if json.Unmarshal(fields[0].value, &text) != nil {
		return nil, badFilter(rule)
	}
	want, ok := relativeDay(text, now)
	if !ok {
		want, ok = parseSpan(text)
	}
	if !ok {
		return nil, badFilter(rule)
	}
	test, known := spanTests[word]
	if !known {
		return nil, badFilter(rule)
	}
	return func(have span) bool {
		if !have.ok {
			return false
		}
		if !want.to.Equal(want.from) {
			have = wholeDay(have)
		}
		return test(have, want)
	}, nil
}

var spanTests = map[string]func(have, want span) bool{
	"equals":       func(have, want span) bool { return have.from.Equal(want.from) },
	"before":       func(have, want span) bool { return have.from.Before(want.from) },
	"after":        func(have, want span) bool { return have.from.After(want.from) },
	"on_or_before": func(have, want span) bool { return !have.from.After(want.from) },
	"on_or_after":  func(have, want span) bool { return !have.from.Before(want.from) },
}

func wholeDay(s span) span {
	day := s.from.UTC().Truncate(24 * time.Hour)
	return span{day, day, s.ok}
}

func relativeDay(word string, now time.Time) (span, bool) {
	days := map[string]int{
		"today": 0, "tomorrow": 1, "yesterday": -1, "one_week_ago": -7, "one_week_from_now": 7,
		"one_month_ago": -30, "one_month_from_now": 30,
	}
	n, ok := days[word]
	if !ok {
		return span{}, false
	}
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, n)
	return span{day, day.Add(24*time.Hour - time.Millisecond), true}, true
}

func period(word string, now time.Time) (span, bool) {
	now = now.UTC()
	switch word {
	case "past_week":
		return span{from: now.AddDate(0, 0, -7), to: now}, true
	case "past_month":
		return span{from: now.AddDate(0, -1, 0), to: now}, true
	case "past_year":
		return span{from: now.AddDate(-1, 0, 0), to: now}, true
	case "next_week":
		return span{from: now, to: now.AddDate(0, 0, 7)}, true
	case "next_month":
		return span{from: now, to: now.AddDate(0, 1, 0)}, true
	case "next_year":
		return span{from: now, to: now.AddDate(1, 0, 0)}, true
	case "this_week":
		monday := now.Truncate(24*time.Hour).AddDate(0, 0, -int(now.Weekday()+6)%7)
		return span{from: monday, to: monday.AddDate(0, 0, 7).Add(-time.Millisecond)}, true
	}
	return span{}, false
}
