package media

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
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
	s3Part     = 5 << 20 // bytes; the smallest S3 takes, and each Put holds two
	s3Attempts = 3       // of a request whose body is in memory
)

// S3 is a bucket. Files must be readable by anyone at its public URL: that is for the bucket's policy to say.
type S3 struct {
	client *minio.Client
	bucket string
	public *url.URL
}

var _ Backend = (*S3)(nil)

// NewS3 refuses what is missing or malformed. It makes no request.
func NewS3(opts S3Options) (*S3, error) {
	endpoint, err := parseBase(opts.Endpoint)
	if err != nil || endpoint.Path != "" {
		return nil, fmt.Errorf("media: the endpoint %q is no http or https URL without a path", opts.Endpoint)
	}
	if err := s3utils.CheckValidBucketName(opts.Bucket); err != nil {
		return nil, fmt.Errorf("media: the bucket %q: %w", opts.Bucket, err)
	}
	if opts.KeyID == "" || opts.Key == "" {
		return nil, errors.New("media: the S3 access key is not complete")
	}
	transport := opts.Transport
	if transport == nil {
		transport = newTransport(nil)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(opts.KeyID, opts.Key, ""),
		Secure:     endpoint.Scheme == "https",
		Region:     cmp.Or(opts.Region, s3utils.GetRegionFromURL(*endpoint), "us-east-1"),
		MaxRetries: s3Attempts,
		Transport:  transport,
	})
	if err != nil {
		return nil, fmt.Errorf("media: the S3 store: %w", err)
	}
	public := bucketURL(endpoint, opts.Bucket)
	if opts.PublicURL != "" {
		if public, err = parseBase(opts.PublicURL); err != nil {
			return nil, fmt.Errorf("media: the public URL of the bucket: %w", err)
		}
	}
	return &S3{client: client, bucket: opts.Bucket, public: public}, nil
}

// bucketURL is where a bucket lies: in the host's name where the store is known to want that, else in the path.
func bucketURL(endpoint *url.URL, bucket string) *url.URL {
	if !s3utils.IsVirtualHostSupported(*endpoint, bucket) {
		return endpoint.JoinPath(bucket)
	}
	u := *endpoint
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
	opts := minio.PutObjectOptions{
		ContentType:  contentType,
		CacheControl: fmt.Sprintf("public, max-age=%d, immutable", maxAge),
		PartSize:     s3Part,
		// The body is not signed, as is the client's habit under https. Under http it would sign it chunk by chunk, which
		// not every store takes apart again; and an empty one it would send without a length (minio-go 7.4.1).
		DisableContentSha256: true,
	}
	if whole {
		_, err = s.client.PutObject(ctx, s.bucket, key, bytes.NewReader(head), int64(len(head)), opts)
	} else {
		// A size would make the client stop reading there; so it reads to the end, and source sees to the size.
		_, err = s.client.PutObject(ctx, s.bucket, key, io.MultiReader(bytes.NewReader(head), src), -1, opts)
	}
	if err != nil {
		return "", fmt.Errorf("put: %w", src.blame(s3Error(ctx, err)))
	}
	return s.public.JoinPath(key).String(), nil
}

// Delete removes files, up to 1000 a request.
func (s *S3) Delete(ctx context.Context, keys []string) error {
	objects := make(chan minio.ObjectInfo, len(keys))
	for _, key := range keys {
		objects <- minio.ObjectInfo{Key: key}
	}
	close(objects)
	var failed []error
	for result := range s.client.RemoveObjects(ctx, s.bucket, objects, minio.RemoveObjectsOptions{}) {
		if minio.ToErrorResponse(result.Err).Code != minio.NoSuchKey {
			failed = append(failed, s3Error(ctx, result.Err))
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("delete %d files: %w", len(failed), failed[0])
	}
	return ctx.Err()
}

// s3Error is the store's refusal as an *Error, any other error without the URL it was met at.
func s3Error(ctx context.Context, err error) error {
	refused, ok := errors.AsType[minio.ErrorResponse](err)
	if !ok || refused.StatusCode == 0 {
		return reason(ctx, withoutURL(err))
	}
	e := &Error{Status: refused.StatusCode, Code: refused.Code, Message: refused.Message}
	switch refused.Code {
	case minio.AccessDenied, minio.NoSuchBucket, "InvalidAccessKeyId", "SignatureDoesNotMatch", "AllAccessDisabled",
		"AuthorizationHeaderMalformed", "PermanentRedirect", "RequestTimeTooSkewed":
		e.fatal = true
	}
	return e
}
