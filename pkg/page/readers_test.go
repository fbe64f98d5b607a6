package page_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
)

// readers are the programs that people's sites read Markdown with. Those of JavaScript live in one process of Node's,
// testdata/readers/readers.mjs, whose packages are in the folder that NOTIONSYNC_TEST_MARKDOWN names.
type readers struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Scanner
}

// reading is what the readers make of a page.
type reading struct {
	Outlines map[string]string `json:"outlines"` // of each, what one sees
	Text     [][2]string       `json:"text"`     // of README.md's stack: characters, looks
	IDs      []string          `json:"ids"`      // of the same
	Errors   []string          `json:"errors"`
}

// startReaders skips the test where they are not installed.
func startReaders(t testing.TB) *readers {
	t.Helper()
	folder := os.Getenv("NOTIONSYNC_TEST_MARKDOWN")
	if folder == "" {
		t.Skip("NOTIONSYNC_TEST_MARKDOWN names no folder with the packages of testdata/readers/package.json installed")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skipf("there is no Node: %v", err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "readers", "readers.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "--input-type=module", "--eval", string(script))
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("readers.mjs: %v", err)
		}
	})
	if _, err := exec.LookPath("cmark-gfm"); err != nil {
		t.Logf("GitHub's own parser is not asked: %v", err)
	}
	scanner := bufio.NewScanner(out)
	scanner.Buffer(nil, 64<<20)
	return &readers{in: in, out: scanner}
}

func (r *readers) read(t testing.TB, markdown string, formulas []string) reading {
	t.Helper()
	html := map[string]string{"goldmark": renderHTML(t, markdown)}
	if made, ok := cmarkGFM(t, markdown); ok {
		html["cmark-gfm"] = made
	}
	question := marshal(t, map[string]any{"markdown": markdown, "html": html, "formulas": formulas})
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.in.Write(append(question, '\n')); err != nil {
		t.Fatal(err)
	}
	if !r.out.Scan() {
		t.Fatalf("readers.mjs ended: %v", r.out.Err())
	}
	var answer reading
	if err := json.Unmarshal(r.out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// cmarkGFM is what GitHub's own parser makes of Markdown, where it is installed.
func cmarkGFM(t testing.TB, markdown string) (html string, ok bool) {
	t.Helper()
	file, err := exec.LookPath("cmark-gfm")
	if err != nil {
		return "", false
	}
	cmd := exec.Command(file, "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-e", "tasklist",
		"-e", "footnotes")
	cmd.Stdin = strings.NewReader(markdown)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("cmark-gfm: %v", err)
	}
	return out.String(), true
}

// agree reports what of a page the readers show differently.
func (r *readers) agree(t testing.TB, markdown string, formulas []string) (reading, string) {
	t.Helper()
	answer := r.read(t, markdown, formulas)
	problems := answer.Errors
	want := answer.Outlines["goldmark"]
	for name, outline := range answer.Outlines {
		if outline != want {
			diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(outline, "\n"))
			problems = append(problems, name+" shows something else than goldmark (-goldmark +"+name+"):\n"+diff)
		}
	}
	return answer, strings.Join(problems, "\n")
}

// formulasOf are the inline and block equations of a page, in order, as Notion has them.
func formulasOf(t testing.TB, blocks []json.RawMessage) []string {
	t.Helper()
	formulas := []string{}
	for _, raw := range blocks {
		var block map[string]any
		if err := json.Unmarshal(raw, &block); err != nil {
			t.Fatal(err)
		}
		kind := block["type"].(string)
		payload, _ := block[kind].(map[string]any)
		if tex, ok := payload["expression"].(string); ok && strings.TrimSpace(tex) != "" {
			formulas = append(formulas, tex)
		}
		keys := []string{"rich_text", "text", "cells", "caption"}
		if kind == "code" {
			keys = []string{"caption"}
		}
		for _, key := range keys {
			walkRuns(payload[key], func(run map[string]any) {
				if tex, _ := run["plain_text"].(string); run["type"] == "equation" && strings.TrimSpace(tex) != "" {
					formulas = append(formulas, strings.TrimSpace(tex))
				}
			})
		}
		children, _ := block["children"].([]any)
		for _, child := range children {
			formulas = append(formulas, formulasOf(t, []json.RawMessage{marshal(t, child)})...)
		}
	}
	return formulas
}

// walkRuns visits the runs of rich text in order.
func walkRuns(value any, visit func(map[string]any)) {
	list, _ := value.([]any)
	for _, element := range list {
		if run, ok := element.(map[string]any); ok {
			visit(run)
		}
		walkRuns(element, visit)
	}
}

// All readers show the same of a recorded page.
func TestMarkdown_readersAgreeOnRecordings(t *testing.T) {
	t.Parallel()
	r := startReaders(t)
	for _, recorded := range recordedPages(t) {
		markdown := page.Markdown(decodeTree(t, recorded.Blocks), goldenLinks)
		if _, problems := r.agree(t, markdown, formulasOf(t, recorded.Blocks)); problems != "" {
			t.Errorf("%s: %s", recorded.Name, problems)
		}
	}
}

// Where a link to a block leads is an id of the page in README.md's stack, and a name of one elsewhere.
func TestSite_Markdown_anchorsInReaders(t *testing.T) {
	t.Parallel()
	r := startReaders(t)
	heading := identified(someID, says("heading_2", "A"))
	answer, problems := r.agree(t, page.Markdown([]page.Block{heading}, nil), nil)
	if problems != "" {
		t.Error(problems)
	}
	if want := "user-content-" + bare(someID); !slices.Contains(answer.IDs, want) {
		t.Errorf("the ids are %q, want %q among them", answer.IDs, want)
	}
}
