package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"notionsync/pkg/media"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, opts := range []media.Options{
		{}, {Backend: &memory{}, MaxBytes: -1}, {Backend: &memory{}, Timeout: -1},
	} {
		if _, err := media.New(opts); err == nil {
			t.Errorf("New(%+v): no error", opts)
		}
	}
}

func TestKeeper_Keep(t *testing.T) {
	t.Parallel()
	png := encodePNG(t, 30, 20)
	source := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("X-Amz-Signature") == "" {
			http.Error(w, "unsigned", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(png)
	})
	store := &memory{}
	k := newKeeper(t, media.Options{Backend: store, AllowPrivate: true})
	var kept [2]media.Kept
	for i := range kept {
		var err error
		link := fmt.Sprintf("%s/space/file/A%%20b.png?X-Amz-Signature=%d", source.URL, i+1)
		if kept[i], err = k.Keep(t.Context(), link); err != nil {
			t.Fatalf("Keep(): %v", err)
		}
	}
	key := media.Key(media.Identity(source.URL + "/space/file/A%20b.png"))
	want := media.Kept{
		URL: "https://kept.example.com/" + key, Key: key,
		Width: 30, Height: 20, ContentType: "image/png", Bytes: int64(len(png)),
	}
	if kept[0] != want || kept[1] != want {
		t.Errorf("Keep() = %+v and %+v, want %+v twice", kept[0], kept[1], want)
	}
	got := store.files[key]
	if len(store.files) != 1 || !bytes.Equal(got.content, png) || got.contentType != "image/png" ||
		got.size != int64(len(png)) {
		t.Errorf("the store holds %d files, this one with %d bytes of type %q, announced as %d",
			len(store.files), len(got.content), got.contentType, got.size)
	}
}

// TestKeeper_Keep_stores: from a server, through the keeper, into both kinds of store and out again.
func TestKeeper_Keep_stores(t *testing.T) {
	t.Parallel()
	want := noise(1 << 20)
	source := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(want) })
	blob, _ := newBlob(t, media.BlobOptions{})
	s3, _ := newS3(t)
	for _, store := range []media.Backend{blob, s3} {
		k := newKeeper(t, media.Options{Backend: store, AllowPrivate: true})
		kept, err := k.Keep(t.Context(), source.URL+"/1/2/data.bin?s")
		if err != nil {
			t.Fatalf("%s: Keep(): %v", store.Name(), err)
		}
		if got, _, _ := get(t, kept.URL); !bytes.Equal(got, want) || kept.Bytes != int64(len(want)) {
			t.Errorf("%s: GET %s: %d bytes, want the %d of the file", store.Name(), kept.URL, len(got), len(want))
		}
		if err := k.Drop(t.Context(), []string{kept.Key}); err != nil {
			t.Errorf("%s: Drop(): %v", store.Name(), err)
		}
		if _, _, status := get(t, kept.URL); status != http.StatusNotFound {
			t.Errorf("%s: GET after Drop: status %d, want 404", store.Name(), status)
		}
	}
}

