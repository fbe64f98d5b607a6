package notionsim

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
)

// Version is a Notion-Version.
type Version string

// The versions that are answered.
const (
	V20220628 Version = "2022-06-28"
	V20250903 Version = "2025-09-03"
	V20260311 Version = "2026-03-11"
)

const (
	stampFormat = "2006-01-02T15:04:05.000Z"
	// A database since 2025-09-03 carries milliseconds and an offset, unlike everything else.
	databaseStampFormat = "2006-01-02T15:04:05.000+00:00"
)

func stamp(t time.Time) string { return t.UTC().Format(stampFormat) }

// hasArchived: archived is an alias of in_trash that the newest version does not have.
func (v Version) hasArchived() bool { return v != V20260311 }

func (p parent) render() json.RawMessage {
	var o object
	o.str("type", p.kind)
	if p.kind == inWorkspace {
		o.bool(inWorkspace, true)
	} else {
		o.str(p.kind, p.id)
	}
	return o.end()
}

func (w *Workspace) pageParent(p *page, v Version) json.RawMessage {
	s := w.sources[p.parent.id]
	if s == nil {
		return p.parent.render()
	}
	if v == V20220628 {
		return parent{"database_id", s.db.id}.render()
	}
	var o object
	o.str("type", inSource)
	o.str(inSource, s.id)
	o.str("database_id", s.db.id)
	return o.end()
}

// renderPage writes a page object. only limits the properties to those ids or names, nil means all.
func (w *Workspace) renderPage(p *page, v Version, only map[string]bool) json.RawMessage {
	gone, props := w.inTrash(p.id), w.properties(p)
	var o object
	if p.recorded != nil {
		for _, f := range p.recorded {
			switch f.key {
			case "parent":
				f.value = w.pageParent(p, v)
			case "last_edited_time":
				f.value = quote(stamp(p.edited))
			case "in_trash", "archived":
				f.value = marshal(gone)
			case "is_archived":
				f.value = marshal(p.archived)
			case "icon":
				f.value = p.icon
			case "cover":
				f.value = p.cover
			case "properties":
				f.value = renderProperties(props, only)
			}
			o.raw(f.key, f.value)
		}
		return o.end()
	}
	o.str("object", "page")
	o.str("id", p.id)
	o.str("created_time", stamp(p.created))
	o.str("last_edited_time", stamp(p.edited))
	o.raw("created_by", userRef(p.by))
	o.raw("last_edited_by", userRef(p.by))
	o.orNull("cover", p.cover)
	o.orNull("icon", p.icon)
	o.raw("parent", w.pageParent(p, v))
	o.bool("in_trash", gone)
	o.bool("is_archived", p.archived)
	o.bool("is_locked", false)
	o.raw("properties", renderProperties(props, only))
	o.str("url", "https://www.notion.so/"+urlTitle(titleAmong(props))+undashed(p.id))
	o.raw("public_url", []byte("null"))
	if v.hasArchived() {
		o.bool("archived", gone)
	}
	return o.end()
}

func renderProperties(props []property, only map[string]bool) json.RawMessage {
	var o object
	for _, prop := range props {
		if only != nil && !only[prop.id] && !only[decoded(prop.id)] && !only[prop.name] {
			continue
		}
		if prop.raw != nil {
			o.raw(prop.name, prop.raw)
			continue
		}
		var v object
		value, more := cut(prop.kind, prop.value)
		v.str("id", prop.id)
		v.str("type", prop.kind)
		v.raw(prop.kind, value)
		if prop.kind == "relation" {
			v.bool("has_more", more)
		}
		o.raw(prop.name, v.end())
	}
	return o.end()
}

// urlTitle is the readable part of a page's URL, ending in a hyphen unless it is empty.
func urlTitle(title string) string {
	words := strings.FieldsFunc(title, func(r rune) bool {
		return r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, "-") + "-"
}

// renderBlock writes a block object without its children.
func (w *Workspace) renderBlock(b *block, v Version) json.RawMessage {
	if b.raw != nil {
		return b.raw
	}
	created, edited, by, payload, gone := b.created, b.edited, b.by, b.payload, b.trashed
	if p := w.pages[b.id]; p != nil {
		created, edited, by, gone = p.created, p.edited, p.by, w.inTrash(p.id)
		payload = titlePayload(w.titleOf(p))
	} else if db := w.databases[b.id]; db != nil {
		created, edited, by, gone = minute(db.created), minute(db.edited), db.by, w.inTrash(db.id)
		payload = titlePayload(db.title)
	}
	var o object
	o.str("object", "block")
	o.str("id", b.id)
	o.raw("parent", b.parent.render())
	o.str("created_time", stamp(created))
	o.str("last_edited_time", stamp(edited))
	o.raw("created_by", userRef(by))
	o.raw("last_edited_by", userRef(by))
	o.bool("has_children", w.hasChildren(b))
	o.bool("in_trash", gone)
	o.str("type", b.kind)
	o.raw(b.kind, payload)
	if v.hasArchived() {
		o.bool("archived", gone)
	}
	return o.end()
}

func titlePayload(title string) json.RawMessage {
	var o object
	o.str("title", title)
	return o.end()
}

// asBlock is what GET blocks/{id} shows for any id: pages and databases are blocks too.
func (w *Workspace) asBlock(id string) *block {
	if p := w.pages[id]; p != nil {
		if p.block != nil {
			return p.block
		}
		return &block{id: id, kind: "child_page", parent: p.parent, owner: p}
	}
	if db := w.databases[id]; db != nil {
		if db.block != nil {
			return db.block
		}
		return &block{id: id, kind: "child_database", parent: db.parent}
	}
	return w.findBlock(id)
}
