package syncer_test

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// Files that Notion hosts are mirrored wherever they stand, also in what indexes and parents show; others stay.
func TestMedia_Everywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	file := func(name string) string {
		want = append(want, name)
		return w.AddFile(name, "image/png", []byte("x"))
	}
	object := func(name string) map[string]any {
		return map[string]any{"type": "file", "file": map[string]any{"url": file(name)}}
	}
	raw := func(name string) string {
		text, err := json.Marshal(object(name))
		w.must(err)
		return string(text)
	}
	var blocks []notionsim.Block
	for _, kind := range []string{"image", "video", "audio", "pdf", "file"} {
		blocks = append(blocks, notionsim.Media(kind, file(kind+".bin"), notionsim.Text("x")))
	}
	blocks = append(blocks,
		notionsim.Toggle(notionsim.Text("t"), notionsim.Media("image", file("nested.png"), notionsim.Text("x"))),
		notionsim.Block{Type: "callout", Payload: map[string]any{"rich_text": []any{}, "icon": object("callout.png")}},
		notionsim.Block{Type: "hologram", Payload: map[string]any{"deep": []any{object("unknown.png")}}},
		notionsim.Media("image", "https://example.com/external.png", notionsim.Text("x")))
	for name, kind := range map[string]string{"Files": "files", "Rollup": "rollup"} {
		w.must(w.AddColumn(w.pages, notionsim.Column{Name: name, Type: kind}))
	}
	id := w.page("Page", "page", blocks...)
	w.must(w.SetIcon(id, file("icon.png")))
	w.must(w.SetCover(id, file("cover.png")))
	w.must(w.SetProperty(id, "Files", []string{file("property.png"), "https://example.com/elsewhere.png"}))
	w.must(w.SetProperty(id, "Rollup", json.RawMessage(
		`{"type":"array","array":[{"type":"files","files":[`+raw("rollup.png")+`]}],"function":"show_original"}`)))
	w.must(w.SetIcon(w.child(id, "Child"), file("child.png")))
	s := &shelf{}
	r := w.rig(func(o *model.Options) { o.Media = s })
	r.sync(model.TriggerMessage{})
	r.sound()
	slices.Sort(want)
	if got := s.keys(); !slices.Equal(got, want) {
		t.Errorf("mirrored are %q, want %q", got, want)
	}
	for key, value := range r.site() {
		if strings.Contains(value, "X-Amz") {
			t.Errorf("%s still has a signed link: %s", key, value)
		}
	}
	b := r.bundles()["page"]
	const here = "https://files.example.com/"
	if *b.Meta.Icon != here+"icon.png" || *b.Meta.Cover != here+"cover.png" || *b.Meta.ChildPages[0].Icon != here+"child.png" {
		t.Errorf("meta is %+v, want icon, cover and the child's icon mirrored", b.Meta)
	}
	item := r.index("pages:index").Items[0]
	if *item.Icon != here+"icon.png" || *item.Cover != here+"cover.png" {
		t.Errorf("pages:index shows %+v, want icon and cover mirrored", item)
	}
	if !strings.Contains(string(b.Blocks), "https://example.com/external.png") {
		t.Errorf("blocks are %s, want the external picture's URL as it was", b.Blocks)
	}
}

// A link that has expired before its turn came is renewed with what it stands in: a block, or the page itself.
func TestMedia_LinksExpire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Files", Type: "files"}))
	for name, change := range map[string]func(id, url string) error{
		"block":    func(id, url string) error { return w.EditBlocks(id, notionsim.Image(url, notionsim.Text("x"))) },
		"cover":    w.SetCover,
		"property": func(id, url string) error { return w.SetProperty(id, "Files", []string{url}) },
	} {
		w.must(change(w.page(name, name), w.AddFile(name+".png", "image/png", picture(t, 7))))
	}
	var mu sync.Mutex
	late := map[string]bool{}
	now := w.clock
	r := w.rig(func(o *model.Options) { o.Workers = 1 }) // a link made anew is used before the clock moves on
	r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}}))
	// Each file is asked for two hours after its link was made.
	slow := transport(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		if name := path.Base(req.URL.Path); !late[name] {
			late[name] = true
			now = now.Add(2 * time.Hour)
		}
		mu.Unlock()
		return r.notion.Transport().RoundTrip(req)
	})
	sim := blobsim.New(blobsim.Options{})
	k, err := media.New(media.Options{Backend: blobStore(t, sim), Transport: slow})
	w.must(err)
	r.opts.Media = keeper{k}
	r.renew()
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.MediaMirrored != 3 || v.Metrics.MediaFailed != 0 || len(sim.Files()) != 3 || len(*v.Warnings) != 0 {
		t.Errorf("metrics are %+v, warnings %q, want all three files mirrored", v.Metrics, *v.Warnings)
	}
	if n := r.notion.Counts(); n["block"] == 0 || n["page"] < 2 {
		t.Errorf("requests are %v, want a block and two pages read again", n)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
