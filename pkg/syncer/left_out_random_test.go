package syncer_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// Whatever Notion refuses below a page, for good or for a while, and wherever the function is killed: the page is
// published, in order, with all that can be read of it, and nothing fails.
func TestContent_RandomRefusals(t *testing.T) {
	t.Parallel()
	seeds := uint64(10)
	if large() {
		seeds = 2000
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			randomRefusals(t, rand.New(rand.NewPCG(seed, 5)))
		})
	}
}

func randomRefusals(t *testing.T, dice *rand.Rand) {
	w := newWorld(t)
	g := &grove{dice: dice}
	a := w.page("A", "a", g.blocks(4)...)
	var kids []string
	for i, id := range g.ids {
		if dice.IntN(6) == 0 {
			kids = append(kids, w.child(id, fmt.Sprint("Kid ", i), paragraph("kid")))
		}
	}
	r := w.rig(func(o *model.Options) { o.Workers = 1 + dice.IntN(4) })
	refused := map[string]bool{}
	for _, id := range g.ids {
		switch dice.IntN(8) {
		case 0:
			r.refuse(id, []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound}[dice.IntN(3)])
			refused[id] = true
		case 1: // less often than a request is repeated
			r.notion.Fail(notionsim.Rule{Kind: "children", ID: id, Times: 1 + dice.IntN(2), Fault: notionsim.Status(502)})
		case 2:
			r.notion.Fail(notionsim.Rule{Kind: "children", ID: id, Times: 1, Fault: notionsim.RateLimited(time.Minute, "")})
		}
	}
	v := r.killedNowAndThen(dice)
	if v.State != model.Done || v.Metrics.PagesFailed != 0 {
		t.Fatalf("the job is %s, errors %+v", v.State, *v.Errors)
	}
	got, whole := r.bundles()["a"], must(w.Blocks(a, notionsim.V20250903))
	if want := pruned(decoded(t, whole), refused); !reflect.DeepEqual(decoded(t, got.Blocks), want) {
		t.Errorf("refused are %v; blocks are\n%s\nof\n%s", refused, got.Blocks, whole)
	}
	var want, shown []string
	for _, b := range decoded(t, got.Blocks).([]any) {
		want = kidsIn(want, b)
	}
	for _, kid := range got.Meta.ChildPages {
		shown = append(shown, kid.ID)
	}
	if !slices.Equal(shown, want) {
		t.Errorf("childPages are %q, want %q as they stand on the page", shown, want)
	}
	if n := len(r.bundles()); n != 1+len(want) {
		t.Errorf("%d pages are published, want the page and its %d visible of %d child pages", n, len(want), len(kids))
	}
	warned := slices.ContainsFunc(*v.Warnings, func(s string) bool { return strings.Contains(s, "published without") })
	if reached := string(must(json.Marshal(pruned(decoded(t, whole), nil)))) != string(must(json.Marshal(decoded(t, got.Blocks)))); warned != reached {
		t.Errorf("warnings are %q; something was left out: %t", *v.Warnings, reached)
	}
	r.sound()
}

// grove makes blocks that stand in each other.
type grove struct {
	dice *rand.Rand
	ids  []string // of those that hold others
}

func (g *grove) blocks(depth int) (blocks []notionsim.Block) {
	for range 1 + g.dice.IntN(4) {
		if depth == 0 || g.dice.IntN(3) == 0 {
			blocks = append(blocks, paragraph(fmt.Sprint("text ", g.dice.IntN(1000))))
			continue
		}
		id := fmt.Sprintf("cccccccc-0000-4000-8000-%012d", len(g.ids))
		g.ids = append(g.ids, id)
		blocks = append(blocks, toggle(id, "toggle "+id[len(id)-3:], g.blocks(depth-1)...))
	}
	return blocks
}

// killedNowAndThen syncs with functions of which some are killed, at any write.
func (r *rig) killedNowAndThen(dice *rand.Rand) *syncer.View {
	r.t.Helper()
	job, _, err := r.Trigger(r.t.Context(), model.TriggerMessage{})
	if err != nil {
		r.t.Fatal(err)
	}
	for range 100 {
		m, ok := r.queue.pop()
		if !ok {
			break
		}
		if dice.IntN(2) == 0 {
			mortal := &mortal{Store: r.store, after: dice.IntN(2) == 0}
			mortal.left.Store(dice.Int64N(12))
			r.opts.Store, r.opts.Queue = mortal, &mortalQueue{r.queue, mortal}
			r.renew()
			_, _ = r.deliver(m)
			r.opts.Store, r.opts.Queue = r.store, r.queue
			r.renew()
			if !mortal.dead.Load() {
				continue
			}
			r.redis.FastForward(11 * time.Second)
		}
		if _, err := r.deliver(m); err != nil {
			r.t.Fatalf("delivery of %s: %v", m.Body, err)
		}
	}
	return r.view(job.ID)
}

// pruned is a tree of blocks without what stands below those that are refused.
func pruned(v any, refused map[string]bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = pruned(v[i], refused)
		}
	case map[string]any:
		if id, _ := v["id"].(string); refused[id] {
			delete(v, "children")
		}
		if below, ok := v["children"]; ok {
			v["children"] = pruned(below, refused)
		}
	}
	return v
}

// kidsIn adds the child pages in a block, in order.
func kidsIn(ids []string, v any) []string {
	b, _ := v.(map[string]any)
	if b["type"] == "child_page" {
		ids = append(ids, b["id"].(string))
	}
	below, _ := b["children"].([]any)
	for _, child := range below {
		ids = kidsIn(ids, child)
	}
	return ids
}
