package page_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// run is a run of rich text as Notion sends it.
type run map[string]any

func textRun(text string, look byte) run {
	r := run{
		"type": "text", "plain_text": text, "text": map[string]any{"content": text},
		"annotations": map[string]any{
			"bold": look&1 != 0, "italic": look&2 != 0, "strikethrough": look&4 != 0, "underline": look&8 != 0,
			"code": look&16 != 0, "color": "default",
		},
	}
	if look&32 != 0 {
		r["href"] = "https://example.com/a_(b)*c?d=e&amp;f|" + string('0'+rune(look>>6&1))
	}
	if look&0xc0 == 0xc0 {
		r["type"], r["equation"] = "equation", map[string]any{"expression": text}
	}
	return r
}

// script cuts a text into runs and blocks: each takes some of its bytes.
type script struct {
	text  string
	moves []byte
}

func (s *script) next() byte {
	if len(s.moves) == 0 {
		return 0
	}
	move := s.moves[0]
	s.moves = s.moves[1:]
	return move
}

// runs are what the next moves say, at most three, so that blocks further on get some text too.
func (s *script) runs() []run {
	runs := []run{}
	for range 1 + s.next()%3 {
		look, length := s.next(), int(s.next()%24)
		length = min(length, len(s.text))
		for length < len(s.text) && !utf8.RuneStart(s.text[length]) {
			length++
		}
		runs = append(runs, textRun(s.text[:length], look))
		s.text = s.text[length:]
	}
	return runs
}

var fuzzTypes = []string{
	"paragraph", "heading_1", "heading_4", "bulleted_list_item", "numbered_list_item", "to_do", "quote", "callout",
	"toggle", "code", "table", "image", "bookmark", "column_list", "synced_block", "divider", "equation", "child_page",
	"tab", "novelty", "template", "table_row", "file",
}

func (s *script) block(depth int) map[string]any {
	kind := fuzzTypes[int(s.next())%len(fuzzTypes)]
	payload := map[string]any{}
	block := map[string]any{"object": "block", "id": "00000000-0000-4000-8000-000000000001", "type": kind,
		kind: payload}
	switch kind {
	case "table":
		block["children"] = s.rows()
		payload["has_column_header"] = s.next()%2 == 0
		return block
	case "table_row":
		payload["cells"] = [][]run{s.runs(), s.runs()}
	case "image", "bookmark", "file":
		payload["external"], payload["caption"] = map[string]any{"url": "https://example.com/x.png"}, s.runs()
	case "equation":
		payload["expression"] = s.runs()[0]["plain_text"]
	case "child_page":
		payload["title"] = s.runs()[0]["plain_text"]
		return block
	case "column_list", "synced_block", "divider", "tab":
	case "callout":
		payload["icon"] = map[string]any{"type": "emoji", "emoji": []string{"💡", "🧸", ""}[s.next()%3]}
		payload["rich_text"] = s.runs()
	case "code":
		payload["language"] = "plain text"
		payload["rich_text"], payload["caption"] = s.runs(), s.runs()
	case "numbered_list_item":
		if move := s.next(); move%4 == 0 {
			payload["list_start_index"] = int(move)
		}
		payload["rich_text"] = s.runs()
	default:
		payload["rich_text"], payload["checked"] = s.runs(), true
	}
	if n := s.next() % 4; n > 0 && depth < 5 {
		block["children"] = s.blocks(int(n), depth+1)
	}
	return block
}

func (s *script) rows() []any {
	rows := []any{}
	for range 1 + s.next()%2 {
		cells := [][]run{}
		for range 1 + s.next()%3 {
			cells = append(cells, s.runs())
		}
		rows = append(rows, map[string]any{
			"object": "block", "id": "r", "type": "table_row", "table_row": map[string]any{"cells": cells},
		})
	}
	return rows
}

func (s *script) blocks(n, depth int) []any {
	var blocks []any
	for range n {
		blocks = append(blocks, s.block(depth))
	}
	return blocks
}

