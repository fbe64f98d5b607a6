package page

import (
	"slices"
	"strings"
)

// anchorPrefix is what GitHub and rehype-sanitize put before ids and names, and links to blocks before an id.
const anchorPrefix = "user-content-"

// lead has the blocks have anchors.
func (r renderer) lead(ids []string) {
	for _, id := range ids {
		r.anchors[id] = true
	}
}

// runs are the block's text behind its anchor.
func (r renderer) runs(b Block, c content) []richText { return r.anchored(b, c.runs()) }

func (r renderer) anchored(b Block, runs []richText) []richText {
	if anchor := r.anchor(b); anchor != "" {
		return slices.Insert(runs, 0, richText{Type: anchorType, PlainText: anchor})
	}
	return runs
}

// anchorType is that of a run that holds an anchor, which Notion has none of.
const anchorType = "anchor"

// hasText reports whether the anchor of such blocks stands before their text.
func hasText(kind string) bool {
	switch kind {
	case "paragraph", "template", "quote", "callout", "toggle", "bulleted_list_item", "numbered_list_item", "to_do", "table_row":
		return true
	}
	return strings.HasPrefix(kind, "heading_")
}

// anchor is an element that links to the block lead to; empty if there is none, or the block has it already, as it would
// behind a copy of itself. Headings have one in any case.
func (r renderer) anchor(b Block) string {
	id, ok := dashed(b.ID)
	linked, known := r.anchors[id]
	if !ok || known && !linked || !linked && !isHeading(b) {
		return ""
	}
	r.anchors[id] = false
	name := ""
	if linked {
		name = ` name="` + anchorPrefix + bareID(id) + `"`
	}
	return `<a id="` + bareID(id) + `"` + name + `></a>`
}

func isHeading(b Block) bool { return strings.HasPrefix(b.Type, "heading_") }

// linkedBlock is the block in a URL's fragment.
func linkedBlock(href string) (id string, ok bool) {
	_, fragment, _ := strings.Cut(href, "#")
	return dashed(fragment)
}

func bareID(id string) string { return strings.ReplaceAll(id, "-", "") }
