package syncer_test

import (
	"fmt"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// The page objects that a large listing has brought are never all in one key: a store takes no value of any size. Each of
// them goes when it is needed no more, and none is left when the job is done.
func TestRun_ObjectsOfALargeListing(t *testing.T) {
	t.Parallel()
	const rows = 2300
	world := notionsim.Generate(notionsim.Options{Seed: 8, Pages: rows, Blocks: 1, BlockDepth: 1})
	r := newRig(t, world, later)
	most, seen := 0, 0
	look := func() {
		total := 0
		for _, key := range r.redis.Keys() {
			if !strings.Contains(key, ":objects:") && !strings.HasSuffix(key, ":entries") {
				continue
			}
			fields, err := r.redis.HKeys(key)
			if err != nil {
				t.Fatal(err)
			}
			for _, field := range fields {
				value := r.redis.HGet(key, field)
				if strings.HasSuffix(key, ":entries") && len(value) > 1000 {
					t.Fatalf("entry %s is %d bytes long, want it without its page object", field, len(value))
				}
			}
			if !strings.HasSuffix(key, ":entries") {
				most, total = max(most, len(fields)), total+len(fields)
			}
		}
		seen = max(seen, total)
	}
	r.notion.Fail(notionsim.Rule{Kind: "children", Times: 1, Fault: notionsim.Meanwhile(look)}) // all has been listed by then
	r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != rows {
		t.Fatalf("%d pages are published, want %d", got, rows)
	}
	if seen < rows-10 || most > work.ObjectsTogether+100 {
		t.Errorf("%d page objects were kept, up to %d in one key, want %d and not many more than %d", seen, most, rows, work.ObjectsTogether)
	}
	if left := strings.Join(r.redis.Keys(), "\n"); strings.Contains(left, ":objects:") {
		t.Errorf("page objects are left:\n%s", fmt.Sprint(left))
	}
}
