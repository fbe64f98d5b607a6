package page_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

func rawBlock(raw string, children ...page.Block) page.Block {
	return page.Block{Raw: json.RawMessage(raw), Children: children}
}

func TestMarshalBlocks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		blocks []page.Block
		want   string
	}{
		{"none", nil, `[]`},
		{"bytes as they are", []page.Block{rawBlock(`{"z":1.0,"a":"\u003c<\/é","n":1e2,"a":2}`)},
			`[{"z":1.0,"a":"\u003c<\/é","n":1e2,"a":2}]`},
		{"two", []page.Block{rawBlock(`{"a":1}`), rawBlock(`{"b":2}`)}, `[{"a":1},{"b":2}]`},
		{"nested", []page.Block{rawBlock(`{"a":1}`, rawBlock(`{"b":2}`, rawBlock(`{"c":3}`)), rawBlock(`{"d":4}`)),
			rawBlock(`{"e":5}`)},
			`[{"a":1,"children":[{"b":2,"children":[{"c":3}]},{"d":4}]},{"e":5}]`},
		{"white space", []page.Block{rawBlock(" {\n  \"a\": {}\n }\n", rawBlock("{ }", rawBlock(`{}`)))},
			"[{\n  \"a\": {},\"children\":[{\"children\":[{}]}]}]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := page.MarshalBlocks(test.blocks)
			if string(got) != test.want {
				t.Errorf("MarshalBlocks =\n%s\nwant\n%s", got, test.want)
			}
			if !json.Valid(got) {
				t.Errorf("MarshalBlocks = %s, which is no JSON", got)
			}
		})
	}
}

func TestMarshalBlocks_recordings(t *testing.T) {
	t.Parallel()
	for _, recorded := range recordedPages(t) {
		t.Run(recorded.Name, func(t *testing.T) {
			t.Parallel()
			tree := decodeTree(t, recorded.Blocks)
			raw := page.MarshalBlocks(tree)
			if diff := cmp.Diff(exact(t, marshal(t, recorded.Blocks)), exact(t, raw)); diff != "" {
				t.Errorf("MarshalBlocks differs from the recording (-recorded +got):\n%s", diff)
			}
			for _, b := range leaves(tree) {
				if !bytes.Contains(raw, b.Raw) {
					t.Errorf("MarshalBlocks lost the bytes of block %s", b.ID)
				}
			}
			again, err := page.DecodeTree(raw)
			if err != nil {
				t.Fatalf("DecodeTree of MarshalBlocks: %v", err)
			}
			if diff := cmp.Diff(ids(tree), ids(again)); diff != "" {
				t.Errorf("DecodeTree of MarshalBlocks (-want +got):\n%s", diff)
			}
			if page.Markdown(again, nil) != page.Markdown(tree, nil) {
				t.Error("Markdown of the tree read back differs")
			}
		})
	}
}

// exact is JSON as a value with its numbers as they are written.
func exact(t testing.TB, raw json.RawMessage) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		t.Fatalf("Decode(%.200s): %v", raw, err)
	}
	return value
}

func leaves(blocks []page.Block) []page.Block {
	var found []page.Block
	for _, b := range blocks {
		if len(b.Children) == 0 {
			found = append(found, b)
		}
		found = append(found, leaves(b.Children)...)
	}
	return found
}

func ids(blocks []page.Block) []string {
	var found []string
	for _, b := range blocks {
		found = append(append(found, b.ID), ids(b.Children)...)
	}
	return found
}
