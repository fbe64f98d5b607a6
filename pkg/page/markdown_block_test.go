package page_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// node is a block as a test writes it: its type and payload, then the blocks inside.
func node(kind, payload string, children ...page.Block) page.Block {
	b := typed(kind, payload)
	b.Children = children
	return b
}

// says is a block of the type with a plain text.
func says(kind, text string, children ...page.Block) page.Block {
	raw, _ := json.Marshal(text)
	return node(kind, `{"rich_text":[{"type":"text","plain_text":`+string(raw)+`}]}`, children...)
}

func todo(text string, checked string) page.Block {
	return node("to_do", `{"rich_text":[{"plain_text":"`+text+`"}],"checked":`+checked+`}`)
}

func row(cells ...string) page.Block {
	var raw []string
	for _, cell := range cells {
		text, _ := json.Marshal(cell)
		raw = append(raw, `[{"plain_text":`+string(text)+`}]`)
	}
	return node("table_row", `{"cells":[`+strings.Join(raw, ",")+`]}`)
}

func TestMarkdown_blocks(t *testing.T) {
	t.Parallel()
	type blocks = []page.Block
	for _, test := range []struct {
		name   string
		blocks blocks
		want   []string // lines
	}{
		{"nothing", nil, nil},
		{"nothing to show", blocks{says("paragraph", ""), node("breadcrumb", `{}`), node("table_of_contents", `{}`),
			node("unsupported", `{"block_type":"button"}`), says("heading_1", " "), says("quote", "")}, nil},
		{"paragraphs", blocks{says("paragraph", "a"), says("paragraph", "b")}, []string{"a", "", "b"}},
		{"paragraph inside a paragraph", blocks{says("paragraph", "a", says("paragraph", "b"))},
			[]string{"a", "", "b"}},
		{"line breaks", blocks{says("paragraph", "\n a \n\n- b\r\nc\\\nd \n")},
			[]string{`a\`, `\`, `\- b\`, `c\\<br>`, "d"}},
		{"headings", blocks{says("heading_1", "a"), says("heading_2", "b"), says("heading_3", "c"),
			says("heading_4", "d")},
			[]string{"# a", "", "## b", "", "### c", "", "#### d"}},
		{"heading with a line break", blocks{says("heading_2", "a\nb")}, []string{"## a<br>b"}},
		{"indented heading and cell", blocks{says("heading_2", "\u3000a"), row("\u3000b")},
			[]string{"## &#12288;a", "", "| |", "| --- |", "| &#12288;b |"}},
		{"heading that ends in #", blocks{says("heading_2", "F #")}, []string{`## F \#`}},
		{"heading that unfolds", blocks{says("heading_1", "a", says("paragraph", "b"))}, []string{"# a", "", "b"}},

		{"bullets", blocks{says("bulleted_list_item", "a", says("bulleted_list_item", "b")),
			says("bulleted_list_item", "c")},
			[]string{"- a", "  - b", "- c"}},
		{"bullet with a paragraph", blocks{says("bulleted_list_item", "a", says("paragraph", "b")),
			says("bulleted_list_item", "c")},
			[]string{"- a", "", "  b", "", "- c"}},
		{"bullet without text", blocks{says("bulleted_list_item", "", says("bulleted_list_item", "a")),
			says("bulleted_list_item", "")},
			[]string{"- - a", "- &nbsp;"}},
		{"bullet that begins with a divider", blocks{says("bulleted_list_item", "", node("divider", `{}`))},
			[]string{"- ***"}},
		{"empty bullet inside one", blocks{says("bulleted_list_item", "a", says("bulleted_list_item", ""))},
			[]string{"- a", "  - &nbsp;"}},
		{"line break in a bullet", blocks{says("bulleted_list_item", "a\n1. b")}, []string{`- a\`, `  1\. b`}},
		{"numbers", blocks{says("numbered_list_item", "a", says("numbered_list_item", "b")),
			says("numbered_list_item", "c")},
			[]string{"1. a", "   1. b", "2. c"}},
		{"numbers start again behind a paragraph",
			blocks{says("numbered_list_item", "a"), says("paragraph", "b"), says("numbered_list_item", "c")},
			[]string{"1. a", "", "b", "", "1. c"}},
		{"numbers start again behind what can't be seen",
			blocks{says("numbered_list_item", "a"), says("paragraph", ""), says("numbered_list_item", "c")},
			[]string{"1. a", "", "1) c"}},
		{"numbers that say where they start", blocks{
			node("numbered_list_item", `{"rich_text":[{"plain_text":"a"}],"list_start_index":9,"list_format":"roman"}`,
				says("bulleted_list_item", "b")), says("numbered_list_item", "c", says("bulleted_list_item", "d")),
			node("numbered_list_item", `{"rich_text":[{"plain_text":"e"}],"list_start_index":3}`)},
			[]string{"9. a", "   - b", "10. c", "    - d", "", "3) e"}},
		{"numbers that CommonMark has not", blocks{
			node("numbered_list_item", `{"rich_text":[{"plain_text":"a"}],"list_start_index":-1}`),
			node("numbered_list_item", `{"rich_text":[{"plain_text":"b"}],"list_start_index":999999999}`),
			says("numbered_list_item", "c")}, []string{"1. a", "", "999999999) b", "999999999) c"}},
		{"numbers inside that don't start with 1", blocks{says("bulleted_list_item", "a",
			node("numbered_list_item", `{"rich_text":[{"plain_text":"b"}],"list_start_index":2}`))},
			[]string{"- a", "", "  2. b"}},
		{"numbers alone inside that don't start with 1", blocks{says("bulleted_list_item", "a", says("bulleted_list_item", "",
			node("numbered_list_item", `{"rich_text":[{"plain_text":"b"}],"list_start_index":2}`)))},
			[]string{"- a", "", "  - 2. b"}},
		{"bullets, then numbers", blocks{says("bulleted_list_item", "a"), says("numbered_list_item", "b")},
			[]string{"- a", "", "1. b"}},
		{"lists of two columns", blocks{node("column_list", `{}`,
			node("column", `{}`, says("bulleted_list_item", "a")),
			node("column", `{}`, says("bulleted_list_item", "b")))},
			[]string{"- a", "", "+ b"}},
		{"to-dos", blocks{todo("a", "true"), todo("b", "false"), todo("", "false")},
			[]string{"- [x] a", "- [ ] b", "- [ ] &nbsp;"}},
		{"to-do with an item",
			blocks{node("to_do", `{"rich_text":[],"checked":false}`, says("bulleted_list_item", "a"))},
			[]string{"- [ ] &nbsp;", "  - a"}},

		{"quote", blocks{says("quote", "a\nb", says("paragraph", "c"), says("bulleted_list_item", "d"))},
			[]string{`> a\`, "> b", ">", "> c", ">", "> - d"}},
		{"quote as of 2021", blocks{node("quote", `{"text":[{"plain_text":"a"}]}`)}, []string{"> a"}},
		{"callout", blocks{node("callout", `{"rich_text":[{"plain_text":"a"}],"icon":{"type":"emoji","emoji":"🦦"}}`,
			says("paragraph", "b"))}, []string{"> 🦦 a", ">", "> b"}},
		{"callout without icon", blocks{node("callout", `{"rich_text":[{"plain_text":"a"}],"icon":null}`)},
			[]string{"> a"}},
		{"callout with a picture", blocks{node("callout", `{"rich_text":[{"plain_text":"a"}],"icon":{"type":"external",
			"external":{"url":"https://x/i"}}}`)}, []string{`> <span><img src="https://x/i" alt="" height="20"></span> a`}},
		{"callout with an emoji of the workspace", blocks{node("callout", `{"rich_text":[{"plain_text":"a"}],"icon":
			{"type":"custom_emoji","custom_emoji":{"name":"cat","url":"https://x/c"}}}`)},
			[]string{`> <span><img src="https://x/c" alt="" height="20"></span> a`}},
		{"callout that is an alert", blocks{node("callout", `{"rich_text":[{"plain_text":"a"}],"icon":{"type":"emoji",
			"emoji":"⚠️"}}`, says("paragraph", "b"))}, []string{"> [!WARNING]", "> a", ">", "> b"}},
		{"alert where GitHub has none", blocks{says("bulleted_list_item", "x",
			node("callout", `{"rich_text":[{"plain_text":"a"}],"icon":{"type":"emoji","emoji":"💡"}}`))},
			[]string{"- x", "", "  > 💡 a"}},
		{"alert without text", blocks{node("callout", `{"rich_text":[],"icon":{"type":"emoji","emoji":"💡"}}`)}, nil},
		{"quote that looks like an alert", blocks{says("quote", "[!NOTE]")}, []string{`> \[!NOTE\]`}},
		{"toggle", blocks{node("toggle", `{"rich_text":[{"plain_text":"a <b>\n&"},
			{"plain_text":"c","href":"https://x/?\"",
			"annotations":{"bold":true,"code":true}}]}`, says("paragraph", "d"))},
			[]string{"<details>",
				`<summary>a &lt;b&gt;<br>&amp;<a href="https://x/?&#34;"><strong><code>c</code></strong></a></summary>`,
				"", "d", "", "</details>"}},

		{"toggle with a formula and an underlined word", blocks{node("toggle", `{"rich_text":[{"plain_text":"Proof of "},
			{"type":"equation","plain_text":"a<b"},{"plain_text":"!","annotations":{"underline":true}}]}`)},
			[]string{"<details>", `<summary>Proof of <code class="language-math">a&lt;b</code><ins>!</ins></summary>`, "",
				"</details>"}},
		{"toggle with a URL of two lines",
			blocks{node("toggle", `{"rich_text":[{"plain_text":"a","href":"https://x/\n\ny"}]}`)},
			[]string{"<details>", `<summary><a href="https://x/%0A%0Ay">a</a></summary>`, "", "</details>"}},

		{"code", blocks{node("code", `{"caption":[{"plain_text":"Listing 1"}],"rich_text":[{"plain_text":"a*\n"},
			{"plain_text":"  b"}],"language":"c++"}`)}, []string{"```c++", "a*", "  b", "```", "", "Listing 1"}},
		{"code with fences", blocks{says("code", "```\n````")}, []string{"`````", "```", "````", "`````"}},
		{"code, empty, in no language", blocks{node("code", `{"rich_text":[],"language":"plain text"}`)},
			[]string{"```", "```"}},
		{"code in a language of two words",
			blocks{node("code", `{"rich_text":[{"plain_text":"a"}],"language":"Visual Basic"}`)},
			[]string{"```visual-basic", "a", "```"}},
		{"code in a bullet", blocks{says("bulleted_list_item", "a", says("code", "b\n\n\tc"))},
			[]string{"- a", "", "  ```", "  b", "", "  \tc", "  ```"}},
		{"equation", blocks{node("equation", `{"expression":"e^{iπ} = x_1"}`)}, []string{"$$", "e^{iπ} = x_1", "$$"}},
		{"equation that Markdown would change", blocks{node("equation", `{"expression":"a \\\\ b_{*}"}`)},
			[]string{"```math", `a \\ b_{*}`, "```"}},
		{"equation that would begin a list", blocks{node("equation", `{"expression":"1. x"}`)},
			[]string{"```math", "1. x", "```"}},
		{"divider", blocks{says("paragraph", "a"), node("divider", `{}`)}, []string{"a", "", "***"}},
		{"divider in the first line", blocks{node("divider", `{}`), says("paragraph", "Intro: read me"), node("divider", `{}`)},
			[]string{"***", "", "Intro: read me", "", "***"}},

		{"table with a header",
			blocks{node("table", `{"table_width":2,"has_column_header":true}`, row("a", "b"), row("c|d", "e\nf"))},
			[]string{"| a | b |", "| --- | --- |", `| c\|d | e<br>f |`}},
		{"table without", blocks{node("table", `{"table_width":1}`, row("a"))}, []string{"| |", "| --- |", "| a |"}},
		{"rows of unequal length", blocks{node("table", `{"has_column_header":true}`, row("a"), row("b", "c"), row())},
			[]string{"| a | |", "| --- | --- |", "| b | c |", "| | |"}},
		{"table with a header for each row",
			blocks{node("table", `{"has_column_header":true,"has_row_header":true}`, row("a", "b"), row("c", "d"), row(""))},
			[]string{"| a | b |", "| --- | --- |", "| **c** | d |", "| | |"}},
		{"table with headers for rows alone", blocks{node("table", `{"has_row_header":true}`, row("a b", "c"))},
			[]string{"| | |", "| --- | --- |", "| **a b** | c |"}},
		{"table without cells", blocks{node("table", `{}`, row()), node("table", `{}`)}, nil},
		{"block in a row", blocks{node("table", `{}`, func() page.Block {
			b := row("a")
			b.Children = blocks{says("paragraph", "b")}
			return b
		}(), row("c"))}, []string{"| |", "| --- |", "| a |", "", "b", "", "| |", "| --- |", "| c |"}},

		{"image", blocks{node("image", `{"type":"external","external":{"url":"https://x/a b.png"},"caption":[]}`)},
			[]string{"![](https://x/a%20b.png)"}},
		{"image with a caption", blocks{node("image", `{"type":"file","file":{"url":"https://x/i.png"},
			"caption":[{"plain_text":"A "},{"plain_text":"[cat]","annotations":{"bold":true}}]}`)},
			[]string{`![A \[cat\]](https://x/i.png)\`, `A **\[cat\]**`}},
		{"image without URL", blocks{node("image", `{"caption":[{"plain_text":"a"}]}`)}, []string{"a"}},
		{"file", blocks{node("file", `{"type":"file","file":{"url":"https://x/1?sig=1&amp;b"},"name":"a_b.pdf",
			"caption":[{"plain_text":"c"}]}`)}, []string{`[a_b.pdf](https://x/1?sig=1&amp;amp;b)\`, "c"}},
		{"pdf by the name in its URL",
			blocks{node("pdf", `{"type":"file","file":{"url":"https://x/a/b%20c.pdf?sig=1"}}`)},
			[]string{"[b c.pdf](https://x/a/b%20c.pdf?sig=1)"}},
		{"video, audio", blocks{node("video", `{"external":{"url":"https://x/watch"}}`),
			node("audio", `{"file":{"url":"https://x/a.mp3"}}`)},
			[]string{"[https://x/watch](https://x/watch)", "", "[a.mp3](https://x/a.mp3)"}},
		{"bookmark, embed, link preview",
			blocks{node("bookmark", `{"url":"https://x/(a)","caption":[{"plain_text":"c"}]}`),
				node("embed", `{"url":"https://x/e"}`), node("link_preview", `{"url":"https://x/p"}`)},
			[]string{`[https://x/(a)](https://x/\(a\))\`, "c", "", "[https://x/e](https://x/e)", "",
				"[https://x/p](https://x/p)"}},
		{"file without URL", blocks{node("file", `{"caption":[{"plain_text":"c"}]}`)}, []string{"c"}},

		{"columns",
			blocks{node("column_list", `{}`, node("column", `{}`, says("paragraph", "a")),
				node("column", `{}`, says("paragraph", "b")))},
			[]string{"a", "", "b"}},
		{"synced block", blocks{node("synced_block", `{"synced_from":null}`, says("paragraph", "a"))}, []string{"a"}},
		{"tabs",
			blocks{node("tab", `{}`, says("paragraph", "One", says("paragraph", "a")), says("paragraph", "Two"),
				says("quote", "b"))},
			[]string{"**One**", "", "a", "", "**Two**", "", "> b"}},
		{"template", blocks{says("template", "a", says("paragraph", "b"))}, []string{"a", "", "b"}},
		{"meeting notes",
			blocks{node("meeting_notes", `{"title":[{"plain_text":"Monday"}],"status":"x"}`, says("paragraph", "a"))},
			[]string{"Monday", "", "a"}},
		{"unknown type",
			blocks{node("novelty",
				`{"rich_text":[{"plain_text":"a"}],"deep":[{"er":[{"plain_text":"b"}]}],"title":"t"}`,
				says("paragraph", "c"))}, []string{"a", "", "b", "", "t", "", "c"}},
		{"unknown type with a URL", blocks{node("novelty", `{"url":"https://x/n","rich_text":[{"plain_text":"a"}]}`)},
			[]string{"[https://x/n](https://x/n)", "", "a"}},
		{"payload of another shape", blocks{node("paragraph", `7`), node("table", `[]`), node("image", `null`),
			node("to_do", `"x"`)},
			[]string{"- [ ] &nbsp;"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := strings.Join(test.want, "\n")
			if want != "" {
				want += "\n"
			}
			if diff := cmp.Diff(want, page.Markdown(test.blocks, nil)); diff != "" {
				t.Errorf("Markdown (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarkdown_pages(t *testing.T) {
	t.Parallel()
	const unknown = "11111111-2222-3333-4444-555555555555"
	links := map[string]string{someID: "docs/intro", otherID: "about us (old)?"}
	mention := func(id, href string) page.Block {
		return node("paragraph", `{"rich_text":[{"type":"mention","mention":{"type":"page","page":{"id":"`+id+`"}},
			"plain_text":"Name","href":`+href+`}]}`)
	}
	child := func(kind, id, title string) page.Block {
		b := node(kind, `{"title":"`+title+`"}`)
		b.ID, b.Title = id, title
		return b
	}
	for _, test := range []struct {
		name  string
		block page.Block
		want  string
	}{
		{"mention", mention(someID, `"https://www.notion.so/`+bare(someID)+`"`), "[Name](/docs/intro)"},
		{"mention without href", mention(someID, `null`), "[Name](/docs/intro)"},
		{"mention of an unknown page", mention(unknown, `"https://www.notion.so/`+bare(unknown)+`"`),
			"[Name](https://www.notion.so/" + bare(unknown) + ")"},
		{"mention of an unknown page without href", mention(unknown, `null`), "Name"},
		{"link", linkBlock(`"href":"https://www.notion.so/acme/T-` + bare(someID) + `?pvs=4"`), "[x](/docs/intro)"},
		{"link to a block", linkBlock(`"href":"/` + bare(someID) + `#` + bare(otherID) + `"`),
			"[x](/docs/intro#user-content-" + bare(otherID) + ")"},
		{"relative link to an unknown page", linkBlock(`"href":"/` + bare(unknown) + `"`),
			"[x](https://www.notion.so/" + bare(unknown) + ")"},
		{"slug that is no URL", linkBlock(`"href":"/` + bare(otherID) + `"`), `[x](/about%20us%20%28old%29%3F)`},
		{"link to page", node("link_to_page", `{"page_id":"`+someID+`"}`), "[docs/intro](/docs/intro)"},
		{"link to an unknown page", node("link_to_page", `{"page_id":"`+unknown+`"}`), ""},
		{"link to a comment", node("link_to_page", `{"comment_id":"`+someID+`"}`), ""},
		{"child page", child("child_page", someID, "Intro *"), `[Intro \*](/docs/intro)`},
		{"child page not on the site", child("child_page", unknown, "Intro *"), `Intro \*`},
		{"child database", child("child_database", unknown, "Table"), "Table"},
		{"view of another database", child("child_database", unknown, ""), ""},
		{"view of another database that Notion calls untitled", child("child_database", unknown, "Untitled"), ""},
		{"child page without a title", child("child_page", unknown, "Untitled"), "Untitled"},
		{"child database on the site", child("child_database", someID, "Table"), "[Table](/docs/intro)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := strings.TrimSuffix(page.Markdown([]page.Block{test.block}, links), "\n")
			if got != test.want {
				t.Errorf("Markdown = %q, want %q", got, test.want)
			}
		})
	}
}
