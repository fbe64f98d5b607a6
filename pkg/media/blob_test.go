package media_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
)

func TestNewBlob(t *testing.T) {
	t.Parallel()
	const token = "vercel_blob_rw_Store1_s3cret"
	tests := []struct {
		name string
		opts media.BlobOptions
		ok   bool
	}{
		{name: "a token", opts: media.BlobOptions{Token: token}, ok: true},
		{name: "pasted with white space", opts: media.BlobOptions{Token: " \t" + token + "\r\n"}, ok: true},
		{name: "underscores in the secret", opts: media.BlobOptions{Token: token + "_more"}, ok: true},
		{name: "another base", opts: media.BlobOptions{Token: token, BaseURL: "http://127.0.0.1:1/api/"}, ok: true},
		{name: "no token"},
		{name: "no store id", opts: media.BlobOptions{Token: "vercel_blob_rw__s3cret"}},
		{name: "no secret", opts: media.BlobOptions{Token: "vercel_blob_rw_Store1_"}},
		{name: "another secret", opts: media.BlobOptions{Token: "s3cret"}},
		{name: "two lines", opts: media.BlobOptions{Token: token + "\nvercel_s3cret"}},
		{name: "white space inside", opts: media.BlobOptions{Token: "vercel_blob_rw_Store1_s3 cret"}},
		{name: "base without scheme", opts: media.BlobOptions{Token: token, BaseURL: "vercel.com/api"}},
		{name: "base of another scheme", opts: media.BlobOptions{Token: token, BaseURL: "ftp://vercel.com"}},
		{name: "base with a query", opts: media.BlobOptions{Token: token, BaseURL: "https://vercel.com/?a"}},
		{name: "unreadable base", opts: media.BlobOptions{Token: token, BaseURL: "https://[vercel"}},
		{name: "negative size", opts: media.BlobOptions{Token: token, MultipartAbove: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := media.NewBlob(tt.opts)
			if (err == nil) != tt.ok {
				t.Errorf("NewBlob() error %v, want one: %t", err, !tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("NewBlob() error %q shows the token", err)
			}
		})
	}
}

// TestBlob_Put_request: the request is the one Vercel's own client makes.
func TestBlob_Put_request(t *testing.T) {
	t.Parallel()
	var got *http.Request
	sim := blobsim.New(blobsim.Options{})
	blob := blobOn(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r
		return handled(sim)(r)
	}))
	link, err := blob.Put(t.Context(), "media/ü.png", onlyReader([]byte("hello")), -1, "image/png")
	if want := "https://blobsimstore.public.blob.vercel-storage.com/media/%C3%BC.png"; err != nil || link != want {
		t.Fatalf("Put() = %q, %v, want %q", link, err, want)
	}
	if want := "https://blob.example.com/api/blob/?pathname=media%2F%C3%BC.png"; got.URL.String() != want {
		t.Errorf("Put asked for %s, want %s", got.URL, want)
	}
	if got.ContentLength != 5 {
		t.Errorf("Put sent a content length of %d, want 5", got.ContentLength)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + blobsim.DefaultToken, "x-api-version": "12", "x-vercel-blob-store-id": "BlobSimStore",
		"x-vercel-blob-access": "public", "x-content-type": "image/png", "x-add-random-suffix": "0",
		"x-allow-overwrite": "1", "x-cache-control-max-age": "31536000", "x-api-blob-request-attempt": "0",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("Put sent %s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if id := got.Header.Get("x-api-blob-request-id"); !strings.HasPrefix(id, "BlobSimStore:") {
		t.Errorf("Put sent x-api-blob-request-id: %q, want one beginning with the store's id", id)
	}
}

func blobOn(t *testing.T, transport http.RoundTripper) *media.Blob {
	t.Helper()
	blob, err := media.NewBlob(media.BlobOptions{
		Token:          "\t" + blobsim.DefaultToken + " \n",
		BaseURL:        "https://blob.example.com" + blobsim.Path + "/",
		Transport:      transport,
		MultipartAbove: 8<<20 + 10,
	})
	if err != nil {
		t.Fatalf("NewBlob(): %v", err)
	}
	return blob
}

