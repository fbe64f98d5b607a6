package notionsim_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// serve makes a request without a client.
func serve(s *notionsim.Server, method, path, body string) int {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("Notion-Version", string(notionsim.V20250903))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

func TestDemo(t *testing.T) {
	t.Parallel()
	w := notionsim.Demo()
	pages := w.Pages()
	if len(pages) < 38 || len(pages) > 45 {
		t.Errorf("%d pages, want some forty", len(pages))
	}
	for _, p := range pages {
		if p.Edited.After(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) || !p.Shared || p.Trashed {
			t.Errorf("page %+v", p)
		}
	}
	if !bytes.Equal(everything(t, w), everything(t, notionsim.Demo())) {
		t.Error("two demo workspaces differ")
	}
	for _, title := range []string{notionsim.PagesTitle, notionsim.PostsTitle} {
		db, err := w.Collection(title)
		ok(t, err)
		if ids, _ := unlimited(t, w).query(db.SourceIDs[0], oldestFirst); len(ids) < 8 {
			t.Errorf("collection %s has %d rows", title, len(ids))
		}
	}
	start := time.Now().Add(-time.Minute)
	ok(t, w.Touch(pages[0].ID))
	if got := w.Pages()[0].Edited; got.Before(start) {
		t.Errorf("an edit of the demo is stamped %s, want the time of day", got)
	}
}

// Every block that a page lists is what Workspace.Blocks says, down to the last level.
func TestWorkspace_Blocks(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*notionsim.Workspace{
		"demo": notionsim.Demo(), "generated": notionsim.Generate(varied),
	} {
		c := unlimited(t, w)
		types := map[string]bool{}
		for _, p := range w.Pages() {
			want := must[json.RawMessage](t)(w.Blocks(p.ID, notionsim.V20250903))
			if got := c.tree(p.ID, types); !bytes.Equal(got, want) {
				t.Errorf("%s: page %q was listed as\n%.2000s\nwant\n%.2000s", name, p.Title, got, want)
			}
		}
		if name == "demo" && len(types) < 33 {
			t.Errorf("the demo has %d types of blocks: %v", len(types), types)
		}
	}
}

// tree lists a page as a sync does, nested blocks under children.
func (c *client) tree(id string, types map[string]bool) []byte {
	c.t.Helper()
	parts := [][]byte{}
	for _, raw := range c.children(id, "100") {
		b := parse[struct {
			ID, Type string
			More     bool `json:"has_children"`
		}](c.t, raw)
		types[b.Type] = true
		raw := bytes.Clone(raw)
		if b.More && !slices.Contains([]string{"child_page", "child_database"}, b.Type) {
			if below := c.tree(b.ID, types); string(below) != "[]" {
				raw = append(append(append(raw[:len(raw)-1], `,"children":`...), below...), '}')
			}
		}
		parts = append(parts, raw)
	}
	return append(append([]byte("["), bytes.Join(parts, []byte(","))...), ']')
}
