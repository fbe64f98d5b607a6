package page

import (
	"bytes"
	"encoding/json"
	"iter"
)

// fields yields the members of a JSON object in the order they were written in. Anything else yields nothing, broken
// JSON what was readable of it.
func fields(raw json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		dec := json.NewDecoder(bytes.NewReader(raw))
		if open, err := dec.Token(); err != nil || open != json.Delim('{') {
			return
		}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return
			}
			var value json.RawMessage
			if dec.Decode(&value) != nil || !yield(key.(string), value) {
				return
			}
		}
	}
}

// field is one member of a JSON object, nil if there is none.
func field(raw json.RawMessage, key string) json.RawMessage {
	for k, value := range fields(raw) {
		if k == key {
			return value
		}
	}
	return nil
}

// withField is the object with one member's value replaced, or added at its end. Order and bytes of all others stay.
func withField(object json.RawMessage, key string, value json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	put := func(k string, v json.RawMessage) {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(mustEncode(k))
		out.WriteByte(':')
		out.Write(v)
	}
	out.WriteByte('{')
	found := false
	for k, v := range fields(object) {
		if k == key {
			found, v = true, value
		}
		put(k, v)
	}
	if !found {
		put(key, value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// elements are the values of a JSON array, nil for anything else.
func elements(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// lenient reads what it can of raw into v. A member of an unexpected shape keeps its zero value and spoils nothing
// else: that is what json.Unmarshal does with one, beside reporting it.
func lenient(raw json.RawMessage, v any) {
	_ = json.Unmarshal(raw, v)
}

// isNull reports whether raw says nothing: absent, or JSON's null.
func isNull(raw json.RawMessage) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) == 0 || string(trimmed) == "null"
}

// encode is json.Marshal that leaves <, > and & as they are, so that what Notion sent stays byte for byte.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// mustEncode is for values that cannot fail to encode: strings, and lists of raw JSON already parsed once.
func mustEncode(v any) json.RawMessage {
	raw, err := encode(v)
	if err != nil {
		panic("page: " + err.Error())
	}
	return raw
}
