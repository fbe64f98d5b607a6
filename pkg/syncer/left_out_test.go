package syncer_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

const (
	oddBlock  = "aaaaaaaa-0000-4000-8000-000000000001"
	oddToggle = "aaaaaaaa-0000-4000-8000-000000000002"
)

// unsupported is a block of a type that the API does not show, and refuses to list what is below.
func unsupported(id string) notionsim.Block {
	return notionsim.Block{
		ID: id, Type: "unsupported", Payload: map[string]any{"block_type": "transcription"},
		Children: []notionsim.Block{paragraph("never shown")},
	}
}

// toggle is a toggle with an id of its own.
func toggle(id, title string, children ...notionsim.Block) notionsim.Block {
	b := notionsim.Toggle(notionsim.Text(title), children...)
	b.ID = id
	return b
}

func (r *rig) refuse(id string, status int) (remove func()) {
	return r.notion.Fail(notionsim.Rule{Kind: "children", ID: id, Fault: notionsim.Status(status)})
}

// requestsFor is how often the blocks directly under a page or block were asked for.
func (r *rig) requestsFor(id string) (n int) {
	for _, req := range r.notion.Requests() {
		if req.Kind == "children" && strings.Contains(req.Path, id) {
			n++
		}
	}
	return n
}

// A block whose content Notion refuses to list is shown without it. The page is published with all the rest, a warning
// names the page and the kind of block, once, and the page counts as read.
func TestContent_RefusedBelowABlock(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden} {
		w := newWorld(t)
		a := w.page("Minutes", "minutes", paragraph("before"), unsupported(oddBlock), toggle(oddToggle, "more",
			unsupported("aaaaaaaa-0000-4000-8000-000000000003")), paragraph("after"))
		r := w.rig()
		r.refuse(oddBlock, status)
		r.refuse("aaaaaaaa-0000-4000-8000-000000000003", status)
		v := r.sync(model.TriggerMessage{})
		r.published(map[string]string{"minutes": a})
		if v.Metrics.PagesFailed != 0 || len(*v.Warnings) != 1 || v.Slices != 1 {
			t.Errorf("%d pages failed in %d slices, warnings %q; want none in one, and one warning", v.Metrics.PagesFailed,
				v.Slices, *v.Warnings)
		}
		warned{v}.about(t, `"minutes"`, `"Minutes"`, "transcription")
		text := r.bundles()["minutes"].Markdown
		if !strings.Contains(text, "before") || !strings.Contains(text, "more") || !strings.Contains(text, "after") {
			t.Errorf("the page is %q, want all that could be read", text)
		}
		if v = r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 || len(*v.Warnings) != 0 {
			t.Errorf("the page was read again though nothing has changed: %+v, %q", v.Progress, *v.Warnings)
		}
	}
}

// A child page that stood where Notion shows nothing any more stays on the site: it was not seen, which says nothing.
func TestContent_ChildPageBelowARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a", toggle(oddToggle, "toggle", paragraph("x")))
	kid := w.child(oddToggle, "Kid")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	allow := r.refuse(oddToggle, http.StatusBadRequest)
	for range 2 {
		w.tick()
		w.must(w.Touch(a))
		r.sync(model.TriggerMessage{Force: true})
		r.published(map[string]string{"a": a, "a/kid": kid})
	}
	allow()
	r.sync(model.TriggerMessage{Force: true})
	if kids := r.bundles()["a"].Meta.ChildPages; len(kids) != 1 || kids[0].ID != kid {
		t.Errorf("childPages are %v, want the child page that can be seen again", kids)
	}
	r.sound()
}

// Of a list that is refused after its first hundred blocks these are shown.
func TestContent_RefusedHalfway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a", toggle(oddToggle, "many", many250()...), paragraph("after"))
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Kind: "children", ID: oddToggle, Skip: 2, Fault: notionsim.Status(http.StatusBadRequest)})
	v := r.sync(model.TriggerMessage{})
	if got := strings.Count(string(r.bundles()["a"].Blocks), `"object":"block"`); got != 202 {
		t.Errorf("%d blocks, want the toggle, two hundred below it and the one after it", got)
	}
	warned{v}.about(t, `"a"`, "toggle")
}

// What Notion refuses of the page itself is the page's failure, listed at once: nothing is known of what it holds.
func TestContent_RefusedAtTheTop(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound} {
		w := newWorld(t)
		a, b := w.page("A", "a"), w.page("B", "b")
		r := w.rig()
		r.refuse(a, status)
		v := r.sync(model.TriggerMessage{})
		if v.Slices != 1 || v.Metrics.PagesFailed != 1 || len(*v.Errors) != 1 || (*v.Errors)[0].PageID != a {
			t.Errorf("status %d: %d slices, errors %+v, want page a listed in the first", status, v.Slices, *v.Errors)
		}
		r.published(map[string]string{"b": b})
	}
}

