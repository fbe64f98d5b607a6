package syncer_test

import (
	"strings"
	"testing"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func TestNative_LeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manyBlocks(w, 20)
	r := w.rig(native)
	whole := w.Server(notionsim.ServerOptions{Limit: -1})
	r.useServer(whole)
	r.sync(model.TriggerMessage{})
	want := r.bundles()["long"].Markdown
	if strings.Contains(want, "unknown") || !strings.Contains(want, "\t- below 19") {
		t.Fatalf("Markdown of the whole page is %q", want)
	}
	for _, limit := range []int{21, 13, 1} {
		r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, MarkdownLimit: limit}))
		v := r.sync(model.TriggerMessage{Force: true})
		if got := r.bundles()["long"]; got.Markdown != want || got.Content != page.ContentMarkdown {
			t.Errorf("with %d blocks an answer: content %q, Markdown %q, want %q", limit, got.Content, got.Markdown, want)
		}
		if n := r.asked(); n["children"] != 0 || v.Progress.Failed != 0 {
			t.Errorf("with %d blocks an answer: requests %v, progress %+v", limit, n, v.Progress)
		}
	}
}

// Of a page that lacks too much its blocks are read.
func TestNative_TooMuchLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := manyBlocks(w, 150)
	kid := w.child(id, "Kid")
	r := w.rig(native)
	r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, MarkdownLimit: 2}))
	r.sync(model.TriggerMessage{})
	got := r.bundles()["long"]
	if got.Content != page.ContentBlocks || len(got.Meta.ChildPages) != 1 || got.Meta.ChildPages[0].ID != kid ||
		!strings.Contains(string(got.Blocks), "below 149") || !strings.Contains(got.Markdown, "below 149") {
		t.Errorf("content %q, children %v, Markdown %.80q, want blocks", got.Content, got.Meta.ChildPages, got.Markdown)
	}
	r.sound()
	r.notion.Reset()
	if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 {
		t.Errorf("it was read again, requests %v", r.asked())
	}
}

// Where Notion leaves something out and does not say where, or what, the page's blocks are read.
func TestNative_LeftOutNowhere(t *testing.T) {
	t.Parallel()
	const block = "aaaaaaaa-0000-4000-8000-000000000004"
	for name, answer := range map[string]string{
		"no tag":         `"markdown":"a","truncated":true,"unknown_block_ids":["` + block + `"]`,
		"no ids":         `"markdown":"a\n<unknown url=\"x\"/>","truncated":true,"unknown_block_ids":[]`,
		"no ids, no tag": `"markdown":"a","truncated":true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.page("A", "a", notionsim.Block{ID: block, Type: "divider", Payload: map[string]any{}})
			r := w.rig(native)
			r.notion.Fail(notionsim.Rule{Kind: notionsim.KindMarkdown, ID: id, Fault: notionsim.Body(200, "application/json",
				`{"object":"page_markdown","id":"`+id+`",`+answer+`}`)})
			r.sync(model.TriggerMessage{})
			if got := r.bundles()["a"]; got.Content != page.ContentBlocks || !strings.Contains(string(got.Blocks), block) {
				t.Errorf("content %q, blocks %s, want the block", got.Content, got.Blocks)
			}
		})
	}
}

func TestNative_NotShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a", paragraph("text"))
	w.Unshare(w.child(a, "Private"))
	r := w.rig(native)
	v := r.asks(map[string]int{"database": 2, "query": 2, "markdown": 2}, model.TriggerMessage{})
	got := r.bundles()["a"]
	if got.Content != page.ContentMarkdown || !strings.HasPrefix(got.Markdown, "text\n<unknown") || v.Progress.Synced != 1 {
		t.Errorf("content %q, Markdown %q, progress %+v", got.Content, got.Markdown, v.Progress)
	}
}

// What was read of a page is not read again when its slice has to end for Notion's window.
func TestNative_Resumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manyBlocks(w, 40)
	r := w.rig(native)
	server := w.Server(notionsim.ServerOptions{Limit: -1, MarkdownLimit: 2})
	for i := range 3 {
		server.Fail(notionsim.Rule{Kind: notionsim.KindMarkdown, Skip: 5 + 10*i, Times: 1, Fault: notionsim.RateLimited(time.Minute, "")})
	}
	r.useServer(server)
	v := r.sync(model.TriggerMessage{})
	if n := server.Counts(); v.Slices < 2 || n["markdown"]-server.Refused() != 40 {
		t.Errorf("%d slices, requests %v, %d of them refused, want 40 answered once each", v.Slices, n, server.Refused())
	}
	if got := r.bundles()["long"]; strings.Contains(got.Markdown, "unknown") || got.Content != page.ContentMarkdown {
		t.Errorf("content %q, Markdown %q", got.Content, got.Markdown)
	}
	r.sound()
}

func TestNative_Files(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("Gallery", "gallery", imageBlock(w.AddFile("photo(1).png", "image/png", []byte("x"))),
		notionsim.Media("pdf", w.AddFile("plan.pdf", "application/pdf", []byte("x")), notionsim.Text("Plan")),
		notionsim.Image("https://example.com/outside.png", nil))
	s := &shelf{expired: 1}
	r := w.rig(native, func(o *model.Options) { o.Media = s })
	v := r.sync(model.TriggerMessage{})
	const want = "![](https://files.example.com/photo(1).png)\n" +
		`<pdf src="https://files.example.com/plan.pdf">Plan</pdf>` + "\n![](https://example.com/outside.png)"
	got := r.bundles()["gallery"]
	if got.Markdown != want || len(got.Meta.Media) != 2 || v.Metrics.MediaMirrored != 2 {
		t.Errorf("Markdown %q, want %q; media %v; %d mirrored", got.Markdown, want, got.Meta.Media, v.Metrics.MediaMirrored)
	}
	if v := r.sync(model.TriggerMessage{Force: true}); v.Metrics.MediaReused != 2 || v.Metrics.MediaMirrored != 0 {
		t.Errorf("again: %d reused, %d mirrored, want two reused", v.Metrics.MediaReused, v.Metrics.MediaMirrored)
	}
}
