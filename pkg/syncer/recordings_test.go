package syncer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// recordings is the folder of recorded Notion pages, beside the project unless NOTIONSYNC_RECORDINGS says otherwise.
func recordings(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NOTIONSYNC_RECORDINGS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "recordings")
	}
	dir = filepath.Join(dir, "pages")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded pages in %s: set NOTIONSYNC_RECORDINGS to the folder that holds them", dir)
	}
	return dir
}

// Every recorded page goes through the whole chain, and what the site then reads is the recording.
func TestSync_Recordings(t *testing.T) {
	t.Parallel()
	world, pages, err := notionsim.LoadRecordings(recordings(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, db := range world.Databases() {
		for _, source := range db.SourceIDs {
			if err := world.AddColumn(source, notionsim.Column{Name: "Slug", Type: "rich_text"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, p := range pages {
		if err := world.SetProperty(p.ID, "Slug", p.Name); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, world)
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.PagesSynced != int64(len(pages)) || v.Metrics.PagesFailed != 0 {
		t.Errorf("synced %d pages, %d failed, want %d and 0: %v", v.Metrics.PagesSynced, v.Metrics.PagesFailed, len(pages), *v.Errors)
	}
	bundles := r.bundles()
	for _, p := range pages {
		t.Run(p.Name, func(t *testing.T) {
			b, ok := bundles[p.Name]
			if !ok {
				t.Fatalf("page:%s is not there", p.Name)
			}
			var got, want any
			if err := json.Unmarshal(b.Blocks, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(p.Blocks, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("blocks differ from the recording:\n got %.2000s\nwant %.2000s", b.Blocks, p.Blocks)
			}
			if b.Meta.NotionID != p.ID {
				t.Errorf("notionId is %q, want %q", b.Meta.NotionID, p.ID)
			}
		})
	}
}
