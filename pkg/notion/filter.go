package notion

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/jomei/notionapi"
)

// rawFilter sends a filter as the user wrote it. The library's own filter types lose some: checkbox equals false,
// titles, whatever is newer than they are.
type rawFilter struct {
	notionapi.Filter // nil; it makes this a Filter, whose only method is unexported
	raw              json.RawMessage
}

// MarshalJSON returns the filter as it is.
func (f rawFilter) MarshalJSON() ([]byte, error) { return f.raw, nil }

// windowed adds the bounds of creation to the user's filter; either may be absent, and the result is nil when both are.
//
// Notion allows two levels of and/or. Ours is an outer "and"; a user's own "and" takes ours in, so that the user may
// have one level and the bounds too.
func windowed(user json.RawMessage, since, until time.Time) (json.RawMessage, error) {
	user = bytes.TrimSpace(user)
	if bytes.Equal(user, []byte("null")) {
		user = nil
	}
	if len(user) > 0 && (user[0] != '{' || !json.Valid(user)) {
		return nil, refusal("the filter is not a JSON object")
	}
	var terms []json.RawMessage
	switch {
	case len(user) == 0:
	case since.IsZero() && until.IsZero():
		return user, nil
	default:
		terms = conjuncts(user)
	}
	if !since.IsZero() {
		terms = append(terms, created("on_or_after", since))
	}
	if !until.IsZero() {
		terms = append(terms, created("on_or_before", until))
	}
	switch len(terms) {
	case 0:
		return nil, nil
	case 1:
		return terms[0], nil
	}
	return json.Marshal(map[string][]json.RawMessage{"and": terms})
}

// conjuncts are the terms of a filter that is an "and", else the filter itself.
func conjuncts(filter json.RawMessage) []json.RawMessage {
	var compound map[string]json.RawMessage
	var terms []json.RawMessage
	if json.Unmarshal(filter, &compound) == nil && len(compound) == 1 &&
		json.Unmarshal(compound["and"], &terms) == nil && terms != nil {
		return terms
	}
	return []json.RawMessage{filter}
}

// created compares in UTC and milliseconds, as Notion does.
func created(operator string, t time.Time) json.RawMessage {
	at := t.UTC().Format("2006-01-02T15:04:05.000Z")
	return json.RawMessage(`{"timestamp":"created_time","created_time":{"` + operator + `":"` + at + `"}}`)
}
