package page

import (
	"html"
	"strings"
)

// smallPicture is a picture as high as the text around it, which Markdown's own notation can't say. A tag alone in a
// paragraph's first line would begin a block of HTML; two are text.
func smallPicture(link, name string) string {
	return `<span><img src="` + attribute(oneWord(link)) + `" alt="` + attribute(name) + `" height="20"></span>`
}

// attribute is a value between quotation marks, in any place of a page's Markdown.
func attribute(value string) string {
	value = html.EscapeString(strings.Join(strings.Fields(value), " "))
	return strings.ReplaceAll(value, "|", "&#124;")
}

var tags = map[markKind]string{bold: "strong", italic: "em", strike: "del", underline: "ins"}

// htmlText writes pieces as HTML, for places inside HTML where no Markdown is read. It has no line breaks of its own.
func htmlText(pieces []piece) string {
	var out strings.Builder
	for _, s := range arrange(pieces) {
		switch {
		case s.kind == writePiece:
			writeHTMLPiece(&out, s.piece)
		case s.kind == closeMark && s.mark.kind == linked:
			out.WriteString("</a>")
		case s.kind == closeMark:
			out.WriteString("</" + tags[s.mark.kind] + ">")
		case s.mark.kind == linked:
			out.WriteString(`<a href="` + html.EscapeString(oneWord(s.mark.href)) + `">`)
		default:
			out.WriteString("<" + tags[s.mark.kind] + ">")
		}
	}
	return out.String()
}

func writeHTMLPiece(out *strings.Builder, p piece) {
	text := html.EscapeString(p.text)
	switch p.kind {
	case code:
		out.WriteString("<code>" + text + "</code>")
	case markup:
		out.WriteString(p.text)
	case math:
		out.WriteString(htmlMath(p.text))
	case gap:
		if n := strings.Count(text, "\n"); n > 0 {
			text = strings.Repeat("<br>", n) + indentation(text)
		}
		out.WriteString(text)
	default:
		out.WriteString(text)
	}
}
