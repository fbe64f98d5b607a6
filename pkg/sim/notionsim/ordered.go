package notionsim

import (
	"bytes"
	"encoding/json"
	"errors"
)

// field is one member of a JSON object whose order matters: answers keep the order that Notion uses.
type field struct {
	key   string
	value json.RawMessage
}

// decodeFields splits a JSON object into its members, in order.
func decodeFields(raw []byte) ([]field, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("notionsim: not a JSON object")
	}
	var fields []field
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		fields = append(fields, field{key.(string), value})
	}
	return fields, nil
}

// patch sets one member of a JSON object, appending it if there is none of that name.
func patch(raw json.RawMessage, key string, value json.RawMessage) json.RawMessage {
	fields, err := decodeFields(raw)
	if err != nil {
		return raw
	}
	var o object
	found := false
	for _, f := range fields {
		if f.key == key {
			f.value, found = value, true
		}
		o.raw(f.key, f.value)
	}
	if !found {
		o.raw(key, value)
	}
	return o.end()
}

// object writes a JSON object member by member.
type object struct{ buf []byte }

func (o *object) raw(key string, value []byte) {
	if len(o.buf) == 0 {
		o.buf = append(o.buf, '{')
	} else {
		o.buf = append(o.buf, ',')
	}
	o.buf = appendQuoted(o.buf, key)
	o.buf = append(o.buf, ':')
	o.buf = append(o.buf, value...)
}

func (o *object) str(key, value string) { o.raw(key, quote(value)) }

func (o *object) bool(key string, value bool) {
	if value {
		o.raw(key, []byte("true"))
	} else {
		o.raw(key, []byte("false"))
	}
}

// orNull writes null for an empty value.
func (o *object) orNull(key string, value []byte) {
	if len(value) == 0 {
		value = []byte("null")
	}
	o.raw(key, value)
}

func (o *object) end() json.RawMessage {
	if len(o.buf) == 0 {
		return json.RawMessage("{}")
	}
	return append(o.buf, '}')
}

// array writes a JSON array.
func array(items []json.RawMessage) json.RawMessage {
	buf := []byte{'['}
	for i, item := range items {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, item...)
	}
	return append(buf, ']')
}

func quote(s string) json.RawMessage { return appendQuoted(nil, s) }

// appendQuoted appends s as a JSON string without HTML escapes, as Notion writes it.
func appendQuoted(buf []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		buf = append(buf, '"')
		buf = append(buf, s...)
		return append(buf, '"')
	}
	return append(buf, marshal(s)...)
}

// marshal encodes v without HTML escapes. v is always something that has a JSON form: a value built in this package or
// handed in by a test, for which a panic is the clearest answer.
func marshal(v any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("notionsim: value without a JSON form: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
