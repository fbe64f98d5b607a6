package page

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// LinkTargets are the dashed ids of the pages and databases that the page's texts link or mention, or that one of its
// blocks of type link_to_page leads to, and of the blocks that its synced copies show: sorted, each once. Texts are those
// of the properties and of every block of the tree, whatever its type. Child pages are no link.
func LinkTargets(o Object, blocks []Block) []string {
	found := set{}
	for run := range runsOf(o, blocks, "") {
		found.add(run.target())
	}
	for b := range tree(blocks) {
		if b.Type == "link_to_page" {
			found.add(linkedPage(b.payload()))
		}
		found.add(dashed(b.SyncedFrom))
	}
	return found.sorted()
}

// LabelTargets are those of [LinkTargets] that the Markdown of the blocks calls by their titles: pages and databases that
// are mentioned, and those that a block of type link_to_page leads to.
func LabelTargets(blocks []Block) []string {
	found := set{}
	for run := range runsOf(Object{}, blocks, `"mention"`) {
		found.add(run.mentioned())
	}
	for b := range tree(blocks) {
		if b.Type == "link_to_page" {
			found.add(linkedPage(b.payload()))
		}
	}
	return found.sorted()
}

// BlockTargets are the blocks that texts of the tree link to, dashed, by the dashed id of the page that they stand in:
// sorted, each once.
func BlockTargets(blocks []Block) map[string][]string {
	found := map[string]set{}
	for run := range runsOf(Object{}, blocks, "#") {
		if id, ok := run.target(); ok {
			if block, ok := linkedBlock(run.link()); ok {
				if found[id] == nil {
					found[id] = set{}
				}
				found[id][block] = true
			}
		}
	}
	targets := map[string][]string{}
	for id, blocks := range found {
		targets[id] = blocks.sorted()
	}
	return targets
}

// set is a set of ids.
type set map[string]bool

func (s set) add(id string, ok bool) {
	if ok {
		s[id] = true
	}
}

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// tree yields all blocks of a tree.
func tree(blocks []Block) iter.Seq[Block] {
	return func(yield func(Block) bool) { eachBlock(blocks, yield) }
}

func eachBlock(blocks []Block, yield func(Block) bool) bool {
	for _, b := range blocks {
		if !yield(b) || !eachBlock(b.Children, yield) {
			return false
		}
	}
	return true
}

// runsOf yields all runs of the page's texts: those of its properties, then those of every block. Blocks whose JSON does
// not hold the sign are not worth decoding.
func runsOf(o Object, blocks []Block, sign string) iter.Seq[richText] {
	return func(yield func(richText) bool) {
		for p := range o.properties() {
			if (p.kind == "title" || p.kind == "rich_text") && !eachRun(p.payload(), yield) {
				return
			}
		}
		for b := range tree(blocks) {
			if bytes.Contains(b.Raw, []byte(sign)) && !eachRun(b.payload(), yield) {
				return
			}
		}
	}
}

func eachRun(payload json.RawMessage, yield func(richText) bool) bool {
	for _, runs := range richTexts(payload) {
		for _, run := range runs {
			if !yield(run) {
				return false
			}
		}
	}
	return true
}

// linkedPage is where a block of type link_to_page leads. One that leads to a comment leads nowhere for us.
func linkedPage(payload json.RawMessage) (id string, ok bool) {
	var link struct {
		PageID     string `json:"page_id"`
		DatabaseID string `json:"database_id"`
	}
	lenient(payload, &link)
	return dashed(link.PageID + link.DatabaseID)
}

// richTexts are all rich text arrays anywhere in raw, in the order they stand in.
func richTexts(raw json.RawMessage) [][]richText {
	var found [][]richText
	if !isArray(raw) {
		for _, value := range fields(raw) {
			found = append(found, richTexts(value)...)
		}
		return found
	}
	list := elements(raw)
	if len(list) > 0 && field(list[0], "plain_text") != nil {
		return [][]richText{decodeRichText(raw)}
	}
	for _, element := range list {
		found = append(found, richTexts(element)...)
	}
	return found
}

// linkTarget is the id of the page or database that a URL of Notion's leads to. Links inside a workspace are relative:
// "/<32 hex digits>#<block>".
func linkTarget(href string) (id string, ok bool) {
	u, err := url.Parse(href)
	if err != nil || !isNotionHost(u.Hostname()) && !isRelative(u) {
		return "", false
	}
	return ParseID(href)
}

func isRelative(u *url.URL) bool {
	return u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, "/")
}

// isNotionHost knows the hosts of Notion's own URLs; sites on domains of their own can't be told from any other URL.
func isNotionHost(host string) bool {
	host = strings.ToLower(host)
	for _, domain := range []string{"notion.so", "notion.com", "notion.site"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