// TestKeeper_Keep_many: 200 files, several at a time, each in its own place.
func TestKeeper_Keep_many(t *testing.T) {
	t.Parallel()
	source := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("\x00" + r.URL.Path)) })
	blob, sim := newBlob(t, media.BlobOptions{})
	k := newKeeper(t, media.Options{Backend: blob, AllowPrivate: true})
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i := range 200 {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if _, err := k.Keep(t.Context(), fmt.Sprintf("%s/%d/a.bin", source.URL, i)); err != nil {
				t.Errorf("Keep() of file %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	contents := map[string]bool{}
	for _, f := range sim.Files() {
		contents[string(f.Content)] = true
	}
	if len(contents) != 200 || len(sim.Requests()) != 200 {
		t.Errorf("the store holds %d different files after %d requests, want 200 of each", len(contents), len(sim.Requests()))
	}
}

func TestKeeper_Keep_statuses(t *testing.T) {
	t.Parallel()
	const s3 = `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`
	tests := []struct {
		name    string
		status  int
		body    string
		expired bool
	}{
		{"signature expired", 403, fmt.Sprintf(s3, "AccessDenied", "Request has expired"), true},
		{"credentials expired", 400, fmt.Sprintf(s3, "ExpiredToken", "The provided token has expired."), true},
		{"denied with 400", 400, fmt.Sprintf(s3, "AccessDenied", "no"), true},
		{"forbidden", 403, "", true},
		{"not found", 404, fmt.Sprintf(s3, "NoSuchKey", "no"), true},
		{"gone", 410, "", true},
		{"bad request", 400, fmt.Sprintf(s3, "InvalidArgument", "no"), false},
		{"slow down", 503, fmt.Sprintf(s3, "SlowDown", "Reduce your request rate."), false},
		{"too many", 429, "", false},
		{"server error", 500, "<html>", false},
		{"no content", 204, "", false},
		{"part of it", 206, "x", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory{}
			k := newKeeper(t, media.Options{Backend: store, Transport: answer(tt.status, "application/xml", tt.body)})
			_, err := k.Keep(t.Context(), notionFile+"?X-Amz-Signature=s3cret")
			if err == nil || errors.Is(err, media.ErrExpired) != tt.expired {
				t.Errorf("Keep() error %v, want ErrExpired: %t", err, tt.expired)
			}
			for _, other := range []error{media.ErrContent, media.ErrTooLarge, media.ErrPrivate, media.ErrStore} {
				if errors.Is(err, other) {
					t.Errorf("Keep() error %v is %v", err, other)
				}
			}
			if !strings.Contains(err.Error(), fmt.Sprint(tt.status)) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("Keep() error %q, want one with the status and without the query", err)
			}
			if store.puts != 0 {
				t.Error("Keep() stored the answer")
			}
		})
	}
}

// answer is a transport that answers every request alike.
func answer(status int, contentType, body string) roundTrip {
	return handled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
}

func TestKeeper_Keep_size(t *testing.T) {
	t.Parallel()
	const limit = 400 << 10 // more than what is looked at first
	tests := []struct {
		name     string
		bytes    int
		announce bool
		tooLarge bool
		begun    int // Puts
	}{
		{"as large as allowed", limit, true, false, 1},
		{"as large as allowed, not announced", limit, false, false, 1},
		{"announced as too large", limit + 1, true, true, 0},
		{"too large, not announced", limit + 1, false, true, 1},
		{"far too large, not announced", 16 << 20, false, true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.announce {
					w.Header().Set("Content-Length", fmt.Sprint(tt.bytes))
				}
				_, _ = w.Write(noise(tt.bytes))
			})
			store := &memory{}
			k := newKeeper(t, media.Options{Backend: store, MaxBytes: limit, AllowPrivate: true})
			_, err := k.Keep(t.Context(), source.URL+"/a.bin")
			if errors.Is(err, media.ErrTooLarge) != tt.tooLarge || (err == nil) == tt.tooLarge {
				t.Errorf("Keep() error %v, want ErrTooLarge: %t", err, tt.tooLarge)
			}
			if store.begun != tt.begun || store.puts > 0 == tt.tooLarge {
				t.Errorf("Keep() began %d uploads and ended %d, want %d begun", store.begun, store.puts, tt.begun)
			}
		})
	}
}

// TestKeeper_Keep_tooLarge: what was uploaded of a file that turns out too large does not stay, an older copy does.
func TestKeeper_Keep_tooLarge(t *testing.T) {
	t.Parallel()
	size := 10
	source := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush() // no length
		_, _ = w.Write(noise(size))
	})
	blob, sim := newBlob(t, media.BlobOptions{})
	k := newKeeper(t, media.Options{Backend: blob, MaxBytes: 9 << 20, AllowPrivate: true})
	kept, err := k.Keep(t.Context(), source.URL+"/a.bin")
	if err != nil {
		t.Fatalf("Keep(): %v", err)
	}
	size = 9<<20 + 1
	if _, err := k.Keep(t.Context(), source.URL+"/a.bin"); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("Keep() error %v, want ErrTooLarge", err)
	}
	if f, _ := sim.File(kept.Key); f.Size != 10 || len(sim.Files()) != 1 {
		t.Errorf("the store holds %d files, the older copy with %d bytes, want 1 with 10", len(sim.Files()), f.Size)
	}
}

// TestKeeper_Keep_brokenOff: a file that ends early is not stored, wherever it ends.
func TestKeeper_Keep_brokenOff(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 100, 300 << 10} {
		for _, announced := range []bool{true, false} {
			source := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if announced {
					w.Header().Set("Content-Length", "1000000")
				}
				_, _ = w.Write(noise(n))
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			})
			store := &memory{}
			k := newKeeper(t, media.Options{Backend: store, AllowPrivate: true})
			if kept, err := k.Keep(t.Context(), source.URL+"/a.bin"); err == nil || store.puts != 0 {
				t.Errorf("Keep() of a file that ends after %d bytes = %+v, %v", n, kept, err)
			}
		}
	}
}

