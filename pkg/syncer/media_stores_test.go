package syncer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// keeper is package media's as the engine takes it.
type keeper struct{ *media.Keeper }

func (k keeper) Keep(ctx context.Context, link string, copy int) (model.KeptFile, error) {
	kept, err := k.KeepCopy(ctx, link, copy)
	if errors.Is(err, media.ErrExpired) {
		err = fmt.Errorf("%w: %w", model.ErrLinkExpired, err)
	}
	return model.KeptFile{
		URL: kept.URL, Key: kept.Key, Width: kept.Width, Height: kept.Height, ContentType: kept.ContentType, Bytes: kept.Bytes,
	}, err
}

func (k keeper) Has(ctx context.Context, kept model.KeptFile) (bool, error) {
	return k.Keeper.Has(ctx, kept.URL)
}

// stores are the real thing for S3, and the simulator for Vercel Blob. stored counts files.
func stores(t *testing.T) map[string]func() (backend media.Backend, stored func() int) {
	t.Helper()
	return map[string]func() (media.Backend, func() int){
		"S3": func() (media.Backend, func() int) {
			fake := s3mem.New()
			if err := fake.CreateBucket("files"); err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(gofakes3.New(fake).Server())
			t.Cleanup(server.Close)
			b, err := media.NewS3(media.S3Options{Endpoint: server.URL, Bucket: "files", KeyID: "id", Key: "key"})
			if err != nil {
				t.Fatal(err)
			}
			return b, func() int { return len(must(fake.ListBucket("files", nil, gofakes3.ListBucketPage{})).Contents) }
		},
		"Vercel Blob": func() (media.Backend, func() int) {
			sim := blobsim.New(blobsim.Options{ServeFiles: true})
			return blobStore(t, sim), func() int { return len(sim.Files()) }
		},
	}
}

// blobStore is a Vercel Blob store on its simulator.
func blobStore(t *testing.T, sim *blobsim.Server) media.Backend {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	b, err := media.NewBlob(media.BlobOptions{Token: blobsim.DefaultToken, BaseURL: server.URL + blobsim.Path})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func picture(t *testing.T, width int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, 2))
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Two hundred files are mirrored once, whatever the store; what is no file, too large or private is refused and said.
func TestMedia_Stores(t *testing.T) {
	t.Parallel()
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			backend, stored := open()
			w := newWorld(t)
			var blocks []notionsim.Block
			for i := range 200 {
				blocks = append(blocks, imageBlock(w.AddFile(fmt.Sprintf("p%d.png", i), "image/png", picture(t, i+1))))
			}
			w.page("Gallery", "gallery", blocks...)
			w.page("Error", "error", imageBlock(w.AddFile("error.png", "text/html", []byte("<!DOCTYPE html><h1>Sorry</h1>"))))
			w.page("Large", "large", imageBlock(w.AddFile("large.png", "image/png", append(picture(t, 1), make([]byte, 100_000)...))))
			r := w.rig()
			k, err := media.New(media.Options{Backend: backend, MaxBytes: 50_000, Transport: r.notion.Transport()})
			w.must(err)
			r.opts.Media = keeper{k}
			r.renew()
			v := r.sync(model.TriggerMessage{})
			if v.Metrics.MediaMirrored != 200 || v.Metrics.MediaFailed != 2 || stored() != 200 {
				t.Errorf("%d mirrored, %d failed, %d stored; want 200, 2, 200", v.Metrics.MediaMirrored, v.Metrics.MediaFailed, stored())
			}
			warned{v}.about(t, "error.png", "not the file itself")
			warned{v}.about(t, "large.png", "too large")
			sized := map[int]bool{}
			for _, m := range r.bundles()["gallery"].Meta.Media {
				sized[m.Width] = m.Height == 2 && m.ContentType == "image/png"
			}
			if len(sized) != 200 || !sized[1] || !sized[200] {
				t.Errorf("meta.media has %d widths, want 1 to 200 with their heights", len(sized))
			}
			if v := r.sync(model.TriggerMessage{Force: true}); v.Metrics.MediaMirrored != 0 || v.Metrics.MediaReused != 200 {
				t.Errorf("forced: %d mirrored, %d reused, want 0 and 200", v.Metrics.MediaMirrored, v.Metrics.MediaReused)
			}
			r.sound()
		})
	}
}

// A file that claims to lie on a private address is not fetched, and the job says why.
func TestMedia_PrivateAddress(t *testing.T) {
	t.Parallel()
	asked := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer inside.Close()
	w := newWorld(t)
	block := imageBlock("x")
	block.Payload.(map[string]any)["file"] = map[string]any{"url": inside.URL + "/secret.png"}
	w.page("Page", "page", block)
	r := w.rig()
	k, err := media.New(media.Options{Backend: must(media.NewBlob(media.BlobOptions{Token: blobsim.DefaultToken}))})
	w.must(err)
	r.opts.Media = keeper{k}
	r.renew()
	v := r.sync(model.TriggerMessage{})
	warned{v}.about(t, "secret.png", "not a public address")
	if asked || !strings.Contains(string(r.bundles()["page"].Blocks), inside.URL) {
		t.Errorf("asked: %t; blocks %s, want the link left as it is", asked, r.bundles()["page"].Blocks)
	}
}
