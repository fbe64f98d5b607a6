package page_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
)

// gfm is a reader that knows GitHub-flavoured Markdown but neither alerts nor math. Raw HTML is shown.
var gfm = goldmark.New(
	goldmark.WithExtensions(extension.GFM),
	goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()),
)

func renderHTML(t testing.TB, markdown string) string {
	t.Helper()
	var out strings.Builder
	if err := gfm.Convert([]byte(markdown), &out); err != nil {
		t.Fatalf("goldmark Convert(%q): %v", markdown, err)
	}
	return out.String()
}

var (
	lineBreak = regexp.MustCompile(`<br ?/?>`)
	anyTag    = regexp.MustCompile(`<[^>]*>`)
)

// visible is the text that a browser would show. Tags are no text, a line break is white space.
func visible(t testing.TB, markdown string) string {
	t.Helper()
	text := lineBreak.ReplaceAllString(renderHTML(t, markdown), " ")
	return html.UnescapeString(anyTag.ReplaceAllString(text, ""))
}

// styled is a character with the names of the inline elements it stands in.
type styled struct {
	char rune
	tags string // sorted as in styleTags
}

var styleTags = []string{"a", "strong", "em", "del", "ins", "code"}

var token = regexp.MustCompile(`<(/?)([a-z0-9]+)[^>]*>|&[^;\s]+;|[^<]`)

// styledText is every character of the Markdown that is no white space, with its looks.
func styledText(t testing.TB, markdown string) []styled {
	t.Helper()
	var text []styled
	open := map[string]int{}
	for _, match := range token.FindAllStringSubmatch(renderHTML(t, markdown), -1) {
		switch {
		case match[2] == "":
			for _, char := range strings.Join(strings.Fields(html.UnescapeString(match[0])), "") {
				text = append(text, styled{char: char, tags: openTags(open)})
			}
		case match[1] == "/":
			open[match[2]]--
		default:
			open[match[2]]++
		}
	}
	return text
}

func openTags(open map[string]int) string {
	var tags []string
	for _, tag := range styleTags {
		if open[tag] > 0 {
			tags = append(tags, tag)
		}
	}
	return strings.Join(tags, " ")
}
