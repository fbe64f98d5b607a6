package notionsim

// above is the object that id stands in: a page, block, data source or database; empty at the top.
func (w *Workspace) above(id string) string {
	if p := w.pages[id]; p != nil {
		return p.parent.id
	}
	if s := w.sources[id]; s != nil {
		return s.db.id
	}
	if db := w.databases[id]; db != nil {
		return db.parent.id
	}
	if b := w.blocks[id]; b != nil {
		if b.parent.id != "" && b.parent.id != id {
			return b.parent.id
		}
		return b.owner.id
	}
	return ""
}

// shared reports whether the connection has access: nothing that the object stands in was taken from it.
func (w *Workspace) shared(id string) bool {
	if len(w.hidden) == 0 {
		return true
	}
	for depth := 0; id != "" && depth < maxDepth; depth++ {
		if w.hidden[id] {
			return false
		}
		id = w.above(id)
	}
	return true
}

// inTrash reports whether the object, or anything that it stands in, is in the trash.
func (w *Workspace) inTrash(id string) bool {
	for depth := 0; id != "" && depth < maxDepth; depth++ {
		if w.trashedItself(id) {
			return true
		}
		id = w.above(id)
	}
	return false
}

// maxDepth ends a walk upwards: recorded blocks may name parents in a circle.
const maxDepth = 1000

func (w *Workspace) trashedItself(id string) bool {
	if p := w.pages[id]; p != nil {
		return p.trashed
	}
	if db := w.databases[id]; db != nil {
		return db.trashed
	}
	if b := w.blocks[id]; b != nil {
		return b.trashed
	}
	return false
}

// children lists what stands directly under a page or block, in order, without what is in the trash.
func (w *Workspace) children(id string) ([]*block, bool) {
	var all []*block
	switch p, b := w.pages[id], w.findBlock(id); {
	case p != nil:
		w.load(p)
		all = p.content
	case b != nil && b.copyOf != "" && b.children == nil:
		if original := w.findBlock(b.copyOf); original != nil && w.shared(original.id) {
			all = original.children
		}
	case b != nil:
		all = b.children
	default:
		return nil, w.databases[id] != nil
	}
	live := make([]*block, 0, len(all))
	for _, b := range all {
		if !w.trashedItself(b.id) {
			live = append(live, b)
		}
	}
	return live, true
}

// hasChildren is what the block says of itself. A generated page that was never listed has content.
func (w *Workspace) hasChildren(b *block) bool {
	if p := w.pages[b.id]; p != nil {
		if !p.loaded && p.made != nil {
			return true
		}
	} else if b.kind == "child_database" {
		return false
	} else if b.copyOf != "" {
		return true // also where the original is out of reach
	}
	live, _ := w.children(b.id)
	return len(live) > 0
}
