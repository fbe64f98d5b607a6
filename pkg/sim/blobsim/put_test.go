package blobsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/blobsim"
)

func TestPut(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	var got map[string]string
	r.put(t, "media/ü b.png", "image", "x-content-type", "image/png", "x-cache-control-max-age", "3600").read(t, &got)
	const link = "https://blobsimstore.public.blob.vercel-storage.com/media/%C3%BC%20b.png"
	for name, want := range map[string]string{
		"url": link, "downloadUrl": link + "?download=1", "pathname": "media/ü b.png", "contentType": "image/png",
		"contentDisposition": `inline; filename="ü b.png"`,
	} {
		if got[name] != want {
			t.Errorf("put answered %s = %q, want %q", name, got[name], want)
		}
	}
	f, ok := r.File("media/ü b.png")
	if !ok || string(f.Content) != "image" || f.Size != 5 || f.MaxAge != time.Hour || f.ETag != got["etag"] ||
		!f.UploadedAt.Equal(noon) {
		t.Errorf("File() = %+v, %t", f, ok)
	}
}

func TestPut_guessesTheType(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	for pathname, want := range map[string]string{"a.png": "image/png", "a": "application/octet-stream"} {
		var got map[string]string
		r.put(t, pathname, "").read(t, &got)
		if got["contentType"] != want {
			t.Errorf("put of %q answered contentType %q, want %q", pathname, got["contentType"], want)
		}
	}
}

func TestPut_existing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		changes []string
		code    string // empty: it succeeds
		want    string // content
	}{
		{name: "is refused", code: "bad_request", want: "old"},
		{name: "is refused by 0", changes: []string{"x-allow-overwrite", "0"}, code: "bad_request", want: "old"},
		{name: "is overwritten on demand", changes: []string{"x-allow-overwrite", "1"}, want: "new"},
		{name: "stays if another", changes: []string{"x-if-match", `"x"`}, code: "precondition_failed", want: "old"},
		{name: "stays beside one with a suffix", changes: []string{"x-add-random-suffix", "1"}, want: "old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, blobsim.Options{})
			r.put(t, "a.txt", "old").read(t, new(any))
			a := r.put(t, "a.txt", "new", tt.changes...)
			if tt.code == "" && a.status != http.StatusOK || tt.code != "" && a.code(t) != tt.code {
				t.Errorf("put answered %d %s, want code %q", a.status, a.body, tt.code)
			}
			if f, _ := r.File("a.txt"); string(f.Content) != tt.want {
				t.Errorf("the file holds %q, want %q", f.Content, tt.want)
			}
		})
	}
}

func TestPut_matching(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	r.put(t, "a.txt", "old").read(t, new(any))
	f, _ := r.File("a.txt")
	r.put(t, "a.txt", "new", "x-if-match", f.ETag).read(t, new(any))
	if f, _ = r.File("a.txt"); string(f.Content) != "new" {
		t.Errorf("the file holds %q, want new", f.Content)
	}
}

func TestPut_refused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		pathname string
		changes  []string
		private  bool
		status   int
		code     string
	}{
		{name: "no pathname", pathname: "", status: 400, code: "bad_request"},
		{name: "long pathname", pathname: strings.Repeat("a", 951), status: 400, code: "bad_request"},
		{name: "double slash", pathname: "a//b", status: 400, code: "bad_request"},
		{name: "cached too briefly", changes: []string{"x-cache-control-max-age", "59"}, status: 400, code: "bad_request"},
		{name: "no access", changes: []string{"x-vercel-blob-access", ""}, status: 400, code: "bad_request"},
		{name: "private in public", changes: []string{"x-vercel-blob-access", "private"}, status: 400, code: "bad_request"},
		{name: "public in private", private: true, status: 400, code: "bad_request"},
		{name: "no token", changes: []string{"Authorization", ""}, status: 403, code: "forbidden"},
		{name: "wrong token", changes: []string{"Authorization", "Bearer x"}, status: 403, code: "forbidden"},
		{name: "no version", changes: []string{"x-api-version", ""}, status: 400, code: "bad_request"},
		{name: "other store", changes: []string{"x-vercel-blob-store-id", "x"}, status: 404, code: "store_not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, blobsim.Options{Private: tt.private})
			if tt.changes != nil || tt.private {
				tt.pathname = "a"
			}
			a := r.put(t, tt.pathname, "x", tt.changes...)
			if a.status != tt.status || a.code(t) != tt.code {
				t.Errorf("put answered %d %s, want %d %s", a.status, a.body, tt.status, tt.code)
			}
			if files := r.Files(); len(files) != 0 {
				t.Errorf("the store holds %v, want nothing", files)
			}
		})
	}
}

func TestNotSimulated(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	for _, path := range []string{"/rename", "/?pathname=a&fromUrl=b", "/mpu?pathname=a"} {
		method := http.MethodPost
		if strings.Contains(path, "fromUrl") {
			method = http.MethodPut
		}
		if a := r.call(t, method, path, header(), ""); a.status != 400 || a.code(t) != "bad_request" {
			t.Errorf("%s %s answered %d %s, want 400 bad_request", method, path, a.status, a.body)
		}
	}
}

func TestNew_panics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("New() with a token that names no store did not panic")
		}
	}()
	blobsim.New(blobsim.Options{Token: "secret"})
}
