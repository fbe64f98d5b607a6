package page

import (
	"cmp"
	"regexp"
	"strings"
)

// alerts are GitHub's, by the icon that says the same in Notion, without variation selector.
var alerts = map[string]string{
	"ℹ": "NOTE", "📝": "NOTE", "🗒": "NOTE",
	"💡": "TIP",
	"❗": "IMPORTANT", "❕": "IMPORTANT", "‼": "IMPORTANT", "📌": "IMPORTANT",
	"⚠": "WARNING", "🚧": "WARNING",
	"🚨": "CAUTION", "🛑": "CAUTION", "⛔": "CAUTION",
}

// callout is an alert where GitHub knows one for its icon, else a quote that begins with the icon.
func (r renderer) callout(b Block, c content, top bool) string {
	icon := ""
	if i := image(c.Icon); i != nil {
		icon = *i
	}
	alert := alerts[strings.TrimSuffix(icon, "\ufe0f")]
	runs := r.runs(b, c)
	if alert == "" || !top {
		if icon != "" {
			runs = append([]richText{iconRun(icon), {PlainText: " "}}, runs...)
		}
		return r.quote(runs, b.Children)
	}
	own := r.paragraph(runs)
	text := r.inside(own, b.Children)
	switch {
	case text == "":
		return ""
	case own == "":
		text = "\n" + text // what follows is no paragraph, but could be taken for the rest of one
	}
	return quoted("[!" + alert + "]\n" + text)
}

// quote is empty if there is nothing in it.
func (r renderer) quote(runs []richText, children []Block) string {
	text := r.inside(r.paragraph(runs), children)
	if text == "" {
		return ""
	}
	return quoted(text)
}

// iconRun is an emoji, or the picture at a URL.
func iconRun(icon string) richText {
	run := richText{PlainText: icon}
	if strings.Contains(icon, "://") {
		run = richText{Type: "mention"}
		run.Mention.Emoji.URL = icon
	}
	return run
}

// inside is a container's own text above its children.
func (r renderer) inside(text string, children []Block) string {
	var f flow
	f.add(text)
	r.blocks(&f, children)
	return f.String()
}

func quoted(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			line = " " + line
		}
		lines[i] = ">" + line
	}
	return strings.Join(lines, "\n")
}

// toggle is HTML around Markdown: the blank lines lead a parser back to Markdown. Inside a summary there is none, so
// its text is HTML too.
func (r renderer) toggle(title []richText, children []Block) string {
	var f flow
	f.add("<details>\n<summary>" + htmlText(r.pieces(title)) + "</summary>")
	r.blocks(&f, children)
	f.add("</details>")
	return f.String()
}

// codeBlock is the text as it is.
func codeBlock(c content) string {
	return fenced(infoString(c.Language), lineBreaks.Replace(plainText(c.runs())))
}

// fenced puts a fence around text that is longer than any in it.
func fenced(info, text string) string {
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	if text != "" {
		text += "\n"
	}
	return fence + info + "\n" + text + fence
}

var notInfo = regexp.MustCompile(`[^a-z0-9+#./-]+`)

// infoString is Notion's name of a language as one word. "plain text" is how Notion calls none.
func infoString(language string) string {
	language = strings.ToLower(language)
	if language == "plain text" {
		return ""
	}
	return strings.Trim(notInfo.ReplaceAllString(language, "-"), "-")
}

func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}

// safeMath is TeX that a Markdown parser that knows no math leaves alone: none of its characters opens anything, no
// backslash escapes. An underscore behind a letter or digit opens no emphasis.
var safeMath = regexp.MustCompile("^(?:[^*<`\\[\\]~&$\n\\\\_]|\\\\[A-Za-z0-9 ]_?|[A-Za-z0-9]_)+$")

// mathBlockStart is what would make a line of TeX another block of Markdown.
var mathBlockStart = regexp.MustCompile(`^(?:[-+=:|>#]|[0-9]+[.)])`)

// equation is a $$ block, or GitHub's fenced form for TeX that is not safe from Markdown.
func equation(expression string) string {
	expression = strings.TrimSpace(lineBreaks.Replace(expression))
	switch {
	case expression == "":
		return ""
	case safeMath.MatchString(expression) && !mathBlockStart.MatchString(expression) && len(autolinks(expression)) == 0:
		return "$$\n" + expression + "\n$$"
	default:
		return fenced("math", expression)
	}
}

// image shows its caption, which is its alternative text too.
func (r renderer) image(c content) string {
	caption := r.paragraph(c.caption())
	if c.url() == "" {
		return caption
	}
	alt := strings.Join(strings.Fields(plainText(c.caption())), " ")
	return twoLines("!["+escaped(alt, true)+"]("+destination(c.url())+")", caption)
}

// media is a link to what Markdown can't show, above its caption.
func (r renderer) media(c content) string {
	if c.url() == "" {
		return r.paragraph(c.caption())
	}
	return twoLines(link(c.label(), c.url()), r.paragraph(c.caption()))
}

// twoLines is one paragraph.
func twoLines(first, second string) string {
	if second == "" {
		return first
	}
	return first + "\\\n" + second
}

// pageLink leads to a page or database by its title, or its slug where it has none. Without a place on the site it is the
// title alone: Notion's address would be of no use to those who are not invited there.
func (r renderer) pageLink(id, title string) string {
	slug, known := r.slug(id)
	title = strings.TrimSpace(cmp.Or(r.title(id), title))
	switch {
	case known && title == "":
		return link(slug, slugPath(slug))
	case known:
		return link(title, slugPath(slug))
	default:
		return r.paragraph([]richText{{PlainText: title}})
	}
}

// databaseLink is nothing for a database without a name of its own: views of databases that stand elsewhere look so, and
// nothing leads to them.
func (r renderer) databaseLink(b Block) string {
	if _, known := r.slug(b.ID); !known && strings.TrimSpace(b.Title) == untitled {
		return ""
	}
	return r.pageLink(b.ID, b.Title)
}

// untitled is what Notion calls a page or database that has no title.
const untitled = "Untitled"
