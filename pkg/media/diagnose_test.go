package media_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
)

// bucketBehind is an S3 store whose requests pass by first, which answers itself and reports true, or lets them through.
func bucketBehind(t *testing.T, first func(http.ResponseWriter, *http.Request) bool, public string) media.Backend {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	store := gofakes3.New(backend).Server()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first == nil || !first(w, r) {
			store.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	s3, err := media.NewS3(media.S3Options{Endpoint: s.URL, Bucket: "files", KeyID: "key-id", Key: "key", PublicURL: public})
	if err != nil {
		t.Fatal(err)
	}
	return s3
}

// refusing answers requests of a method, or all, in S3's manner.
func refusing(method string, status int, code, message string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if method != "" && r.Method != method {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
		return true
	}
}

// Whatever is wrong with a file store is told apart from all else, with what to do about it.
func TestKeeper_Check_whatIsWrong(t *testing.T) {
	t.Parallel()
	closed := serve(t, func(http.ResponseWriter, *http.Request) {})
	closed.Close()
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	blobRefusing := func(op blobsim.Op, status int, code string) func(t *testing.T) media.Backend {
		return func(t *testing.T) media.Backend {
			blob, sim := newBlob(t, media.BlobOptions{})
			sim.Misbehave(blobsim.Faults{
				Fail: 9, Status: status, Code: code, Only: func(r blobsim.Request) bool { return r.Op == op },
			})
			return blob
		}
	}
	s3 := func(first func(http.ResponseWriter, *http.Request) bool) func(t *testing.T) media.Backend {
		return func(t *testing.T) media.Backend { return bucketBehind(t, first, "") }
	}
	unsigned := func(w http.ResponseWriter, r *http.Request) bool { // R2 says so to whoever reads without a signature
		return r.Header.Get("Authorization") == "" && refusing("", 400, "InvalidArgument", "Authorization")(w, r)
	}
	for _, tt := range []struct {
		name  string
		store func(t *testing.T) media.Backend
		want  diagnosis.ID
		fix   string
	}{
		{"a wrong key", s3(refusing("", 403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")), diagnosis.FilesKey, "S3_SECRET_ACCESS_KEY"},
		{"an unknown key", s3(refusing("", 403, "InvalidAccessKeyId", "unknown")), diagnosis.FilesKey, "S3_ACCESS_KEY_ID"},
		{"a token of another store", blobRefusing(blobsim.OpPut, 403, "forbidden"), diagnosis.FilesKey, "BLOB_READ_WRITE_TOKEN"},
		{"a key for reading", s3(refusing("PUT", 403, "AccessDenied", "Access Denied.")), diagnosis.FilesDenied, "s3:PutObject"},
		{"another region", s3(refusing("", 400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-central-1'")), diagnosis.FilesRegion, "S3_REGION"},
		{"no such region", s3(refusing("", 400, "InvalidRegionName", "The region name 'us-east' is not valid. Must be one of: wnam, auto")), diagnosis.FilesRegion, "auto"},
		{"the region's redirect", s3(refusing("", 301, "PermanentRedirect", "must be addressed using the specified endpoint")), diagnosis.FilesRegion, "S3_ENDPOINT"},
		{"a wrong clock", s3(refusing("", 403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.")), diagnosis.FilesClock, "Set the clock"},
		{"full", s3(refusing("PUT", 507, "QuotaExceeded", "Storage quota exceeded")), diagnosis.FilesQuota, "larger plan"},
		{"MinIO is full", s3(refusing("PUT", 507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold.")), diagnosis.FilesQuota, "quota"},
		{"no such bucket", s3(refusing("", 404, "NoSuchBucket", "The specified bucket does not exist")), diagnosis.FilesBucket, "S3_BUCKET"},
		{"no such Blob store", blobRefusing(blobsim.OpPut, 404, "store_not_found"), diagnosis.FilesBucket, "Blob store"},
		{"a suspended Blob store", blobRefusing(blobsim.OpPut, 403, "store_suspended"), diagnosis.FilesSuspended, "Storage"},
		{"no S3 at all", func(t *testing.T) media.Backend {
			return bucketBehind(t, func(w http.ResponseWriter, _ *http.Request) bool {
				http.Error(w, "<html>", http.StatusMethodNotAllowed)
				return true
			}, "")
		}, diagnosis.FilesEndpoint, "S3_ENDPOINT"},
		{"unreachable", func(t *testing.T) media.Backend {
			s3, err := media.NewS3(media.S3Options{Endpoint: closed.URL, Bucket: "files", KeyID: "key-id", Key: "key"})
			if err != nil {
				t.Fatal(err)
			}
			return s3
		}, diagnosis.FilesUnreachable, "reachable from the internet"},
		{"trouble", s3(refusing("PUT", 503, "SlowDown", "Reduce your request rate.")), diagnosis.FilesTrouble, "few minutes"},
		{"a feature that it lacks", s3(refusing("PUT", 501, "NotImplemented", "Unsupported header")), diagnosis.FilesRefusal, "write and delete"},
		{"no public URL", s3(unsigned), diagnosis.FilesNoPublicURL, "set S3_PUBLIC_URL"},
		{"a bucket that is not public", func(t *testing.T) media.Backend {
			private := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
			return bucketBehind(t, nil, private.URL)
		}, diagnosis.FilesNotPublic, "public access"},
		{"a private Blob store", blobRefusing(blobsim.OpFile, 403, "forbidden"), diagnosis.FilesNotPublic, "create another"},
		{"a public URL of something else", func(t *testing.T) media.Backend { return bucketBehind(t, nil, other.URL) }, diagnosis.FilesElsewhere, "S3_PUBLIC_URL"},
		{"a public URL where nobody is", func(t *testing.T) media.Backend { return bucketBehind(t, nil, closed.URL) }, diagnosis.FilesPublicDown, "S3_PUBLIC_URL"},
		{"a key that may not delete", func(t *testing.T) media.Backend {
			return bucketBehind(t, refusing("DELETE", 403, "AccessDenied", "Access Denied."), "")
		}, diagnosis.FilesDelete, "s3:DeleteObject"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := newKeeper(t, media.Options{Backend: tt.store(t)}).Check(t.Context())
			var d *diagnosis.Error
			if !errors.As(err, &d) || d.ID != tt.want || !strings.Contains(d.Fix(diagnosis.English), tt.fix) {
				t.Errorf("Check = %v, want %q with %q", err, tt.want, tt.fix)
			}
			if d != nil && strings.ContainsAny(d.What(diagnosis.English), "{}") {
				t.Errorf("said %q, with a place that is empty", d.What(diagnosis.English))
			}
		})
	}
}
