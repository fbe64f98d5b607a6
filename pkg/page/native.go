package page

import (
	"iter"
	"regexp"
	"slices"
	"strings"
)

// Notion's own Markdown, "enhanced Markdown" in its documentation (developers.notion.com, "Enhanced markdown format" and
// "Working with markdown content", read 2026-08), is CommonMark with tags for what that has no word for. What stands
// below a block is indented by one tab more. The characters < and > of texts are escaped by a backslash, except in code.
// Only what the sync goes by is read here; the text itself stays as Notion wrote it.

// What the content of a bundle was made from.
const (
	ContentBlocks   = "blocks"   // blocks, the Markdown made from them
	ContentMarkdown = "markdown" // Notion's own Markdown; there are no blocks
)

// NativeKid is a child page or inner database as a tag in Notion's Markdown names it.
type NativeKid struct {
	ID       string // dashed
	Title    string
	Database bool
	Top      bool // it stands directly in the page as far as its indentation tells
}

var (
	kidTag     = regexp.MustCompile(`^<(page|database)\s([^>]*)>(.*)</(?:page|database)>`)
	urlPart    = regexp.MustCompile(`(?:^|\s)url="([^"]*)"`)
	mentionTag = regexp.MustCompile(`<mention-(?:page|database)\s[^>]*?url="([^"]*)"`)
)

// NativeKids lists the child pages and inner databases that stand in a page's Markdown, in order, each once. Those
// inside a synced copy belong to the original's page and are left out, and so are views of databases that stand
// elsewhere, as far as a tag without an address of its own tells.
func NativeKids(markdown string) []NativeKid {
	var kids []NativeKid
	inCopy := 0
	for line := range nativeLines(markdown) {
		switch text := line.text; {
		case strings.HasPrefix(text, "<synced_block_reference") && !strings.HasSuffix(text, "/>"):
			inCopy++
		case strings.HasPrefix(text, "</synced_block_reference"):
			inCopy = max(0, inCopy-1)
		case inCopy > 0:
		default:
			kid, ok := nativeKid(text)
			if ok && !slices.ContainsFunc(kids, func(k NativeKid) bool { return k.ID == kid.ID }) {
				kid.Top = line.depth == 0
				kids = append(kids, kid)
			}
		}
	}
	return kids
}

func nativeKid(text string) (NativeKid, bool) {
	tag := kidTag.FindStringSubmatch(text)
	if tag == nil {
		return NativeKid{}, false
	}
	id, ok := ParseID(nativeURL(urlPart.FindStringSubmatch(tag[2])))
	return NativeKid{ID: id, Title: nativeText(tag[3]), Database: tag[1] == "database"}, ok
}

// NativeLinks are the dashed ids of the pages and databases that the texts of a page's Markdown link or mention, as
// [LinkTargets] finds them in blocks: sorted, each once.
func NativeLinks(markdown string) []string {
	var ids []string
	add := func(href string) {
		if id, ok := linkTarget(href); ok {
			ids = append(ids, id)
		}
	}
	for line := range nativeLines(markdown) {
		for _, tag := range mentionTag.FindAllStringSubmatch(line.text, -1) {
			add(nativeURL(tag))
		}
		for link := range nativeTargets(line.text) {
			add(nativeText(line.text[link[0]:link[1]]))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// NativeLabelTargets are those of [NativeLinks] that the Markdown calls by their titles: pages and databases that are
// mentioned.
func NativeLabelTargets(markdown string) []string {
	found := set{}
	for line := range nativeLines(markdown) {
		for _, tag := range mentionTag.FindAllStringSubmatch(line.text, -1) {
			found.add(linkTarget(nativeURL(tag)))
		}
	}
	return found.sorted()
}

// nativeLine is a line of Markdown that is no code.
type nativeLine struct {
	start int    // where text begins in the Markdown
	depth int    // tabs before it
	text  string // without them
}

// nativeLines yields the lines that stand in no fenced code, whose text is literal.
func nativeLines(markdown string) iter.Seq[nativeLine] {
	return func(yield func(nativeLine) bool) {
		fence := ""
		for start := 0; start < len(markdown); {
			end := len(markdown)
			if n := strings.IndexByte(markdown[start:], '\n'); n >= 0 {
				end = start + n
			}
			text := strings.TrimLeft(markdown[start:end], "\t")
			ticks := text[:len(text)-len(strings.TrimLeft(text, "`"))]
			switch {
			case fence != "":
				if len(ticks) >= len(fence) && strings.TrimSpace(text) == ticks {
					fence = ""
				}
			case len(ticks) >= 3:
				fence = ticks
			default:
				depth := end - start - len(text)
				if !yield(nativeLine{start + depth, depth, text}) {
					return
				}
			}
			start = end + 1
		}
	}
}

// nativeTargets yields where the targets of links and images stand in a line: [text](target). Their own parentheses come
// in pairs.
func nativeTargets(text string) iter.Seq[[2]int] {
	return func(yield func([2]int) bool) {
		for from := 0; ; {
			open := strings.Index(text[from:], "](")
			if open < 0 {
				return
			}
			start := from + open + len("](")
			end, level := start, 0
			for ; end < len(text) && text[end] != ' '; end++ {
				if text[end] == '(' {
					level++
				} else if text[end] == ')' {
					if level--; level < 0 {
						break
					}
				}
			}
			if end < len(text) && !yield([2]int{start, end}) {
				return
			}
			from = start
		}
	}
}

// nativeURL is the value of a tag's attribute, of which the match of a pattern has the text in its first group.
func nativeURL(match []string) string {
	if len(match) < 2 {
		return ""
	}
	return nativeText(strings.TrimSuffix(strings.TrimPrefix(match[1], "{{"), "}}"))
}

var nativeEntities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'")

// nativeText takes the escapes out of a text.
func nativeText(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\\*~`$[]<>{}|^_!()#+-.", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return nativeEntities.Replace(b.String())
}
