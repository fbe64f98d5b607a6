package page_test

import (
	"encoding/json"
	"testing"

	"notionsync/pkg/page"
)

func TestRetitle(t *testing.T) {
	t.Parallel()
	const (
		child = `{"object":"block","id":"a","type":"child_page","child_page":{"title":"Old","x":1.50},"z":"<&>"}`
		list  = `[` + child + `,{"id":"b","type":"toggle","toggle":{},"children":[` + child + `]},` +
			`{"id":"a","type":"paragraph","paragraph":{"title":"Old"}}]`
		fresh = `{"object":"block","id":"a","type":"child_page","child_page":{"title":"\"<New>\"","x":1.50},"z":"<&>"}`
	)
	for _, test := range []struct {
		name, blocks string
		titles       map[string]string
		want         string
	}{
		{"nothing to change", list, nil, list},
		{"others", list, map[string]string{"b": "New", "c": "New"}, list},
		{"everywhere", list, map[string]string{"a": `"<New>"`}, `[` + fresh +
			`,{"id":"b","type":"toggle","toggle":{},"children":[` + fresh + `]},` +
			`{"id":"a","type":"paragraph","paragraph":{"title":"Old"}}]`},
		{"no blocks", `[]`, map[string]string{"a": "New"}, `[]`},
		{"no list", `{"a":1}`, map[string]string{"a": "New"}, `{"a":1}`},
		{"nothing", ``, map[string]string{"a": "New"}, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := string(page.Retitle(json.RawMessage(test.blocks), test.titles)); got != test.want {
				t.Errorf("Retitle = %s\nwant %s", got, test.want)
			}
		})
	}
}
