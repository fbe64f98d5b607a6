package notion

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// maxTextRunes is how much of an answer goes into an error.
const maxTextRunes = 300

var (
	titleElement = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	invisible    = regexp.MustCompile(`(?is)<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>`)
	tag          = regexp.MustCompile(`<[^>]*>`)
)

// plainText is what a page of HTML, or of anything else, says: its title, else its text without markup.
func plainText(body []byte) string {
	s := string(body)
	if title := titleElement.FindStringSubmatch(s); title != nil {
		if said := oneLine(html.UnescapeString(tag.ReplaceAllString(title[1], " "))); said != "" {
			return said
		}
	}
	s = invisible.ReplaceAllString(s, " ")
	return oneLine(html.UnescapeString(tag.ReplaceAllString(s, " ")))
}

// oneLine makes s fit for an error and a log: printable, on one line, not long.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxTextRunes {
		return string(runes[:maxTextRunes]) + "…"
	}
	return s
}
