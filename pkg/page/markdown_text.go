package page

import (
	"fmt"
	"strings"
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
	kind    atomKind
	text    string
	mark    markKind // of an opener or closer
	inLink  bool
	dollars bool // words: GitHub would take two dollars, escaped or not, for those of a formula
	last    bool // words: something else than a link would begin with the last character
}

type atomKind int

const (
	wordsAtom atomKind = iota // plain text, not yet escaped
	opener                    // of emphasis
	closer                    // of emphasis
	fixed                     // begins and ends with ASCII punctuation
	formula                   // between dollars
	blank                     // white space without line break
	breakAtom                 // line breaks; text has one "\n" for each
)

var delimiters = map[markKind]string{bold: "**", italic: "_", strike: "~~"}

// markdownText writes pieces as Markdown.
func markdownText(pieces []piece, where layout) string {
	var atoms []atom
	inLink := false
	for _, s := range arrange(pieces) {
		if s.kind == writePiece {
			if s.piece.kind == gap {
				atoms = append(atoms, gapAtoms(s.piece.text, len(atoms) == 0)...)
			} else {
				last := len(atoms) - 1
				glued := last >= 0 && atoms[last].kind != blank && atoms[last].kind != breakAtom
				atoms = append(atoms, pieceAtom(s.piece, where, inLink, glued))
			}
			continue
		}
		if s.mark.kind == linked {
			inLink = s.kind == openMark
		}
		atoms = append(atoms, markAtom(s))
	}
	markDollars(atoms)
	settleDelimiters(atoms)
	return writeAtoms(atoms, where)
}

// markDollars has dollars kept apart where there is more than one: GitHub looks for formulas in the text that Markdown's
// escapes have become ("Writing mathematical expressions", docs.github.com, read 2026-12).
func markDollars(atoms []atom) {
	dollars := 0
	for _, a := range atoms {
		if a.kind == wordsAtom || a.kind == formula {
			dollars += strings.Count(a.text, "$")
		}
	}
	for i := range atoms {
		atoms[i].dollars = dollars > 1
	}
}

// markAtom begins or ends a mark. Markdown has no underline. Of HTML's two, GitHub and rehype-sanitize drop <u>, so it is
// <ins>, which browsers underline.
func markAtom(s step) atom {
	opens := s.kind == openMark
	switch {
	case s.mark.kind == linked && opens:
		return atom{kind: fixed, text: "["}
	case s.mark.kind == linked:
		return atom{kind: fixed, text: "](" + destination(s.mark.href) + ")"}
	case s.mark.kind == underline && opens:
		return atom{kind: fixed, text: "<ins>"}
	case s.mark.kind == underline:
		return atom{kind: fixed, text: "</ins>"}
	case opens:
		return atom{kind: opener, text: delimiters[s.mark.kind], mark: s.mark.kind}
	default:
		return atom{kind: closer, text: delimiters[s.mark.kind], mark: s.mark.kind}
	}
}

// pieceAtom writes a piece that is no gap. glued: there is no space before it.
func pieceAtom(p piece, where layout, inLink, glued bool) atom {
	switch p.kind {
	case code:
		if glued && strings.Contains(p.text, "@") { // goldmark finds addresses that begin before a backtick
			return atom{kind: fixed, text: codeTag("<code>", p.text, inLink)}
		}
		return atom{kind: fixed, text: codeSpan(p.text, where, inLink)}
	case math:
		return mathSpan(p.text, where, inLink)
	case markup:
		return atom{kind: fixed, text: p.text}
	default:
		return atom{kind: wordsAtom, text: p.text, inLink: inLink}
	}
}

// gapAtoms are line breaks and what indents the line that begins, or white space inside a line. Some parsers drop any white
// space that begins a line, but no references to it.
func gapAtoms(text string, first bool) []atom {
	breaks := strings.Count(text, "\n")
	if breaks == 0 && !first {
		return []atom{{kind: blank, text: text}}
	}
	var atoms []atom
	if breaks > 0 {
		atoms = append(atoms, atom{kind: breakAtom, text: strings.Repeat("\n", breaks)})
	}
	if space := indentation(text); space != "" {
		atoms = append(atoms, atom{kind: fixed, text: references(space)})
	}
	return atoms
}

// references are the characters as references, which begin and end in punctuation.
func references(text string) string {
	var out strings.Builder
	for _, r := range text {
		fmt.Fprintf(&out, "&#%d;", r)
	}
	return out.String()
}

func writeAtoms(atoms []atom, where layout) string {
	var out strings.Builder
	lineStart := where == manyLines
	for i, a := range atoms {
		switch {
		case a.kind == wordsAtom:
			a.last = i < len(atoms)-1 && strings.HasPrefix(atoms[i+1].text, "[") // "![" begins an image
			writeWords(&out, a, lineStart)
		case a.kind == formula && !standsAlone(atoms, i):
			out.WriteString(apart(a.text))
		case a.kind != breakAtom:
			out.WriteString(a.text)
		case where != manyLines:
			out.WriteString(strings.Repeat("<br>", len(a.text)))
		case strings.HasSuffix(out.String(), `\`): // not every parser sees a hard break behind an escaped backslash
			out.WriteString(strings.Repeat("<br>", len(a.text)) + "\n")
		default:
			out.WriteString(strings.Repeat("\\\n", len(a.text)))
		}
		lineStart = a.kind == breakAtom && where == manyLines
	}
	return out.String()
}

// codeSpan is text verbatim between backticks. HTML takes its place where the characters inside would count before these
// do: backticks for marked, "\|" in a cell, whose pipes are escaped in code too, and "]:" in a link, which at a
// paragraph's start would be read as the label of a link reference definition.
func codeSpan(text string, where layout, inLink bool) string {
	if strings.Contains(text, "`") || where == inCell && strings.Contains(text, `\|`) || inLink && strings.Contains(text, "]:") {
		return codeTag("<code>", text, inLink)
	}
	if where == inCell {
		text = strings.ReplaceAll(text, "|", `\|`)
	}
	return "`" + text + "`"
}
