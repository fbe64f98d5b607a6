package page

import (
	"html"
	"strings"
)

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
	case math:
		out.WriteString("$" + text + "$")
	case gap:
		if n := strings.Count(text, "\n"); n > 0 {
			text = strings.Repeat("<br>", n)
		}
		out.WriteString(text)
	default:
		out.WriteString(text)
	}
}
