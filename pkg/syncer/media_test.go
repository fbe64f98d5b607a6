package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// shelf keeps files in memory: what a link leads to does not matter to the engine.
type shelf struct {
	mu      sync.Mutex
	kept    map[string]int // key → how often it was copied
	fail    map[string]error
	expired int // so many links are refused first
	refuse  error
	away    error // nobody can tell what is kept
	asked   int
}

func (s *shelf) Keep(_ context.Context, link string, copy int) (model.KeptFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, _, _ := strings.Cut(link[strings.LastIndex(link, "/")+1:], "?")
	if copy > 0 {
		key = fmt.Sprintf("%d-%s", copy, key)
	}
	if s.asked++; s.refuse != nil {
		return model.KeptFile{}, s.refuse
	}
	if s.expired > 0 {
		s.expired--
		return model.KeptFile{}, model.ErrLinkExpired
	}
	if err := s.fail[key]; err != nil {
		return model.KeptFile{}, err
	}
	if s.kept == nil {
		s.kept = map[string]int{}
	}
	s.kept[key]++
	return model.KeptFile{URL: "https://files.example.com/" + key, Key: key, Width: 3, Height: 2, ContentType: "image/png", Bytes: 9}, nil
}

func (s *shelf) Has(_ context.Context, kept model.KeptFile) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[kept.Key] > 0, s.away
}

func (s *shelf) Drop(_ context.Context, keys []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.kept, key)
	}
	return nil
}

func (s *shelf) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.kept))
}

func imageBlock(url string) notionsim.Block {
	return notionsim.Block{Type: "image", Payload: map[string]any{
		"type": "file", "file": map[string]any{"url": url}, "caption": []any{},
	}}
}

// gallery is a world with one page of n uploaded images.
func gallery(t *testing.T, n int) (*world, *shelf, *rig, string) {
	t.Helper()
	w := newWorld(t)
	var blocks []notionsim.Block
	for i := range n {
		blocks = append(blocks, imageBlock(w.AddFile(fmt.Sprintf("photo-%d.png", i), "image/png", []byte("not really"))))
	}
	id := w.page("Gallery", "gallery", blocks...)
	s := &shelf{}
	return w, s, w.rig(func(o *model.Options) { o.Media = s }), id
}

func TestMedia_CopiedOnce(t *testing.T) {
	t.Parallel()
	_, s, r, _ := gallery(t, 200)
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.MediaMirrored != 200 || len(s.keys()) != 200 || len(*v.Warnings) != 0 {
		t.Errorf("%d mirrored, %d kept, warnings %q; want 200 and none", v.Metrics.MediaMirrored, len(s.keys()), *v.Warnings)
	}
	b := r.bundles()["gallery"]
	if strings.Contains(string(b.Blocks), "X-Amz") || strings.Count(string(b.Blocks), "https://files.example.com/") != 200 {
		t.Errorf("blocks still have Notion's links: %.300s", b.Blocks)
	}
	if m := b.Meta.Media; len(m) != 200 {
		t.Errorf("meta.media has %d files, want 200", len(m))
	}
	for url, m := range b.Meta.Media {
		if m.Width != 3 || m.Height != 2 || m.Bytes != 9 || !strings.Contains(b.Markdown, url) {
			t.Errorf("meta.media[%q] is %+v, in Markdown %t", url, m, strings.Contains(b.Markdown, url))
		}
	}
	v = r.sync(model.TriggerMessage{Force: true})
	if v.Metrics.MediaMirrored != 0 || v.Metrics.MediaReused != 200 {
		t.Errorf("forced: %d mirrored, %d reused, want 0 and 200", v.Metrics.MediaMirrored, v.Metrics.MediaReused)
	}
	for _, key := range s.keys() {
		if s.kept[key] != 1 {
			t.Errorf("%s was copied %d times", key, s.kept[key])
		}
	}
	r.sound()
}

func TestMedia_ExpiredLinkIsRenewed(t *testing.T) {
	t.Parallel()
	w, s, r, id := gallery(t, 1)
	w.must(w.SetIcon(id, "🖼"))
	s.expired = 1
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.MediaMirrored != 1 || v.Metrics.MediaFailed != 0 || r.notion.Counts()["block"] != 1 {
		t.Errorf("metrics are %+v, requests %v, want one block read again", v.Metrics, r.notion.Counts())
	}
}

