package media_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"notionsync/pkg/media"
)

func TestNewS3(t *testing.T) {
	t.Parallel()
	good := media.S3Options{Endpoint: "https://s3.example.com", Bucket: bucket, KeyID: "id", Key: "s3cret"}
	tests := []struct {
		name   string
		change func(*media.S3Options)
		ok     bool
	}{
		{name: "all that is needed", change: func(*media.S3Options) {}, ok: true},
		{name: "slash behind the endpoint", change: func(o *media.S3Options) { o.Endpoint += "/" }, ok: true},
		{name: "no endpoint", change: func(o *media.S3Options) { o.Endpoint = "" }},
		{name: "endpoint without scheme", change: func(o *media.S3Options) { o.Endpoint = "s3.example.com" }},
		{name: "path in the endpoint", change: func(o *media.S3Options) { o.Endpoint += "/storage/v1/s3" }, ok: true},
		{name: "endpoint with the bucket", change: func(o *media.S3Options) { o.Endpoint += "/files" }},
		{name: "no bucket", change: func(o *media.S3Options) { o.Bucket = "" }},
		{name: "no name of a bucket", change: func(o *media.S3Options) { o.Bucket = "a/b" }},
		{name: "no key id", change: func(o *media.S3Options) { o.KeyID = "" }},
		{name: "no key", change: func(o *media.S3Options) { o.Key = "" }},
		{name: "public URL without scheme", change: func(o *media.S3Options) { o.PublicURL = "cdn.example.com" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := good
			tt.change(&opts)
			_, err := media.NewS3(opts)
			if (err == nil) != tt.ok {
				t.Errorf("NewS3() error %v, want one: %t", err, !tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("NewS3() error %q shows the key", err)
			}
		})
	}
}

// TestS3_Put_url: where the store is asked to put a file, and where the file can be read then.
func TestS3_Put_url(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		endpoint, public string
		asked, want      string
		setRegion        string
		region           string // signed for; default us-east-1
	}{
		{
			name: "bucket in the path", endpoint: "http://127.0.0.1:9000",
			asked: "http://127.0.0.1:9000/files/media/%C3%BC.png", want: "http://127.0.0.1:9000/files/media/%C3%BC.png",
		},
		{
			name: "path in the endpoint", endpoint: "https://p.supabase.co/storage/v1/s3/",
			asked: "https://p.supabase.co/storage/v1/s3/files/media/%C3%BC.png",
			want:  "https://p.supabase.co/storage/v1/s3/files/media/%C3%BC.png",
		},
		{
			name: "bucket in the host", endpoint: "https://s3.eu-west-1.amazonaws.com", region: "eu-west-1",
			asked: "https://files.s3.eu-west-1.amazonaws.com/media/%C3%BC.png",
			want:  "https://files.s3.eu-west-1.amazonaws.com/media/%C3%BC.png",
		},
		{
			name: "AWS without a region", endpoint: "https://s3.amazonaws.com",
			asked: "https://files.s3.amazonaws.com/media/%C3%BC.png", want: "https://files.s3.amazonaws.com/media/%C3%BC.png",
		},
		{
			name: "AWS in a region", endpoint: "https://s3.amazonaws.com", setRegion: "eu-west-1", region: "eu-west-1",
			asked: "https://files.s3.eu-west-1.amazonaws.com/media/%C3%BC.png",
			want:  "https://files.s3.eu-west-1.amazonaws.com/media/%C3%BC.png",
		},
		{
			name: "Google", endpoint: "https://storage.googleapis.com", setRegion: "auto", region: "auto",
			asked: "https://files.storage.googleapis.com/media/%C3%BC.png",
			want:  "https://files.storage.googleapis.com/media/%C3%BC.png",
		},
		{
			name: "public elsewhere", endpoint: "https://account.r2.cloudflarestorage.com", public: "https://cdn.example.com/f/",
			asked: "https://account.r2.cloudflarestorage.com/files/media/%C3%BC.png",
			want:  "https://cdn.example.com/f/media/%C3%BC.png",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			s3, err := media.NewS3(media.S3Options{
				Endpoint: tt.endpoint, PublicURL: tt.public, Bucket: bucket, Region: tt.setRegion, KeyID: "id", Key: "key",
				Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					got = r
					return handled(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))(r)
				}),
			})
			if err != nil {
				t.Fatalf("NewS3(): %v", err)
			}
			link, err := s3.Put(t.Context(), "media/ü.png", onlyReader([]byte("hello")), 5, "image/png")
			if err != nil || link != tt.want {
				t.Errorf("Put() = %q, %v, want %q", link, err, tt.want)
			}
			if got.URL.String() != tt.asked {
				t.Errorf("Put asked for %s, want %s", got.URL, tt.asked)
			}
			for name, want := range map[string]string{
				"Content-Type": "image/png", "Cache-Control": "public, max-age=31536000, immutable",
			} {
				if got.Header.Get(name) != want {
					t.Errorf("Put sent %s: %q, want %q", name, got.Header.Get(name), want)
				}
			}
			want := "/" + cmp.Or(tt.region, "us-east-1") + "/s3/aws4_request"
			if auth := got.Header.Get("Authorization"); !strings.Contains(auth, want) {
				t.Errorf("Put sent Authorization: %q, want it for %q", auth, want)
			}
		})
	}
}

