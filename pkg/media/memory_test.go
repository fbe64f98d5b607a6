package media_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
)

// gauge is the most heap that was in use whenever somebody looked.
type gauge struct{ peak atomic.Uint64 }

func (g *gauge) look() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	for {
		old := g.peak.Load()
		if stats.HeapAlloc <= old || g.peak.CompareAndSwap(old, stats.HeapAlloc) {
			return
		}
	}
}

// TestKeeper_Keep_memory: a file of 1 GiB passes through with less than 64 MiB of heap, whether its size is known or
// not. It is not parallel: the heap is everybody's.
func TestKeeper_Keep_memory(t *testing.T) {
	size := int64(1) << 30
	if underRace || testing.Short() {
		size = 64 << 20
	}
	for _, announced := range []bool{true, false} {
		t.Run(fmt.Sprintf("Vercel Blob, announced %t", announced), func(t *testing.T) {
			sim := blobsim.New(blobsim.Options{Discard: true})
			passThrough(t, size, announced, sim, func(url string) (media.Backend, error) {
				return media.NewBlob(media.BlobOptions{Token: blobsim.DefaultToken, BaseURL: url + blobsim.Path})
			})
			if files := sim.Files(); len(files) != 1 || files[0].Size != size {
				t.Errorf("the store holds %d files, want one of %d bytes", len(files), size)
			}
		})
		t.Run(fmt.Sprintf("S3, announced %t", announced), func(t *testing.T) {
			sink := &s3Sink{}
			passThrough(t, size, announced, sink, func(url string) (media.Backend, error) {
				return media.NewS3(media.S3Options{Endpoint: url, Bucket: bucket, KeyID: "id", Key: "key"})
			})
			if sink.size != size || !sink.completed {
				t.Errorf("the store was sent %d bytes, completed: %t; want %d", sink.size, sink.completed, size)
			}
		})
	}
}

func passThrough(
	t *testing.T, size int64, announced bool, store http.Handler, open func(url string) (media.Backend, error),
) {
	t.Helper()
	var heap gauge
	runtime.GC()
	source := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if announced {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		const step = 64 << 10
		chunk := make([]byte, step)
		for sent := int64(0); sent < size; sent += step {
			if _, err := w.Write(chunk); err != nil {
				return // the keeper's error says why
			}
			if sent%(4<<20) == 0 {
				heap.look()
			}
		}
	})
	server := httptest.NewServer(store)
	defer server.Close()
	backend, err := open(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	k := newKeeper(t, media.Options{Backend: backend, MaxBytes: size, AllowPrivate: true})
	kept, err := k.Keep(t.Context(), source.URL+"/film.bin")
	if err != nil || kept.Bytes != size {
		t.Fatalf("Keep() = %d bytes, %v, want %d", kept.Bytes, err, size)
	}
	const most = 64 << 20
	peak := heap.peak.Load()
	t.Logf("%d MiB went through %d MiB of heap", size>>20, peak>>20)
	if peak == 0 || peak >= most {
		t.Errorf("Keep() of %d MiB took %d MiB of heap, want less than %d", size>>20, peak>>20, most>>20)
	}
}

// s3Sink is as much of S3 as a multipart upload needs, and forgets what it is sent.
type s3Sink struct {
	size      int64
	completed bool
}

func (s *s3Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && query.Has("uploads"):
		_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
	case r.Method == http.MethodPut && query.Get("uploadId") == "u":
		n, _ := io.Copy(io.Discard, r.Body) // one that breaks off is missing from the sum
		s.size += n
		w.Header().Set("ETag", query.Get("partNumber"))
	case r.Method == http.MethodPost && query.Get("uploadId") == "u":
		s.completed = true
		_, _ = io.WriteString(w, "<CompleteMultipartUploadResult><Bucket>b</Bucket></CompleteMultipartUploadResult>")
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}
