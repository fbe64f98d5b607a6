package page

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// LinkTargets are the dashed ids of the pages and databases that the page's texts link or mention, or that one of its
// blocks of type link_to_page leads to, and of the blocks that its synced copies show: sorted, each once. Texts are those
// of the properties and of every block of the tree, whatever its type. Child pages are no link.
func LinkTargets(o Object, blocks []Block) []string {
	found := map[string]bool{}
	for p := range o.properties() {
		if p.kind == "title" || p.kind == "rich_text" {
			addTargets(found, p.payload())
		}
	}
	addBlockTargets(found, blocks)
	return slices.Sorted(maps.Keys(found))
}

func addBlockTargets(found map[string]bool, blocks []Block) {
	for _, b := range blocks {
		payload := b.payload()
		if b.Type == "link_to_page" {
			if id, ok := linkedPage(payload); ok {
				found[id] = true
			}
		}
		if id, ok := dashed(b.SyncedFrom); ok {
			found[id] = true
		}
		addTargets(found, payload)
		addBlockTargets(found, b.Children)
	}
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

func addTargets(found map[string]bool, payload json.RawMessage) {
	for _, runs := range richTexts(payload) {
		for _, run := range runs {
			if id, ok := run.target(); ok {
				found[id] = true
			}
		}
	}
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
