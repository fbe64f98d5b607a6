package page

import (
	"slices"
	"strings"
	"unicode"
)

// piece is a stretch of text of one look. After [renderer.pieces] it has no white space at its ends, and no line break
// inside, unless it is a gap.
type piece struct {
	kind  pieceKind
	text  string
	marks []mark // in the order of their kinds
}

type pieceKind int

const (
	words pieceKind = iota
	code
	math
	markup // HTML, to be written as it is
	gap    // white space, which may hold line breaks
)

// joins reports whether two pieces of the kind make one.
func (k pieceKind) joins() bool { return k == words || k == code }

// mark is a style, or a link to href.
type mark struct {
	kind markKind
	href string
}

type markKind int

const (
	linked markKind = iota
	bold
	italic
	strike
	underline
)

// normalized is inline text with one kind of line break. Unicode's line and paragraph separators are such too.
var normalized = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\x00", "\ufffd")

// lineBreaks is normalized as far as Markdown itself would do it.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd")

// pieces are the runs, joined where they look the same, and cut so that all white space at the ends of a style lies
// outside of it: "**bold **" is not bold.
func (r renderer) pieces(runs []richText) []piece {
	if len(runs) > 0 && runs[0].Type == anchorType {
		return slices.Insert(r.pieces(runs[1:]), 0, piece{kind: markup, text: runs[0].PlainText})
	}
	var joined []piece
	for _, run := range runs {
		p := r.piece(run)
		if p.text == "" {
			continue
		}
		if last := len(joined) - 1; last >= 0 && p.kind.joins() && joined[last].looksLike(p) {
			joined[last].text += p.text
			continue
		}
		joined = append(joined, p)
	}
	var cut []piece
	for _, p := range joined {
		for _, part := range p.cut() {
			cut = appendPiece(cut, part)
		}
	}
	if n := len(cut); n > 0 && cut[n-1].kind == gap {
		cut = cut[:n-1]
	}
	for i := range cut {
		switch {
		case cut[i].kind != gap:
		case i == 0:
			cut[i].marks = nil
		default: // never the last
			cut[i].marks = common(common(cut[i].marks, cut[i-1].marks), cut[i+1].marks)
		}
	}
	return cut
}

func (r renderer) piece(run richText) piece {
	p := piece{text: normalized.Replace(r.label(run))}
	if href := r.href(run); href != "" {
		p.marks = append(p.marks, mark{kind: linked, href: href})
	}
	if run.Type == "equation" {
		p.kind = math // TeX has its own bold, and knows no other line breaks than white space
		p.text = strings.ReplaceAll(p.text, "\n", " ")
		return p
	}
	if picture := run.Mention.Emoji.URL; run.Type == "mention" && picture != "" {
		p.kind, p.text = markup, smallPicture(picture, p.text)
		return p
	}
	if run.Type == anchorType {
		p.kind, p.text, p.marks = markup, run.PlainText, nil
		return p
	}
	if run.Annotations.Code {
		p.kind = code
	}
	for _, style := range []struct {
		set  bool
		kind markKind
	}{
		{run.Annotations.Bold, bold},
		{run.Annotations.Italic, italic},
		{run.Annotations.Strikethrough, strike},
		{run.Annotations.Underline, underline},
	} {
		if style.set {
			p.marks = append(p.marks, mark{kind: style.kind})
		}
	}
	return p
}

func (p piece) looksLike(q piece) bool {
	return p.kind == q.kind && slices.Equal(p.marks, q.marks)
}

// cut separates words from gaps: the white space at both ends, and all with line breaks in it.
func (p piece) cut() []piece {
	if p.kind == markup {
		return []piece{p}
	}
	var parts []piece
	for rest := p.text; rest != ""; {
		space := len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
		part := piece{kind: gap, text: rest[:space], marks: p.marks}
		if space == 0 {
			part.kind, part.text = p.kind, rest[:wordsLength(rest)]
		}
		parts = append(parts, part)
		rest = rest[len(part.text):]
	}
	return parts
}

// wordsLength is where the text's first white space begins that holds a line break, or ends the text.
func wordsLength(text string) int {
	start := -1 // of the white space we are in
	for i, r := range text {
		switch {
		case !unicode.IsSpace(r):
			start = -1
		case start < 0:
			start = i
		}
		if r == '\n' {
			return start
		}
	}
	if start < 0 {
		return len(text)
	}
	return start
}

// appendPiece joins gaps, and drops one at the start unless it indents the text.
func appendPiece(pieces []piece, p piece) []piece {
	last := len(pieces) - 1
	switch {
	case last < 0 && p.kind == gap:
		if p.text = indentation(p.text); p.text == "" {
			return pieces
		}
	case last >= 0 && p.kind == gap && pieces[last].kind == gap:
		pieces[last].text += p.text
		pieces[last].marks = common(pieces[last].marks, p.marks)
		return pieces
	}
	return append(pieces, p)
}

// indentation is the white space at the end of a gap that a browser shows where a line begins: it drops spaces and tabs,
// but not the wide spaces by which Chinese and Japanese paragraphs are indented.
func indentation(gap string) string {
	gap = gap[strings.LastIndexByte(gap, '\n')+1:]
	return strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII {
			return -1
		}
		return r
	}, gap)
}

// common are the marks in both.
func common(a, b []mark) []mark {
	var both []mark
	for _, m := range a {
		if slices.Contains(b, m) {
			both = append(both, m)
		}
	}
	return both
}
