package page

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// layout is where a text stands.
type layout int

const (
	manyLines layout = iota // may begin lines
	oneLine                 // in a heading or a label
	inCell                  // of a table
)

// atom is a part of the Markdown of a text, whose two ends decide whether its neighbours are understood.
type atom struct {
	kind   atomKind
	text   string
	first  bool // words: write the first character as a reference
	last   bool // words: write the last one as a reference
	inLink bool
}

type atomKind int

const (
	wordsAtom atomKind = iota // plain text, not yet escaped
	opener                    // of emphasis
	closer                    // of emphasis
	fixed                     // begins and ends with ASCII punctuation
	blank                     // white space without line break
	breakAtom                 // line breaks; text has one "\n" for each
)

var delimiters = map[markKind]string{bold: "**", italic: "_", strike: "~~"}

// markdownText writes pieces as Markdown.
func markdownText(pieces []piece, where layout) string {
	var atoms []atom
	inLink := false
	for _, s := range arrange(pieces) {
		switch {
		case s.kind == writePiece:
			atoms = append(atoms, pieceAtom(s.piece, where, inLink))
		case s.mark.kind == linked:
			inLink = s.kind == openMark
			atoms = append(atoms, atom{kind: fixed, text: linkBracket(s)})
		case s.mark.kind == underline:
			atoms = append(atoms, atom{kind: fixed, text: map[stepKind]string{openMark: "<u>", closeMark: "</u>"}[s.kind]})
		default:
			kind := map[stepKind]atomKind{openMark: opener, closeMark: closer}[s.kind]
			atoms = append(atoms, atom{kind: kind, text: delimiters[s.mark.kind]})
		}
	}
	settleNeighbours(atoms)
	return writeAtoms(atoms, where)
}

func linkBracket(s step) string {
	if s.kind == openMark {
		return "["
	}
	return "](" + destination(s.mark.href) + ")"
}

func pieceAtom(p piece, where layout, inLink bool) atom {
	switch p.kind {
	case code:
		return atom{kind: fixed, text: codeSpan(p.text, where, inLink)}
	case math:
		return atom{kind: fixed, text: mathSpan(p.text, where, inLink)}
	case gap:
		if n := strings.Count(p.text, "\n"); n > 0 {
			return atom{kind: breakAtom, text: strings.Repeat("\n", n)}
		}
		return atom{kind: blank, text: p.text}
	default:
		return atom{kind: wordsAtom, text: p.text, inLink: inLink}
	}
}