// TestBlob_Put_faults: what is tried again, when, and what comes of it. Time is fake.
func TestBlob_Put_faults(t *testing.T) {
	t.Parallel()
	const once, twice = 500 * time.Millisecond, 1500 * time.Millisecond // waited at least, and at most twice as long
	fail := func(status int, code string, retryAfter time.Duration) blobsim.Faults {
		return blobsim.Faults{Fail: 1, Status: status, Code: code, RetryAfter: retryAfter}
	}
	secondPart := func(r blobsim.Request) bool { return r.Part == 2 }
	tests := []struct {
		name     string
		faults   blobsim.Faults
		bytes    int // of the file; default 5
		attempts int
		waited   time.Duration
		code     string // of the error; empty: there is none
		fatal    bool
	}{
		{name: "none", attempts: 1},
		{name: "unavailable once", faults: blobsim.Faults{Fail: 1}, attempts: 2, waited: once},
		{name: "unavailable twice", faults: blobsim.Faults{Fail: 2}, attempts: 3, waited: twice},
		{name: "unavailable", faults: blobsim.Faults{Fail: 9}, attempts: 3, waited: twice, code: "service_unavailable"},
		{name: "internal error", faults: fail(500, "internal_server_error", 0), attempts: 2, waited: once},
		{name: "HTML", faults: blobsim.Faults{Fail: 9, HTML: true}, attempts: 3, waited: twice, code: "unknown_error"},
		{name: "broken connection", faults: blobsim.Faults{Break: 1}, attempts: 2, waited: once},
		{name: "lost answer", faults: blobsim.Faults{DropAnswers: 1}, attempts: 2, waited: once},
		{name: "too many", faults: fail(429, "rate_limited", 4*time.Second), attempts: 2, waited: 4 * time.Second},
		{name: "too many for long", faults: fail(429, "rate_limited", time.Minute), attempts: 1, code: "rate_limited"},
		{name: "bad request", faults: fail(400, "bad_request", 0), attempts: 1, code: "bad_request"},
		{name: "a code nobody knows", faults: fail(500, "novel", 0), attempts: 1, code: "novel"},
		{name: "forbidden", faults: fail(403, "forbidden", 0), attempts: 1, code: "forbidden", fatal: true},
		{name: "suspended", faults: fail(403, "store_suspended", 0), attempts: 1, code: "store_suspended", fatal: true},
		{name: "no such store", faults: fail(404, "store_not_found", 0), attempts: 1, code: "store_not_found", fatal: true},
		{name: "a stream", bytes: 8<<20 + 5, faults: blobsim.Faults{Fail: 1}, attempts: 1, code: "service_unavailable"},
		{name: "one part", bytes: 8<<20 + 20, faults: blobsim.Faults{Fail: 1, Only: secondPart}, attempts: 5, waited: once},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := blobsim.New(blobsim.Options{Discard: true})
				sim.Misbehave(tt.faults)
				start, n := time.Now(), max(tt.bytes, 5)
				_, err := blobOn(t, handled(sim)).Put(t.Context(), "media/a.bin", onlyReader(noise(n)), int64(n), "a/b")
				if waited := time.Since(start); waited < tt.waited || waited > 2*tt.waited {
					t.Errorf("Put took %s, want %s to twice that", waited, tt.waited)
				}
				if got := len(sim.Requests()); got != tt.attempts {
					t.Errorf("Put made %d requests, want %d: %+v", got, tt.attempts, sim.Requests())
				}
				if f, ok := sim.File("media/a.bin"); tt.code == "" && (err != nil || !ok || f.Size != int64(n)) {
					t.Errorf("Put() error %v; the store holds %d bytes of %d", err, f.Size, n)
				}
				refused, _ := errors.AsType[*media.Error](err)
				if tt.code != "" && (refused == nil || refused.Code != tt.code || refused.RetryAfter != tt.faults.RetryAfter) {
					t.Errorf("Put() error %v, want code %s", err, tt.code)
				}
				if errors.Is(err, media.ErrStore) != tt.fatal {
					t.Errorf("Put() error %v, want ErrStore: %t", err, tt.fatal)
				}
			})
		})
	}
}