// TestS3_Put_broken: parts of an upload that failed do not stay.
func TestS3_Put_broken(t *testing.T) {
	t.Parallel()
	s3, endpoint := newS3(t)
	fault := errors.New("connection reset")
	_, err := s3.Put(t.Context(), "a", io.MultiReader(onlyReader(noise(11<<20)), iotest.ErrReader(fault)), -1, "a/b")
	if !errors.Is(err, fault) {
		t.Errorf("Put() error %v, want %v", err, fault)
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4("id", "key", ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for upload := range client.ListIncompleteUploads(t.Context(), bucket, "", true) {
		t.Errorf("ListIncompleteUploads() has %+v, want none", upload)
	}
}

// TestS3_errors: what is refused, how often it is tried, and whether other files would fare better. Each row is one
// answer to everything.
func TestS3_errors(t *testing.T) {
	t.Parallel()
	const twice = 1500 * time.Millisecond // the pauses between three attempts, at least
	tests := []struct {
		name       string
		status     int
		retryAfter string
		body       string
		code       string
		attempts   int // default 1
		waited     time.Duration
		fatal      bool
	}{
		{name: "wrong key", status: 403, body: "<Error><Code>SignatureDoesNotMatch</Code></Error>", code: "SignatureDoesNotMatch",
			fatal: true},
		{name: "not allowed", status: 403, body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
			code: "AccessDenied", fatal: true},
		{name: "not allowed, by HTML", status: 403, body: "<html>no", fatal: true},
		{name: "no such bucket", status: 404, body: "<Error><Code>NoSuchBucket</Code></Error>", code: "NoSuchBucket", fatal: true},
		{name: "another region", status: 400, body: "<Error><Code>AuthorizationHeaderMalformed</Code></Error>",
			code: "AuthorizationHeaderMalformed", fatal: true},
		{name: "another endpoint", status: 301, body: "<Error><Code>PermanentRedirect</Code></Error>", code: "PermanentRedirect",
			fatal: true},
		{name: "redirected", status: 307, fatal: true},
		{name: "too much", status: 400, body: "<Error><Code>EntityTooLarge</Code></Error>", code: "EntityTooLarge"},
		{name: "unavailable", status: 503, body: "<html>", attempts: 3, waited: twice},
		{name: "internal error", status: 500, body: "<Error><Code>InternalError</Code></Error>", code: "InternalError",
			attempts: 3, waited: twice},
		{name: "an error that says 200", status: 200, body: "<?xml?>\n<Error><Code>InternalError</Code></Error>",
			code: "InternalError", attempts: 3, waited: twice},
		{name: "slow", status: 408, body: "<Error><Code>RequestTimeout</Code></Error>", code: "RequestTimeout", attempts: 3,
			waited: twice},
		{name: "too many", status: 429, retryAfter: "4", attempts: 3, waited: 8 * time.Second},
		{name: "too many for long", status: 503, retryAfter: "60", body: "<Error><Code>SlowDown</Code></Error>", code: "SlowDown"},
		{name: "not known", status: 501, body: "<Error><Code>NotImplemented</Code></Error>", code: "NotImplemented"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			s3 := s3On(t, "s3cret", handled(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("Location", "https://elsewhere.example.com/")
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})))
			ops := map[string]func(context.Context) error{
				"Put": func(ctx context.Context) error {
					_, err := s3.Put(ctx, "a", onlyReader([]byte("x")), 1, "a/b")
					return err
				},
				"Put in parts": func(ctx context.Context) error {
					_, err := s3.Put(ctx, "a", onlyReader(noise(6<<20)), -1, "a/b")
					return err
				},
				"Delete": func(ctx context.Context) error { return s3.Delete(ctx, []string{"a"}) },
			}
			for op, do := range ops {
				synctest.Test(t, func(t *testing.T) {
					asked = 0
					start := time.Now()
					err := do(t.Context())
					if waited := time.Since(start); waited < tt.waited || waited > tt.waited+twice {
						t.Errorf("%s() took %s, want %s and not much more", op, waited, tt.waited)
					}
					if want := max(tt.attempts, 1); asked != want {
						t.Errorf("%s() made %d requests, want %d", op, asked, want)
					}
					refused, ok := errors.AsType[*media.Error](err)
					if !ok || refused.Status != tt.status || refused.Code != tt.code {
						t.Errorf("%s() error %v, want status %d, code %s", op, err, tt.status, tt.code)
					}
					if errors.Is(err, media.ErrStore) != tt.fatal {
						t.Errorf("%s() error %v, want ErrStore: %t", op, err, tt.fatal)
					}
					if err != nil && strings.Contains(err.Error(), "s3cret") {
						t.Errorf("%s() error %q shows the key", op, err)
					}
				})
			}
		})
	}
}

