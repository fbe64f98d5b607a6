package page

import (
	"regexp"
	"strings"
)

// titledTag is a tag that shows a page's title, which a mention may leave out.
var titledTag = regexp.MustCompile(`(<(mention-page|page)\s[^>]*?url="([^"]*)"[^>]*?)(?:/>|>(.*?)</(?:mention-page|page)>)`)

// RetitleNative is Notion's Markdown with the titles, by dashed id, in the tags of mentioned pages and child pages. Every
// other byte stays, but for a divider in the first line, which is written as stars: dashes would begin front matter.
func RetitleNative(markdown string, titles map[string]string) string {
	if rest, ok := strings.CutPrefix(markdown, "---\n"); ok {
		markdown = divider + "\n" + rest
	}
	var out strings.Builder
	done := 0
	for line := range nativeLines(markdown) {
		for _, at := range titledTag.FindAllStringSubmatchIndex(line.text, -1) {
			part := func(group int) string { return line.text[max(0, at[2*group]):max(0, at[2*group+1])] }
			id, _ := ParseID(nativeURL([]string{"", part(3)}))
			title := titles[id]
			if title == "" || nativeText(part(4)) == title {
				continue
			}
			out.WriteString(markdown[done : line.start+at[0]])
			out.WriteString(strings.TrimRight(part(1), " ") + ">" + nativeEscaped(title) + "</" + part(2) + ">")
			done = line.start + at[1]
		}
	}
	out.WriteString(markdown[done:])
	return out.String()
}

var (
	nativeSpecial   = regexp.MustCompile("[\\\\*~`$\\[\\]<>{}|^]")
	nativeReference = regexp.MustCompile(`&(amp|lt|gt|quot|#39);`)
)

// nativeEscaped is text of one line as Notion's Markdown writes it.
func nativeEscaped(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = nativeReference.ReplaceAllString(text, "&amp;$1;")
	return nativeSpecial.ReplaceAllString(text, `\$0`)
}
