package page

import (
	"net/url"
	"strings"
)

// ParseID finds the Notion id in what people paste: an id with or without dashes, or a Notion URL (the page shown by
// its p parameter, else the last id of its path). Of a URL, neither the view (parameter v) nor the block (fragment) is
// meant. It answers in the dashed, lower-case form, and false if there is none.
//
// URLs hold ids as the developers.notion.com FAQ describes them (read 2026-08).
func ParseID(s string) (id string, ok bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "#")
	path, rawQuery, _ := strings.Cut(s, "?")
	if !strings.Contains(path, "/") {
		return dashed(path)
	}
	query, _ := url.ParseQuery(rawQuery) // what can't be read is no id
	for _, shown := range query["p"] {
		if id, ok := dashed(shown); ok {
			return id, true
		}
	}
	segments := strings.Split(path, "/")
	for i := len(segments) - 1; i >= 0; i-- {
		if id, ok := trailingID(segments[i]); ok {
			return id, true
		}
	}
	return "", false
}

// trailingID finds the id that a part of a path consists of, or ends in behind a title and a dash.
func trailingID(segment string) (id string, ok bool) {
	for _, length := range []int{36, 32} { // with dashes, without
		start := len(segment) - length
		if start < 0 || start > 0 && segment[start-1] != '-' {
			continue
		}
		if id, ok := dashed(segment[start:]); ok {
			return id, true
		}
	}
	return "", false
}

// dashed brings an id of 32 hex digits, with the four dashes of a UUID or without, into the dashed form.
func dashed(s string) (id string, ok bool) {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		s = strings.ReplaceAll(s, "-", "")
	}
	if len(s) != 32 {
		return "", false
	}
	s = strings.ToLower(s)
	if strings.Trim(s, "0123456789abcdef") != "" {
		return "", false
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:], true
}
