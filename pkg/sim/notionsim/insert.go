package notionsim

import (
	"encoding/json"
	"fmt"
	"time"
)

// ownValues makes the values of a generated page its own, before they are edited.
func (w *Workspace) ownValues(p *page) {
	if p.values != nil {
		return
	}
	p.values = map[string]json.RawMessage{}
	if p.made != nil {
		for id, v := range p.made.values(p) {
			p.values[id] = v
		}
	}
}

// build makes blocks that stand in a page or block.
func (w *Workspace) build(at parent, owner *page, blocks []Block) []*block {
	now := minute(w.now())
	built := make([]*block, 0, len(blocks))
	for _, in := range blocks {
		b := &block{
			id: in.ID, kind: in.Type, parent: at, owner: owner,
			created: now, edited: now, by: author, payload: marshal(in.Payload),
		}
		if b.id == "" {
			b.id = w.newID()
		}
		b.copyOf = original(b.kind, b.payload)
		b.children = w.build(parent{inBlock, b.id}, owner, in.Children)
		if len(b.children) == 0 {
			b.children = nil
		}
		built = append(built, b)
	}
	return built
}

// original is the block that a synced copy shows.
func original(kind string, payload json.RawMessage) string {
	if kind != "synced_block" {
		return ""
	}
	var synced struct {
		From struct {
			BlockID string `json:"block_id"`
		} `json:"synced_from"`
	}
	if json.Unmarshal(payload, &synced) != nil {
		return ""
	}
	return synced.From.BlockID
}

// EditBlocks replaces the content of a page. Child pages and databases stay, after the new blocks.
func (w *Workspace) EditBlocks(pageID string, blocks ...Block) error {
	return w.editPage(pageID, func(p *page) error {
		w.load(p)
		content := w.build(parent{inPage, p.id}, p, blocks)
		for _, b := range p.content {
			w.forget(b, &content)
		}
		p.content = content
		w.register(p, content)
		w.contentEvent(p, p.id)
		return nil
	})
}

// forget drops a block and those below it, keeping child pages and databases.
func (w *Workspace) forget(b *block, keep *[]*block) {
	if w.pages[b.id] != nil || w.databases[b.id] != nil {
		*keep = append(*keep, b)
		return
	}
	if w.blocks[b.id] == b {
		delete(w.blocks, b.id)
	}
	for _, child := range b.children {
		w.forget(child, keep)
	}
}

// AppendBlock puts a block at the end of a page or block and returns its id.
func (w *Workspace) AppendBlock(parentID string, in Block) (string, error) {
	defer w.lock()()
	at, owner, into, err := w.place(parentID)
	if err != nil {
		return "", err
	}
	built := w.build(at, owner, []Block{in})
	*into = append(*into, built...)
	w.register(owner, built)
	w.touch(owner)
	w.contentEvent(owner, built[0].id)
	return built[0].id, nil
}

// UpdateBlock replaces what stands under the name of a block's type.
func (w *Workspace) UpdateBlock(id string, payload any) error {
	defer w.lock()()
	b := w.findBlock(id)
	if b == nil {
		return fmt.Errorf("%w: block %q", ErrUnknown, id)
	}
	b.payload = marshal(payload)
	if b.raw != nil {
		b.raw = patch(b.raw, b.kind, b.payload)
	}
	w.touchBlock(b)
	w.contentEvent(b.owner, b.id)
	return nil
}

// place finds where something can be put: the list of a page or block.
func (w *Workspace) place(id string) (at parent, owner *page, into *[]*block, err error) {
	if p := w.pages[id]; p != nil {
		w.load(p)
		return parent{inPage, id}, p, &p.content, nil
	}
	if b := w.findBlock(id); b != nil {
		return parent{inBlock, id}, b.owner, &b.children, nil
	}
	return parent{}, nil, nil, fmt.Errorf("%w: page or block %q", ErrUnknown, id)
}

// AddPage puts a page at the top of the workspace and returns its id.
func (w *Workspace) AddPage(title string, blocks ...Block) string {
	defer w.lock()()
	p := w.newPage(parent{kind: inWorkspace}, title)
	w.addPage(p)
	w.fill(p, blocks)
	w.pageEvent("created", p)
	return p.id
}

// AddChildPage puts a page at the end of a page, or of a block in one, and returns its id.
func (w *Workspace) AddChildPage(parentID, title string, blocks ...Block) (string, error) {
	defer w.lock()()
	at, owner, into, err := w.place(parentID)
	if err != nil {
		return "", err
	}
	p := w.newPage(at, title)
	p.block = &block{id: p.id, kind: "child_page", parent: at, owner: owner}
	*into = append(*into, p.block)
	w.addPage(p)
	w.fill(p, blocks)
	w.touch(owner)
	w.pageEvent("created", p)
	w.contentEvent(owner, p.id)
	return p.id, nil
}

