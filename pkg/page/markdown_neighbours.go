package page

import (
	"unicode"
	"unicode/utf8"
)

// settleDelimiters writes a style as HTML where not every parser would understand its delimiters. Whether one can open or
// close depends on the characters beside it (CommonMark 0.31, section 6.2), which the versions of CommonMark see
// differently outside of ASCII, and of two delimiters side by side parsers make different things.
func settleDelimiters(atoms []atom) {
	var open []int
	closers := map[int]int{}
	for i, a := range atoms {
		switch a.kind {
		case opener:
			open = append(open, i)
		case closer:
			closers[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	for i, a := range atoms { // a style before those inside
		if a.kind != opener {
			continue
		}
		j := closers[i]
		if !understood(atoms, i, i-1, i+1) || !understood(atoms, j, j+1, j-1) {
			tag := tags[a.mark]
			atoms[i], atoms[j] = atom{kind: fixed, text: "<" + tag + ">"}, atom{kind: fixed, text: "</" + tag + ">"}
		}
	}
}

// understood reports whether the delimiter at i opens or closes what it shall, between the atoms outside and inside.
func understood(atoms []atom, i, outside, inside int) bool {
	a, in := atoms[i], atoms[inside]
	out := atom{text: " "} // at a line's end
	if outside >= 0 && outside < len(atoms) {
		out = atoms[outside]
	}
	within, beside := in.firstRune(), out.lastRune()
	if outside > i {
		within, beside = in.lastRune(), out.firstRune()
	}
	switch {
	case in.isDelimiter() && !in.nests(a), out.isDelimiter() && !out.nests(a):
		return false
	case out.isDelimiter():
		return true
	case in.isDelimiter():
		return separates(beside)
	default:
		return !isDelimiterRune(within) && !isDelimiterRune(beside) &&
			(separates(beside) || a.mark != italic && isWordRune(within))
	}
}

// nests reports whether all parsers understand the two delimiters side by side: both open or both close, bold and italic.
func (a atom) nests(b atom) bool {
	return a.kind == b.kind && a.mark != b.mark && a.mark != strike && b.mark != strike
}

func isDelimiterRune(r rune) bool { return r == '*' || r == '_' || r == '~' }

func (a atom) isDelimiter() bool { return a.kind == opener || a.kind == closer }

func (a atom) firstRune() rune {
	r, _ := utf8.DecodeRuneInString(a.text)
	return r
}

func (a atom) lastRune() rune {
	r, _ := utf8.DecodeLastRuneInString(a.text)
	return r
}

// separates reports whether every version of CommonMark takes r for white space or punctuation.
func separates(r rune) bool {
	return unicode.IsSpace(r) || r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r))
}

// isWordRune reports whether every version of CommonMark takes r for neither. Symbols became punctuation in 0.31.
func isWordRune(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsPunct(r) && !unicode.IsSymbol(r)
}
