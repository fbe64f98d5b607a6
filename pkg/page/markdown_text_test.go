package page_test

import (
	"strings"
	"testing"

	"notionsync/pkg/page"
)

// look is what a test's run looks like: letters of b(old), i(talic), s(trike), u(nderline), c(ode), l(ink), e(quation).
func look(letters, text string) run {
	var bits byte
	for i, letter := range "bisucl" {
		if strings.ContainsRune(letters, letter) {
			bits |= 1 << i
		}
	}
	r := textRun(text, bits)
	if r["href"] != nil {
		r["href"] = "https://x/"
	}
	if strings.Contains(letters, "e") {
		r["type"], r["equation"] = "equation", map[string]any{"expression": text}
	}
	return r
}

func emoji(link string) run {
	return run{"type": "mention", "plain_text": ":party_cat:", "mention": map[string]any{"type": "custom_emoji",
		"custom_emoji": map[string]any{"name": "party_cat", "url": link}}}
}

func linkMention(title string) run {
	return run{"type": "mention", "plain_text": "https://x/", "href": "https://x/", "mention": map[string]any{
		"type": "link_mention", "link_mention": map[string]any{"href": "https://x/", "title": title}}}
}

func TestMarkdown_text(t *testing.T) {
	t.Parallel()
	type runs = []run
	for _, test := range []struct {
		name string
		runs runs
		want string
	}{
		{"styles", runs{look("b", "b"), look("", " "), look("i", "i"), look("", " "), look("s", "s"), look("", " "),
			look("u", "u"),
			look("", " "), look("c", "c"), look("", " "), look("l", "l"), look("", " "), look("e", "x^2")},
			"**b** _i_ ~~s~~ <ins>u</ins> `c` [l](https://x/) $x^2$"},
		{"all styles", runs{look("bisucl", "x")}, "[**<em>~~<ins>`x`</ins>~~</em>**](https://x/)"},
		{"equal runs are joined", runs{look("b", "a"), look("b", "b"), look("", ""), look("b", "c")}, "**abc**"},
		{"runs of other colours are joined",
			runs{look("", "P"), {"plain_text": "R", "annotations": map[string]any{"color": "red"}}}, "PR"},
		{"runs without text", runs{look("c", "a"), look("bc", ""), look("c", "b")}, "`ab`"},
		{"space goes outside", runs{look("", "a"), look("b", " b "), look("", "c")}, "a **b** c"},
		{"space between like styles", runs{look("b", "a "), look("b", "b")}, "**a b**"},
		{"space between links", runs{look("l", "a "), look("bl", "b"), look("", " c")}, "[a **b**](https://x/) c"},
		{"plain space between like styles", runs{look("b", "a"), look("", " "), look("b", "b")}, "**a** **b**"},
		{"only space", runs{look("b", " \n ")}, ""},
		{"break inside a style", runs{look("b", "a\nb")}, "**a\\\nb**"},
		{"break inside code", runs{look("c", "a\nb")}, "`a`\\\n`b`"},
		{"longest style outside", runs{look("i", "a "), look("bi", "b"), look("i", " c")}, "_a **b** c_"},
		{"style that ends inside another", runs{look("bi", "a"), look("i", " b")}, "_**a** b_"},
		{"styles that overlap", runs{look("b", "a "), look("bi", "b"), look("i", " c")}, "**a _b_** _c_"},
		{"no space behind punctuation", runs{look("b", "Note:"), look("", "this")}, "<strong>Note:</strong>this"},
		{"no space before punctuation", runs{look("", "so"), look("b", "(this)")}, "so<strong>(this)</strong>"},
		{"bold inside a word", runs{look("", "un"), look("b", "believ"), look("", "able")}, "un**believ**able"},
		{"italic inside a word", runs{look("", "un"), look("i", "believ"), look("", "able")},
			"un<em>believ</em>able"},
		{"no spaces in the language", runs{look("b", "「日本」"), look("", "です")}, "<strong>「日本」</strong>です"},
		{"exclamation mark before a link", runs{look("", "Hi!"), look("l", "x")}, `Hi\![x](https://x/)`},
		{"star before bold", runs{look("", "*"), look("b", "x")}, `\*<strong>x</strong>`},
		{"bold beside strike", runs{look("s", "w"), look("b", "(x)"), look("s", "w")}, "<del>w</del><strong>(x)</strong>~~w~~"},
		{"strike after strike's sign", runs{look("s", "~x~")}, `<del>\~x\~</del>`},
		{"bold and italic", runs{look("bi", "a"), look("", " "), look("b", "b "), look("bi", "c"), look("", " "), look("bi", "d"),
			look("b", " e")}, "**_a_** **b _c_** **_d_ e**"},

		{"special characters", runs{look("", "\\ ` * _ [ ] < ~ $ ^ | #")},
			"\\\\ &#96; \\* \\_ \\[ \\] &lt; \\~ \\$ \\^ \\| #"},
		{"what needs no escape", runs{look("", `a - b + c = d > e: "f" (g) {h} 1. i! snake_case_ü AT&T & 5 % @you`)},
			`a - b + c = d > e: "f" (g) {h} 1. i! snake_case_ü AT&T & 5 % @you`},
		{"character references", runs{look("", "&amp; &#35; &x; &")}, `&amp;amp; &amp;#35; &amp;x; &`},
		{"URLs that are no links", runs{look("", "https://a.b www.c.d e@f.gh a://b")},
			"https<span>:</span>//a.b www<span>.</span>c.d e<span>@</span>f.gh a<span>:</span>//b"},
		{"addresses behind what is no letter", runs{look("", "(_www.c.d, x.git@git.c.d:e/f.git)")},
			`(\_www<span>.</span>c.d, x.git<span>@</span>git.c.d:e/f.git)`},
		{"address that goes on in another style", runs{look("", "me@"), look("i", "c.d"), look("", " e@f."), look("i", "g.h")},
			"me<span>@</span>_c.d_ e<span>@</span>f._g.h_"},
		{"what is no address", runs{look("", "a: b @me ww. x@y : //")}, "a: b @me ww. x@y : //"},
		{"URL that is a link", runs{look("l", "https://x/")}, "[https://x/](https://x/)"},
		{"heading", runs{look("", "# a")}, `\# a`},
		{"bullets", runs{look("", "- a\n+ b\n* c\n-")}, "\\- a\\\n\\+ b\\\n\\* c\\\n\\-"},
		{"numbers", runs{look("", "1. a\n2) b\n3.4\n1234567890. c")}, "1\\. a\\\n2\\) b\\\n3.4\\\n1234567890. c"},
		{"quote, underline, table", runs{look("", "> a\n=== b\n:-: c\n:)")}, "\\> a\\\n\\=== b\\\n\\:-: c\\\n:)"},
		{"marker before a style", runs{look("", "- "), look("b", "a")}, `\- **a**`},
		{"separators of lines", runs{look("", "a\u2028b\vc\r\nd\re")}, "a\\\nb\\\nc\\\nd\\\ne"},
		{"lines indented by wide spaces", runs{look("", " \n\t\u3000\u3000「a」\u3000\u3000b \u3000\n \u3000"), look("b", "\u3000c\u3000")},
			"&#12288;&#12288;「a」\u3000\u3000b\\\n&#12288;&#12288;**c**"},
		{"only wide spaces", runs{look("", "\u3000\u3000")}, ""},
		{"NUL", runs{look("", "a\x00b")}, "a\ufffdb"},

		{"backticks in code", runs{look("c", "a`b"), look("", " "), look("c", "`")}, "<code>a&#96;b</code> <code>&#96;</code>"},
		{"code verbatim", runs{look("c", "*a* <b> \\ &amp;")}, "`*a* <b> \\ &amp;`"},
		{"code with an address behind a word", runs{look("", "a "), look("c", "b@c.d"), look("", ", a"), look("c", "b@c.d")},
			"a `b@c.d`, a<code>b<span>@</span>c.d</code>"},
		{"code that would be a definition", runs{look("cl", "x[0]: y")}, `[<code>x\[0\]: y</code>](https://x/)`},
		{"TeX with commands", runs{look("e", `\frac{a}{b}`), look("", " "), look("e", `\pi_1 |x|`)},
			`$\frac{a}{b}$ $\pi_1 |x|$`},
		{"TeX that Markdown would change",
			runs{look("e", `a \\ b`), look("", " "), look("e", `\{x\}_y`), look("", " "), look("e", "a*b*c")},
			`$a \newline b$ $\lbrace x\rbrace_y$ $a * b * c$`},
		{"TeX with bars and spaces", runs{look("e", `\|x\| \, y\;z`)}, `$\Vert x\Vert \thinspace y\mkern5mu z$`},
		{"TeX with a subscript behind a brace", runs{look("e", `\vec{v}_1 + \vec{w}_{i}`)}, `$\vec{v}_ 1 + \vec{w}_ {i}$`},
		{"TeX that would be HTML, a reference, a link", runs{look("e", `a<b&lt;c[x](y)[^1]`)},
			`$a < b & lt;c[x] (y)[ ^1]$`},
		{"TeX of several lines", runs{look("e", `\begin{align*}a &= b\\ c &= d\end{align*}`)},
			`$\begin{align*}a  & = b\cr c  & = d\end{align*}$`},
		{"TeX of columns", runs{look("e", `\begin{array}{cc}a&b\end{array}`), look("", " "), look("e", `\begin{array}{c|c}a&b\end{array}`)},
			`$\begin{array}{cc}a & b\end{array}$ <code class="language-math">\\begin{array}{c\|c}a&amp;b\\end{array}</code>`},
		{"TeX with text", runs{look("e", `x \text{ if } y`)}, `$x \text{ if } y$`},
		{"TeX that has no form without escapes", runs{look("e", `50\%`), look("", ", "), look("e", `\text{a_b}`)},
			`<code class="language-math">50\\%</code>, <code class="language-math">\\text{a_b}</code>`},
		{"equation beside letters", runs{look("", "公式"), look("e", "x"), look("", "是 (n"), look("e", "n"), look("", "th)")},
			`公式<span>$x$</span>是 (n<span>$n$</span>th)`},
		{"equation behind a mark, and before one", runs{look("", "("), look("e", "x"), look("", ", "), look("e", "y"), look("", ")")},
			`(<span>$x$</span>, $y$)`},
		{"equation beside styles and code", runs{look("b", "a"), look("e", "x"), look("c", "b")}, "**a**$x$`b`"},
		{"equation beside a price", runs{look("", "$5 for "), look("e", "x")}, `<span>\$</span>5 for $x$`},
		{"one price", runs{look("", "$5")}, `\$5`},
		{"two prices", runs{look("", "$5,$6")}, `<span>\$</span>5,<span>\$</span>6`},
		{"two equations", runs{look("e", "x"), look("e", "y")}, "$x$<span>$y$</span>"},
		{"equation of two lines", runs{look("e", "x\n+ y")}, "$x + y$"},
		{"equation in bold", runs{look("b", "a "), look("be", "x"), look("b", " b")}, "**a** $x$ **b**"},
		{"URL with special characters", runs{{"plain_text": "x", "href": "https://x/(a)_b*?c=d&e=f&amp;g|h\\i j\n<k>"}},
			`[x](https://x/\(a\)_b*?c=d&e=f&amp;amp;g\|h\\i%20j%0A\<k\>)`},
		{"mention without a target",
			runs{{"type": "mention", "plain_text": "@Ann", "mention": map[string]any{"type": "user"}}}, "@Ann"},
		{"custom emoji without a picture", runs{emoji("")}, ":party_cat:"},
		{"custom emoji", runs{look("", "a"), emoji("https://x/a b\"|"), look("b", "b")},
			`a<span><img src="https://x/a%20b&#34;&#124;" alt=":party_cat:" height="20"></span>**b**`},
		{"link mention", runs{linkMention("A [new] blog")}, `[A \[new\] blog](https://x/)`},
		{"link mention without a title", runs{linkMention("")}, "[https://x/](https://x/)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			block := node("paragraph", `{"rich_text":`+string(marshal(t, test.runs))+`}`)
			if got := strings.TrimSuffix(page.Markdown([]page.Block{block}, nil), "\n"); got != test.want {
				t.Errorf("Markdown =\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestMarkdown_cells(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ look, text, want string }{
		{"", "a|b\\|", `a\|b\\\|`},
		{"c", "a|b", "`a\\|b`"},
		{"c", `a\|b`, `<code>a\\\|b</code>`},
		{"e", "|x| + \\|y\\|", `$\vert x\vert + \Vert y\Vert$`},
		{"e", `\begin{array}{c|c}a&b\end{array}`,
			`<code class="language-math">\\begin{array}{c\|c}a&amp;b\\end{array}</code>`},
		{"b", "a\nb", "**a<br>b**"},
		{"l", "# a", "[# a](https://x/)"},
	} {
		cells := `{"cells":[[` + string(marshal(t, look(test.look, test.text))) + `]],"has_column_header":true}`
		got := page.Markdown([]page.Block{node("table_row", cells)}, nil)
		if want := "| |\n| --- |\n| " + test.want + " |\n"; got != want {
			t.Errorf("Markdown of a cell with %q =\n%s\nwant\n%s", test.text, got, want)
		}
	}
}