func TestMedia_FailureIsTriedAgain(t *testing.T) {
	t.Parallel()
	_, s, r, _ := gallery(t, 3)
	s.fail = map[string]error{"photo-1.png": errors.New("an error page")}
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.MediaMirrored != 2 || v.Metrics.MediaFailed != 1 || v.Metrics.PagesFailed != 0 {
		t.Errorf("metrics are %+v, want two mirrored, one failed, no page failed", v.Metrics)
	}
	warned{v}.about(t, "photo-1.png", "an error page")
	if b := string(r.bundles()["gallery"].Blocks); strings.Count(b, "https://files.example.com/") != 2 || !strings.Contains(b, "photo-1.png") {
		t.Errorf("blocks are %s, want the link of photo-1.png to be Notion's", b)
	}
	s.fail = nil
	v = r.sync(model.TriggerMessage{})
	if v.Metrics.MediaMirrored != 1 || v.Metrics.MediaReused != 2 {
		t.Errorf("metrics are %+v, want the third mirrored though the page has not changed", v.Metrics)
	}
	if v = r.sync(model.TriggerMessage{}); v.Progress.Skipped != 1 {
		t.Errorf("progress is %+v, want nothing to do any more", v.Progress)
	}
}

func TestMedia_UnusedIsRemoved(t *testing.T) {
	t.Parallel()
	w, s, r, id := gallery(t, 3)
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.EditBlocks(id, imageBlock(w.AddFile("other.png", "image/png", []byte("x")))))
	r.sync(model.TriggerMessage{})
	if got := s.keys(); len(got) != 1 || got[0] != "other.png" {
		t.Errorf("kept are %q, want other.png alone", got)
	}
	w.tick()
	w.must(w.Trash(id))
	r.sync(model.TriggerMessage{})
	if got := s.keys(); len(got) != 0 {
		t.Errorf("kept are %q, want none: no page is left", got)
	}
}

func TestMedia_Brake(t *testing.T) {
	t.Parallel()
	w, s, r, id := gallery(t, 12)
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.EditBlocks(id, paragraph("no pictures")))
	v := r.sync(model.TriggerMessage{})
	if len(s.keys()) != 12 {
		t.Errorf("%d files are left, want all 12", len(s.keys()))
	}
	warned{v}.about(t, "12 of 12 mirrored files")
	r.sync(model.TriggerMessage{Force: true})
	if len(s.keys()) != 0 {
		t.Errorf("%d files are left after a forced sync, want none", len(s.keys()))
	}
}

func TestMedia_WithoutAStore(t *testing.T) {
	t.Parallel()
	_, s, r, _ := gallery(t, 2)
	r.opts.Media = nil
	r.renew()
	v := r.sync(model.TriggerMessage{})
	if len(*v.Warnings) != 1 {
		t.Errorf("warnings are %q, want one", *v.Warnings)
	}
	if v := r.sync(model.TriggerMessage{}); v.Progress.Skipped != 1 {
		t.Errorf("progress is %+v, want the page left alone", v.Progress)
	}
	r.opts.Media = s
	r.renew()
	if v := r.sync(model.TriggerMessage{}); v.Metrics.MediaMirrored != 2 {
		t.Errorf("metrics are %+v, want both files mirrored once there is a store", v.Metrics)
	}
}

// A store that takes nothing is asked a few times and not for every file, and the job says so once.
func TestMedia_StoreRefuses(t *testing.T) {
	t.Parallel()
	w, s, r, _ := gallery(t, 50)
	w.page("More", "more", imageBlock(w.AddFile("more.png", "image/png", []byte("x"))))
	s.refuse = fmt.Errorf("%w: status 403", model.ErrStoreRefused)
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.MediaFailed != 51 || v.Metrics.PagesFailed != 0 || s.asked > 4 {
		t.Errorf("metrics are %+v, the store was asked %d times, want 51 files failed after at most 4", v.Metrics, s.asked)
	}
	if len(*v.Warnings) != 1 {
		t.Errorf("warnings are %q, want one", *v.Warnings)
	}
	warned{v}.about(t, "no file could be copied", "status 403")
	s.refuse = nil
	if v = r.sync(model.TriggerMessage{}); v.Metrics.MediaMirrored != 51 || len(*v.Warnings) != 0 {
		t.Errorf("metrics are %+v, warnings %q, want all 51 mirrored once the store takes them", v.Metrics, *v.Warnings)
	}
}
