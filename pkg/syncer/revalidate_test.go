package syncer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

const siteHook = "https://www.example.com/revalidate"

// revalidating lets the engine tell the site.
func revalidating(o *model.Options) { o.Revalidate, o.RevalidateSecret = siteHook, "bearer" }

// news is what the site was told.
type news struct{ Slugs, Collections, Removed []string }

// told returns what the site was told since the last call, message by message.
func (r *rig) told() []news {
	r.t.Helper()
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	var all []news
	for _, m := range r.queue.told {
		var n news
		if err := json.Unmarshal(m.Body, &n); err != nil || n.Slugs == nil || n.Collections == nil || n.Removed == nil {
			r.t.Errorf("the site was told %s (%v), want three lists", m.Body, err)
		}
		if m.URL != siteHook || m.Bearer != "bearer" || m.DedupID == "" {
			r.t.Errorf("the site was told by %+v, want its URL and secret and an id to publish it again by", m)
		}
		all = append(all, n)
	}
	r.queue.told = nil
	return all
}

func (r *rig) tells(what string, want ...news) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.told()); diff != "" {
		r.t.Errorf("%s: the site is told (-want +got):\n%s", what, diff)
	}
}

func list(items ...string) []string { return append([]string{}, items...) }

func TestRevalidate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.page("A", "a"), w.page("B", "b"), w.page("C", "c", linkTo("11111111-2222-4333-8444-555555555555"))
	w.child(c, "Kid")
	_, rows, err := w.AddDatabase(c, "Stations")
	w.must(err)
	w.post("Post")
	r := w.rig(revalidating)
	r.sync(model.TriggerMessage{})
	r.tells("a first sync", news{list("a", "b", "c", "c/kid", "post"), list("pages", "posts"), list()})
	r.sync(model.TriggerMessage{})
	r.tells("a sync that changes nothing")

	w.tick()
	w.must(w.EditBlocks(a, paragraph("new")))
	r.sync(model.TriggerMessage{})
	r.tells("blocks", news{list("a"), list("pages"), list()}) // its line shows when it was edited

	w.slug(a, "alpha")
	r.sync(model.TriggerMessage{})
	r.tells("a slug", news{list("alpha"), list("pages"), list("a")})

	w.slug(a, "b")
	w.slug(b, "alpha")
	r.sync(model.TriggerMessage{})
	r.tells("a swap", news{list("alpha", "b"), list("pages"), list()})

	w.slug(c, "sea")
	r.sync(model.TriggerMessage{})
	r.tells("a parent's slug", news{list("sea", "sea/kid"), list("pages"), list("c", "c/kid")})

	w.tick()
	_, err = w.AddRow(rows, "North", nil)
	w.must(err)
	r.sync(model.TriggerMessage{})
	r.tells("a row of an inner database", news{list("sea", "sea/north"), list(), list()})

	w.tick()
	w.must(w.Trash(b))
	r.sync(model.TriggerMessage{Pages: []string{"alpha"}})
	r.tells("trash", news{list(), list("pages"), list("alpha")})
	r.sound()
}

// The site learns of each slice's pages when it ends, not at the end of the job.
func TestRevalidate_EachSlice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 6 {
		w.page(fmt.Sprint("Page ", i), fmt.Sprint("p", i))
	}
	r := w.rig(revalidating, slow)
	v := r.sync(model.TriggerMessage{})
	told := r.told()
	if len(told) < 6 || len(told) > v.Slices {
		t.Errorf("told %d times in %d slices, want once in each that wrote", len(told), v.Slices)
	}
	var slugs []string
	for _, n := range told {
		slugs = append(slugs, n.Slugs...)
	}
	slices.Sort(slugs)
	if want := list("p0", "p1", "p2", "p3", "p4", "p5"); !slices.Equal(slugs, want) {
		t.Errorf("told of %q, want each page once: %q", slugs, want)
	}
}

func TestRevalidate_Many(t *testing.T) {
	t.Parallel()
	r := newRig(t, notionsim.Generate(notionsim.Options{Seed: 1, Pages: 600, Posts: 1, Blocks: 1}), later, revalidating)
	r.sync(model.TriggerMessage{})
	told := r.told()
	seen := map[string]bool{}
	for _, n := range told {
		if len(n.Slugs) > 500 {
			t.Errorf("told of %d pages at once, want 500 at most", len(n.Slugs))
		}
		for _, slug := range n.Slugs {
			seen[slug] = true
		}
	}
	if want := len(r.bundles()); len(seen) != want || len(told) < 2 {
		t.Errorf("told of %d pages in %d messages, want %d in two", len(seen), len(told), want)
	}
}

// forGood is a refusal that no retry cures.
type forGood struct{}

func (forGood) Error() string   { return "loopback address" }
func (forGood) Permanent() bool { return true }