// AddRow adds a page to a data source and returns its id. Properties are named as in the schema, their values as
// [Workspace.SetProperty] takes them.
func (w *Workspace) AddRow(sourceID, title string, properties map[string]any, blocks ...Block) (string, error) {
	defer w.lock()()
	s := w.sources[sourceID]
	if s == nil {
		return "", fmt.Errorf("%w: data source %q", ErrUnknown, sourceID)
	}
	p := w.newPage(parent{inSource, s.id}, title)
	for name, value := range properties {
		if err := w.setProperty(p, name, value); err != nil {
			return "", err
		}
	}
	w.addPage(p)
	w.fill(p, blocks)
	w.pageEvent("created", p)
	w.tableEvent("content_updated", s, p.id)
	return p.id, nil
}

func (w *Workspace) newPage(at parent, title string) *page {
	now := minute(w.now())
	return &page{
		id: w.newID(), parent: at, created: now, edited: now, by: author, loaded: true,
		values: map[string]json.RawMessage{"title": Text(title).raw()},
	}
}

func (w *Workspace) fill(p *page, blocks []Block) {
	p.content = w.build(parent{inPage, p.id}, p, blocks)
	w.register(p, p.content)
}

// AddDatabase puts a database with one data source of the same name at the end of a page or block, or at the top of the
// workspace if parentID is empty. A title column named Name is added to columns without one.
func (w *Workspace) AddDatabase(parentID, title string, columns ...Column) (databaseID, sourceID string, err error) {
	defer w.lock()()
	db, err := w.newDatabase(parentID, title)
	if err != nil {
		return "", "", err
	}
	s := w.newSource(db, title, columns)
	w.databaseEvent("created", db)
	w.aroundEvent(db.parent, db.id)
	return db.id, s.id, nil
}

// AddLinkedView puts a view of another database at the end of a page: a database of its own without data sources.
func (w *Workspace) AddLinkedView(parentID, title string) (databaseID string, err error) {
	defer w.lock()()
	db, err := w.newDatabase(parentID, title)
	if err != nil {
		return "", err
	}
	return db.id, nil
}

// AddDataSource gives a database one more data source.
func (w *Workspace) AddDataSource(databaseID, name string, columns ...Column) (sourceID string, err error) {
	defer w.lock()()
	db := w.databases[databaseID]
	if db == nil {
		return "", fmt.Errorf("%w: database %q", ErrUnknown, databaseID)
	}
	s := w.newSource(db, name, columns)
	w.tableEvent("created", s)
	return s.id, nil
}

func (w *Workspace) newDatabase(parentID, title string) (*database, error) {
	now := w.now().UTC().Truncate(time.Millisecond)
	db := &database{
		id: w.newID(), parent: parent{kind: inWorkspace}, title: title, created: now, edited: now, by: author,
	}
	if parentID != "" {
		at, owner, into, err := w.place(parentID)
		if err != nil {
			return nil, err
		}
		db.parent, db.inline = at, true
		db.block = &block{id: db.id, kind: "child_database", parent: at, owner: owner}
		*into = append(*into, db.block)
		w.touch(owner)
	}
	w.addDatabase(db)
	return db, nil
}

func (w *Workspace) newSource(db *database, name string, columns []Column) *source {
	titled := false
	for _, c := range columns {
		titled = titled || c.Type == "title"
	}
	if !titled {
		columns = append([]Column{{Name: "Name", Type: "title"}}, columns...)
	}
	s := &source{id: w.newID(), db: db, name: name, columns: schemaOrder(columns)}
	db.sources = append(db.sources, s)
	w.sources[s.id] = s
	w.edits++
	return s
}

// AddColumn gives a data source one more property, empty in all rows.
func (w *Workspace) AddColumn(sourceID string, c Column) error {
	defer w.lock()()
	s := w.sources[sourceID]
	if s == nil {
		return fmt.Errorf("%w: data source %q", ErrUnknown, sourceID)
	}
	s.columns = schemaOrder(append(s.columns, c))
	added, _ := s.column(c.Name)
	for _, p := range s.rows {
		if p.props != nil { // a recorded row has a list of its own
			value := valueOf(nil, added.ID, added.Type)
			p.props = append(p.props, property{name: added.Name, id: added.ID, kind: added.Type, value: value})
		}
	}
	w.touchDatabase(s.db)
	w.tableEvent("schema_updated", s)
	return nil
}