// s3On is a bucket behind a transport.
func s3On(t *testing.T, key string, transport http.RoundTripper) *media.S3 {
	t.Helper()
	s3, err := media.NewS3(media.S3Options{
		Endpoint: "https://s3.example.com", Bucket: bucket, KeyID: "id", Key: key, Transport: transport,
	})
	if err != nil {
		t.Fatalf("NewS3(): %v", err)
	}
	return s3
}

// TestS3_Put_answers: answers in the middle of an upload that are no answers.
func TestS3_Put_answers(t *testing.T) {
	t.Parallel()
	const id = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
	for _, created := range []string{"", "<html>", "<InitiateMultipartUploadResult/>", id} { // parts have no ETag
		var asked []string
		s3 := s3On(t, "key", handled(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method)
			_, _ = io.WriteString(w, created)
		})))
		if link, err := s3.Put(t.Context(), "a", onlyReader(noise(6<<20)), -1, "a/b"); err == nil {
			t.Errorf("Put answered with %q = %q, want an error", created, link)
		}
		want := []string{"POST"}
		if created == id {
			want = []string{"POST", "PUT", "DELETE"} // what was begun is aborted
		}
		if !slices.Equal(asked, want) {
			t.Errorf("Put answered with %q made %v, want %v", created, asked, want)
		}
	}
}

// TestS3_Put_part_again: a part that a store fails to take goes again, and the file is whole.
func TestS3_Put_part_again(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sizes []int64
		completed := ""
		s3 := s3On(t, "key", handled(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch query := r.URL.Query(); {
			case query.Has("uploads"):
				_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u&amp;1</UploadId></InitiateMultipartUploadResult>")
			case query.Get("uploadId") != "u&1":
				w.WriteHeader(http.StatusTeapot)
			case r.Method == http.MethodPost:
				completed = string(body)
			case len(sizes) == 1:
				sizes = append(sizes, 0)
				w.WriteHeader(http.StatusBadGateway)
			default:
				sizes = append(sizes, int64(len(body)))
				w.Header().Set("ETag", fmt.Sprintf("%q", query.Get("partNumber")))
			}
		})))
		if _, err := s3.Put(t.Context(), "a", onlyReader(noise(5<<20+9)), -1, "a/b"); err != nil {
			t.Fatalf("Put(): %v", err)
		}
		if want := []int64{5 << 20, 0, 9}; !slices.Equal(sizes, want) {
			t.Errorf("Put sent parts of %d bytes, want %d", sizes, want)
		}
		want := `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
			`<Part><PartNumber>1</PartNumber><ETag>&#34;1&#34;</ETag></Part>` +
			`<Part><PartNumber>2</PartNumber><ETag>&#34;2&#34;</ETag></Part></CompleteMultipartUpload>`
		if completed != want {
			t.Errorf("Put completed with %s, want %s", completed, want)
		}
	})
}

// TestS3_Delete: S3 does not mind removing what is not there, stores like it may; and one file that stays does not keep
// the others.
func TestS3_Delete(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var deleted []string
	s3 := s3On(t, "key", handled(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch key := strings.TrimPrefix(r.URL.Path, "/files/"); key {
		case "missing":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
		case "locked":
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, "<Error><Code>ObjectLocked</Code></Error>")
		default:
			deleted = append(deleted, key)
			w.WriteHeader(http.StatusNoContent)
		}
	})))
	var keys []string
	for i := range 100 {
		keys = append(keys, fmt.Sprint("a/", i))
	}
	if err := s3.Delete(t.Context(), append([]string{"missing"}, keys...)); err != nil {
		t.Errorf("Delete(): %v", err)
	}
	if slices.Sort(deleted); len(slices.Compact(deleted)) != len(keys) {
		t.Errorf("Delete removed %d files, want %d", len(deleted), len(keys))
	}
	deleted = nil
	err := s3.Delete(t.Context(), append([]string{"locked"}, keys...))
	if err == nil || !strings.Contains(err.Error(), "1 of 101 files: delete: status 409, ObjectLocked") {
		t.Errorf("Delete() error %v, want one about the file that is locked", err)
	}
	if len(deleted) != len(keys) {
		t.Errorf("Delete removed %d files beside the one that stays, want %d", len(deleted), len(keys))
	}
}
