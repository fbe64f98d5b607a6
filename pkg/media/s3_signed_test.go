package media_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"notionsync/pkg/media"
)

// signed lets through what is signed with the key "key" of the id "id", as it came over the wire, and answers like S3
// where that is not so. The real server behind it does not look.
func signed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet { // anyone may read
			if code := checkSignature(r, "id", "key"); code != "" {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>no</Message></Error>")
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

// checkSignature follows docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read
// 2026-08). It returns S3's word for what is wrong.
func checkSignature(r *http.Request, keyID, key string) string {
	fields := map[string]string{}
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	for field := range strings.SplitSeq(auth, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	id, scope, _ := strings.Cut(fields["Credential"], "/")
	parts := strings.Split(scope, "/")
	if !ok || len(parts) != 4 {
		return "AuthorizationHeaderMalformed"
	}
	if id != keyID {
		return "InvalidAccessKeyId"
	}
	body, err := io.ReadAll(r.Body)
	sum := sha256.Sum256(body)
	if err != nil || hex.EncodeToString(sum[:]) != r.Header.Get("X-Amz-Content-Sha256") {
		return "XAmzContentSHA256Mismatch"
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	names := strings.Split(fields["SignedHeaders"], ";")
	for _, needed := range []string{"host", "x-amz-content-sha256", "x-amz-date"} {
		if !slices.Contains(names, needed) {
			return "AccessDenied"
		}
	}
	canonical := []string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery}
	for _, name := range names {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical = append(canonical, name+":"+value)
	}
	canonical = append(canonical, "", fields["SignedHeaders"], hex.EncodeToString(sum[:]))
	whole := sha256.Sum256([]byte(strings.Join(canonical, "\n")))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", r.Header.Get("X-Amz-Date"), scope, hex.EncodeToString(whole[:])}, "\n")
	by := []byte("AWS4" + key)
	for _, part := range append(parts, text) {
		mac := hmac.New(sha256.New, by)
		mac.Write([]byte(part))
		by = mac.Sum(nil)
	}
	if hex.EncodeToString(by) != fields["Signature"] {
		return "SignatureDoesNotMatch"
	}
	return ""
}

// TestS3_refused: a store that does not know us, or has no such bucket, takes nothing, whatever the file.
func TestS3_refused(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(signed(gofakes3.New(backend).Server()))
	t.Cleanup(server.Close)
	tests := []struct {
		name   string
		change func(*media.S3Options)
		code   string // empty: it works
	}{
		{"right", func(*media.S3Options) {}, ""},
		{"another id", func(o *media.S3Options) { o.KeyID = "di" }, "InvalidAccessKeyId"},
		{"another key", func(o *media.S3Options) { o.Key = "s3cret" }, "SignatureDoesNotMatch"},
		{"no such bucket", func(o *media.S3Options) { o.Bucket = "elsewhere" }, "NoSuchBucket"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := media.S3Options{Endpoint: server.URL, Bucket: bucket, KeyID: "id", Key: "key"}
			tt.change(&opts)
			s3, err := media.NewS3(opts)
			if err != nil {
				t.Fatalf("NewS3(): %v", err)
			}
			for _, n := range []int{1, 5<<20 + 1} {
				_, err := s3.Put(t.Context(), "media/grüße (1)+~.bin", onlyReader(noise(n)), -1, "a/b")
				refused, _ := errors.AsType[*media.Error](err)
				if tt.code == "" && err != nil || tt.code != "" && (refused == nil || refused.Code != tt.code) {
					t.Errorf("Put() of %d bytes: error %v, want code %q", n, err, tt.code)
				}
				if errors.Is(err, media.ErrStore) != (tt.code != "") {
					t.Errorf("Put() of %d bytes: error %v, want ErrStore: %t", n, err, tt.code != "")
				}
				if err != nil && strings.Contains(err.Error(), "s3cret") {
					t.Errorf("Put() error %q shows the key", err)
				}
			}
		})
	}
}

// TestS3_keys: whatever is in a key, the file can be read at the URL that Put gave, and deleted.
func TestS3_keys(t *testing.T) {
	t.Parallel()
	s3, _ := newS3(t)
	for _, key := range []string{"a b", "ü/日本", "a+b&c=d;e,f:g@h$i", "100%", "a?b#c", "(1)'!*~"} {
		link := put(t, s3, key, onlyReader([]byte("x")), 1)
		if content, _, status := get(t, link); status != http.StatusOK || string(content) != "x" {
			t.Errorf("GET %s after Put(%q): status %d", link, key, status)
		}
		if err := s3.Delete(t.Context(), []string{key}); err != nil {
			t.Errorf("Delete(%q): %v", key, err)
		}
		if _, _, status := get(t, link); status != http.StatusNotFound {
			t.Errorf("GET %s after Delete: status %d, want 404", link, status)
		}
	}
}
