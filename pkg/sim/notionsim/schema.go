package notionsim

import "encoding/json"

// renderDatabase writes a database object: a table with properties before 2025-09-03, since then a container of data
// sources.
func (w *Workspace) renderDatabase(db *database, v Version) json.RawMessage {
	var o object
	gone := w.inTrash(db.id)
	o.str("object", "database")
	o.str("id", db.id)
	if v == V20220628 {
		s := db.sources[0]
		w.sourceHead(&o, s, db.title)
		o.raw("parent", db.parent.render())
		o.str("url", "https://www.notion.so/"+undashed(db.id))
		o.raw("public_url", []byte("null"))
		o.bool("in_trash", gone)
		o.bool("archived", gone)
		return o.end()
	}
	sources := make([]json.RawMessage, 0, len(db.sources))
	for _, s := range db.sources {
		var ref object
		ref.str("id", s.id)
		ref.str("name", s.name)
		sources = append(sources, ref.end())
	}
	o.raw("title", Text(db.title).raw())
	o.raw("description", []byte("[]"))
	o.raw("parent", db.parent.render())
	o.bool("is_inline", db.inline)
	o.bool("in_trash", gone)
	o.bool("is_locked", false)
	o.str("created_time", db.created.UTC().Format(databaseStampFormat))
	o.str("last_edited_time", db.edited.UTC().Format(databaseStampFormat))
	o.raw("data_sources", array(sources))
	o.orNull("icon", db.icon)
	o.orNull("cover", db.cover)
	o.str("url", "https://www.notion.so/"+undashed(db.id))
	o.raw("public_url", []byte("null"))
	if v.hasArchived() {
		o.bool("archived", gone)
	}
	return o.end()
}

// renderSource writes a data source object.
func (w *Workspace) renderSource(s *source, v Version) json.RawMessage {
	var o object
	gone := w.inTrash(s.id)
	o.str("object", "data_source")
	o.str("id", s.id)
	w.sourceHead(&o, s, s.name)
	o.raw("parent", parent{"database_id", s.db.id}.render())
	o.raw("database_parent", s.db.parent.render())
	o.str("url", "https://www.notion.so/"+undashed(s.db.id))
	o.raw("public_url", []byte("null"))
	o.bool("in_trash", gone)
	if v.hasArchived() {
		o.bool("archived", gone)
	}
	return o.end()
}

// sourceHead is what a data source and a database of old have in common.
func (w *Workspace) sourceHead(o *object, s *source, title string) {
	o.orNull("cover", s.db.cover)
	o.orNull("icon", s.db.icon)
	o.str("created_time", stamp(minute(s.db.created)))
	o.raw("created_by", userRef(s.db.by))
	o.raw("last_edited_by", userRef(s.db.by))
	o.str("last_edited_time", stamp(minute(s.db.edited)))
	o.raw("title", Text(title).raw())
	o.raw("description", []byte("[]"))
	o.bool("is_inline", s.db.inline)
	o.raw("properties", renderColumns(s.columns))
}

func renderColumns(columns []Column) json.RawMessage {
	var o object
	for _, c := range columns {
		var p object
		p.str("id", c.ID)
		p.str("name", c.Name)
		p.raw("description", []byte("null"))
		p.str("type", c.Type)
		if c.Config == nil {
			p.raw(c.Type, []byte("{}"))
		} else {
			p.raw(c.Type, marshal(c.Config))
		}
		o.raw(c.Name, p.end())
	}
	return o.end()
}
