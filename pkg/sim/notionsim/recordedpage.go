package notionsim

import (
	"encoding/json"
	"fmt"
	"time"
)

// head is what all recorded objects have in common.
type head struct {
	ID       string            `json:"id"`
	Type     string            `json:"type"`
	Created  time.Time         `json:"created_time"`
	Edited   time.Time         `json:"last_edited_time"`
	Icon     json.RawMessage   `json:"icon"`
	Cover    json.RawMessage   `json:"cover"`
	Children []json.RawMessage `json:"children"`
}

// page makes a row of a recorded page object.
func (l *loader) page(raw json.RawMessage) (*page, error) {
	var h head
	if err := json.Unmarshal(raw, &h); err != nil {
		return nil, err
	}
	fields, err := decodeFields(raw)
	if err != nil {
		return nil, err
	}
	p := &page{id: h.ID, created: h.Created, edited: h.Edited, by: author, icon: h.Icon, cover: h.Cover, loaded: true}
	for _, f := range fields {
		switch f.key {
		case "request_id":
			continue
		case "properties":
			if p.props, err = recordedProperties(f.value); err != nil {
				return nil, err
			}
		}
		p.recorded = append(p.recorded, f)
	}
	p.parent = parent{inSource, l.family(p.props).id}
	return p, nil
}

func recordedProperties(raw json.RawMessage) ([]property, error) {
	fields, err := decodeFields(raw)
	if err != nil {
		return nil, err
	}
	props := make([]property, 0, len(fields))
	for _, f := range fields {
		var h struct{ ID, Type string }
		if err := json.Unmarshal(f.value, &h); err != nil {
			return nil, err
		}
		value, _ := member(f.value, h.Type)
		props = append(props, property{name: f.key, id: h.ID, kind: h.Type, value: value, raw: f.value})
	}
	return props, nil
}

// family is the data source of pages with these properties.
func (l *loader) family(props []property) *source {
	key, columns := "", make([]Column, 0, len(props))
	for _, p := range props {
		key += p.name + "\x00" + p.kind + "\x00"
		columns = append(columns, Column{Name: p.name, Type: p.kind, ID: p.id})
	}
	if s := l.families[key]; s != nil {
		return s
	}
	s := l.w.newSource(l.db, fmt.Sprintf("%s %d", RecordingsTitle, len(l.families)+1), columns)
	l.families[key] = s
	return s
}

// blocks makes the blocks of a list, and the pages and databases that they stand for.
func (l *loader) blocks(raws []json.RawMessage, owner *page, at parent) ([]*block, error) {
	var blocks []*block
	for _, raw := range raws {
		var h head
		if err := json.Unmarshal(raw, &h); err != nil {
			return nil, err
		}
		bare, err := without(raw, "children")
		if err != nil {
			return nil, err
		}
		payload, _ := member(bare, h.Type)
		b := &block{
			id: h.ID, kind: h.Type, parent: at, owner: owner, created: h.Created, edited: h.Edited, by: author,
			payload: payload, raw: bare, copyOf: original(h.Type, payload),
		}
		blocks = append(blocks, b)
		switch h.Type {
		case "child_page":
			err = l.childPage(b, h.Children)
		case "child_database":
			l.linkedView(b)
		default:
			b.children, err = l.blocks(h.Children, owner, parent{inBlock, b.id})
		}
		if err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// childPage makes up the page that a child_page block stands for.
func (l *loader) childPage(b *block, children []json.RawMessage) error {
	if l.w.pages[b.id] != nil {
		return nil
	}
	p := &page{id: b.id, parent: b.parent, created: b.created, edited: b.edited, by: author, loaded: true, block: b}
	p.values = map[string]json.RawMessage{"title": Text(titleIn(b.payload)).raw()}
	var err error
	if p.content, err = l.blocks(children, p, parent{inPage, p.id}); err != nil {
		return err
	}
	l.w.addPage(p)
	l.w.register(p, p.content)
	return nil
}

// linkedView makes up the database that a child_database block stands for. Databases that were recorded without their
// rows cannot be told from linked views.
func (l *loader) linkedView(b *block) {
	if l.w.databases[b.id] == nil {
		l.w.addDatabase(&database{
			id: b.id, parent: b.parent, title: titleIn(b.payload), inline: true,
			created: b.created, edited: b.edited, by: author, block: b,
		})
	}
}

func titleIn(payload json.RawMessage) string {
	var t struct {
		Title string `json:"title"`
	}
	_ = json.Unmarshal(payload, &t) // no title: an untitled page
	return t.Title
}

// without is a JSON object less one member.
func without(raw json.RawMessage, key string) (json.RawMessage, error) {
	fields, err := decodeFields(raw)
	if err != nil {
		return nil, err
	}
	var o object
	for _, f := range fields {
		if f.key != key {
			o.raw(f.key, f.value)
		}
	}
	return o.end(), nil
}

// shallow writes recorded blocks with their children, less those of child pages.
func shallow(raws []json.RawMessage) (json.RawMessage, error) {
	blocks := make([]json.RawMessage, 0, len(raws))
	for _, raw := range raws {
		var h head
		if err := json.Unmarshal(raw, &h); err != nil {
			return nil, err
		}
		if len(h.Children) > 0 {
			below, err := shallow(h.Children)
			if err != nil {
				return nil, err
			}
			raw = patch(raw, "children", below)
		}
		if h.Type == "child_page" {
			var err error
			if raw, err = without(raw, "children"); err != nil {
				return nil, err
			}
		}
		blocks = append(blocks, raw)
	}
	return array(blocks), nil
}
