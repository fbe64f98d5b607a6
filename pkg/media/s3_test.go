package media_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

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
	}{
		{
			name: "bucket in the path", endpoint: "http://127.0.0.1:9000",
			asked: "http://127.0.0.1:9000/files/media/%C3%BC.png", want: "http://127.0.0.1:9000/files/media/%C3%BC.png",
		},
		{
			name: "bucket in the host", endpoint: "https://s3.eu-west-1.amazonaws.com",
			asked: "https://files.s3.dualstack.eu-west-1.amazonaws.com/media/%C3%BC.png",
			want:  "https://files.s3.eu-west-1.amazonaws.com/media/%C3%BC.png",
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
				Endpoint: tt.endpoint, PublicURL: tt.public, Bucket: bucket, KeyID: "id", Key: "key",
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
				"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
			} {
				if got.Header.Get(name) != want {
					t.Errorf("Put sent %s: %q, want %q", name, got.Header.Get(name), want)
				}
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

// TestS3_Put_google: Google's store takes no parts from S3 clients, so a file goes in one request there, and the reason
// why it broke off survives what the client makes of it.
func TestS3_Put_google(t *testing.T) {
	t.Parallel()
	var asked, received int64
	s3, err := media.NewS3(media.S3Options{
		Endpoint: "https://storage.googleapis.com", Bucket: bucket, KeyID: "id", Key: "key",
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked++
			var err error
			if received, err = io.Copy(io.Discard, r.Body); err != nil {
				return nil, err
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatalf("NewS3(): %v", err)
	}
	const n = 5<<20 + 1
	link, err := s3.Put(t.Context(), "media/a.bin", onlyReader(noise(n)), n, "a/b")
	if want := "https://files.storage.googleapis.com/media/a.bin"; err != nil || link != want {
		t.Errorf("Put() = %q, %v, want %q", link, err, want)
	}
	if asked != 1 || received != n {
		t.Errorf("Put sent %d bytes in %d requests, want %d in 1", received, asked, n)
	}
	broken := io.MultiReader(onlyReader(noise(n)), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := s3.Put(t.Context(), "media/a.bin", broken, -1, "a/b"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Put() of a broken body: error %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

func TestS3_errors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		code   string
		fatal  bool
	}{
		{"wrong key", 403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", "SignatureDoesNotMatch", true},
		{"not allowed", 403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>", "AccessDenied", true},
		{"no such bucket", 404, "<Error><Code>NoSuchBucket</Code></Error>", "NoSuchBucket", true},
		{"too much", 400, "<Error><Code>EntityTooLarge</Code></Error>", "EntityTooLarge", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			s3, err := media.NewS3(media.S3Options{Endpoint: server.URL, Bucket: bucket, KeyID: "id", Key: "s3cret"})
			if err != nil {
				t.Fatalf("NewS3(): %v", err)
			}
			_, putErr := s3.Put(t.Context(), "a", onlyReader([]byte("x")), 1, "a/b")
			for op, err := range map[string]error{"Put": putErr, "Delete": s3.Delete(t.Context(), []string{"a"})} {
				refused, ok := errors.AsType[*media.Error](err)
				if !ok || refused.Status != tt.status || refused.Code != tt.code {
					t.Errorf("%s() error %v, want status %d, code %s", op, err, tt.status, tt.code)
				}
				if errors.Is(err, media.ErrStore) != tt.fatal {
					t.Errorf("%s() error %v, want ErrStore: %t", op, err, tt.fatal)
				}
				if strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%s() error %q shows the key", op, err)
				}
			}
		})
	}
}

// TestS3_Delete_missing: S3 does not mind removing what is not there; stores like it may say so, file by file.
func TestS3_Delete_missing(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"NoSuchKey": true, "InternalError": false} {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<DeleteResult><Error><Key>a</Key><Code>"+code+"</Code></Error></DeleteResult>")
		})
		s3, err := media.NewS3(media.S3Options{Endpoint: server.URL, Bucket: bucket, KeyID: "id", Key: "key"})
		if err != nil {
			t.Fatalf("NewS3(): %v", err)
		}
		if err := s3.Delete(t.Context(), []string{"a"}); (err == nil) != want {
			t.Errorf("Delete() of a file that has %s: error %v, want one: %t", code, err, !want)
		}
	}
}

// TestS3_Put_again: a body that is in memory is sent again where that helps.
func TestS3_Put_again(t *testing.T) {
	t.Parallel()
	asked := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if asked++; asked == 1 || string(body) != "hello" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	s3, err := media.NewS3(media.S3Options{Endpoint: server.URL, Bucket: bucket, KeyID: "id", Key: "key"})
	if err != nil {
		t.Fatalf("NewS3(): %v", err)
	}
	if _, err := s3.Put(t.Context(), "a", onlyReader([]byte("hello")), -1, "a/b"); err != nil || asked != 2 {
		t.Errorf("Put() error %v after %d requests, want none after 2", err, asked)
	}
}
