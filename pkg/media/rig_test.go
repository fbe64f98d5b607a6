package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
)

// roundTrip is a transport that answers itself.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// handled is a transport that asks a handler, without a network: a fake clock runs only there.
func handled(h http.Handler) roundTrip {
	return func(r *http.Request) (resp *http.Response, err error) {
		if r.Body != nil {
			defer func() { _ = r.Body.Close() }()
		} else {
			r.Body = http.NoBody
		}
		defer func() {
			if recover() == http.ErrAbortHandler {
				resp, err = nil, errors.New("connection broken")
			}
		}()
		out := httptest.NewRecorder()
		h.ServeHTTP(out, r)
		resp = out.Result()
		resp.Request = r
		return resp, nil
	}
}

// memory is a backend that keeps files in a map.
type memory struct {
	mu    sync.Mutex
	files map[string]stored
	begun int   // Puts
	puts  int   // Puts that read their body to its end
	err   error // what Put and Delete answer
}

type stored struct {
	content     []byte
	contentType string
	size        int64 // as announced
}

func (m *memory) Name() string { return "memory" }

func (m *memory) Put(_ context.Context, key string, body io.Reader, size int64, contentType string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun++
	content, err := io.ReadAll(body)
	if err != nil {
		return "", fmt.Errorf("memory: %w", err)
	}
	m.puts++
	if m.err != nil {
		return "", m.err
	}
	if m.files == nil {
		m.files = map[string]stored{}
	}
	m.files[key] = stored{content, contentType, size}
	return "https://kept.example.com/" + key, nil
}

func (m *memory) Delete(_ context.Context, keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		delete(m.files, key)
	}
	return m.err
}

// newKeeper is a keeper that may fetch from this machine, unless the options say otherwise.
func newKeeper(t testing.TB, opts media.Options) *media.Keeper {
	t.Helper()
	k, err := media.New(opts)
	if err != nil {
		t.Fatalf("New(%+v): %v", opts, err)
	}
	return k
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// newBlob is a store on a simulator of its own.
func newBlob(t testing.TB, opts media.BlobOptions) (*media.Blob, *blobsim.Server) {
	t.Helper()
	sim := blobsim.New(blobsim.Options{ServeFiles: true})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	opts.Token, opts.BaseURL = blobsim.DefaultToken, server.URL+blobsim.Path
	blob, err := media.NewBlob(opts)
	if err != nil {
		t.Fatalf("NewBlob(): %v", err)
	}
	return blob, sim
}

const bucket = "files"

// newS3 is a bucket on a server of its own that checks signatures, and the server's URL.
func newS3(t testing.TB) (*media.S3, string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(signed(gofakes3.New(backend).Server()))
	t.Cleanup(server.Close)
	s3, err := media.NewS3(media.S3Options{Endpoint: server.URL, Bucket: bucket, KeyID: "id", Key: "key"})
	if err != nil {
		t.Fatalf("NewS3(): %v", err)
	}
	return s3, server.URL
}

// noise is n bytes, at most 32 MiB, different everywhere.
func noise(n int) []byte { return allNoise()[:n:n] }

var allNoise = sync.OnceValue(func() []byte {
	out := make([]byte, 0, 32<<20)
	for state := uint64(1); len(out) < cap(out); state++ {
		out = binary.LittleEndian.AppendUint64(out, state*0x9e3779b97f4a7c15)
	}
	return out
})

// onlyReader hides everything but Read, as the body of an answer does.
func onlyReader(b []byte) io.Reader { return struct{ io.Reader }{bytes.NewReader(b)} }

// get reads a public URL.
func get(t testing.TB, link string) (content []byte, header http.Header, status int) {
	t.Helper()
	resp, err := http.Get(link)
	if err != nil {
		t.Fatalf("GET %s: %v", link, err)
	}
	defer func() { _ = resp.Body.Close() }()
	content = make([]byte, max(0, resp.ContentLength))
	if _, err := io.ReadFull(resp.Body, content); err != nil {
		t.Fatalf("GET %s: %v", link, err)
	}
	return content, resp.Header, resp.StatusCode
}
