package page

import (
	"regexp"
	"strings"
)

var unknownTag = regexp.MustCompile(`<unknown\s([^>]*?)/?>(?:</unknown>)?`)

// GraftNative puts the Markdown of a block into that of its page, in place of the tag that stands there for what Notion
// has left out, and indents it as the tag is. It reports false, and nothing has changed, if no tag names the block.
func GraftNative(markdown, blockID, block string) (string, bool) {
	plain := strings.ReplaceAll(blockID, "-", "")
	for line := range nativeLines(markdown) {
		for _, at := range unknownTag.FindAllStringSubmatchIndex(line.text, -1) {
			link := nativeURL(urlPart.FindStringSubmatch(line.text[at[2]:at[3]]))
			if !strings.Contains(strings.ReplaceAll(strings.ToLower(link), "-", ""), plain) {
				continue
			}
			start, end := line.start+at[0], line.start+at[1]
			return markdown[:start] + indented(block, line.depth) + markdown[end:], true
		}
	}
	return markdown, false
}

// indented puts tabs before every line but the first, and drops the line break at the end.
func indented(block string, depth int) string {
	return strings.ReplaceAll(strings.TrimRight(block, "\n"), "\n", "\n"+strings.Repeat("\t", depth))
}
