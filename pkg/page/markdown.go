package page

import "strings"

// Markdown renders the block tree as GitHub-flavoured Markdown (GFM 0.29, plus GitHub's alerts and math). links are
// slugs by dashed Notion id: what leads to one of these pages is written as a link to /slug, child pages too; what
// leads to any other page keeps Notion's address, and a block that only leads there is left out.
//
// No text of the tree is lost or changes its place: a CommonMark parser finds all of it again, white space at the ends
// of a block and around styles aside. Markdown has no word for columns, synced blocks, tabs and indented paragraphs:
// their contents follow one another. Colours, and letters in place of a list's numbers, are dropped. The result is
// empty, or ends with a line break.
//
// What readers of Markdown make of it is compared in tests; the package comment says on what they don't agree.
func Markdown(blocks []Block, links map[string]string) string {
	return Site{Slugs: links}.Markdown(blocks)
}

// Site is what the Markdown of a page says of the site around it.
type Site struct {
	Slugs   map[string]string // where pages stand, by dashed Notion id
	Titles  map[string]string // what pages are called there, by dashed Notion id; of others Notion's own words are taken
	Anchors []string          // dashed ids of blocks of the page that other pages link to
}

// Markdown is the function of that name for a page of the site: mentions of pages, links to pages and child pages show
// the title that the page has on the site.
//
// Every heading has its id, and so has each block that the page itself or one of Anchors leads to. Links to a block end in
// #user-content- and its id without dashes: GitHub and rehype-sanitize put this before every id of a page, so that an
// element with the id alone has it there. Where nobody does, it is the element's name.
func (s Site) Markdown(blocks []Block) string {
	r := renderer{site: s, anchors: map[string]bool{}}
	for _, ids := range BlockTargets(blocks) {
		r.lead(ids)
	}
	r.lead(s.Anchors)
	body := r.body(blocks, true)
	if body == "" {
		return ""
	}
	return body + "\n"
}

type renderer struct {
	site    Site
	anchors map[string]bool // ids of blocks that links lead to; false: it stands there already
}

// flow collects what stands one below the other: at the top, or inside one quote, list item or toggle.
type flow struct {
	chunks []chunk
	top    bool // inside nothing: the only place where GitHub knows alerts
}

// chunk is one block of Markdown, without blank lines at its ends.
type chunk struct {
	text   string
	marker byte // of a list: what stands beside or behind its numbers, else 0
	snug   bool // a list that may follow its item's text without a blank line
}

// add appends a block; nothing for an empty one.
func (f *flow) add(text string) {
	if text != "" {
		f.chunks = append(f.chunks, chunk{text: text})
	}
}

// String separates all chunks by blank lines.
func (f *flow) String() string {
	texts := make([]string, len(f.chunks))
	for i, c := range f.chunks {
		texts[i] = c.text
	}
	return strings.Join(texts, "\n\n")
}

// body renders blocks that stand in a container of their own.
func (r renderer) body(blocks []Block, top bool) string {
	f := flow{top: top}
	r.blocks(&f, blocks)
	return f.String()
}

// blocks renders siblings: lists and table rows in runs, everything else one by one.
func (r renderer) blocks(f *flow, blocks []Block) {
	for i := 0; i < len(blocks); {
		switch n := listLength(blocks[i:]); {
		case n > 0:
			r.list(f, blocks[i:i+n])
			i += n
		case blocks[i].Type == "table_row":
			n := rowsLength(blocks[i:])
			r.table(f, content{}, blocks[i:i+n])
			i += n
		default:
			r.block(f, blocks[i])
			i++
		}
	}
}

// block renders one block and what stands below it.
func (r renderer) block(f *flow, b Block) {
	c := b.content()
	if !hasText(b.Type) {
		f.add(r.anchor(b))
	}
	switch b.Type {
	case "quote":
		f.add(r.quote(r.runs(b, c), b.Children))
	case "callout":
		f.add(r.callout(b, c, f.top))
	case "toggle":
		f.add(r.toggle(r.runs(b, c), b.Children))
	case "table":
		n := rowsLength(b.Children)
		r.table(f, c, b.Children[:n])
		r.blocks(f, b.Children[n:])
	case "tab":
		r.tabs(f, b.Children)
	default:
		r.alone(f, b, c)
		r.blocks(f, b.Children)
	}
}

// alone renders a block below which others follow that do not stand inside it.
func (r renderer) alone(f *flow, b Block, c content) {
	switch b.Type {
	case "heading_1", "heading_2", "heading_3", "heading_4":
		f.add(r.heading(b, c))
	case "code":
		f.add(codeBlock(c))
		f.add(r.paragraph(c.caption()))
	case "equation":
		f.add(equation(c.Expression))
	case "image":
		f.add(r.image(c))
	case "video", "audio", "pdf", "file", "embed", "bookmark", "link_preview":
		f.add(r.media(c))
	case "divider":
		f.add(divider)
	case "breadcrumb", "table_of_contents":
	case "child_page":
		f.add(r.pageLink(b.ID, b.Title))
	case "child_database":
		f.add(r.databaseLink(b))
	case "link_to_page":
		if id, ok := linkedPage(b.payload()); ok {
			f.add(r.pageLink(id, ""))
		}
	case "paragraph", "template":
		f.add(r.paragraph(r.runs(b, c)))
	default:
		r.other(f, b, c)
	}
}

// divider is not "---": in a page's first line that would begin front matter, which many sites cut off.
const divider = "***"

// other renders types that nobody knows yet by the URL and the texts they hold. Containers without a trace have none.
func (r renderer) other(f *flow, b Block, c content) {
	if c.url() != "" {
		f.add(link(c.label(), c.url()))
	}
	for _, runs := range richTexts(b.payload()) {
		f.add(r.paragraph(runs))
	}
	f.add(r.paragraph([]richText{{PlainText: c.Title}}))
}

// tabs are shown one below the other, each below its label.
func (r renderer) tabs(f *flow, tabs []Block) {
	for _, tab := range tabs {
		if tab.Type != "paragraph" {
			r.block(f, tab)
			continue
		}
		label := r.runs(tab, tab.content())
		embolden(label)
		f.add(r.paragraph(label))
		r.blocks(f, tab.Children)
	}
}

func (r renderer) paragraph(runs []richText) string {
	return markdownText(r.pieces(runs), manyLines)
}

// heading is empty for an empty heading. A "#" at its end would be taken for a closing sequence and vanish.
func (r renderer) heading(b Block, c content) string {
	if strings.TrimSpace(plainText(c.runs())) == "" {
		return ""
	}
	text := markdownText(r.pieces(r.runs(b, c)), oneLine)
	if strings.HasSuffix(text, "#") {
		text = strings.TrimSuffix(text, "#") + `\#`
	}
	return strings.Repeat("#", int(b.Type[len(b.Type)-1]-'0')) + " " + text
}

// indent puts prefix before every line but the first. Blank lines stay blank.
func indent(text, prefix string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if i > 0 && line != "" {
			lines[i] = prefix + line
		}
	}
	return strings.Join(lines, "\n")
}