// What the queue does not take is not lost: the slice is tried again, and tells then.
func TestRevalidate_QueueRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig(revalidating)
	job, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	r.queue.refuseOutside = errQueueDown
	for range 2 {
		if _, err := r.deliver(m); !errors.Is(err, model.ErrPublish) {
			t.Fatalf("the slice ends with %v, want ErrPublish, so that it is delivered again", err)
		}
	}
	if v := r.view(job.ID); v.State != model.Done {
		t.Errorf("the job is %s, want done: all is written", v.State)
	}
	r.queue.refuseOutside = nil
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	r.tells("the redelivery", news{list("a"), list("pages", "posts"), list()})
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	r.tells("a third delivery")
}

// A site that the queue cannot reach keeps no job from ending, and learns all once the settings are right.
func TestRevalidate_RefusedForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	r := w.rig(revalidating)
	r.queue.refuseOutside = forGood{}
	r.sync(model.TriggerMessage{})
	w.slug(a, "b")
	r.sync(model.TriggerMessage{})
	r.queue.refuseOutside = nil
	r.sync(model.TriggerMessage{})
	r.tells("a later sync", news{list("b"), list("pages", "posts"), list("a")})
}

// A job that is given up on leaves nothing untold.
func TestRevalidate_JobGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	w.page("B", "b")
	r := w.rig(revalidating)
	r.notion.Fail(notionsim.Rule{Kind: "children", Skip: 1, Fault: notionsim.Status(401)})
	r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	var fatal *model.FatalError
	if _, err := r.deliver(m); !errors.As(err, &fatal) {
		t.Fatalf("the slice ends with %v, want a fatal error", err)
	}
	told := r.told()
	if len(told) != 1 || len(told[0].Slugs) != 1 || len(r.bundles()) != 1 {
		t.Errorf("told %+v with %d pages written, want the one that was", told, len(r.bundles()))
	}
}

func TestRevalidate_FailTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	w.page("B", "b")
	r := w.rig(revalidating, func(o *model.Options) { o.Workers = 1 })
	job, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	// Killed after its first pages: nobody is told, the lease runs out, the queue gives up.
	dying := &mortal{Store: r.store}
	dying.left.Store(8)
	r.opts.Store, r.opts.Queue = dying, &mortalQueue{r.queue, dying}
	r.renew()
	_, _ = r.deliver(m)
	r.opts.Store, r.opts.Queue = r.store, r.queue
	r.renew()
	r.redis.FastForward(11 * time.Second)
	written := len(r.bundles())
	if written == 0 || len(r.told()) != 0 {
		t.Fatalf("%d pages written before the end, want some, and nobody told", written)
	}
	if err := r.Fail(t.Context(), job.ID, 1, "gave up"); err != nil {
		t.Fatal(err)
	}
	if told := r.told(); len(told) != 1 || len(told[0].Slugs) != written {
		t.Errorf("told %+v, want the %d pages that were written", told, written)
	}
}

// Without a site to be told, or a queue to tell it through, nothing is kept.
func TestRevalidate_Nobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	direct := w.rig(revalidating, func(o *model.Options) { o.Queue = nil })
	if _, done, err := direct.Direct(t.Context(), model.TriggerMessage{}); !done || err != nil {
		t.Fatalf("Direct: done %t, %v", done, err)
	}
	for _, rig := range []*rig{r, direct} {
		for _, key := range rig.redis.Keys() {
			if strings.HasPrefix(key, "sync:news") {
				t.Errorf("kept for nobody: %s", key)
			}
		}
	}
}

// Killed at any write, between writing and telling too, the site is told of every page as it is in the end.
func TestRevalidate_KilledAnywhere(t *testing.T) {
	t.Parallel()
	for first, after := range []bool{false, true} { // before every second write, after every other
		for n := int64(first); ; n += 2 {
			w := newWorld(t)
			a := w.page("A", "a")
			w.child(a, "Kid")
			w.page("B", "b", linkTo(a))
			r := w.rig(revalidating, func(o *model.Options) { o.Workers = 2 })
			r.trigger(model.TriggerMessage{})
			m := &mortal{Store: r.store, after: after}
			m.left.Store(n)
			r.opts.Store, r.opts.Queue = m, &mortalQueue{r.queue, m}
			r.renew()
			message, _ := r.queue.pop()
			_, _ = r.deliver(message)
			killed := m.dead.Load()
			r.opts.Store, r.opts.Queue = r.store, r.queue
			r.renew()
			if killed {
				r.redis.FastForward(11 * time.Second)
				if _, err := r.deliver(message); err != nil {
					t.Fatalf("killed at write %d: redelivery: %v", n, err)
				}
			}
			r.deliverAll()
			seen := map[string]bool{}
			for _, told := range r.told() {
				for _, slug := range told.Slugs {
					seen[slug] = true
				}
			}
			for slug := range r.bundles() {
				if !seen[slug] {
					t.Errorf("killed at write %d (after it: %t): the site was not told of %s", n, after, slug)
				}
			}
			for _, key := range r.redis.Keys() {
				if strings.HasPrefix(key, "sync:news") {
					t.Errorf("killed at write %d: left is %s", n, key)
				}
			}
			if !killed {
				break
			}
		}
	}
}
