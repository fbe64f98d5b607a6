package page_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"notionsync/pkg/page"
)

// recordings is the folder of recorded Notion answers: NOTIONSYNC_RECORDINGS, else shared/recordings beside the module.
// Without them the test is skipped.
func recordings(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NOTIONSYNC_RECORDINGS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "recordings")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded Notion answers: %v; NOTIONSYNC_RECORDINGS names their folder", err)
	}
	return dir
}

// recordedPage is a file of the recordings' folder pages.
type recordedPage struct {
	Name   string            `json:"-"`
	Page   json.RawMessage   `json:"page"`
	Blocks []json.RawMessage `json:"blocks"`
}

func recordedPages(t testing.TB) []recordedPage {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recordings(t), "pages", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob of recorded pages: %d files, error %v", len(files), err)
	}
	pages := make([]recordedPage, len(files))
	for i, file := range files {
		readJSON(t, file, &pages[i])
		pages[i].Name = filepath.Base(file[:len(file)-len(".json")])
	}
	return pages
}

// recordedObjects are all page objects in the answers of the recordings.
func recordedObjects(t testing.TB) []page.Object {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recordings(t), "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var objects []page.Object
	for _, file := range files {
		var recorded any
		readJSON(t, file, &recorded)
		walkJSON(recorded, func(object map[string]any) {
			if object["object"] == "page" && object["properties"] != nil {
				objects = append(objects, decodeObject(t, marshal(t, object)))
			}
		})
	}
	return objects
}

func walkJSON(value any, visit func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		visit(value)
		for _, member := range value {
			walkJSON(member, visit)
		}
	case []any:
		for _, element := range value {
			walkJSON(element, visit)
		}
	}
}

// decodeTree reads blocks that hold their nested blocks under children, as recorded and as published.
func decodeTree(t testing.TB, list []json.RawMessage) []page.Block {
	t.Helper()
	var blocks []page.Block
	for _, raw := range list {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			t.Fatalf("Unmarshal of a block: %v", err)
		}
		var children []json.RawMessage
		if members["children"] != nil {
			if err := json.Unmarshal(members["children"], &children); err != nil {
				t.Fatalf("Unmarshal of children: %v", err)
			}
			delete(members, "children")
			raw = marshal(t, members)
		}
		block, err := page.DecodeBlock(raw)
		if err != nil {
			t.Fatalf("DecodeBlock(%.200s): %v", raw, err)
		}
		block.Children = decodeTree(t, children)
		blocks = append(blocks, block)
	}
	return blocks
}

func decodeObject(t testing.TB, raw json.RawMessage) page.Object {
	t.Helper()
	o, err := page.DecodeObject(raw)
	if err != nil {
		t.Fatalf("DecodeObject(%.200s): %v", raw, err)
	}
	return o
}

func readJSON(t testing.TB, file string, v any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("Unmarshal of %s: %v", file, err)
	}
}

func marshal(t testing.TB, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