var fuzzTexts = []string{
	"plain", "**bold **", "a*b_c`d[e](f)<g>~~h~~$i$\\|j^k&amp;l!",
	"- a\n+ b\n1. c\n2) d\n# e\n> f\n= g\n===\n---\n:-:\n```\n~~~",
	"https://example.com www.example.com me@example.com", "「日本語」です。한국어 हिन्दी العربية", "🚀“quoted”—€5",
	"\\", "\\\\", "a\\\nb", "\n\n a \n\n", "|---|\n|a|", "<details>\n</summary><br>", "[ ] [x] [^1]: &lt; &#35;",
	"\t\u00a0 x\u2028y\u0085z\r\nw\vq", "`` ` ```", "$a_b$ \\frac{1}{2} x_{1} \\\\ |x| & < \\{", "#", "## a #",
	"1234567890. a",
	"\x00", "!", "http://", "a__b__c", "_", "*", "~", "~~~~", "\u200b*\u200b", "a\u0301*",
}

func FuzzMarkdown(f *testing.F) {
	for i, text := range fuzzTexts {
		f.Add(text+text, []byte{byte(i), 0, 1, 8, 3, 2, 5, 1, 3, 4, 5, 6})
		f.Add(strings.Join(fuzzTexts[i:], " "),
			[]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	}
	f.Fuzz(func(t *testing.T, text string, moves []byte) {
		if len(moves) > 400 {
			t.Skip("larger trees say no more")
		}
		s := script{text: strings.ToValidUTF8(text, "?"), moves: moves}
		var blocks []json.RawMessage
		for range 8 {
			blocks = append(blocks, marshal(t, s.block(0)))
		}
		assertTexts(t, page.Markdown(decodeTree(t, blocks), nil), blocks)
	})
}

// FuzzMarkdown_look asserts more of less: of a paragraph, or a heading, every character looks as it should, and nothing
// is there that isn't in the text.
func FuzzMarkdown_look(f *testing.F) {
	for i, text := range fuzzTexts {
		f.Add(text, []byte{2, byte(i), 3, 4, 5, 2, 7, 20})
		f.Add(text+"x"+text, []byte{2, 1, 1, byte(i), 1, 8, 9})
	}
	f.Fuzz(func(t *testing.T, text string, moves []byte) {
		s := script{text: strings.ToValidUTF8(text, "?"), moves: moves}
		var runs []run
		for len(s.moves) > 0 {
			runs = append(runs, s.runs()...)
		}
		for _, r := range runs {
			if r["type"] == "equation" {
				t.Skip("its dollars are no text of the page")
			}
		}
		for _, kind := range []string{"paragraph", "heading_2", "toggle", "bulleted_list_item", "table_row"} {
			payload := map[string]any{"rich_text": runs, "cells": [][]run{runs}}
			block := marshal(t, map[string]any{"object": "block", "id": "x", "type": kind, kind: payload})
			markdown := page.Markdown(decodeTree(t, []json.RawMessage{block}), nil)
			if diff := cmp.Diff(lookOf(runs), styledText(t, markdown), cmp.AllowUnexported(styled{})); diff != "" {
				t.Fatalf("Markdown of a %s looks different (-want +got):\n%s\n--- runs\n%s\n"+
					"--- Markdown\n%s\n--- HTML\n%s", kind, diff, marshal(t, runs), markdown, renderHTML(t, markdown))
			}
		}
	})
}

// lookOf is what styledText should find.
func lookOf(runs []run) []styled {
	var text []styled
	for _, r := range runs {
		open := map[string]int{}
		styles := r["annotations"].(map[string]any)
		for name, tag := range map[string]string{
			"bold": "strong", "italic": "em", "strikethrough": "del", "underline": "ins", "code": "code",
		} {
			if styles[name] == true {
				open[tag] = 1
			}
		}
		if r["href"] != nil {
			open["a"] = 1
		}
		for _, char := range strings.Join(strings.Fields(r["plain_text"].(string)), "") {
			if char == 0 {
				char = utf8.RuneError
			}
			text = append(text, styled{char: char, tags: openTags(open)})
		}
	}
	return text
}