// TestKeeper_Keep_silence: a file that goes quiet is given up, and so is one that takes too long as a whole.
func TestKeeper_Keep_silence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body func(ctx context.Context) readerFunc
		want time.Duration
		text string
	}{
		{"silent", func(ctx context.Context) readerFunc {
			return func([]byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
		}, 30 * time.Second, "no bytes for 30s"},
		{"endless", func(ctx context.Context) readerFunc {
			return func(p []byte) (int, error) {
				select {
				case <-time.After(20 * time.Second):
					return 1, nil
				case <-ctx.Done():
					return 0, ctx.Err()
				}
			}
		}, time.Hour, "not done after 1h0m0s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper(t, media.Options{
					Backend: &memory{}, Timeout: time.Hour,
					Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
						return &http.Response{
							StatusCode: 200, ContentLength: -1, Body: nopCloser{tt.body(r.Context())}, Request: r,
						}, nil
					}),
				})
				start := time.Now()
				_, err := k.Keep(t.Context(), notionFile)
				if got := time.Since(start); got != tt.want || err == nil || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("Keep() error %v after %s, want %q after %s", err, got, tt.text, tt.want)
				}
			})
		})
	}
}

type nopCloser struct{ readerFunc }

func (nopCloser) Close() error { return nil }

func TestKeeper_Keep_cancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})
	k := newKeeper(t, media.Options{Backend: &memory{}, Transport: transport})
	if _, err := k.Keep(ctx, notionFile); !errors.Is(err, context.Canceled) {
		t.Errorf("Keep() error %v, want %v", err, context.Canceled)
	}
}

// TestKeeper_Keep_closes: whatever comes of it, the answer's body is closed.
func TestKeeper_Keep_closes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		header http.Header
		body   error
		store  error
	}{
		{name: "kept", status: 200},
		{name: "expired", status: 403},
		{name: "not the file", status: 200, header: http.Header{"Content-Type": {"text/html"}}},
		{name: "encoded", status: 200, header: http.Header{"Content-Encoding": {"gzip"}}},
		{name: "broken", status: 200, body: errors.New("reset")},
		{name: "refused by the store", status: 200, store: errors.New("full")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			closed := 0
			k := newKeeper(t, media.Options{
				Backend: &memory{err: tt.store},
				Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					body := &counted{readerFunc: bytes.NewReader(noise(10)).Read, closed: &closed}
					if tt.body != nil {
						body.readerFunc = iotest.ErrReader(tt.body).Read
					}
					return &http.Response{
						StatusCode: tt.status, Header: tt.header, ContentLength: 10, Body: body, Request: r,
					}, nil
				}),
			})
			_, err := k.Keep(t.Context(), notionFile[:len(notionFile)-len(".png")])
			if (err == nil) != (tt.name == "kept") || closed == 0 {
				t.Errorf("Keep() error %v, body closed %d times", err, closed)
			}
			if tt.store != nil && !errors.Is(err, tt.store) {
				t.Errorf("Keep() error %v, want %v", err, tt.store)
			}
		})
	}
}

type counted struct {
	readerFunc
	closed *int
}

func (c *counted) Close() error { *c.closed++; return nil }

func TestKeeper_Drop(t *testing.T) {
	t.Parallel()
	store := &memory{files: map[string]stored{"stays": {}}}
	var keys []string
	for i := range 250 {
		keys = append(keys, fmt.Sprint(i))
		store.files[keys[i]] = stored{}
	}
	k := newKeeper(t, media.Options{Backend: store})
	if err := k.Drop(t.Context(), slices.Concat(keys, []string{"missing"})); err != nil || len(store.files) != 1 {
		t.Errorf("Drop() error %v, %d files left, want 1", err, len(store.files))
	}
	store.err = errors.New("no")
	if err := k.Drop(t.Context(), keys); !errors.Is(err, store.err) {
		t.Errorf("Drop() error %v, want %v", err, store.err)
	}
	if err := k.Drop(t.Context(), nil); err != nil {
		t.Errorf("Drop(nil): %v", err)
	}
}
