package playground

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
)

// errReal: there is nothing to edit here.
var errReal = errors.New("there is no demo to edit: edit your pages in Notion")

// change is one edit.
type change struct {
	Do    string `json:"do"`
	ID    string `json:"id"`    // of the page, or of the block
	To    string `json:"to"`    // of the page or collection to put it in; of the page that the block stands in
	Value string `json:"value"` // the new text
}

// edit makes one edit, and answers with the page that people will want to see then.
func (p *Playground) edit(w http.ResponseWriter, r *http.Request) {
	var c change
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&c)
	if err == nil && p.opts.World == nil {
		err = errReal
	}
	page := c.ID
	if err == nil {
		page, err = p.change(c)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, map[string]string{"page": page})
}

// many is how many pages "many" adds: enough for a sync that takes its time.
const many = 200

// change makes an edit and returns the page it is about.
func (p *Playground) change(c change) (page string, err error) {
	world := p.opts.World
	switch c.Do {
	case "title":
		return c.ID, world.SetTitle(c.ID, c.Value)
	case "slug":
		name, _, err := p.slug(c.ID)
		if err != nil {
			return "", err
		}
		return c.ID, world.SetProperty(c.ID, name, c.Value)
	case "write": // a block's text
		return p.write(c)
	case "append":
		_, err := world.AppendBlock(c.ID, notionsim.Paragraph(notionsim.Text(c.Value)))
		return c.ID, err
	case "trash": // a page, or a block of the page To
		return cmp.Or(c.To, c.ID), world.Trash(c.ID)
	case "restore":
		return c.ID, world.Restore(c.ID)
	case "move":
		return c.ID, p.move(c.ID, c.To)
	case "add":
		return p.add(c.To, c.Value)
	case "many":
		for n := range many {
			if page, err = p.add(c.To, fmt.Sprintf("%s %d", c.Value, n+1)); err != nil {
				return "", err
			}
		}
		return page, nil
	default:
		return "", fmt.Errorf("nobody knows how to %q", c.Do)
	}
}

// add puts a page into a collection, with a slug so that it is published, or into another page.
func (p *Playground) add(to, title string) (id string, err error) {
	world, text := p.opts.World, notionsim.Paragraph(notionsim.Text("This page was added in the playground."))
	if !p.isCollection(to) {
		return world.AddChildPage(to, title, text)
	}
	if id, err = world.AddRow(to, title, nil, text); err != nil {
		return "", err
	}
	name, _, err := p.slug(id)
	if err != nil || name == "" {
		return id, err
	}
	return id, world.SetProperty(id, name, cmp.Or(page.Slugify(title), strings.ReplaceAll(id, "-", "")))
}

// move puts a page elsewhere, but not into what stands in it.
func (p *Playground) move(page, to string) error {
	inside := false
	depth := 0
	for _, at := range p.tree().Pages {
		if at.ID == page {
			inside, depth = true, at.Depth
		} else if inside = inside && at.Depth > depth; inside && at.ID == to {
			return errors.New("a page cannot be moved into one that stands in it")
		}
	}
	if page == to {
		return errors.New("a page cannot be moved into itself")
	}
	return p.opts.World.Move(page, to)
}

func (p *Playground) isCollection(id string) bool {
	return slices.ContainsFunc(p.tree().Collections, func(c collection) bool { return c.ID == id })
}

// block is a block as answers of Notion carry it.
type block struct {
	ID, Type string
	Payload  map[string]json.RawMessage // what stands under the name of the type
	Children []block
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *block) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for name, into := range map[string]any{"id": &b.ID, "type": &b.Type, "children": &b.Children} {
		if raw, ok := fields[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return err
			}
		}
	}
	_ = json.Unmarshal(fields[b.Type], &b.Payload) // a payload that is no object has no text either
	return nil
}

// run is one run of rich text.
type run struct {
	PlainText string `json:"plain_text"`
}

func plain(runs []run) string {
	var text strings.Builder
	for _, r := range runs {
		text.WriteString(r.PlainText)
	}
	return text.String()
}

// text is a block's text, or what else is to be seen of it, and whether it is text that can be edited.
func (b *block) text() (text string, editable bool) {
	var runs []run
	if raw, ok := b.Payload["rich_text"]; ok && json.Unmarshal(raw, &runs) == nil {
		return plain(runs), true
	}
	for _, name := range []string{"title", "expression", "url"} {
		if json.Unmarshal(b.Payload[name], &text) == nil && text != "" {
			return text, false
		}
	}
	return "", false
}

// write replaces a block's text and leaves the rest of it as it is.
func (p *Playground) write(c change) (page string, err error) {
	open, err := p.open(c.To)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(open.Blocks, func(b openBlock) bool { return b.ID == c.ID && b.Plain }) {
		return "", notionsim.ErrUnknown
	}
	raw, err := p.opts.World.Blocks(c.To, version)
	if err != nil {
		return "", err
	}
	var blocks []block
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return "", err
	}
	payload := find(blocks, c.ID).Payload
	delete(payload, "children")
	if payload["rich_text"], err = json.Marshal(append(notionsim.Rich{}, notionsim.Text(c.Value)...)); err != nil {
		return "", err
	}
	return c.To, p.opts.World.UpdateBlock(c.ID, payload)
}

// find returns the block with an id; an empty one if there is none.
func find(blocks []block, id string) *block {
	for i := range blocks {
		if blocks[i].ID == id {
			return &blocks[i]
		}
		if found := find(blocks[i].Children, id); found.ID != "" {
			return found
		}
	}
	return &block{}
}
