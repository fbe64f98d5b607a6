package notionsim

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Move puts a page under another parent: a page, a block, a data source, or the top of the workspace if it is empty.
// Notion keeps the title and drops properties that the new place does not have.
func (w *Workspace) Move(pageID, newParent string) error {
	defer w.lock()()
	p := w.pages[pageID]
	if p == nil {
		return fmt.Errorf("%w: page %q", ErrUnknown, pageID)
	}
	title, from := w.titleOf(p), p.parent
	at, s := parent{kind: inWorkspace}, w.sources[newParent]
	var owner *page
	var into *[]*block
	if s != nil {
		at = parent{inSource, s.id}
	} else if newParent != "" {
		var err error
		if at, owner, into, err = w.place(newParent); err != nil {
			return err
		}
	}
	w.load(p)
	w.detach(p)
	if s == nil || p.parent.id != s.id {
		p.values = map[string]json.RawMessage{"title": Text(title).raw()}
		p.made, p.props, p.recorded = nil, nil, nil
	}
	p.parent = at
	switch {
	case s != nil:
		s.insert(p)
	case into != nil:
		p.block = &block{id: p.id, kind: "child_page", parent: at, owner: owner}
		*into = append(*into, p.block)
		w.touch(owner)
	}
	w.touch(p)
	w.pageEvent("moved", p)
	w.aroundEvent(from, p.id)
	w.aroundEvent(at, p.id)
	return nil
}

// detach takes a page out of the list it stands in.
func (w *Workspace) detach(p *page) {
	if s := w.sources[p.parent.id]; s != nil {
		s.remove(p)
		return
	}
	if _, owner, from, err := w.place(p.parent.id); err == nil {
		*from = slices.DeleteFunc(slices.Clone(*from), func(b *block) bool { return b.id == p.id })
		w.touch(owner)
	}
	p.block = nil
}
