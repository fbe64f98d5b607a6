package notionsim

import (
	"encoding/json"
	"net/url"
)

// referenceLimit is how many references a page object carries per property.
const referenceLimit = 25

// cut shortens a value to what a page object carries: 25 relations, people or rollup items; in texts all runs, but only
// 25 mentions of pages and people under their name.
func cut(kind string, value json.RawMessage) (json.RawMessage, bool) {
	switch kind {
	case "relation", "people":
		items := elements(value)
		if len(items) > referenceLimit {
			return array(items[:referenceLimit]), true
		}
	case "title", "rich_text":
		return anonymous(value), false
	case "rollup":
		var r struct {
			Array []json.RawMessage `json:"array"`
		}
		if json.Unmarshal(value, &r) == nil && len(r.Array) > referenceLimit {
			return patch(value, "array", array(r.Array[:referenceLimit])), false
		}
	}
	return value, false
}

func elements(value json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		return nil
	}
	return items
}

// anonymous takes the names from all mentions after the 25th.
func anonymous(value json.RawMessage) json.RawMessage {
	if len(value) < 100*referenceLimit {
		return value
	}
	runs, mentions := elements(value), 0
	for i, r := range runs {
		var m struct {
			Mention struct {
				Type string `json:"type"`
			} `json:"mention"`
		}
		if json.Unmarshal(r, &m) != nil || m.Mention.Type != "page" && m.Mention.Type != "user" {
			continue
		}
		if mentions++; mentions <= referenceLimit {
			continue
		}
		if m.Mention.Type == "page" {
			runs[i] = patch(r, "plain_text", quote("Untitled"))
		} else {
			runs[i] = patch(r, "plain_text", quote("@Anonymous"))
		}
	}
	return array(runs)
}

// listed are the types whose property items come as a list.
func (p property) listed() bool {
	switch p.kind {
	case "title", "rich_text", "relation", "people":
		return true
	case "rollup":
		return p.rollup() != nil
	}
	return false
}

// rollup is the array of a rollup, nil if it is a single value.
func (p property) rollup() []json.RawMessage {
	var r struct {
		Array []json.RawMessage `json:"array"`
	}
	if p.kind != "rollup" || json.Unmarshal(p.value, &r) != nil {
		return nil
	}
	return r.Array
}

// items are the property items of a list, each holding one value.
func (p property) items() []json.RawMessage {
	values := elements(p.value)
	if p.kind == "rollup" {
		values = p.rollup()
	}
	items := make([]json.RawMessage, 0, len(values))
	for _, v := range values {
		var o object
		o.str("object", "property_item")
		if p.kind == "rollup" {
			items = append(items, rollupItem(p.id, v))
			continue
		}
		o.str("type", p.kind)
		o.str("id", p.id)
		o.raw(p.kind, v)
		items = append(items, o.end())
	}
	return items
}

// rollupItem makes a property item of one element of a rollup: {"type":"number","number":42}.
func rollupItem(id string, element json.RawMessage) json.RawMessage {
	var o object
	o.str("object", "property_item")
	fields, err := decodeFields(element)
	if err != nil {
		return element
	}
	for _, f := range fields {
		o.raw(f.key, f.value)
		if f.key == "type" {
			o.str("id", id)
		}
	}
	return o.end()
}

// footer is the member property_item of a list: what the list is about and where it goes on.
func (p property) footer(next string) json.RawMessage {
	var o object
	o.str("id", p.id)
	if next == "" {
		o.raw("next_url", []byte("null"))
	} else {
		o.str("next_url", next)
	}
	o.str("type", p.kind)
	if p.kind != "rollup" {
		o.raw(p.kind, []byte("{}"))
	} else if next != "" {
		o.raw(p.kind, patch(patch(json.RawMessage(`{"type":"incomplete","incomplete":{}}`),
			"function", p.function()), "type", quote("incomplete")))
	} else {
		o.raw(p.kind, patch(p.value, "array", json.RawMessage("[]")))
	}
	return o.end()
}

func (p property) function() json.RawMessage {
	var r struct {
		Function json.RawMessage `json:"function"`
	}
	if json.Unmarshal(p.value, &r) != nil || r.Function == nil {
		return json.RawMessage(`"show_original"`)
	}
	return r.Function
}

// nextURL is where a list of property items goes on.
func nextURL(pageID, id, cursor string, size int) string {
	return "https://api.notion.com/v1/pages/" + pageID + "/properties/" + id +
		"?start_cursor=" + url.QueryEscape(cursor) + "&page_size=" + string(marshal(size))
}