// TestBlob_requests: a file goes in as few requests as its size allows.
func TestBlob_requests(t *testing.T) {
	t.Parallel()
	const part = 8 << 20
	tests := []struct {
		name  string
		bytes int
		size  int64
		want  []blobsim.Op
	}{
		{"one part, announced", part, part, []blobsim.Op{blobsim.OpPut}},
		{"less than one part", part - 1, -1, []blobsim.Op{blobsim.OpPut}},
		{"more than one part, announced", part + 10, part + 10, []blobsim.Op{blobsim.OpPut}},
		{"one part and no more", part, -1, []blobsim.Op{blobsim.OpCreate, blobsim.OpUpload, blobsim.OpComplete}},
		{"more than the limit", part + 11, part + 11,
			[]blobsim.Op{blobsim.OpCreate, blobsim.OpUpload, blobsim.OpUpload, blobsim.OpComplete}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sim := blobsim.New(blobsim.Options{Discard: true})
			if _, err := blobOn(t, handled(sim)).Put(t.Context(), "a", onlyReader(noise(tt.bytes)), tt.size, "a/b"); err != nil {
				t.Fatalf("Put(): %v", err)
			}
			var got []blobsim.Op
			for _, r := range sim.Requests() {
				got = append(got, r.Op)
			}
			if !slices.Equal(got, tt.want) || sim.Files()[0].Size != int64(tt.bytes) {
				t.Errorf("Put made %v for %d bytes, want %v for %d", got, sim.Files()[0].Size, tt.want, tt.bytes)
			}
		})
	}
}

// TestBlob_Put_refusedEarly: the store answers before it has read the body. A transport may go on reading it then; the
// body is not read any more once Put has returned.
func TestBlob_Put_refusedEarly(t *testing.T) {
	t.Parallel()
	returned, read := make(chan struct{}), make(chan error)
	sim := blobsim.New(blobsim.Options{})
	sim.Misbehave(blobsim.Faults{Fail: 1, Status: 403, Code: "forbidden"})
	blob := blobOn(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		body := r.Body
		r.Body = http.NoBody
		go func() {
			<-returned
			_, err := body.Read(make([]byte, 100))
			read <- err
		}()
		return handled(sim)(r)
	}))
	if _, err := blob.Put(t.Context(), "a", onlyReader(noise(8<<20+5)), 8<<20+5, "a/b"); !errors.Is(err, media.ErrStore) {
		t.Errorf("Put() error %v, want ErrStore", err)
	}
	close(returned)
	if err := <-read; err == nil {
		t.Error("the body could be read after Put had returned")
	}
}

// TestBlob_Put_refusedEarly_network is the same over a network, with a body that does not end.
func TestBlob_Put_refusedEarly_network(t *testing.T) {
	t.Parallel()
	blob, sim := newBlob(t, media.BlobOptions{})
	sim.Misbehave(blobsim.Faults{Fail: 9, Status: 403, Code: "forbidden"})
	endless := readerFunc(func(p []byte) (int, error) { return len(p), nil })
	if _, err := blob.Put(t.Context(), "a", endless, 64<<20, "a/b"); !errors.Is(err, media.ErrStore) {
		t.Errorf("Put() error %v, want ErrStore", err)
	}
}

// TestBlob_Put_answers: answers that are no answers.
func TestBlob_Put_answers(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"", "null", "{}", `{"url":""}`, `{"url":"file:///etc"}`, "<html>"} {
		blob := blobOn(t, handled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(answer))
		})))
		if link, err := blob.Put(t.Context(), "a", onlyReader(nil), 0, "a/b"); err == nil {
			t.Errorf("Put answered with %q = %q, want an error", answer, link)
		}
	}
}

func TestBlob_secret(t *testing.T) {
	t.Parallel()
	fails := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })
	synctest.Test(t, func(t *testing.T) {
		_, err := blobOn(t, fails).Put(t.Context(), "a", onlyReader(nil), 0, "a/b")
		if err == nil || strings.Contains(err.Error(), blobsim.DefaultToken) || err.Error() != "put: no route" {
			t.Errorf("Put() error %v, want one that says what was done and what failed", err)
		}
	})
}
