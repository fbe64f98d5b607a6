package page

import (
	"encoding/json"
	"fmt"
)

// referenceLimit is how many references of one property a page object holds at most (developers.notion.com,
// "Retrieve a page", read 2026-08). Of relations it then says has_more, of other lists nothing.
const referenceLimit = 25

// Cut is a property whose list Notion may have cut in the page object.
type Cut struct {
	Name string
	ID   string // as Notion sent it: already percent-encoded
	Type string
}

// Cut lists the properties that have to be read one by one to be complete, in Notion's order: relations that say so,
// and people, texts and rollups with as many references as Notion puts in a page object.
func (o Object) Cut() []Cut {
	var cuts []Cut
	for p := range o.properties() {
		if p.isCut() {
			cuts = append(cuts, Cut{Name: p.name, ID: rawString(field(p.whole, "id")), Type: p.kind})
		}
	}
	return cuts
}

func (p property) isCut() bool {
	switch payload := p.payload(); p.kind {
	case "relation":
		return string(field(p.whole, "has_more")) == "true"
	case "people":
		return len(elements(payload)) >= referenceLimit
	case "rollup":
		return len(elements(field(payload, "array"))) >= referenceLimit
	case "title", "rich_text":
		return mentions(decodeRichText(payload)) >= referenceLimit
	default:
		return false
	}
}

// mentions counts the references in a text: mentions of pages and people.
func mentions(runs []richText) int {
	count := 0
	for _, run := range runs {
		if run.Mention.Type == "page" || run.Mention.Type == "user" {
			count++
		}
	}
	return count
}

// Complete is the page with the property's list replaced by the values of all its property_item objects, in their
// order. The error wraps [ErrShape] if there is no such property, or one of the items is no value of it.
func (o Object) Complete(name string, items []json.RawMessage) (Object, error) {
	for p := range o.properties() {
		if p.name != name {
			continue
		}
		whole, err := p.complete(items)
		if err != nil {
			return Object{}, fmt.Errorf("complete property %q: %w", name, err)
		}
		o.Raw = withField(o.Raw, "properties", withField(field(o.Raw, "properties"), name, whole))
		return o, nil
	}
	return Object{}, fmt.Errorf("%w: page %q has no property %q", ErrShape, o.ID, name)
}

func (p property) complete(items []json.RawMessage) (json.RawMessage, error) {
	for _, item := range items {
		if !json.Valid(item) {
			return nil, fmt.Errorf("%w: item that is no JSON", ErrShape)
		}
	}
	if p.kind == "rollup" {
		return p.completeRollup(items)
	}
	values := []json.RawMessage{}
	for _, item := range items {
		value := field(item, p.kind)
		if value == nil {
			return nil, fmt.Errorf("%w: item of type %s, want %s", ErrShape, field(item, "type"), p.kind)
		}
		values = append(values, value)
	}
	whole := withField(p.whole, p.kind, mustEncode(values))
	if p.kind == "relation" {
		whole = withField(whole, "has_more", json.RawMessage("false"))
	}
	return whole, nil
}

// completeRollup makes array items of property items. These hold one value each where the array has lists: one
// relation, one run of text. Items of another type than the array's are not its values but the relations that it is
// worked out from (developers.notion.com, "Retrieve a page property item", read 2026-08).
func (p property) completeRollup(items []json.RawMessage) (json.RawMessage, error) {
	rollup := p.payload()
	var kind string
	if old := elements(field(rollup, "array")); len(old) > 0 {
		kind = rawString(field(old[0], "type"))
	}
	values := []json.RawMessage{}
	for _, item := range items {
		itemKind := rawString(field(item, "type"))
		value := field(item, itemKind)
		if value == nil || kind != "" && itemKind != kind {
			return nil, fmt.Errorf("%w: rollup item of type %q, want %q", ErrShape, itemKind, kind)
		}
		switch itemKind {
		case "title", "rich_text", "people", "relation":
			if !isArray(value) {
				item = withField(item, itemKind, mustEncode([]json.RawMessage{value}))
			}
		}
		values = append(values, item)
	}
	return withField(p.whole, "rollup", withField(rollup, "array", mustEncode(values))), nil
}
