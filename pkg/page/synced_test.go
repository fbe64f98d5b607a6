package page_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

func TestOriginals(t *testing.T) {
	t.Parallel()
	original := func(id, children string) string {
		return `{"id":"` + id + `","type":"synced_block","synced_block":{"synced_from":null}` + children + `}`
	}
	const (
		file  = `{"id":"f","type":"file","file":{"type":"file","file":{"url":"https://x/f","expiry_time":"`
		after = `"}}}`
	)
	for _, test := range []struct {
		name, blocks string
		want         map[string]string
	}{
		{"nothing", ``, map[string]string{}},
		{"no list", `{}`, map[string]string{}},
		{"other blocks", `[{"id":"p","type":"paragraph","paragraph":{}}]`, map[string]string{}},
		{"empty", `[` + original("a", "") + `]`, map[string]string{"a": ""}},
		{"nested", `[{"id":"t","type":"toggle","children":[` + original("a", `,"children":[`+original("b", "")+`]`) + `]}]`,
			map[string]string{"a": `[` + original("b", "") + `]`, "b": ""}},
		{"inside a copy", `[{"id":"c","type":"synced_block","synced_block":{"synced_from":{"block_id":"x"}},"children":[` +
			original("a", "") + `]}]`, map[string]string{}},
		{"with a file", `[` + original("a", `,"children":[`+file+`2026-01-01T00:00:00.000Z`+after+`]`) + `]`, page.Originals(
			[]byte(`[` + original("a", `,"children":[`+file+`2026-02-02T00:00:00.000Z`+after+`]`) + `]`))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, page.Originals([]byte(test.blocks))); diff != "" {
				t.Errorf("Originals (-want +got):\n%s", diff)
			}
		})
	}
}
