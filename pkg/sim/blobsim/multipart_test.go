package blobsim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"notionsync/pkg/sim/blobsim"
)

const minPart = 5 << 20

func (r rig) mpu(t *testing.T, action, body string, changes ...string) answer {
	t.Helper()
	return r.call(t, http.MethodPost, "/mpu?pathname=%C3%BC.bin", header(append(changes, "x-mpu-action", action)...), body)
}

// begin creates an upload and returns the headers that name it.
func (r rig) begin(t *testing.T) []string {
	t.Helper()
	var created struct{ UploadID, Key string }
	r.mpu(t, "create", "", "x-content-type", "video/mp4").read(t, &created)
	return []string{"x-mpu-upload-id", created.UploadID, "x-mpu-key", url.PathEscape(created.Key)}
}

func (r rig) part(t *testing.T, names []string, n int, body string) string {
	t.Helper()
	var part struct{ ETag string }
	r.mpu(t, "upload", body, append(names[:4:4], "x-mpu-part-number", fmt.Sprint(n))...).read(t, &part)
	return fmt.Sprintf(`{"partNumber":%d,"etag":%q}`, n, part.ETag)
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	names := r.begin(t)
	first, second := r.part(t, names, 1, strings.Repeat("a", minPart)), r.part(t, names, 2, "b")
	if r.Unfinished() != 1 || len(r.Files()) != 0 {
		t.Errorf("before completion: %d unfinished, %d files; want 1 and 0", r.Unfinished(), len(r.Files()))
	}
	var stored map[string]string
	r.mpu(t, "complete", "["+first+","+second+"]", names...).read(t, &stored)
	f, _ := r.File("ü.bin")
	if string(f.Content) != strings.Repeat("a", minPart)+"b" || f.ContentType != "video/mp4" || stored["etag"] != f.ETag {
		t.Errorf("File() has %d bytes, type %q, etag %q; answered %v", f.Size, f.ContentType, f.ETag, stored)
	}
	if r.Unfinished() != 0 {
		t.Errorf("Unfinished() = %d, want 0", r.Unfinished())
	}
}

func TestMultipart_refused(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	names := r.begin(t)
	first, second := r.part(t, names, 1, "small"), r.part(t, names, 2, "b")
	other := []string{"x-mpu-upload-id", "x", "x-mpu-key", names[3]}
	tests := map[string]struct {
		answer answer
		code   string
	}{
		"no parts":            {r.mpu(t, "complete", "[]", names...), "bad_request"},
		"no JSON":             {r.mpu(t, "complete", "x", names...), "bad_request"},
		"small part":          {r.mpu(t, "complete", "["+first+","+second+"]", names...), "bad_request"},
		"wrong order":         {r.mpu(t, "complete", "["+second+","+first+"]", names...), "bad_request"},
		"unknown part":        {r.mpu(t, "complete", `[{"partNumber":3,"etag":"x"}]`, names...), "bad_request"},
		"wrong etag":          {r.mpu(t, "complete", `[{"partNumber":1,"etag":"x"}]`, names...), "bad_request"},
		"unknown upload":      {r.mpu(t, "complete", "["+first+"]", other...), "not_found"},
		"wrong key":           {r.mpu(t, "complete", "["+first+"]", names[0], names[1], "x-mpu-key", "x"), "not_found"},
		"part without number": {r.mpu(t, "upload", "x", names...), "bad_request"},
		"part of no upload":   {r.mpu(t, "upload", "x", "x-mpu-part-number", "1"), "not_found"},
	}
	for name, tt := range tests {
		if got := tt.answer.code(t); got != tt.code {
			t.Errorf("%s: code %s, want %s", name, got, tt.code)
		}
	}
	if len(r.Files()) != 0 || r.Unfinished() != 1 {
		t.Errorf("%d files, %d unfinished; want 0 and 1", len(r.Files()), r.Unfinished())
	}
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{Discard: true})
	names := r.begin(t)
	r.mpu(t, "complete", "["+r.part(t, names, 1, "four")+"]", names...).read(t, new(any))
	r.put(t, "a", "three").read(t, new(any))
	for _, f := range r.Files() {
		if f.Content != nil || f.Size == 0 || f.ETag == "" {
			t.Errorf("file %s has %d bytes held, size %d, etag %q", f.Pathname, len(f.Content), f.Size, f.ETag)
		}
	}
}
