package page_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

var (
	readersTrees = flag.Int("readers.trees", 60, "random trees that all readers must show alike")
	readersTexts = flag.Int("readers.texts", 150, "random texts that all readers must show alike")
	readersSeed  = flag.Uint64("readers.seed", 1, "of the first random tree and text")
)

// texts beyond those of the fuzz tests: what sites' readers find of their own accord.
var readersTextParts = append([]string{
	"git@git.example.com:team/app.git", "_www.example.com", "mailto:me@example.com", "see http://example.com/a_b*c.",
	"$5 and $6", "costs $5", "公式", "n", "th", "\u3000全角", "｢｣", "(", ")", "[", "]", "](", "[^1]", "<b>", "</b>", "<!--",
	"&nbsp;", "é", "#", " ", "\n", "|", "x_y", "a*b*", "1", "::", "---", "***", "`", "``", "~", "!",
}, fuzzTexts...)

var readersFormulas = []string{
	"x", `\{x\}_y`, `a<b>c`, `|x|`, `\|x\|`, `x_{1}^{*}`, `a*b*c`, `[0,1]`, `[0,1)`, `f[x](y)`, `\text{a_b}`, `50\%`, `a~b`,
	`\begin{matrix}a & b\\c & d\end{matrix}`, `\begin{align*}a &= b\\ c &= d\end{align*}`, `\vec{v}_1 \, \vec{w}_2`,
	`\left\{\frac{1}{2}\right\}`, `a \\ b`, `x'`, `"`, `\sqrt[3]{x}`, `\begin{array}{c|c}a&b\end{array}`, `\operatorname*{argmin}_x`,
	`\text{ if }`, `a\ b`, `é`, `\alpha_i`, `x\;y\:z\!w`, `\$5`, "a`b", `x^\prime`, `\text{是}`, `!`, `1`, `\mathbb{R}_+`, `http://x`,
}

// randomScript is a script with a text and moves that are random, and formulas that are TeX.
func randomScript(random *rand.Rand, parts, moves int) *script {
	var text strings.Builder
	for range parts {
		text.WriteString(readersTextParts[random.IntN(len(readersTextParts))])
	}
	s := &script{text: text.String(), moves: make([]byte, moves)}
	for i := range s.moves {
		s.moves[i] = byte(random.Uint32())
	}
	return s
}

// withFormulas puts TeX into the equations of a tree, whose texts are random.
func withFormulas(random *rand.Rand, value any) {
	switch value := value.(type) {
	case map[string]any:
		if value["type"] == "equation" {
			tex := readersFormulas[random.IntN(len(readersFormulas))]
			if equation, ok := value["equation"].(map[string]any); ok {
				equation["expression"] = tex
			}
			if value["plain_text"] != nil {
				value["plain_text"] = tex
			}
		}
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			withFormulas(random, value[key])
		}
	case []any:
		for _, element := range value {
			withFormulas(random, element)
		}
	}
}

// All readers show the same of any page, and nothing of it is lost.
func TestMarkdown_readersAgreeOnTrees(t *testing.T) {
	t.Parallel()
	r := startReaders(t)
	failed := 0
	for i := range *readersTrees {
		random := rand.New(rand.NewPCG(*readersSeed, uint64(i)))
		s := randomScript(random, 40, 200)
		var tree []any
		for range 6 {
			var block any
			if err := json.Unmarshal(marshal(t, s.block(2)), &block); err != nil {
				t.Fatal(err)
			}
			withFormulas(random, block)
			tree = append(tree, block)
		}
		var blocks []json.RawMessage
		for _, block := range tree {
			blocks = append(blocks, marshal(t, block))
		}
		markdown := page.Markdown(decodeTree(t, blocks), nil)
		if _, problems := r.agree(t, markdown, formulasOf(t, blocks)); problems != "" {
			t.Errorf("tree %d: %s\n--- Markdown\n%s", i, problems, markdown)
			if failed++; failed > 4 {
				t.FailNow()
			}
		}
		assertTexts(t, markdown, blocks)
	}
}

// Of any text each character looks as it does in Notion, in every reader, wherever the text stands.
func TestMarkdown_readersAgreeOnTexts(t *testing.T) {
	t.Parallel()
	r := startReaders(t)
	failed := 0
	for i := range *readersTexts {
		random := rand.New(rand.NewPCG(*readersSeed, uint64(i)))
		s := randomScript(random, 2+random.IntN(10), 100)
		var runs []run
		for len(s.text) > 0 {
			runs = append(runs, s.runs()...)
		}
		for _, run := range runs {
			withFormulas(random, map[string]any(run))
		}
		kind := []string{"paragraph", "heading_2", "toggle", "bulleted_list_item", "table_row"}[i%5]
		payload := map[string]any{"rich_text": runs}
		if kind == "table_row" {
			payload = map[string]any{"cells": [][]run{runs}}
		}
		block := marshal(t, map[string]any{"object": "block", "id": "x", "type": kind, kind: payload})
		markdown := page.Markdown(decodeTree(t, []json.RawMessage{block}), nil)
		answer, problems := r.agree(t, markdown, formulasOf(t, []json.RawMessage{block}))
		if diff := cmp.Diff(seenOf(runs), joinSeen(answer.Text)); diff != "" {
			problems += "\nlooks different (-want +got):\n" + diff
		}
		if problems != "" {
			t.Errorf("text %d: %s\n--- runs\n%s\n--- Markdown of a %s\n%s", i, problems, marshal(t, runs), kind, markdown)
			if failed++; failed > 4 {
				t.FailNow()
			}
		}
	}
}

// seenOf is what a reader should see of runs: characters, each with its looks and the address that it leads to.
func seenOf(runs []run) []string {
	var seen []string
	for _, r := range runs {
		var looks []string
		if href, ok := r["href"].(string); ok {
			looks = append(looks, "a="+strings.ReplaceAll(href, "|", "%7C"))
		}
		if r["type"] == "equation" {
			if strings.TrimSpace(r["plain_text"].(string)) != "" {
				seen = append(seen, fmt.Sprint("∎ ", looks))
			}
			continue
		}
		for _, look := range lookOf([]run{{"plain_text": r["plain_text"], "annotations": r["annotations"]}}) {
			all := slices.Concat(looks, strings.Fields(look.tags))
			slices.Sort(all)
			seen = append(seen, fmt.Sprint(string(look.char), " ", all))
		}
	}
	return seen
}

func joinSeen(text [][2]string) []string {
	var seen []string
	for _, part := range text {
		for _, char := range strings.Join(strings.Fields(part[0]), "") {
			seen = append(seen, fmt.Sprint(string(char), " ", strings.Fields(part[1])))
		}
	}
	return seen
}
