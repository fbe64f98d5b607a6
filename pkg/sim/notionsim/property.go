package notionsim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sort"
	"time"
)

// Column is one property of a data source.
type Column struct {
	Name   string
	Type   string
	ID     string // as answers carry it, percent-encoded; made from the name if empty
	Config any    // what the schema says under the name of the type; an empty object if nil
}

// property is one property of one page.
type property struct {
	name, id, kind string
	value          json.RawMessage // what stands under the name of the type, complete
	raw            json.RawMessage // a recorded property, served verbatim
}

// schemaOrder gives ids to columns that have none and brings them into the order that answers show: by decoded id, the
// title last.
func schemaOrder(columns []Column) []Column {
	columns = append([]Column(nil), columns...)
	for i := range columns {
		if columns[i].Type == "title" {
			columns[i].ID = "title"
		} else if columns[i].ID == "" {
			columns[i].ID = propertyID(columns[i].Name)
		}
	}
	sort.SliceStable(columns, func(i, j int) bool {
		if a, b := columns[i].Type == "title", columns[j].Type == "title"; a != b {
			return b
		}
		return decoded(columns[i].ID) < decoded(columns[j].ID)
	})
	return columns
}

func decoded(id string) string {
	if s, err := url.PathUnescape(id); err == nil {
		return s
	}
	return id
}

// properties of a page, complete and in the order of the schema.
func (w *Workspace) properties(p *page) []property {
	if p.props != nil {
		return p.props
	}
	values := p.values
	if values == nil && p.made != nil {
		values = p.made.values(p)
	}
	s := w.sources[p.parent.id]
	if s == nil {
		return []property{{name: "title", id: "title", kind: "title", value: valueOf(values, "title", "title")}}
	}
	props := make([]property, 0, len(s.columns))
	for _, c := range s.columns {
		prop := property{name: c.Name, id: c.ID, kind: c.Type, value: valueOf(values, c.ID, c.Type)}
		switch c.Type {
		case "created_time":
			prop.value = quote(stamp(p.created))
		case "last_edited_time":
			prop.value = quote(stamp(p.edited))
		case "created_by", "last_edited_by":
			prop.value = userObject(p.by)
		}
		props = append(props, prop)
	}
	return props
}

func (w *Workspace) titleOf(p *page) string {
	if p.made != nil && p.values == nil {
		return p.made.title(p)
	}
	return titleAmong(w.properties(p))
}

func titleAmong(props []property) string {
	for _, prop := range props {
		if prop.kind == "title" {
			return plainText(prop.value)
		}
	}
	return ""
}

func valueOf(values map[string]json.RawMessage, id, kind string) json.RawMessage {
	if v, ok := values[id]; ok {
		return v
	}
	switch kind {
	case "title", "rich_text", "multi_select", "people", "files", "relation":
		return json.RawMessage("[]")
	case "checkbox":
		return json.RawMessage("false")
	case "button":
		return json.RawMessage("{}")
	case "formula":
		return json.RawMessage(`{"type":"string","string":null}`)
	case "rollup":
		return json.RawMessage(`{"type":"array","array":[],"function":"show_original"}`)
	case "unique_id":
		return json.RawMessage(`{"prefix":null,"number":null}`)
	}
	return json.RawMessage("null")
}

// propertyValue turns what a test writes into the value of a property: a string for texts, options, numbers of people
// and the like, []string for lists, or anything that already has Notion's form.
func propertyValue(kind string, v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case nil:
		return valueOf(nil, "", kind), nil
	case json.RawMessage:
		return v, nil
	case Rich:
		return v.raw(), nil
	case time.Time:
		return DateRange(dateText(v), ""), nil
	case string:
		return stringValue(kind, v)
	case []string:
		items := make([]json.RawMessage, 0, len(v))
		for _, s := range v {
			item, err := listItem(kind, s)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return array(items), nil
	}
	return marshal(v), nil
}

func stringValue(kind, s string) (json.RawMessage, error) {
	switch kind {
	case "title", "rich_text":
		return Text(s).raw(), nil
	case "select", "status":
		return Option(s), nil
	case "date":
		return DateRange(s, ""), nil
	case "url", "email", "phone_number":
		return quote(s), nil
	case "formula":
		var o object
		o.str("type", "string")
		o.str("string", s)
		return o.end(), nil
	case "multi_select", "people", "files", "relation":
		item, err := listItem(kind, s)
		return array([]json.RawMessage{item}), err
	}
	return nil, fmt.Errorf("notionsim: no value of a %s property: %q", kind, s)
}

func listItem(kind, s string) (json.RawMessage, error) {
	switch kind {
	case "multi_select":
		return Option(s), nil
	case "people":
		return userObject(s), nil
	case "relation":
		return idObject(s), nil
	case "files":
		var o object
		o.str("name", baseName(s))
		for _, f := range fileFields(s) {
			o.raw(f.key, f.value)
		}
		return o.end(), nil
	}
	return nil, fmt.Errorf("notionsim: a %s property is no list", kind)
}

// Option is the value of a select or status property.
func Option(name string) json.RawMessage {
	colours := []string{"default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"}
	h := hash(5, name)
	var o object
	o.str("id", makeID(h, 2))
	o.str("name", name)
	o.str("color", colours[h%uint64(len(colours))])
	return o.end()
}

// DateRange is the value of a date property. An empty end means none.
func DateRange(start, end string) json.RawMessage {
	var o object
	o.str("start", start)
	if end == "" {
		o.raw("end", []byte("null"))
	} else {
		o.str("end", end)
	}
	o.raw("time_zone", []byte("null"))
	return o.end()
}
