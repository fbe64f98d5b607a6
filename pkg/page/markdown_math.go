package page

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mathSpan is TeX between dollars, the notation that GitHub and remark-math share. GitHub reads it behind Markdown's
// escapes, remark-math before them, and readers that know no math take it for text: so the TeX is written in a way that
// no parser of Markdown changes. Where there is none it is HTML, which rehype-katex makes a formula of and others show
// as code. GitHub's other notation, with backticks inside the dollars, would be a formula with quotation marks elsewhere.
func mathSpan(tex string, where layout, inLink bool) atom {
	plain, ok := plainMath(tex, where == inCell)
	if ok && !(inLink && strings.ContainsAny(plain, "[]")) {
		return atom{kind: formula, text: "$" + plain + "$"}
	}
	return atom{kind: fixed, text: codeTag(mathTag, tex, inLink)}
}

const mathTag = `<code class="language-math">`

// htmlMath is TeX inside HTML, where dollars mean nothing.
func htmlMath(tex string) string {
	return mathTag + html.EscapeString(tex) + "</code>"
}

// plainCommands are other names of TeX's commands that a backslash and a punctuation mark make: Markdown would take the
// backslash for its own.
var plainCommands = map[byte]string{
	'{': `\lbrace`, '}': `\rbrace`, '|': `\Vert`, ',': `\thinspace`, '!': `\negthinspace`,
	':': `\mkern4mu`, '>': `\mkern4mu`, ';': `\mkern5mu`,
}

// plainMath is TeX for the same formula in which nothing means anything in Markdown; false if there is none that is
// known. It relies on TeX's ignoring spaces in a formula: what has spaces around it begins and ends no emphasis.
func plainMath(tex string, inCell bool) (string, bool) {
	if literalTeX.MatchString(tex) {
		return "", false
	}
	m := mathWriter{rest: strings.TrimSpace(tex), inCell: inCell, newline: `\newline`}
	if strings.Contains(tex, `\begin`) {
		m.newline = `\cr`
	}
	for m.rest != "" {
		if !m.step() {
			return "", false
		}
	}
	plain := strings.TrimSpace(m.out.String())
	return plain, plain != "" && !strings.HasSuffix(plain, `\`) && len(autolinks(plain)) == 0
}

// literalTeX are commands with arguments in which a space counts, or stars and bars are none of a formula's: those of an
// array are its columns.
var literalTeX = regexp.MustCompile(`\\(?:verb|url|href|html|include|tag|operatorname\*)|` +
	`\\begin *\{(?:CD\}|(?:[a-z]*array|tabular)\} *(?:\[.\])? *\{[^}]*[|*@])`)

// textCommands are those whose argument is text.
var textCommands = map[string]bool{
	"text": true, "textrm": true, "textbf": true, "textit": true, "textsf": true, "texttt": true, "textnormal": true,
	"textup": true, "mbox": true, "hbox": true, "fbox": true, "colorbox": true, "color": true, "textcolor": true,
}

var (
	// linkSign is a bracket that would begin a footnote, or end the text of a link.
	linkSign = regexp.MustCompile(`^(?:\[\^|\][(\[:])`)

	letters  = regexp.MustCompile(`^[A-Za-z]+`)
	textPart = regexp.MustCompile("^ *\\{[^{}*_~<>&$`|\\\\\\[\\]]*\\}")
)

// mathWriter writes TeX anew, one step after the other.
type mathWriter struct {
	rest    string // not yet written
	out     strings.Builder
	inCell  bool
	newline string // what ends a line
}

func (m *mathWriter) step() bool {
	c := m.rest[0]
	switch {
	case c == '\\':
		return m.command()
	case c == '*' && m.endsWithLetter() && strings.HasPrefix(m.rest, "*}"): // align*, which begins no emphasis
		m.write("*", 1)
	case strings.IndexByte("*~<&", c) >= 0:
		m.write(" "+string(c)+" ", 1)
	case c == '_' && !m.endsWithLetter():
		m.write("_ ", 1)
	case c == '|' && m.inCell:
		m.word(`\vert`, 1)
	case linkSign.MatchString(m.rest):
		m.write(string(c)+" ", 1)
	case strings.IndexByte("`$%", c) >= 0:
		return false
	default:
		_, size := utf8.DecodeRuneInString(m.rest)
		m.write(m.rest[:size], size)
	}
	return true
}

// command writes a command and, where that is text, its argument.
func (m *mathWriter) command() bool {
	after := m.rest[1:]
	if name := letters.FindString(after); name != "" {
		m.write(`\`+name, 1+len(name))
		if textCommands[name] {
			text := textPart.FindString(m.rest)
			m.write(text, len(text))
			return text != ""
		}
		return true
	}
	switch {
	case after == "":
		return false
	case after[0] == ' ':
		m.write(`\ `, 2)
	case after[0] == '\\':
		if next := strings.TrimSpace(after[1:]); next != "" && (next[0] == '[' || next[0] == '*') {
			return false // an argument of its own
		}
		m.word(m.newline, 2)
	default:
		word, known := plainCommands[after[0]]
		m.word(word, 2)
		return known
	}
	return true
}

// write writes text in place of the next bytes.
func (m *mathWriter) write(text string, size int) {
	m.out.WriteString(text)
	m.rest = m.rest[size:]
}

// word writes a command in place of the next bytes, apart from a letter behind it.
func (m *mathWriter) word(command string, size int) {
	m.write(command, size)
	if letters.MatchString(m.rest) {
		m.out.WriteByte(' ')
	}
}

func (m *mathWriter) endsWithLetter() bool {
	last, _ := utf8.DecodeLastRuneInString(m.out.String())
	return last < utf8.RuneSelf && (unicode.IsLetter(last) || unicode.IsDigit(last))
}

// standsAlone reports whether GitHub reads dollars there: behind a space or the start of a text, and not before a letter
// or digit. Elements begin texts of their own.
func standsAlone(atoms []atom, i int) bool {
	if i > 0 && (atoms[i-1].kind == wordsAtom || atoms[i-1].kind == formula) {
		return false
	}
	if i == len(atoms)-1 || atoms[i+1].kind != wordsAtom {
		return true
	}
	next, _ := utf8.DecodeRuneInString(atoms[i+1].text)
	return !unicode.IsLetter(next) && !unicode.IsNumber(next) && !unicode.IsMark(next) && next != '$'
}

// apart is Markdown in an element of its own, which changes nothing but that it is no longer one text with what stands
// beside it.
func apart(markdown string) string { return "<span>" + markdown + "</span>" }
