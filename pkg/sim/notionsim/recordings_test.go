package notionsim_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
)

// recordingDirs are the recordings beside this test, and the whole collection where it is there.
func recordingDirs() []string {
	dirs := []string{"testdata/pages"}
	if all := "../../../../shared/recordings/pages"; isDir(all) {
		dirs = append(dirs, all)
	}
	return dirs
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func same(t *testing.T, got, want []byte) bool {
	t.Helper()
	return bytes.Equal(got, want) || reflect.DeepEqual(parse[any](t, got), parse[any](t, want))
}

func TestLoadRecordings_roundTrip(t *testing.T) {
	t.Parallel()
	for _, dir := range recordingDirs() {
		w, pages, err := notionsim.LoadRecordings(dir)
		ok(t, err)
		c := unlimited(t, w)
		ids := map[string]bool{}
		for _, p := range pages {
			if ids[p.ID] {
				t.Errorf("%s: the id %s was there before", p.Name, p.ID)
			}
			ids[p.ID] = true
			if got := c.tree(p.ID, map[string]bool{}); !same(t, got, p.Blocks) {
				t.Errorf("%s: listed\n%.3000s\nwant\n%.3000s", p.Name, got, p.Blocks)
			}
			got := parse[map[string]any](t, c.get("pages/"+p.ID))
			delete(got, "request_id")
			if want := parse[map[string]any](t, p.Page); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: page\n%v\nwant\n%v", p.Name, got, want)
			}
		}
		db := must[notionsim.DatabaseInfo](t)(w.Collection(notionsim.RecordingsTitle))
		listed := []string{}
		for _, source := range db.SourceIDs {
			rows, _ := c.query(source, oldestFirst)
			listed = append(listed, rows...)
		}
		if want := len(pages); len(listed) != want || len(pages) == 0 {
			t.Errorf("%s: the collection lists %d rows, want %d", dir, len(listed), want)
		}
	}
}

// A recorded page is the recorded one: only the parent differs, and ids that two recordings share.
func TestLoadRecordings_verbatim(t *testing.T) {
	t.Parallel()
	_, pages, err := notionsim.LoadRecordings("testdata/pages")
	ok(t, err)
	for _, p := range pages {
		raw, err := os.ReadFile("testdata/pages/" + p.Name + ".json")
		ok(t, err)
		type recording struct {
			Page   map[string]json.RawMessage
			Blocks json.RawMessage
		}
		want := parse[recording](t, raw)
		got := parse[map[string]json.RawMessage](t, p.Page)
		derived := idOf(t, p.Page) != parse[string](t, want.Page["id"])
		if p.Name == "ultimate-embed-inline-linked--2026-03-11" != derived {
			t.Errorf("%s: id %s, recorded %s", p.Name, got["id"], want.Page["id"])
		}
		for key, value := range want.Page {
			changed := key == "parent" || key == "request_id" || derived && (key == "id" || key == "url")
			if !changed && !same(t, got[key], value) {
				t.Errorf("%s: %s is %s, want %s", p.Name, key, got[key], value)
			}
		}
		plain := strings.ReplaceAll(p.ID, "-", "")
		if url := parse[string](t, got["url"]); !strings.HasSuffix(url, plain) {
			t.Errorf("%s: url %s, want one that ends in the id %s", p.Name, url, plain)
		}
		if !derived && p.Name != "nvlgzr-child-page" && !same(t, p.Blocks, want.Blocks) {
			t.Errorf("%s: blocks are not the recorded ones", p.Name)
		}
	}
}

func TestLoadRecordings_madeUp(t *testing.T) {
	t.Parallel()
	w, _, err := notionsim.LoadRecordings("testdata/pages")
	ok(t, err)
	c := unlimited(t, w)
	for _, db := range w.Databases()[1:] {
		got := parse[struct {
			Sources []any `json:"data_sources"`
		}](t, c.get("databases/"+db.ID))
		if len(got.Sources) != 0 || len(db.SourceIDs) != 0 {
			t.Errorf("database %q has data sources %v, want none", db.Title, got.Sources)
		}
	}
	child, grandchild := "bc15f3e2-0cdf-4c7a-a7b0-2884c99779c0", "ebe7d656-9bd4-40b1-8435-d8f6f792227b"
	if got := c.children(child, "10"); len(got) != 3 || !slices.ContainsFunc(got, func(raw json.RawMessage) bool {
		return idOf(t, raw) == grandchild
	}) {
		t.Errorf("the recorded child page lists %s, want its three blocks", got)
	}
	parent := parse[struct {
		Parent struct {
			ID string `json:"page_id"`
		}
	}](t, c.get("pages/"+grandchild)).Parent.ID
	if parent != child {
		t.Errorf("the grandchild's parent is %s, want %s", parent, child)
	}
}

func TestLoadRecordings_edits(t *testing.T) {
	t.Parallel()
	w, pages, err := notionsim.LoadRecordings("testdata/pages")
	ok(t, err)
	c := unlimited(t, w)
	for _, source := range must[notionsim.DatabaseInfo](t)(w.Collection(notionsim.RecordingsTitle)).SourceIDs {
		ok(t, w.AddColumn(source, notionsim.Column{Name: "Short name", Type: "rich_text"}))
	}
	for _, p := range pages {
		ok(t, w.SetProperty(p.ID, "Short name", p.Name))
		ok(t, w.SetTitle(p.ID, "New title of "+p.Name))
		type texts struct {
			Properties map[string]map[string]json.RawMessage
			Edited     string `json:"last_edited_time"`
		}
		got := parse[texts](t, c.get("pages/"+p.ID))
		if short := string(got.Properties["Short name"]["rich_text"]); !strings.Contains(short, p.Name) {
			t.Errorf("%s: the new property is %s", p.Name, short)
		}
		if got.Edited == parse[texts](t, p.Page).Edited {
			t.Errorf("%s: still stamped %s after edits", p.Name, got.Edited)
		}
		ok(t, w.Trash(p.ID))
		trashed := parse[map[string]any](t, c.get("pages/"+p.ID))
		if trashed["in_trash"] != true {
			t.Errorf("%s: in the trash, but %v", p.Name, trashed)
		}
	}
	_, other, err := w.AddDatabase("", "Other")
	ok(t, err)
	ok(t, w.Restore(pages[0].ID))
	ok(t, w.Move(pages[0].ID, other))
	moved := parse[struct{ Properties map[string]any }](t, c.get("pages/"+pages[0].ID))
	if got := keysIn(moved.Properties); !slices.Equal(got, []string{"Name"}) {
		t.Errorf("a recorded page in another data source has properties %v, want its title", got)
	}
	child := "38c9ce7b-60a4-8114-93ff-e9907dd6d514"
	ok(t, w.SetTitle(child, "Another"))
	if raw := string(c.get("blocks/" + child)); !strings.Contains(raw, `"title":"Another"`) {
		t.Errorf("block of a renamed child page: %s", raw)
	}
}
