package page

import (
	"encoding/json"
	"iter"
)

// property is one property of a page object, by its name in Notion. A kind that is empty, or names no member of whole,
// is no error here: nothing that Notion sends may keep the other properties from being read.
type property struct {
	name  string
	kind  string // Notion's type
	whole json.RawMessage
}

// properties yields the page's properties in Notion's order.
func (o Object) properties() iter.Seq[property] {
	return func(yield func(property) bool) {
		for name, whole := range fields(field(o.Raw, "properties")) {
			if !yield(property{name: name, kind: rawString(field(whole, "type")), whole: whole}) {
				return
			}
		}
	}
}

// payload is the value under the key named like the type, nil if there is none.
func (p property) payload() json.RawMessage {
	if p.kind == "" {
		return nil
	}
	return field(p.whole, p.kind)
}
