package notionsim

import (
	"encoding/json"
	"fmt"
	"time"
)

// PageInfo is what a test wants to know of a page.
type PageInfo struct {
	ID, Title       string
	ParentType      string // workspace, page_id, block_id or data_source_id
	ParentID        string
	Created, Edited time.Time
	Trashed         bool // itself or anything above it
	Archived        bool
	Shared          bool
}

// DatabaseInfo is what a test wants to know of a database.
type DatabaseInfo struct {
	ID, Title  string
	ParentType string
	ParentID   string
	SourceIDs  []string // none for a linked view
	Trashed    bool
	Shared     bool
}

// Pages lists all pages in the order in which they were added, those in the trash or not shared too.
func (w *Workspace) Pages() []PageInfo {
	defer w.lock()()
	infos := make([]PageInfo, 0, len(w.pageOrder))
	for _, p := range w.pageOrder {
		infos = append(infos, PageInfo{
			ID: p.id, Title: w.titleOf(p), ParentType: p.parent.kind, ParentID: p.parent.id,
			Created: p.created, Edited: p.edited,
			Trashed: w.inTrash(p.id), Archived: p.archived, Shared: w.shared(p.id),
		})
	}
	return infos
}

// Databases lists all databases in the order in which they were added. Those at the top of the workspace have the
// parent type workspace: in [Demo], [Generate] and [LoadRecordings] these are the collections.
func (w *Workspace) Databases() []DatabaseInfo {
	defer w.lock()()
	infos := make([]DatabaseInfo, 0, len(w.dbOrder))
	for _, db := range w.dbOrder {
		info := DatabaseInfo{
			ID: db.id, Title: db.title, ParentType: db.parent.kind, ParentID: db.parent.id,
			Trashed: w.inTrash(db.id), Shared: w.shared(db.id),
		}
		for _, s := range db.sources {
			info.SourceIDs = append(info.SourceIDs, s.id)
		}
		infos = append(infos, info)
	}
	return infos
}

// Collection is the database of that title at the top of the workspace.
func (w *Workspace) Collection(title string) (DatabaseInfo, error) {
	for _, db := range w.Databases() {
		if db.ParentType == inWorkspace && db.Title == title {
			return db, nil
		}
	}
	return DatabaseInfo{}, fmt.Errorf("%w: collection %q", ErrUnknown, title)
}

// Page is the page object as a server answers it, without the request id.
func (w *Workspace) Page(id string, v Version) (json.RawMessage, error) {
	defer w.lock()()
	p := w.pages[id]
	if p == nil {
		return nil, fmt.Errorf("%w: page %q", ErrUnknown, id)
	}
	return w.renderPage(p, v, nil), nil
}

// Blocks is everything that stands in a page or block, as a JSON array: each block as a server answers it, with what
// its own id lists under children. Child pages and databases are not entered.
func (w *Workspace) Blocks(id string, v Version) (json.RawMessage, error) {
	defer w.lock()()
	if _, ok := w.children(id); !ok {
		return nil, fmt.Errorf("%w: page or block %q", ErrUnknown, id)
	}
	return w.tree(id, v, 0), nil
}

func (w *Workspace) tree(id string, v Version, depth int) json.RawMessage {
	blocks, _ := w.children(id)
	items := make([]json.RawMessage, 0, len(blocks))
	for _, b := range blocks {
		raw := w.renderBlock(b, v)
		if entered(b) && depth < maxDepth {
			if below := w.tree(b.id, v, depth+1); len(below) > len("[]") {
				raw = append(append(append(raw[:len(raw)-1:len(raw)-1], `,"children":`...), below...), '}')
			}
		}
		items = append(items, raw)
	}
	return array(items)
}

func entered(b *block) bool { return b.kind != "child_page" && b.kind != "child_database" }