func writeAtoms(atoms []atom, where layout) string {
	var out strings.Builder
	lineStart := where == manyLines
	for _, a := range atoms {
		switch {
		case a.kind == wordsAtom:
			writeWords(&out, a, lineStart)
		case a.kind != breakAtom:
			out.WriteString(a.text)
		case where != manyLines:
			out.WriteString(strings.Repeat("<br>", len(a.text)))
		case strings.HasSuffix(out.String(), `\`): // not every parser sees a hard break behind an escaped backslash
			out.WriteString(strings.Repeat("<br>\n", len(a.text)))
		default:
			out.WriteString(strings.Repeat("\\\n", len(a.text)))
		}
		lineStart = a.kind == breakAtom && where == manyLines
	}
	return out.String()
}

// codeSpan is text verbatim between more backticks than it has in a row. HTML takes its place where the characters
// inside would count before the backticks do: "\|" in a cell, whose pipes are escaped in code too, and "]:" in a link,
// which at a paragraph's start would be read as the label of a link reference definition.
func codeSpan(text string, where layout, inLink bool) string {
	if where == inCell && strings.Contains(text, `\|`) || inLink && strings.Contains(text, "]:") {
		return "<code>" + escaped(text) + "</code>"
	}
	if where == inCell {
		text = strings.ReplaceAll(text, "|", `\|`)
	}
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// safeMath is TeX that a Markdown parser that knows no math leaves alone: none of its characters opens anything, no
// backslash escapes. An underscore behind a letter or digit opens no emphasis.
var safeMath = regexp.MustCompile("^(?:[^*<`\\[\\]~&$\n\\\\_]|\\\\[A-Za-z0-9 ]_?|[A-Za-z0-9]_)+$")

// mathSpan is $x$, or GitHub's other form $`x`$ for TeX that is not safe from Markdown.
func mathSpan(tex string, where layout, inLink bool) string {
	if safeMath.MatchString(tex) && !(where == inCell && strings.Contains(tex, "|")) {
		return "$" + tex + "$"
	}
	return "$" + codeSpan(tex, where, inLink) + "$"
}

// settleNeighbours makes every delimiter open or close what it shall: whether it can depends on the characters beside
// it (CommonMark 0.31, section 6.2). Where these don't allow it, the one outside is written as a character reference,
// which begins and ends in punctuation. The same keeps characters apart that would be taken for one with what stands
// beside them. Each reference is a new neighbour to others, so this goes on until all are content.
func settleNeighbours(atoms []atom) {
	for changed := true; changed; {
		changed = false
		for i, a := range atoms {
			switch a.kind {
			case opener:
				changed = settleOpener(atoms, i, atom.isNone) || changed
				changed = settleOpener(atoms, i, atom.isTilde) || changed
			case closer:
				changed = settleCloser(atoms, i, atom.isNone) || changed
				changed = settleCloser(atoms, i, atom.isTilde) || changed
			case wordsAtom:
				if i < len(atoms)-1 && meet(a.lastRune(), atoms[i+1].firstRune()) {
					atoms[i].last, changed = true, true
				}
			}
		}
	}
}

// settleOpener looks at the nearest atoms that are not to be skipped. GitHub's parser skips tildes when it looks at the
// neighbours of an emphasis; others take them for the punctuation that they are.
func settleOpener(atoms []atom, i int, skip func(atom) bool) (changed bool) {
	outside, inside := i-1, i+1
	for outside >= 0 && skip(atoms[outside]) {
		outside--
	}
	for skip(atoms[inside]) {
		inside++
	}
	if outside < 0 || atoms[i].fits(atoms[outside].lastRune(), atoms[inside].firstRune()) {
		return false
	}
	atoms[outside].last = true
	return true
}

// settleCloser is the mirror image of settleOpener.
func settleCloser(atoms []atom, i int, skip func(atom) bool) (changed bool) {
	outside, inside := i+1, i-1
	for outside < len(atoms) && skip(atoms[outside]) {
		outside++
	}
	for skip(atoms[inside]) {
		inside--
	}
	if outside == len(atoms) || atoms[i].fits(atoms[outside].firstRune(), atoms[inside].lastRune()) {
		return false
	}
	atoms[outside].first = true
	return true
}

func (a atom) isNone() bool { return false }

func (a atom) isTilde() bool { return a.text == delimiters[strike] }

// fits reports whether a delimiter is understood between these characters.
func (a atom) fits(outside, inside rune) bool {
	return separates(outside) || a.text != delimiters[italic] && isWordRune(inside)
}

// meet reports whether a character would be taken for a part of what begins with after.
func meet(last, after rune) bool {
	return last == after && last != '&' || last == '!' && after == '['
}

func (a atom) firstRune() rune {
	if a.first || a.last && utf8.RuneCountInString(a.text) == 1 {
		return '&'
	}
	r, _ := utf8.DecodeRuneInString(a.text)
	return r
}

func (a atom) lastRune() rune {
	if a.last || a.first && utf8.RuneCountInString(a.text) == 1 {
		return ';'
	}
	r, _ := utf8.DecodeLastRuneInString(a.text)
	return r
}

// separates reports whether every version of CommonMark takes r for white space or punctuation.
func separates(r rune) bool {
	return unicode.IsSpace(r) || isASCIIPunct(r)
}

// isWordRune reports whether every version of CommonMark takes r for neither. Symbols became punctuation in 0.31.
func isWordRune(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsPunct(r) && !unicode.IsSymbol(r)
}

func isASCIIPunct(r rune) bool {
	return r < 0x80 && (unicode.IsPunct(r) || unicode.IsSymbol(r))
}
