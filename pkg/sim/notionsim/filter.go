package notionsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// condition says whether a row is found.
type condition func(*page) bool

// compile turns a filter object into a condition, refusing what Notion refuses: unknown properties, a filter of another
// type than the property, compounds of more than two levels.
func (w *Workspace) compile(s *source, raw json.RawMessage) (condition, *apiError) {
	if len(raw) == 0 {
		return func(*page) bool { return true }, nil
	}
	return w.compileAt(s, raw, 1)
}

// filterLevels is how deep compounds may nest: and/or of and/or.
const filterLevels = 2

func (w *Workspace) compileAt(s *source, raw json.RawMessage, level int) (condition, *apiError) {
	var f map[string]json.RawMessage
	if json.Unmarshal(raw, &f) != nil || len(f) == 0 {
		return nil, badFilter(raw)
	}
	for _, word := range []string{"and", "or"} {
		if parts, ok := f[word]; ok {
			if len(f) != 1 || level > filterLevels {
				return nil, badFilter(raw)
			}
			return w.compound(s, word, parts, level)
		}
	}
	if name, ok := f["timestamp"]; ok {
		return w.timestampFilter(f, name)
	}
	return w.propertyFilter(s, f, raw)
}

func badFilter(raw json.RawMessage) *apiError {
	return errInvalid("body failed validation: body.filter should be a valid filter, instead was `" +
		string(raw) + "`.")
}

func (w *Workspace) compound(s *source, word string, raw json.RawMessage, level int) (condition, *apiError) {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return nil, badFilter(raw)
	}
	conditions := make([]condition, 0, len(parts))
	for _, part := range parts {
		c, e := w.compileAt(s, part, level+1)
		if e != nil {
			return nil, e
		}
		conditions = append(conditions, c)
	}
	if word == "or" {
		return func(p *page) bool {
			return len(conditions) == 0 || slices.ContainsFunc(conditions, func(c condition) bool { return c(p) })
		}, nil
	}
	return func(p *page) bool {
		return !slices.ContainsFunc(conditions, func(c condition) bool { return !c(p) })
	}, nil
}

func (w *Workspace) timestampFilter(f map[string]json.RawMessage, rawName json.RawMessage) (condition, *apiError) {
	var name string
	_ = json.Unmarshal(rawName, &name)
	rule, ok := f[name]
	if !ok || len(f) != 2 || name != "created_time" && name != "last_edited_time" {
		return nil, badFilter(marshal(f))
	}
	test, e := dateTest(rule, w.now())
	if e != nil {
		return nil, e
	}
	if name == "created_time" {
		return func(p *page) bool { return test(span{p.created, p.created, true}) }, nil
	}
	return func(p *page) bool { return test(span{p.edited, p.edited, true}) }, nil
}

// column finds a column by name or id.
func (s *source) column(name string) (Column, bool) {
	for _, c := range s.columns {
		if c.Name == name || c.ID == name || decoded(c.ID) == name {
			return c, true
		}
	}
	return Column{}, false
}

// lookup finds a property of a page by name or id; a page without it has an empty one.
func (w *Workspace) lookup(p *page, name string) (property, bool) {
	for _, prop := range w.properties(p) {
		if prop.name == name || prop.id == name || decoded(prop.id) == name {
			return prop, true
		}
	}
	return property{}, false
}

func (w *Workspace) propertyFilter(
	s *source, f map[string]json.RawMessage, raw json.RawMessage,
) (condition, *apiError) {
	var name string
	if json.Unmarshal(f["property"], &name) != nil || len(f) < 2 {
		return nil, badFilter(raw)
	}
	column, ok := s.column(name)
	if !ok {
		return nil, errInvalid("Could not find property with name or id: " + name)
	}
	kind, rule := "", json.RawMessage(nil)
	for key, value := range f {
		if key != "property" && key != "type" {
			kind, rule = key, value
		}
	}
	if kind != column.Type && !(kind == "rich_text" && column.Type == "title") {
		return nil, errInvalid(fmt.Sprintf("The property type in the database does not match the property type of the "+
			"filter provided: database property %s does not match filter %s", column.Type, kind))
	}
	test, e := w.valueTest(kind, rule)
	if e != nil {
		return nil, e
	}
	return func(p *page) bool {
		prop, _ := w.lookup(p, column.ID)
		return test(prop)
	}, nil
}

// valueTest makes the test of one property type.
func (w *Workspace) valueTest(kind string, rule json.RawMessage) (func(property) bool, *apiError) {
	switch kind {
	case "date", "created_time", "last_edited_time":
		test, e := dateTest(rule, w.now())
		if e != nil {
			return nil, e
		}
		return func(p property) bool { return test(p.span()) }, nil
	case "formula":
		var inner map[string]json.RawMessage
		if json.Unmarshal(rule, &inner) == nil && len(inner) == 1 {
			for key, value := range inner {
				if key == "date" {
					return w.valueTest("date", value)
				}
				rule = value
			}
		}
	}
	fields, err := decodeFields(rule)
	if err != nil || len(fields) != 1 {
		return nil, badFilter(rule)
	}
	var want any
	dec := json.NewDecoder(bytes.NewReader(fields[0].value))
	if dec.Decode(&want) != nil {
		return nil, badFilter(rule)
	}
	word := fields[0].key
	if !slices.Contains(words, word) {
		return nil, badFilter(rule)
	}
	return func(p property) bool { return compare(p.scalar(), word, want) }, nil
}

// words are the conditions of texts, numbers, options and lists.
var words = []string{
	"equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with", "is_empty", "is_not_empty",
	"greater_than", "less_than", "greater_than_or_equal_to", "less_than_or_equal_to",
}

// compare tests a value. Texts are compared without regard to case, as Notion does.
func compare(have any, word string, want any) bool {
	switch word {
	case "is_empty":
		return empty(have)
	case "is_not_empty":
		return !empty(have)
	case "does_not_equal":
		return !compare(have, "equals", want)
	case "does_not_contain":
		return !compare(have, "contains", want)
	}
	switch have := have.(type) {
	case string:
		want, ok := want.(string)
		return ok && compareText(strings.ToLower(have), word, strings.ToLower(want))
	case []string:
		want, ok := want.(string)
		return ok && word == "contains" && slices.Contains(have, want)
	case bool:
		return word == "equals" && have == want
	case float64:
		want, ok := want.(float64)
		return ok && compareNumber(have, word, want)
	}
	return false
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []string:
		return len(v) == 0
	}
	return false
}

func compareText(have, word, want string) bool {
	switch word {
	case "equals":
		return have == want
	case "contains":
		return strings.Contains(have, want)
	case "starts_with":
		return strings.HasPrefix(have, want)
	case "ends_with":
		return strings.HasSuffix(have, want)
	}
	return false
}

func compareNumber(have float64, word string, want float64) bool {
	switch word {
	case "equals":
		return have == want
	case "greater_than":
		return have > want
	case "less_than":
		return have < want
	case "greater_than_or_equal_to":
		return have >= want
	case "less_than_or_equal_to":
		return have <= want
	}
	return false
}
