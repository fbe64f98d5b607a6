package notionsim

import "encoding/json"

// Block is a block to be put into a page, of any type. Payload is what stands under the name of the type; the rest of
// the block object is made up.
type Block struct {
	ID       string // made up if empty
	Type     string
	Payload  any
	Children []Block
}

type payload = map[string]any

func textBlock(kind string, r Rich, more payload, children []Block) Block {
	var o object
	o.raw("rich_text", r.raw())
	for _, key := range []string{"checked", "is_toggleable", "icon"} {
		if v, ok := more[key]; ok {
			o.raw(key, marshal(v))
		}
	}
	if kind == "paragraph" {
		o.raw("icon", []byte("null"))
	}
	o.str("color", "default")
	return Block{Type: kind, Payload: o.end(), Children: children}
}

// Paragraph is a paragraph, which may have children.
func Paragraph(r Rich, children ...Block) Block { return textBlock("paragraph", r, nil, children) }

// Heading is a heading of level 1 to 4. With children it is a toggle heading.
func Heading(level int, r Rich, children ...Block) Block {
	return textBlock("heading_"+string(rune('0'+level)), r, payload{"is_toggleable": len(children) > 0}, children)
}

// Bullet is an item of a bulleted list.
func Bullet(r Rich, children ...Block) Block {
	return textBlock("bulleted_list_item", r, nil, children)
}

// Numbered is an item of a numbered list.
func Numbered(r Rich, children ...Block) Block {
	return textBlock("numbered_list_item", r, nil, children)
}

// Todo is a to-do item.
func Todo(done bool, r Rich, children ...Block) Block {
	return textBlock("to_do", r, payload{"checked": done}, children)
}

// Toggle hides its children behind a line.
func Toggle(r Rich, children ...Block) Block { return textBlock("toggle", r, nil, children) }

// Quote is a quotation.
func Quote(r Rich, children ...Block) Block { return textBlock("quote", r, nil, children) }

// Callout is text in a box with an emoji.
func Callout(emoji string, r Rich, children ...Block) Block {
	return textBlock("callout", r, payload{"icon": emojiIcon(emoji)}, children)
}

// Code is a piece of code.
func Code(language, text string) Block {
	var o object
	o.raw("caption", []byte("[]"))
	o.raw("rich_text", Text(text).raw())
	o.str("language", language)
	return Block{Type: "code", Payload: o.end()}
}

// Formula is a TeX equation on a line of its own.
func Formula(expression string) Block {
	return Block{Type: "equation", Payload: payload{"expression": expression}}
}

// Divider is a horizontal line.
func Divider() Block { return Block{Type: "divider", Payload: payload{}} }

// Contents is a table of contents.
func Contents() Block { return Block{Type: "table_of_contents", Payload: payload{"color": "default"}} }

// Media is an image, video, audio, pdf or file that lies at url. A URL from [Workspace.AddFile] is a file that Notion
// hosts: answers carry a signed URL for it that expires after an hour.
func Media(kind, url string, caption Rich) Block {
	var o object
	o.raw("caption", caption.raw())
	for _, f := range fileFields(url) {
		o.raw(f.key, f.value)
	}
	if kind == "file" {
		o.str("name", baseName(url))
	}
	return Block{Type: kind, Payload: o.end()}
}

// Image is [Media] of the kind image.
func Image(url string, caption Rich) Block { return Media("image", url, caption) }

// Bookmark is a link shown as a card.
func Bookmark(url string, caption Rich) Block {
	var o object
	o.raw("caption", caption.raw())
	o.str("url", url)
	return Block{Type: "bookmark", Payload: o.end()}
}

// Embed is another site in a frame.
func Embed(url string) Block {
	return Block{Type: "embed", Payload: payload{"caption": []any{}, "url": url}}
}

// Table is a simple table; header says that the first row is one.
func Table(header bool, rows ...[]Rich) Block {
	var o object
	width := 0
	children := make([]Block, 0, len(rows))
	for _, row := range rows {
		width = max(width, len(row))
		cells := make([]json.RawMessage, 0, len(row))
		for _, cell := range row {
			cells = append(cells, cell.raw())
		}
		children = append(children, Block{Type: "table_row", Payload: payload{"cells": array(cells)}})
	}
	o.raw("table_width", marshal(width))
	o.bool("has_column_header", header)
	o.bool("has_row_header", false)
	return Block{Type: "table", Payload: o.end(), Children: children}
}

// Columns puts lists of blocks side by side.
func Columns(columns ...[]Block) Block {
	list := Block{Type: "column_list", Payload: payload{}}
	for _, blocks := range columns {
		column := Block{Type: "column", Payload: payload{"width_ratio": 1 / float64(len(columns))}, Children: blocks}
		list.Children = append(list.Children, column)
	}
	return list
}

// Synced is the original of a synced block. Give it an ID to make copies of it.
func Synced(id string, children ...Block) Block {
	return Block{ID: id, Type: "synced_block", Payload: payload{"synced_from": nil}, Children: children}
}

// SyncedCopy shows the children of another synced block.
func SyncedCopy(original string) Block {
	var from object
	from.str("type", inBlock)
	from.str(inBlock, original)
	return Block{Type: "synced_block", Payload: payload{"synced_from": from.end()}}
}

// LinkToPage is a block that links to a page of the workspace.
func LinkToPage(id string) Block {
	var o object
	o.str("type", inPage)
	o.str(inPage, id)
	return Block{Type: "link_to_page", Payload: o.end()}
}

func emojiIcon(emoji string) json.RawMessage {
	if emoji == "" {
		return nil
	}
	var o object
	o.str("type", "emoji")
	o.str("emoji", emoji)
	return o.end()
}
