package notionsim

import (
	"fmt"
	"strings"
	"time"
)

// author signs what a workspace's edits make.
const author = "Ada Lovelace"

// WithoutStamps runs fn; edits made meanwhile move no last_edited_time. Notion does that too: edits through the API and
// those that are not edits of the page itself may leave its stamp alone.
func (w *Workspace) WithoutStamps(fn func()) {
	w.mu.Lock()
	w.still++
	w.mu.Unlock()
	defer func() {
		defer w.lock()()
		w.still--
	}()
	fn()
}

// touch stamps a page as edited. The block that stands for it in its parent shows the same stamp; the parent's own does
// not move.
func (w *Workspace) touch(p *page) {
	w.edits++
	if p == nil || w.still > 0 {
		return
	}
	p.edited = minute(w.now())
	if p.block != nil && p.block.raw != nil {
		p.block.raw = patch(p.block.raw, "last_edited_time", quote(stamp(p.edited)))
	}
}

func (w *Workspace) touchBlock(b *block) {
	w.touch(b.owner)
	if w.still > 0 {
		return
	}
	b.edited = minute(w.now())
	if b.raw != nil {
		b.raw = patch(b.raw, "last_edited_time", quote(stamp(b.edited)))
	}
}

// Touch stamps a page as edited without changing it.
func (w *Workspace) Touch(pageID string) error {
	return w.editPage(pageID, func(p *page) error {
		w.contentEvent(p)
		return nil
	})
}

// SetTitle renames a page, or a database with its only data source.
func (w *Workspace) SetTitle(id, title string) error {
	w.mu.Lock()
	db := w.databases[id]
	if db != nil {
		defer w.mu.Unlock()
		db.title = title
		if len(db.sources) == 1 {
			db.sources[0].name = title
		}
		w.touchDatabase(db)
		for _, s := range db.sources {
			w.tableEvent("content_updated", s)
		}
		return nil
	}
	w.mu.Unlock()
	return w.editPage(id, func(p *page) error {
		for _, prop := range w.properties(p) {
			if prop.kind == "title" {
				return w.setProperty(p, prop.name, Text(title))
			}
		}
		return fmt.Errorf("%w: page %q has no title", ErrUnknown, id)
	})
}

// SetIcon gives a page an emoji, or the picture at a URL as [Media] takes them; none if it is empty.
func (w *Workspace) SetIcon(pageID, icon string) error {
	return w.editPage(pageID, func(p *page) error {
		p.icon = picture(icon)
		if !strings.Contains(icon, ":") {
			p.icon = emojiIcon(icon)
		}
		if p.icon == nil {
			p.icon = []byte("null")
		}
		w.contentEvent(p, p.id)
		return nil
	})
}

// SetCover gives a page the picture at a URL as its cover, none if it is empty.
func (w *Workspace) SetCover(pageID, url string) error {
	return w.editPage(pageID, func(p *page) error {
		if p.cover = picture(url); p.cover == nil {
			p.cover = []byte("null")
		}
		return nil
	})
}

// SetProperty changes a property, named as in the schema. The value is a string, []string, Rich, time.Time, number or
// bool as suits the type, nil for empty, or json.RawMessage for what stands under the name of the type.
func (w *Workspace) SetProperty(pageID, name string, value any) error {
	return w.editPage(pageID, func(p *page) error { return w.setProperty(p, name, value) })
}

func (w *Workspace) setProperty(p *page, name string, value any) error {
	for i, prop := range w.properties(p) {
		if prop.name != name {
			continue
		}
		raw, err := propertyValue(prop.kind, value)
		if err != nil {
			return err
		}
		if p.props != nil {
			p.props[i].value, p.props[i].raw = raw, nil
		} else {
			w.ownValues(p)
			p.values[prop.id] = raw
		}
		if p.block != nil && p.block.raw != nil && prop.kind == "title" {
			p.block.raw = patch(p.block.raw, "child_page", titlePayload(plainText(raw)))
		}
		if w.pages[p.id] != nil { // else it is being made
			w.propertyEvent(p, prop)
		}
		return nil
	}
	return fmt.Errorf("%w: property %q of page %q", ErrUnknown, name, p.id)
}

