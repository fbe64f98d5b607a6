package notionsim

import (
	"encoding/json"
	"strings"
)

// markdownLimit is about how many blocks Notion renders into one answer.
const markdownLimit = 20_000

// getMarkdown answers GET pages/{id}/markdown, for a page or for a block of one.
func (s *Server) getMarkdown(rawID string, v Version, query map[string][]string) (object, *apiError) {
	if v == V20220628 {
		return object{}, errURL()
	}
	if e := checkQuery(query, "include_transcript"); e != nil {
		return object{}, e
	}
	id, ok := parseID(rawID)
	if !ok {
		return object{}, errID("page_id", rawID)
	}
	w := s.workspace
	r := &markdownRenderer{w: w, left: s.options.MarkdownLimit}
	if b := w.findBlock(id); b != nil && w.pages[id] == nil && w.shared(id) {
		r.page = b.owner.id
		r.block(b, 0)
	} else if p, e := s.page(rawID); e != nil {
		return object{}, e
	} else {
		r.page = p.id
		r.below(p.id, 0)
	}
	var o object
	o.str("object", "page_markdown")
	o.str("id", id)
	o.str("markdown", strings.TrimSuffix(r.out.String(), "\n"))
	o.bool("truncated", len(r.unknown) > 0)
	unknown := make([]json.RawMessage, len(r.unknown))
	for i, id := range r.unknown {
		unknown[i] = quote(id)
	}
	o.raw("unknown_block_ids", array(unknown))
	return o, nil
}

// markdownRenderer writes blocks as Notion's documentation shows them. The workspace is locked.
type markdownRenderer struct {
	w       *Workspace
	page    string
	left    int // blocks that still go into this answer
	out     strings.Builder
	unknown []string
}

func (r *markdownRenderer) line(depth int, text string) {
	for _, line := range strings.Split(text, "\n") {
		r.out.WriteString(strings.Repeat("\t", depth))
		r.out.WriteString(line)
		r.out.WriteByte('\n')
	}
}

func (r *markdownRenderer) below(id string, depth int) {
	blocks, _ := r.w.children(id)
	for _, b := range blocks {
		r.block(b, depth)
	}
}

// tagged writes a tag around what stands below a block.
func (r *markdownRenderer) tagged(b *block, depth int, name, attributes string) {
	r.line(depth, "<"+name+attributes+">")
	r.below(b.id, depth+1)
	r.line(depth, "</"+name+">")
}

func (r *markdownRenderer) link(id string) string {
	return `"https://www.notion.so/` + undashed(r.page) + "#" + undashed(id) + `"`
}

func (r *markdownRenderer) block(b *block, depth int) {
	if r.left--; r.left < 0 {
		r.unknown = append(r.unknown, b.id)
		r.line(depth, "<unknown url="+r.link(b.id)+"/>")
		return
	}
	p := b.payload
	if b.raw != nil {
		p, _ = member(b.raw, b.kind)
	}
	text := richMarkdown(part(p, "rich_text"))
	switch b.kind {
	case "paragraph":
		if text == "" {
			text = "<empty-block/>"
		}
		r.leaf(b, depth, text)
	case "heading_1", "heading_2", "heading_3", "heading_4":
		text = strings.Repeat("#", int(b.kind[8]-'0')) + " " + text
		if string(part(p, "is_toggleable")) == "true" {
			text += ` {toggle="true"}`
		}
		r.leaf(b, depth, text)
	case "bulleted_list_item":
		r.leaf(b, depth, "- "+text)
	case "numbered_list_item":
		r.leaf(b, depth, "1. "+text)
	case "to_do":
		box := "- [ ] "
		if string(part(p, "checked")) == "true" {
			box = "- [x] "
		}
		r.leaf(b, depth, box+text)
	case "quote":
		r.leaf(b, depth, "> "+text)
	case "toggle":
		r.line(depth, "<details>")
		r.line(depth, "<summary>"+text+"</summary>")
		r.below(b.id, depth+1)
		r.line(depth, "</details>")
	case "callout":
		icon := ""
		if emoji := unquote(part(part(p, "icon"), "emoji")); emoji != "" {
			icon = ` icon="` + emoji + `"`
		}
		r.line(depth, "<callout"+icon+">")
		r.line(depth+1, text)
		r.below(b.id, depth+1)
		r.line(depth, "</callout>")
	case "divider":
		r.line(depth, "---")
	case "code":
		r.line(depth, "```"+unquote(part(p, "language"))+"\n"+plainText(part(p, "rich_text"))+"\n```")
	case "equation":
		r.line(depth, "$$\n"+unquote(part(p, "expression"))+"\n$$")
	case "table":
		r.table(b, p, depth)
	case "image":
		r.line(depth, "!["+richMarkdown(part(p, "caption"))+"]("+fileURL(p)+")")
	case "file", "pdf", "video", "audio":
		r.line(depth, "<"+b.kind+` src="`+fileURL(p)+`">`+richMarkdown(part(p, "caption"))+"</"+b.kind+">")
	case "column_list":
		r.tagged(b, depth, "columns", "")
	case "column":
		r.tagged(b, depth, "column", "")
	case "synced_block":
		if b.copyOf != "" {
			r.tagged(b, depth, "synced_block_reference", " url="+r.link(b.copyOf))
		} else {
			r.tagged(b, depth, "synced_block", " url="+r.link(b.id))
		}
	case "table_of_contents":
		r.line(depth, "<table_of_contents/>")
	case "link_to_page":
		id := unquote(part(p, inPage))
		r.line(depth, `<mention-page url="https://www.notion.so/`+undashed(id)+`"/>`)
	case "child_page", "child_database":
		r.kid(b, depth)
	default:
		alt := b.kind
		if kind := unquote(part(p, "block_type")); kind != "" {
			alt = kind
		}
		r.line(depth, "<unknown url="+r.link(b.id)+` alt="`+alt+`"/>`)
	}
}

func (r *markdownRenderer) leaf(b *block, depth int, text string) {
	r.line(depth, text)
	r.below(b.id, depth+1)
}

// kid writes a child page or database; one that is not shared is unknown, and asking for it finds nothing.
func (r *markdownRenderer) kid(b *block, depth int) {
	url := `"https://www.notion.so/` + undashed(b.id) + `"`
	switch p, db := r.w.pages[b.id], r.w.databases[b.id]; {
	case !r.w.shared(b.id):
		r.unknown = append(r.unknown, b.id)
		r.line(depth, "<unknown url="+url+"/>")
	case p != nil:
		r.line(depth, "<page url="+url+">"+escapeMarkdown(r.w.titleOf(p))+"</page>")
	case db != nil:
		inline := `"false"`
		if db.inline {
			inline = `"true"`
		}
		r.line(depth, "<database url="+url+" inline="+inline+">"+escapeMarkdown(db.title)+"</database>")
	}
}

func (r *markdownRenderer) table(b *block, p json.RawMessage, depth int) {
	r.line(depth, `<table header-row="`+string(part(p, "has_column_header"))+`">`)
	rows, _ := r.w.children(b.id)
	for _, row := range rows {
		payload := row.payload
		if row.raw != nil {
			payload, _ = member(row.raw, row.kind)
		}
		r.left--
		r.line(depth, "<tr>")
		for _, cell := range elements(part(payload, "cells")) {
			r.line(depth, "<td>"+richMarkdown(cell)+"</td>")
		}
		r.line(depth, "</tr>")
	}
	r.line(depth, "</table>")
}

func fileURL(p json.RawMessage) string {
	return unquote(part(part(p, unquote(part(p, "type"))), "url"))
}
