package page

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escaped is text inside a line that a parser reads back as it is. noLinks: in a place where it makes no links of text.
func escaped(text string, noLinks bool) string {
	var out strings.Builder
	writeWords(&out, atom{kind: wordsAtom, text: text, inLink: noLinks}, false)
	return out.String()
}

// codeTag is text in HTML's element for code, where marked leaves references to a browser, which knows more of them.
func codeTag(start, text string, inLink bool) string {
	parts := strings.Split(text, "&")
	for i := range parts {
		parts[i] = escaped(parts[i], inLink)
	}
	return start + strings.Join(parts, "&amp;") + "</code>"
}

// special are the characters that mean something anywhere in a line, of which "^" and "$" do in GitHub's footnotes and
// math.
const special = "\\*_[]~$^|"

// referred are those of which marked looks for pairs, escaped or not, before it looks for anything else.
var referred = map[rune]string{'`': "&#96;", '<': "&lt;"}

// writeWords escapes what Markdown would not take for text. At the start of a line more characters mean something.
func writeWords(out *strings.Builder, a atom, lineStart bool) {
	marker := -1
	if lineStart {
		marker = lineMarker(a.text)
	}
	var links map[int]bool
	if !a.inLink {
		links = autolinks(a.text)
	}
	for i, r := range a.text {
		imageSign := r == '!' && a.last && i == len(a.text)-1
		switch {
		case links[i]:
			out.WriteString(apart(string(r)))
		case r == '$' && a.dollars:
			out.WriteString(apart(`\$`))
		case i == marker, imageSign:
			out.WriteString(`\` + string(r))
		default:
			out.WriteString(escapedAt(a.text, i, r))
		}
	}
}

// escapedAt is the character at i as it means nothing wherever it stands.
func escapedAt(text string, i int, r rune) string {
	switch {
	case referred[r] != "":
		return referred[r]
	case r == ']' && strings.HasPrefix(text[i:], "]("):
		return "&#93;"
	case r == '&' && reference.MatchString(text[i:]):
		return "&amp;"
	case r == '_' && isInnerUnderscore(text, i), !strings.ContainsRune(special, r):
		return string(r)
	default:
		return `\` + string(r)
	}
}

// numberMarker is the number of a list item.
var numberMarker = regexp.MustCompile(`^[0-9]{1,9}[.)](?:\s|$)`)

// lineMarker is the index of the character that makes the line's start a heading, quote, list item, underline of a
// heading, or the second line of a table; -1 if there is none.
func lineMarker(text string) int {
	switch {
	case text == "":
		return -1
	case strings.ContainsRune("#-+=>", rune(text[0])):
		return 0
	case text[0] == ':' && (len(text) == 1 || text[1] == '-' || text[1] == ' '):
		return 0
	case numberMarker.MatchString(text):
		return strings.IndexAny(text, ".)")
	default:
		return -1
	}
}

// reference is a character reference, like &amp; or &#38;.
var reference = regexp.MustCompile(`^&#?[0-9A-Za-z]+;`)

// isInnerUnderscore reports whether the underscore at i stands inside a word, where it is never emphasis.
func isInnerUnderscore(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return isAlphanumeric(before) && isAlphanumeric(after)
}

func isAlphanumeric(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// autolinked is text that GitHub makes a link of.
var autolinked = []*regexp.Regexp{
	regexp.MustCompile(`(?i)[a-z](:)//`),
	regexp.MustCompile(`(?i)www(\.)`),
	regexp.MustCompile(`(?i)[a-z0-9.+_-](@)[a-z0-9._-]*(?:\.[a-z0-9_-]|$)`),
	regexp.MustCompile(`(?i)^(@)[a-z0-9._-]*\.[a-z0-9_-]`), // behind another style
}

// autolinks are the indexes of the characters without which there is no link. An escape would not do: parsers look for
// addresses in the text that they have read, where it is gone.
func autolinks(text string) map[int]bool {
	found := map[int]bool{}
	for _, pattern := range autolinked {
		for _, match := range pattern.FindAllStringSubmatchIndex(text, -1) {
			found[match[2]] = true
		}
	}
	return found
}
