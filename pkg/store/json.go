package store

import (
	"bytes"
	"encoding/json"
)

// decode reads a JSON value; false if it is none. What is damaged counts as absent: it is made anew.
func decode[T any](raw []byte) (v T, ok bool) {
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return *new(T), false
	}
	return v, true
}

// encode leaves <, > and & as they are: what Notion sent is kept byte for byte.
func encode(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("store: " + err.Error()) // our own types always have a JSON form
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
