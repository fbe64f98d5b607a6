package page

import (
	"bytes"
	"encoding/json"
)

// Date is the plain value of a date: as Notion wrote it, a day or a time.
type Date struct {
	Start    *string `json:"start"`
	End      *string `json:"end"`
	TimeZone *string `json:"timeZone"`
}

// File is the plain value of one file of a property.
type File struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Properties are all properties of the page by their Notion names, as plain values:
//
//   - string: title, rich_text, url, email, phone_number, created_time, last_edited_time, select and status (name),
//     unique_id ("PRE-12" or "12"), verification (state), created_by and last_edited_by (name, else id)
//   - []string: multi_select (names), people (names, else ids), relation (ids)
//   - json.Number, with Notion's digits: number
//   - bool: checkbox
//   - [Date] and []File: date, files
//   - formula and rollup: their result, in the same terms; an array is a []any with one plain value an item
//   - json.RawMessage: whatever Notion sent for a type not known here, or known in another shape
//
// Texts that are empty are "", lists []; everything else that is empty, and a button, is nil. No property fails, and
// none is left out.
func Properties(o Object) map[string]any {
	values := map[string]any{}
	for p := range o.properties() {
		values[p.name] = p.value()
	}
	return values
}

// value is the plain value of a property, or of an item of a rollup, which has the same form.
func (p property) value() any {
	payload := p.payload()
	if payload == nil {
		return asSent(p.whole)
	}
	if plain, ok := plainValue(p.kind, payload); ok {
		return plain
	}
	return asSent(payload)
}

// plainValue is false where the payload is not what its type promises.
func plainValue(kind string, payload json.RawMessage) (value any, ok bool) {
	switch kind {
	case "title", "rich_text":
		return plainText(decodeRichText(payload)), isNull(payload) || isArray(payload)
	case "number", "checkbox", "url", "email", "phone_number", "created_time", "last_edited_time":
		return scalar(payload)
	case "select", "status":
		return member(payload, "name")
	case "verification":
		return member(payload, "state")
	case "created_by", "last_edited_by":
		return nameOrID(payload)
	case "multi_select", "people":
		return list(payload, nameOrID)
	case "relation":
		return list(payload, func(raw json.RawMessage) (any, bool) { return member(raw, "id") })
	case "files":
		return files(payload)
	case "date":
		return date(payload)
	case "unique_id":
		return uniqueID(payload)
	case "formula", "rollup":
		return result(payload)
	case "button":
		return nil, true
	default:
		return nil, false
	}
}

// asSent is raw itself, nil for JSON's null.
func asSent(raw json.RawMessage) any {
	if isNull(raw) {
		return nil
	}
	return raw
}

func isArray(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("["))
}