// Trash moves a page, database or block into the trash, with everything below it.
func (w *Workspace) Trash(id string) error { return w.setTrashed(id, true) }

// Restore takes it out of the trash.
func (w *Workspace) Restore(id string) error { return w.setTrashed(id, false) }

func (w *Workspace) setTrashed(id string, gone bool) error {
	defer w.lock()()
	action := "undeleted"
	if gone {
		action = "deleted"
	}
	switch p, db, b := w.pages[id], w.databases[id], w.findBlock(id); {
	case p != nil:
		p.trashed = gone
		w.touch(p)
		w.touchParent(p.parent)
		w.markTrashed(p.block, gone)
		w.markRecorded(p)
		w.pageEvent(action, p)
		w.aroundEvent(p.parent, p.id)
	case db != nil:
		db.trashed = gone
		w.touchDatabase(db)
		w.touchParent(db.parent)
		w.markTrashed(db.block, gone)
		w.databaseEvent(action, db)
		w.aroundEvent(db.parent, db.id)
	case b != nil:
		b.trashed = gone
		w.markTrashed(b, gone)
		w.touchBlock(b)
		w.contentEvent(b.owner, b.id)
	default:
		return fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	return nil
}

// markTrashed updates a recorded block, which is served as it stands.
func (w *Workspace) markTrashed(b *block, gone bool) {
	if b == nil || b.raw == nil {
		return
	}
	b.raw = patch(b.raw, "in_trash", marshal(gone))
	if _, recorded := member(b.raw, "archived"); recorded {
		b.raw = patch(b.raw, "archived", marshal(gone))
	}
}

// markRecorded gives a recorded page the flag that older recordings lack.
func (w *Workspace) markRecorded(p *page) {
	if p.recorded == nil {
		return
	}
	for _, f := range p.recorded {
		if f.key == "in_trash" {
			return
		}
	}
	p.recorded = append(p.recorded, field{"in_trash", nil})
}

func member(raw []byte, key string) ([]byte, bool) {
	fields, err := decodeFields(raw)
	if err != nil {
		return nil, false
	}
	for _, f := range fields {
		if f.key == key {
			return f.value, true
		}
	}
	return nil, false
}

// Archive puts a page into Notion's archive or takes it out: not the trash, but queries do not list it either.
func (w *Workspace) Archive(pageID string, archived bool) error {
	return w.editPage(pageID, func(p *page) error {
		p.archived = archived
		return nil
	})
}

// Unshare takes the connection's access to a database, page or data source and everything below it.
func (w *Workspace) Unshare(id string) {
	defer w.lock()()
	w.hidden[id] = true
	w.edits++
}

// Share gives it back.
func (w *Workspace) Share(id string) {
	defer w.lock()()
	delete(w.hidden, id)
	w.edits++
}

func (w *Workspace) editPage(id string, edit func(*page) error) error {
	defer w.lock()()
	p := w.pages[id]
	if p == nil {
		return fmt.Errorf("%w: page %q", ErrUnknown, id)
	}
	if err := edit(p); err != nil {
		return err
	}
	w.touch(p)
	return nil
}

// touchParent stamps the page in which a child page or database appeared or disappeared. The stamp
// of a data source does not follow its rows.
func (w *Workspace) touchParent(at parent) {
	if p := w.pages[at.id]; p != nil {
		w.touch(p)
	} else if b := w.findBlock(at.id); b != nil {
		w.touch(b.owner)
	}
}

func (w *Workspace) touchDatabase(db *database) {
	w.edits++
	if w.still == 0 {
		db.edited = w.now().UTC().Truncate(time.Millisecond)
	}
}
