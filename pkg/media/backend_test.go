package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/iotest"

	"notionsync/pkg/media"
)

// store is a backend under test and the size of its parts.
type store struct {
	media.Backend
	part int
}

// TestBackend: what every store has to do, on Vercel Blob's simulator and on a real S3 server.
func TestBackend(t *testing.T) {
	t.Parallel()
	stores := map[string]func(t *testing.T) store{
		"Vercel Blob": func(t *testing.T) store {
			blob, _ := newBlob(t, media.BlobOptions{MultipartAbove: 8<<20 + 100})
			return store{blob, 8 << 20}
		},
		"S3": func(t *testing.T) store {
			s3, _ := newS3(t)
			return store{s3, 5 << 20}
		},
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := open(t).Name(); got != name {
				t.Errorf("Name() = %q, want %q", got, name)
			}
			t.Run("put", func(t *testing.T) { t.Parallel(); testPut(t, open(t)) })
			t.Run("put again", func(t *testing.T) { t.Parallel(); testPutAgain(t, open(t)) })
			t.Run("put of a broken body", func(t *testing.T) { t.Parallel(); testBrokenBody(t, open(t)) })
			t.Run("put of the wrong size", func(t *testing.T) { t.Parallel(); testWrongSize(t, open(t)) })
			t.Run("put when it is too late", func(t *testing.T) { t.Parallel(); testEnded(t, open(t)) })
			t.Run("delete", func(t *testing.T) { t.Parallel(); testDelete(t, open(t)) })
		})
	}
}

func put(t *testing.T, b media.Backend, key string, body io.Reader, size int64) string {
	t.Helper()
	link, err := b.Put(t.Context(), key, body, size, "text/plain; charset=utf-8")
	if err != nil {
		t.Fatalf("Put(%q) of %d bytes: %v", key, size, err)
	}
	return link
}

func testPut(t *testing.T, b store) {
	tests := []struct {
		bytes     int
		announced bool
	}{{0, true}, {0, false}, {1, true}, {b.part, false}, {b.part + 1, true}, {b.part + 101, true}, {b.part + 101, false}}
	for _, tt := range tests {
		want, size := noise(tt.bytes), int64(-1)
		if tt.announced {
			size = int64(tt.bytes)
		}
		link := put(t, b, fmt.Sprintf("media/%d/grüße_%t.txt", tt.bytes, tt.announced), onlyReader(want), size)
		got, header, status := get(t, link)
		if status != http.StatusOK || !bytes.Equal(got, want) {
			t.Errorf("GET %s after Put of %d bytes: status %d, %d bytes", link, tt.bytes, status, len(got))
		}
		if got := header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("GET %s: content type %q, want that of Put", link, got)
		}
	}
}

func testPutAgain(t *testing.T, b store) {
	first := put(t, b, "media/a.txt", onlyReader([]byte("old")), 3)
	second := put(t, b, "media/a.txt", onlyReader([]byte("new")), -1)
	if got, _, _ := get(t, second); first != second || string(got) != "new" {
		t.Errorf("second Put gave %s with %q, want new at %s", second, got, first)
	}
}

// testBrokenBody: a body that ends in an error leaves what was there, however much of it had come, also if the error
// looks like an end.
func testBrokenBody(t *testing.T, b store) {
	link := put(t, b, "media/a.txt", onlyReader([]byte("old")), 3)
	for _, size := range []int64{-1, int64(b.part) + 99, 64 << 20} {
		for n, fault := range map[int]error{
			0: io.ErrUnexpectedEOF, 1: errors.New("connection reset"), b.part + 1: io.ErrUnexpectedEOF,
		} {
			body := io.MultiReader(onlyReader(noise(n)), iotest.ErrReader(fault))
			got, err := b.Put(t.Context(), "media/a.txt", body, size, "text/plain")
			if !errors.Is(err, fault) || got != "" {
				t.Errorf("Put of %d bytes, announced as %d, then %q = %q, error %v", n, size, fault, got, err)
			}
		}
	}
	if got, _, _ := get(t, link); string(got) != "old" {
		t.Errorf("after broken Puts the file holds %d bytes, want old", len(got))
	}
}

func testWrongSize(t *testing.T, b store) {
	for _, n := range []int{1, b.part, b.part + 50, 2*b.part + 1} {
		for _, size := range []int{n - 1, n + 1} {
			link, err := b.Put(t.Context(), "media/a.txt", onlyReader(noise(n)), int64(size), "text/plain")
			if err == nil {
				t.Errorf("Put of %d bytes, announced as %d = %q, want an error", n, size, link)
			}
		}
	}
}

func testEnded(t *testing.T, b store) {
	ctx, cancel := context.WithCancel(t.Context())
	body := io.MultiReader(onlyReader(noise(b.part+1)), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, ctx.Err()
	}))
	if _, err := b.Put(ctx, "media/a.txt", body, -1, "text/plain"); !errors.Is(err, context.Canceled) {
		t.Errorf("Put under a context that ends: error %v, want %v", err, context.Canceled)
	}
	if _, err := b.Put(ctx, "media/a.txt", onlyReader(nil), 0, "text/plain"); !errors.Is(err, context.Canceled) {
		t.Errorf("Put under an ended context: error %v, want %v", err, context.Canceled)
	}
	if err := b.Delete(ctx, []string{"media/a.txt"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete under an ended context: error %v, want %v", err, context.Canceled)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func testDelete(t *testing.T, b store) {
	var links []string
	for _, key := range []string{"media/1/a.txt", "media/2/ü.txt", "media/3/stays.txt"} {
		links = append(links, put(t, b, key, onlyReader([]byte("x")), 1))
	}
	keys := []string{"media/1/a.txt", "media/2/ü.txt", "media/4/missing.txt"}
	for range 2 {
		if err := b.Delete(t.Context(), keys); err != nil {
			t.Fatalf("Delete(%q): %v", keys, err)
		}
	}
	if err := b.Delete(t.Context(), nil); err != nil {
		t.Errorf("Delete(nil): %v", err)
	}
	for i, want := range []int{http.StatusNotFound, http.StatusNotFound, http.StatusOK} {
		if _, _, status := get(t, links[i]); status != want {
			t.Errorf("GET %s after Delete: status %d, want %d", links[i], status, want)
		}
	}
}
