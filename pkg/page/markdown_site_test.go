package page_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// anchor is what links to a block lead to.
func anchor(id string) string {
	return `<a id="` + bare(id) + `" name="user-content-` + bare(id) + `"></a>`
}

// identified is the block with an id of Notion's.
func identified(id string, b page.Block) page.Block {
	b.ID = id
	return b
}

// Labels are the titles that pages have on the site, whatever Notion last called them here.
func TestSite_Markdown_titles(t *testing.T) {
	t.Parallel()
	site := page.Site{
		Slugs:  map[string]string{someID: "docs/intro", otherID: "else"},
		Titles: map[string]string{someID: "Getting *started*"},
	}
	mention := func(id string) page.Block {
		return node("paragraph", `{"rich_text":[{"type":"mention","mention":{"type":"page","page":{"id":"`+id+`"}},
			"plain_text":"Untitled","href":"https://www.notion.so/`+bare(id)+`","annotations":{"bold":true}}]}`)
	}
	child := identified(someID, node("child_page", `{"title":"Old"}`))
	child.Title = "Old"
	for _, test := range []struct {
		name  string
		block page.Block
		want  string
	}{
		{"mention of a page that was untitled", mention(someID), `[<strong>Getting \*started\*</strong>](/docs/intro)`},
		{"mention of a page whose title is not known", mention(otherID), "[**Untitled**](/else)"},
		{"link to page", node("link_to_page", `{"page_id":"`+someID+`"}`), `[Getting \*started\*](/docs/intro)`},
		{"child page", child, `[Getting \*started\*](/docs/intro)`},
		{"link with words of its own", linkBlock(`"href":"/` + bare(someID) + `"`), "[x](/docs/intro)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.TrimSpace(site.Markdown([]page.Block{test.block})); got != test.want {
				t.Errorf("Markdown = %s, want %s", got, test.want)
			}
		})
	}
}

// Headings and the blocks that are linked to have anchors, each once.
func TestSite_Markdown_anchors(t *testing.T) {
	t.Parallel()
	const pageID = "99999999-1111-4222-8333-444455556666"
	linked := func(kind, payload string, children ...page.Block) page.Block {
		return identified(someID, node(kind, payload, children...))
	}
	text := `{"rich_text":[{"plain_text":"a"}]}`
	for _, test := range []struct {
		name   string
		blocks []page.Block
		want   []string
	}{
		{"heading", []page.Block{identified(otherID, says("heading_2", "# a"))}, []string{`## <a id="` + bare(otherID) + `"></a># a`}},
		{"heading that is linked", []page.Block{linked("heading_1", text)}, []string{"# " + anchor(someID) + "a"}},
		{"empty heading", []page.Block{identified(otherID, says("heading_2", " "))}, nil},
		{"paragraph", []page.Block{linked("paragraph", text)}, []string{anchor(someID) + "a"}},
		{"paragraph that nothing leads to", []page.Block{identified(otherID, says("paragraph", "a"))}, []string{"a"}},
		{"empty paragraph", []page.Block{linked("paragraph", `{}`)}, []string{anchor(someID)}},
		{"items", []page.Block{linked("to_do", text), identified(otherID, says("bulleted_list_item", "b"))},
			[]string{"- [ ] " + anchor(someID) + "a", "- b"}},
		{"toggle", []page.Block{linked("toggle", text)},
			[]string{"<details>", "<summary>" + anchor(someID) + "a</summary>", "", "</details>"}},
		{"callout", []page.Block{linked("callout", `{"rich_text":[{"plain_text":"a"}],"icon":{"type":"emoji","emoji":"🦦"}}`)},
			[]string{"> 🦦 " + anchor(someID) + "a"}},
		{"alert", []page.Block{linked("callout", `{"rich_text":[{"plain_text":"a"}],"icon":{"type":"emoji","emoji":"💡"}}`)},
			[]string{"> [!TIP]", "> " + anchor(someID) + "a"}},
		{"row of a table", []page.Block{node("table", `{"has_column_header":true,"has_row_header":true}`, row("a"),
			linked("table_row", `{"cells":[[{"plain_text":"b"}]]}`))},
			[]string{"| a |", "| --- |", "| " + anchor(someID) + "**b** |"}},
		{"block without a text", []page.Block{linked("equation", `{"expression":"x"}`)},
			[]string{anchor(someID), "", "$$", "x", "$$"}},
		{"twice, as in a copy", []page.Block{linked("paragraph", text), linked("paragraph", text)},
			[]string{anchor(someID) + "a", "", "a"}},
		{"linked by another page", []page.Block{identified(pageID, says("quote", "a"))}, []string{"> " + anchor(pageID) + "a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			link := linkBlock(`"href":"/` + bare(otherID) + `#` + bare(someID) + `"`)
			site := page.Site{Slugs: map[string]string{otherID: "here"}, Anchors: []string{pageID}}
			want := strings.Join(append([]string{"[x](/here#user-content-" + bare(someID) + ")", ""}, test.want...), "\n")
			got := site.Markdown(slices.Concat([]page.Block{link}, test.blocks))
			if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
				t.Errorf("Markdown (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLabelTargets(t *testing.T) {
	t.Parallel()
	blocks := []page.Block{
		linkBlock(`"type":"mention","mention":{"type":"page","page":{"id":"`+someID+`"}}`,
			node("link_to_page", `{"type":"page_id","page_id":"`+otherID+`"}`)),
		linkBlock(`"href":"/11111111111141118111111111111111"`),
	}
	if diff := cmp.Diff([]string{someID, otherID}, page.LabelTargets(blocks)); diff != "" {
		t.Errorf("LabelTargets (-want +got):\n%s", diff)
	}
}

func TestBlockTargets(t *testing.T) {
	t.Parallel()
	blocks := []page.Block{
		linkBlock(`"href":"https://www.notion.so/acme/T-`+bare(someID)+`?pvs=4#`+bare(otherID)+`"`,
			linkBlock(`"href":"/`+bare(someID)+`#`+bare(someID)+`"`)),
		linkBlock(`"href":"/` + bare(someID) + `#` + bare(otherID) + `"`),
		linkBlock(`"href":"/` + bare(someID) + `#section"`),
		linkBlock(`"href":"https://example.com/` + bare(someID) + `#` + bare(otherID) + `"`),
	}
	if diff := cmp.Diff(map[string][]string{someID: {someID, otherID}}, page.BlockTargets(blocks)); diff != "" {
		t.Errorf("BlockTargets (-want +got):\n%s", diff)
	}
}
