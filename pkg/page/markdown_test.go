package page_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

var update = flag.Bool("update", false, "write testdata/markdown anew")

// goldenPages are the recorded pages whose Markdown is kept in testdata/markdown: each has something the others don't.
var goldenPages = []string{
	"notion2md-lists",
	"notion2md-page-1",
	"notion2md-quotes-colons-accents",
	"notion2md-tables",
	"nvlgzr-equation",
	"nvlgzr-image",
	"nvlgzr-synced-blocks",
	"nvlgzr-toggle",
	"ultimate-getting-started--2022-06-28",
	"ultimate-markdown-test--2026-03-11",
	"ultimate-offline-assembly--2022-06-28",
	"ultimate-unfurl-and-child-database--2022-06-28",
}

// goldenLinks stand for pages of the site: what they link to is written as a link to a slug.
var goldenLinks = map[string]string{
	"f16dfed7-beb5-4a71-b674-35e17e7e33e5": "where-it-fits",
	"fdc65179-a8bd-451c-af67-59019204cfde": "index",
	"46f8638c-25a8-4ccd-9d92-6e42bdb5535e": "docs/image",
}

func TestMarkdown_recordings(t *testing.T) {
	t.Parallel()
	for _, recorded := range recordedPages(t) {
		t.Run(recorded.Name, func(t *testing.T) {
			t.Parallel()
			got := page.Markdown(decodeTree(t, recorded.Blocks), goldenLinks)
			assertTexts(t, got, recorded.Blocks)
			if slices.Contains(goldenPages, recorded.Name) {
				assertGolden(t, recorded.Name+".md", got)
			}
		})
	}
}

func assertGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "markdown", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("Markdown differs from %s (-want +got):\n%s", file, diff)
	}
}

// assertTexts parses the Markdown and looks for every text of the blocks in what a reader would see, in order.
func assertTexts(t testing.TB, markdown string, blocks []json.RawMessage) {
	t.Helper()
	seen := collapse(visible(t, markdown))
	rest := seen
	for _, text := range textsOf(t, blocks) {
		text = collapse(text)
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("Markdown lost the text %q, or moved it\n--- Markdown\n%s\n--- what is seen of it\n%s\n"+
				"--- from here on\n%s", text, markdown, seen, rest)
		}
		rest = after
	}
}

// textsOf are the texts of a block tree in reading order: each block's rich text, cells, title or TeX, then its
// caption, then its children.
func textsOf(t testing.TB, blocks []json.RawMessage) []string {
	t.Helper()
	var texts []string
	for _, raw := range blocks {
		var block map[string]any
		if err := json.Unmarshal(raw, &block); err != nil {
			t.Fatal(err)
		}
		payload, _ := block[block["type"].(string)].(map[string]any)
		if block["type"] == "child_database" && payload["title"] == "Untitled" {
			continue // a view of another one
		}
		for _, key := range []string{"rich_text", "text", "cells", "title", "expression", "caption"} {
			texts = append(texts, plainTexts(payload[key])...)
		}
		children, _ := block["children"].([]any)
		for _, child := range children {
			texts = append(texts, textsOf(t, []json.RawMessage{marshal(t, child)})...)
		}
	}
	return texts
}

func plainTexts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case map[string]any:
		mention, _ := value["mention"].(map[string]any)
		link, _ := mention["link_mention"].(map[string]any)
		switch {
		case value["type"] == "equation" || mention["custom_emoji"] != nil: // no text, see formulasOf
			return nil
		case link["title"] != nil:
			return plainTexts(link["title"])
		}
		return plainTexts(value["plain_text"])
	case []any:
		var texts []string
		for _, element := range value {
			texts = append(texts, plainTexts(element)...)
		}
		return texts
	default:
		return nil
	}
}

// collapse makes one space of all white space, as a browser does.
func collapse(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\x00", "\ufffd")), " ")
}
