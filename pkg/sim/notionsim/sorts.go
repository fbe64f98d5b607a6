package notionsim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// sorting is one element of a query's sorts.
type sorting struct {
	Timestamp string `json:"timestamp"`
	Property  string `json:"property"`
	Direction string `json:"direction"`
}

// sortKey is what a row is sorted by: a number or a text. Empty values come last in either direction.
type sortKey struct {
	Empty  bool    `json:"e,omitempty"`
	Number float64 `json:"n,omitempty"`
	Text   string  `json:"t,omitempty"`
}

func checkSorts(s *source, sorts []sorting) *apiError {
	for _, by := range sorts {
		if by.Direction != "ascending" && by.Direction != "descending" {
			return errInvalid("body failed validation: body.sorts.direction should be `\"ascending\"` or " +
				"`\"descending\"`, instead was `" + string(quote(by.Direction)) + "`.")
		}
		if by.Property != "" {
			if _, ok := s.column(by.Property); !ok {
				return errInvalid("Could not find sort property with name or id: " + by.Property)
			}
		} else if by.Timestamp != "created_time" && by.Timestamp != "last_edited_time" {
			return errInvalid("body failed validation: body.sorts.timestamp should be `\"created_time\"` or " +
				"`\"last_edited_time\"`, instead was `" + string(quote(by.Timestamp)) + "`.")
		}
	}
	return nil
}

// byCreation: rows are kept in this order, there is nothing to sort.
func byCreation(sorts []sorting) bool {
	return len(sorts) == 1 && sorts[0].Timestamp == "created_time" && sorts[0].Direction == "ascending"
}

func (w *Workspace) sortRows(rows []*page, sorts []sorting) {
	if len(sorts) == 0 {
		slices.SortFunc(rows, func(a, b *page) int { return strings.Compare(a.id, b.id) })
		return
	}
	keys := make(map[*page][]sortKey, len(rows))
	for _, p := range rows {
		keys[p] = w.sortKeys(p, sorts)
	}
	slices.SortFunc(rows, func(a, b *page) int { return compareKeys(sorts, keys[a], a.id, keys[b], b.id) })
}

func (w *Workspace) sortKeys(p *page, sorts []sorting) []sortKey {
	keys := make([]sortKey, 0, len(sorts))
	for _, by := range sorts {
		switch by.Timestamp {
		case "created_time":
			keys = append(keys, sortKey{Number: float64(p.created.Unix())})
		case "last_edited_time":
			keys = append(keys, sortKey{Number: float64(p.edited.Unix())})
		default:
			prop, _ := w.lookup(p, by.Property)
			keys = append(keys, prop.sortKey())
		}
	}
	return keys
}

// compareKeys orders two rows; those with equal keys by id.
func compareKeys(sorts []sorting, a []sortKey, idA string, b []sortKey, idB string) int {
	for i, by := range sorts {
		if i >= len(a) || i >= len(b) {
			break
		}
		if a[i].Empty != b[i].Empty {
			if a[i].Empty {
				return 1
			}
			return -1
		}
		c := cmp.Or(cmp.Compare(a[i].Number, b[i].Number), strings.Compare(a[i].Text, b[i].Text))
		if by.Direction == "descending" {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return strings.Compare(idA, idB)
}

func (p property) sortKey() sortKey {
	v := p.scalar()
	switch v := v.(type) {
	case float64:
		return sortKey{Number: v}
	case bool:
		if v {
			return sortKey{Number: 1}
		}
		return sortKey{}
	case string:
		return sortKey{Text: v, Empty: v == ""}
	}
	return sortKey{Empty: true}
}

// scalar is the value that a property is filtered and sorted by: a string, float64, bool, []string or nil.
func (p property) scalar() any {
	switch p.kind {
	case "title", "rich_text":
		return plainText(p.value)
	case "select", "status", "multi_select", "people", "relation", "files":
		return p.names()
	}
	var v any
	if json.Unmarshal(p.value, &v) != nil {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return v // a checkbox, number, text or time
	}
	switch p.kind {
	case "date":
		return m["start"]
	case "unique_id":
		return m["number"]
	case "verification":
		return m["state"]
	case "created_by", "last_edited_by":
		return m["id"]
	case "formula", "rollup":
		kind, _ := m["type"].(string)
		if date, ok := m[kind].(map[string]any); ok {
			return date["start"]
		}
		return m[kind]
	}
	return v
}

// names are the names of options, or the ids of people and pages. One option is a string, none is nil.
func (p property) names() any {
	type named struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	if p.kind == "select" || p.kind == "status" {
		var one *named
		if json.Unmarshal(p.value, &one) != nil || one == nil {
			return nil
		}
		return one.Name
	}
	var many []named
	if json.Unmarshal(p.value, &many) != nil {
		return []string(nil)
	}
	names := make([]string, 0, len(many))
	for _, n := range many {
		if p.kind == "people" || p.kind == "relation" {
			n.Name = n.ID
		}
		names = append(names, n.Name)
	}
	return names
}
