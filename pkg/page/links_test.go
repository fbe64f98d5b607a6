package page_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// linkBlock is a paragraph with one run of these members.
func linkBlock(run string, children ...page.Block) page.Block {
	b := rawBlock(`{"type":"paragraph","paragraph":{"rich_text":[{"type":"text","plain_text":"x",`+run+`}]}}`,
		children...)
	b.Type = "paragraph"
	return b
}

func typed(kind, payload string) page.Block {
	b := rawBlock(`{"object":"block","id":"b","type":"` + kind + `","` + kind + `":` + payload + `}`)
	b.Type = kind
	return b
}

func TestLinkTargets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		block page.Block
		found bool // of someID
	}{
		{"notion.so",
			linkBlock(`"href":"https://www.notion.so/acme/Docs-` + bare(someID) + `?pvs=4#` + bare(otherID) + `"`),
			true},
		{"notion.com", linkBlock(`"href":"https://app.notion.com/p/` + bare(someID) + `"`), true},
		{"site", linkBlock(`"href":"https://acme.notion.site/` + bare(someID) + `"`), true},
		{"upper case host", linkBlock(`"href":"https://WWW.Notion.SO/` + bare(someID) + `"`), true},
		{"relative", linkBlock(`"href":"/` + bare(someID) + `?pvs=25#` + bare(otherID) + `"`), true},
		{"link without href", linkBlock(`"text":{"content":"x","link":{"url":"/` + bare(someID) + `"}}`), true},
		{"page in a peek",
			linkBlock(`"href":"https://notion.so/` + bare(otherID) + `?v=` + bare(otherID) +
				`&p=` + bare(someID) + `"`), true},
		{"mention of a page", linkBlock(`"type":"mention","mention":{"type":"page","page":{"id":"` + someID + `"}}`),
			true},
		{"mention of a database",
			linkBlock(`"type":"mention","mention":{"type":"database","database":{"id":"` + someID + `"}}`), true},
		{"link to a page", typed("link_to_page", `{"type":"page_id","page_id":"`+someID+`"}`), true},
		{"link to a database", typed("link_to_page", `{"type":"database_id","database_id":"`+someID+`"}`), true},
		{"caption", typed("image", `{"caption":[{"plain_text":"x","href":"/`+bare(someID)+`"}]}`), true},
		{"table cell", typed("table_row", `{"cells":[[],[{"plain_text":"x","href":"/`+bare(someID)+`"}]]}`), true},
		{"text as of 2021", typed("quote", `{"text":[{"plain_text":"x","href":"/`+bare(someID)+`"}]}`), true},
		{"unknown type", typed("novelty", `{"deep":[{"er":[{"plain_text":"x","href":"/`+bare(someID)+`"}]}]}`), true},
		{"synced copy", func() page.Block {
			b := typed("synced_block", `{"synced_from":{"block_id":"`+someID+`"}}`)
			b.SyncedFrom = someID
			return b
		}(), true},
		{"nested", linkBlock(`"a":1`, linkBlock(`"href":"/`+bare(someID)+`"`)), true},

		{"another site", linkBlock(`"href":"https://example.com/` + bare(someID) + `"`), false},
		{"a host that only ends like Notion's", linkBlock(`"href":"https://notnotion.so/` + bare(someID) + `"`), false},
		{"a host without scheme", linkBlock(`"href":"//example.com/` + bare(someID) + `"`), false},
		{"a file", linkBlock(`"href":"file:///` + bare(someID) + `"`), false},
		{"Notion's help", linkBlock(`"href":"https://www.notion.so/help"`), false},
		{"mention of a person", linkBlock(`"type":"mention","mention":{"type":"user","user":{"id":"` + someID + `"}}`),
			false},
		{"link to a comment", typed("link_to_page", `{"type":"comment_id","comment_id":"`+someID+`"}`), false},
		{"child page", typed("child_page", `{"title":"`+bare(someID)+`"}`), false},
		{"no URL", linkBlock(`"href":":/%zz` + bare(someID) + `"`), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if test.found {
				want = []string{someID}
			}
			got := page.LinkTargets(page.Object{}, []page.Block{test.block})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("LinkTargets of %s (-want +got):\n%s", test.block.Raw, diff)
			}
		})
	}
}

func TestLinkTargets_sortedOnce(t *testing.T) {
	t.Parallel()
	o := pageWith(t, "About", `{"type":"rich_text","rich_text":[{"plain_text":"x","href":"/`+bare(otherID)+`"}]}`)
	blocks := []page.Block{
		linkBlock(`"href":"https://www.notion.so/` + otherID + `"`),
		linkBlock(`"href":"/` + bare(someID) + `"`),
		linkBlock(`"href":"/` + bare(someID) + `"`),
	}
	if diff := cmp.Diff([]string{someID, otherID}, page.LinkTargets(o, blocks)); diff != "" {
		t.Errorf("LinkTargets (-want +got):\n%s", diff)
	}
}
