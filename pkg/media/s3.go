package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"sync"

	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// S3Options describe a bucket of an S3-compatible store: AWS, R2, MinIO and others.
type S3Options struct {
	// Endpoint is the store's http or https URL, without the bucket. Required, like Bucket, KeyID and Key.
	Endpoint string
	Bucket   string
	// Region is the bucket's. Default: the one that an AWS endpoint names, else us-east-1.
	Region string
	// KeyID and Key are an access key that may write and delete.
	KeyID, Key string
	// PublicURL is where the bucket can be read, with or without a slash at its end. Default: the bucket's URL at the
	// endpoint.
	PublicURL string
	// Transport makes the requests. Default: one with connections of its own.
	Transport http.RoundTripper
}

const (
	s3Part    = 5 << 20 // bytes; the smallest S3 takes, and each Put holds one
	s3Deletes = 8       // files removed at the same time
)

// S3 is a bucket. Files must be readable by anyone at its public URL: that is for the bucket's policy to say.
//
// Its few requests are made here and signed by minio-go, whose own client would take 2 MB of a function's binary.
type S3 struct {
	client *http.Client
	bucket *url.URL // where requests go
	public *url.URL // where files are read
	region string
	keyID  string
	key    string
}

var _ Backend = (*S3)(nil)

// NewS3 refuses what is missing or malformed. It makes no request.
func NewS3(opts S3Options) (*S3, error) {
	endpoint, err := parseBase(opts.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("media: the endpoint of the S3 store: %w", err)
	}
	if err := s3utils.CheckValidBucketName(opts.Bucket); err != nil {
		return nil, fmt.Errorf("media: the bucket %q: %w", opts.Bucket, err)
	}
	if path.Base(endpoint.Path) == opts.Bucket {
		return nil, fmt.Errorf("media: the endpoint %q holds the bucket's name, which is added by itself", opts.Endpoint)
	}
	if opts.KeyID == "" || opts.Key == "" {
		return nil, errors.New("media: the S3 access key is not complete")
	}
	s := &S3{
		region: cmp.Or(opts.Region, s3utils.GetRegionFromURL(*endpoint), "us-east-1"),
		keyID:  opts.KeyID,
		key:    opts.Key,
		client: &http.Client{Transport: opts.Transport, CheckRedirect: noRedirect},
	}
	if s.client.Transport == nil {
		s.client.Transport = newTransport(nil)
	}
	s.bucket = bucketURL(endpoint, opts.Bucket, s.region)
	s.public = s.bucket
	if opts.PublicURL != "" {
		if s.public, err = parseBase(opts.PublicURL); err != nil {
			return nil, fmt.Errorf("media: the public URL of the bucket: %w", err)
		}
	}
	return s, nil
}

// noRedirect makes a redirect an answer: a signature is good for one host only, and what S3 says beside it is where the
// bucket really is.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// bucketURL is where a bucket lies: in the host's name where the store is known to want that, else in the path. The
// endpoint that AWS has for all regions takes requests for one of them only.
func bucketURL(endpoint *url.URL, bucket, region string) *url.URL {
	u := *endpoint
	if u.Host == "s3.amazonaws.com" && region != "us-east-1" {
		u.Host = "s3." + region + ".amazonaws.com"
	}
	if !s3utils.IsVirtualHostSupported(u, bucket) {
		return u.JoinPath(bucket)
	}
	u.Host = bucket + "." + u.Host
	return &u
}

// Name is "S3".
func (s *S3) Name() string { return "S3" }

// Put uploads files up to one part in one request, larger ones in parts. Parts of a failed upload are removed.
func (s *S3) Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) (string, error) {
	src := &source{body: body, size: size}
	head, whole, err := src.first(s3Part)
	if err != nil {
		return "", err
	}
	if whole {
		err = s.do(ctx, s3Request{
			op: "put", method: http.MethodPut, key: key, header: s3Header(contentType), body: bytesPayload(head),
		}, nil)
	} else {
		err = s.putParts(ctx, key, contentType, head, src)
	}
	if err != nil {
		return "", src.blame(err)
	}
	return fileURL(s.public, key).String(), nil
}

// fileURL is a file's place below base, escaped as requests for it are signed.
func fileURL(base *url.URL, key string) *url.URL {
	u := *base
	u.Path += "/" + key
	u.RawPath = s3utils.EncodePath(u.Path)
	return &u
}

func s3Header(contentType string) map[string]string {
	return map[string]string{
		"Content-Type":  contentType,
		"Cache-Control": fmt.Sprintf("public, max-age=%d, immutable", maxAge),
	}
}

// Delete removes files one by one, a few at the same time: not every store like S3 knows how to remove many at once.
func (s *S3) Delete(ctx context.Context, keys []string) error {
	var (
		running sync.WaitGroup
		free    = make(chan struct{}, s3Deletes)
		mu      sync.Mutex
		failed  []error
	)
	for _, key := range keys {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			if err := s.delete(ctx, key); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
		})
	}
	running.Wait()
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d files: %w", len(failed), len(keys), failed[0])
	}
	return nil
}

func (s *S3) delete(ctx context.Context, key string) error {
	err := s.do(ctx, s3Request{op: "delete", method: http.MethodDelete, key: key}, nil)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == "NoSuchKey" {
		return nil // S3 does not mind, others may
	}
	return err
}
