package page

import (
	"bytes"
	"encoding/json"
)

// The functions below make one plain value each. They answer false where raw has another shape than they know.

// scalar is a string, a bool, a number with its digits, or nil.
func scalar(raw json.RawMessage) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if dec.Decode(&value) != nil {
		return nil, false
	}
	switch value.(type) {
	case nil, string, bool, json.Number:
		return value, true
	default:
		return nil, false
	}
}

// member is a text inside an object, nil for null.
func member(raw json.RawMessage, key string) (any, bool) {
	if isNull(raw) {
		return nil, true
	}
	var s *string
	if value := field(raw, key); value == nil || json.Unmarshal(value, &s) != nil {
		return nil, false
	}
	if s == nil {
		return nil, true
	}
	return *s, true
}

// nameOrID is the name of a person, group, bot or option. People without a name are those the integration may not see.
func nameOrID(raw json.RawMessage) (any, bool) {
	if isNull(raw) {
		return nil, true
	}
	if name, _ := member(raw, "name"); name != nil && name != "" {
		return name, true
	}
	return member(raw, "id")
}

// list is a []string of what each element says. It is not known if one of them isn't: none may be left out.
func list(raw json.RawMessage, plain func(json.RawMessage) (any, bool)) (any, bool) {
	values := []string{}
	for _, element := range elements(raw) {
		value, ok := plain(element)
		s, isText := value.(string)
		if !ok || !isText {
			return nil, false
		}
		values = append(values, s)
	}
	return values, isNull(raw) || isArray(raw)
}

func files(raw json.RawMessage) (any, bool) {
	values := []File{}
	for _, element := range elements(raw) {
		var file struct {
			Name string `json:"name"`
			Type string `json:"type"`
		}
		if json.Unmarshal(element, &file) != nil {
			return nil, false
		}
		address := rawString(field(field(element, file.Type), "url"))
		values = append(values, File{Name: file.Name, URL: address})
	}
	return values, isNull(raw) || isArray(raw)
}

func date(raw json.RawMessage) (any, bool) {
	if isNull(raw) {
		return nil, true
	}
	var value struct {
		Start    *string `json:"start"`
		End      *string `json:"end"`
		TimeZone *string `json:"time_zone"`
	}
	if json.Unmarshal(raw, &value) != nil {
		return nil, false
	}
	return Date(value), true
}

// uniqueID is "PRE-12", or "12" where the property has no prefix.
func uniqueID(raw json.RawMessage) (any, bool) {
	var id struct {
		Prefix *string      `json:"prefix"`
		Number *json.Number `json:"number"`
	}
	if json.Unmarshal(raw, &id) != nil {
		return nil, false
	}
	switch {
	case id.Number == nil:
		return nil, true
	case id.Prefix == nil || *id.Prefix == "":
		return id.Number.String(), true
	default:
		return *id.Prefix + "-" + id.Number.String(), true
	}
}

// result is the value of a formula or rollup, which stands under a key named like the result's type. Of results that
// Notion has not worked out it says "unsupported" or "incomplete".
func result(raw json.RawMessage) (any, bool) {
	if isNull(raw) {
		return nil, true
	}
	kind := rawString(field(raw, "type"))
	payload := field(raw, kind)
	switch kind {
	case "string", "number", "boolean":
		return scalar(payload)
	case "date":
		return date(payload)
	case "unsupported", "incomplete":
		return nil, true
	case "array":
		values := []any{}
		for _, element := range elements(payload) {
			item := property{kind: rawString(field(element, "type")), whole: element}
			values = append(values, item.value())
		}
		return values, isNull(payload) || isArray(payload)
	default:
		return nil, false
	}
}
