package page

import (
	"unicode"
	"unicode/utf8"
)

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

func (a atom) isTilde() bool {
	return (a.kind == opener || a.kind == closer) && a.text == delimiters[strike]
}

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