// A page that is edited while it is read is read anew: what is published is never half of the one and half of the other.
func TestContent_BlockDeletedWhileRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a", toggle(oddToggle, "toggle", paragraph("below")))
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Kind: "children", ID: oddToggle, Times: 1, Fault: notionsim.Meanwhile(func() {
		w.must(w.EditBlocks(a, paragraph("rewritten")))
	})})
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.PagesFailed != 0 || len(*v.Warnings) != 0 {
		t.Errorf("errors %v, warnings %q, want none", *v.Errors, *v.Warnings)
	}
	if got := r.bundles()["a"].Markdown; got != "rewritten\n" {
		t.Errorf("the page is %q, want what it holds after the edit", got)
	}
}

// A block that is shown and never found is not waited for: the page is read anew once, however many slices that takes, and
// then published without what stands below the block.
func TestContent_BlockNeverFound(t *testing.T) {
	t.Parallel()
	for _, pauses := range []int{0, 1} {
		w := newWorld(t)
		a := w.page("A", "a", paragraph("before"), toggle(oddToggle, "toggle", paragraph("below")),
			toggle("aaaaaaaa-0000-4000-8000-000000000003", "another", paragraph("after")))
		r := w.rig()
		r.refuse(oddToggle, http.StatusNotFound)
		if pauses > 0 { // Notion's window is used up when the page is read for the second time
			r.notion.Fail(notionsim.Rule{Kind: "children", ID: a, Skip: 1, Times: pauses, Fault: notionsim.RateLimited(time.Minute, "")})
		}
		v := r.sync(model.TriggerMessage{})
		if got := r.bundles()["a"].Markdown; !strings.Contains(got, "before") || !strings.Contains(got, "after") {
			t.Errorf("the page is %q, want all that could be read", got)
		}
		if n := r.requestsFor(oddToggle); n != 2 || v.Metrics.PagesFailed != 0 {
			t.Errorf("the block was asked for %d times, want twice; errors %v", n, *v.Errors)
		}
		warned{v}.about(t, `"a"`, "toggle")
	}
}

// In Notion's own Markdown the tag of a block that is refused stays, and the rest of the page is published.
func TestContent_RefusedInMarkdown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a", paragraph("before"), toggle(oddToggle, "toggle", paragraph("below")))
	r := w.rig(native)
	r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, MarkdownLimit: 1}))
	r.notion.Fail(notionsim.Rule{Kind: notionsim.KindMarkdown, ID: oddToggle, Fault: notionsim.Status(http.StatusBadRequest)})
	v := r.sync(model.TriggerMessage{})
	if got := r.bundles()["a"].Markdown; !strings.HasPrefix(got, "before\n<unknown") || v.Metrics.PagesFailed != 0 {
		t.Errorf("the page is %q, errors %v, want it with a tag for the block", got, *v.Errors)
	}
	warned{v}.about(t, `"a"`, "unknown")
}

// Child pages are shown in the order in which they stand on the page, whatever they stand in.
func TestContent_ChildPagesInOrder(t *testing.T) {
	t.Parallel()
	const left, right, inner = "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002",
		"bbbbbbbb-0000-4000-8000-000000000003"
	w := newWorld(t)
	a := w.page("A", "a",
		notionsim.Columns([]notionsim.Block{toggle(left, "left", toggle(inner, "inner", paragraph("x")))},
			[]notionsim.Block{toggle(right, "right", paragraph("x"))}))
	var want []string
	for i, parent := range []string{inner, left, right, a} { // each is appended to what stands there
		w.child(parent, fmt.Sprint("Child ", i))
		want = append(want, fmt.Sprint("a/child-", i))
	}
	w.must2(w.AppendBlock(a, toggle(oddToggle, "last", paragraph("x"))))
	w.child(oddToggle, "Child 4")
	w.child(a, "Child 5")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	var got []string
	for _, kid := range r.bundles()["a"].Meta.ChildPages {
		got = append(got, kid.Slug)
	}
	if want = append(want, "a/child-4", "a/child-5"); !slices.Equal(got, want) {
		t.Errorf("childPages are %q, want %q", got, want)
	}
	r.sound()
}

func (w *world) must2(_ string, err error) {
	w.t.Helper()
	w.must(err)
}
