package app_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// nest is toggles inside of each other: as many as fit into wide at every level, deep levels of them.
func nest(name string, wide, deep int) []notionsim.Block {
	var blocks []notionsim.Block
	for i := range wide {
		name := fmt.Sprintf("%s.%d", name, i)
		inside := []notionsim.Block{notionsim.Paragraph(notionsim.Text("end of " + name))}
		if deep > 1 {
			inside = nest(name, wide, deep-1)
		}
		blocks = append(blocks, notionsim.Toggle(notionsim.Text(name), inside...))
	}
	return blocks
}

// A page of six hundred nested toggles completes in slices of two seconds at Notion's own pace, and every block list is
// requested once.
func TestChaos_NestedToggles(t *testing.T) {
	t.Parallel()
	for name, blocks := range map[string][]notionsim.Block{
		"600 deep":               nest("deep", 1, 600),
		"24 with 24 in each":     nest("wide", 24, 2),
		"seven levels of two":    append(nest("tree", 2, 7), nest("tree", 2, 8)...),
		"600 beside each other":  nest("flat", 600, 1),
		"with lists of hundreds": append(nest("long", 450, 1), nest("deep", 1, 150)...),
	} {
		if hasty() && name != "24 with 24 in each" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { testToggles(t, blocks) })
		})
	}
}

func testToggles(t *testing.T, blocks []notionsim.Block) {
	t.Helper()
	world, pages, _ := collections()
	if _, err := world.AddRow(pages, "Toggles", map[string]any{"slug": "toggles"}, blocks...); err != nil {
		t.Fatal(err)
	}
	world.clock.built.Store(true)
	c := newCloud(t, world.Workspace, cloudSettings{
		limit: 180, latency: 300 * time.Millisecond, env: map[string]string{"SYNC_BUDGET": "2s"},
	})
	c.sync()
	v := c.jobs()[0]
	if v.State != "done" || v.Progress.Synced != 1 || v.Progress.Failed != 0 {
		t.Fatalf("the job ended as %+v: %q", v, v.reason())
	}
	asked, lists := map[string]int{}, 0
	for _, r := range c.notion.Requests() {
		if r.Kind == notionsim.KindChildren {
			asked[r.ID+"?"+r.Query]++
		}
	}
	for list, times := range asked {
		if lists++; times > 1 {
			t.Errorf("block list %s was requested %d times", list, times)
		}
	}
	raw, err := c.redis.Get("page:toggles")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(raw, `"type":"toggle"`), count(blocks); got != want {
		t.Errorf("%d toggles are published, want %d", got, want)
	}
	if refused := c.notion.Refused(); refused > 0 {
		t.Errorf("Notion refused %d requests: more were sent than it allows", refused)
	}
	c.atRest()
	t.Logf("%d block lists in %d slices, %s", lists, v.Slices, time.Since(epoch))
}

// count is how many toggles there are.
func count(blocks []notionsim.Block) (n int) {
	for _, b := range blocks {
		if b.Type == "toggle" {
			n += 1 + count(b.Children)
		}
	}
	return n
}
