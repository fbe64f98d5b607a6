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
	"strings"
	"unicode"
)

// BlobOptions describe a Vercel Blob store.
type BlobOptions struct {
	// Token is the store's BLOB_READ_WRITE_TOKEN: vercel_blob_rw_<store id>_<secret>, white space around it ignored.
	Token string
	// BaseURL is the API, with or without a slash at its end. Default Vercel's own.
	BaseURL string
	// Transport makes the requests. Default: one with connections of its own.
	Transport http.RoundTripper
	// MultipartAbove is the size in bytes above which a file is uploaded in parts. Each request counts as an operation
	// that is paid for, so a file in one piece is cheaper; a part can be sent again. Default 100 MB, as Vercel advises.
	// A file whose size is not known goes in parts as soon as one is full.
	MultipartAbove int64
}

const (
	blobURL            = "https://vercel.com/api/blob"
	blobMultipartAbove = 100_000_000
	blobPart           = 8 << 20 // bytes, as in Vercel's own client
)

// Blob is a public Vercel Blob store. It speaks the protocol of @vercel/blob 2.8.0, which is not documented: what is
// known of it was read from that package (2026-08).
type Blob struct {
	base           string
	token          string
	store          string // its id
	multipartAbove int64
	client         *http.Client
}

var _ Backend = (*Blob)(nil)

// NewBlob refuses a token that cannot be one, a base that is no http or https URL, and a negative size.
func NewBlob(opts BlobOptions) (*Blob, error) {
	token := strings.TrimSpace(opts.Token)
	fields := strings.SplitN(token, "_", 5)
	if len(fields) < 5 || fields[3] == "" || fields[4] == "" || strings.ContainsFunc(token, unprintable) {
		return nil, errors.New("media: the Vercel Blob token is not of the form vercel_blob_rw_<store id>_<secret>")
	}
	base, err := parseBase(cmp.Or(opts.BaseURL, blobURL))
	if err != nil {
		return nil, fmt.Errorf("media: the URL of the Vercel Blob API: %w", err)
	}
	if opts.MultipartAbove < 0 {
		return nil, fmt.Errorf("media: negative option: MultipartAbove %d", opts.MultipartAbove)
	}
	transport := opts.Transport
	if transport == nil {
		transport = newTransport(nil)
	}
	return &Blob{
		base:           base.String(),
		token:          token,
		store:          fields[3],
		multipartAbove: cmp.Or(opts.MultipartAbove, blobMultipartAbove),
		client:         &http.Client{Transport: transport},
	}, nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }

// parseBase reads an endpoint. Slashes at its end are cut off.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if err := tame(u); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not a plain http or https URL", u.Redacted())
	}
	return u, nil
}

// Name is "Vercel Blob".
func (b *Blob) Name() string { return "Vercel Blob" }

// Put uploads in one request where it can: files up to one part are held in memory and sent again where that helps,
// larger ones up to MultipartAbove are sent once.
func (b *Blob) Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) (string, error) {
	src := &source{body: body, size: size}
	head, whole, err := src.first(blobPart)
	if err != nil {
		return "", err
	}
	var link string
	switch {
	case whole:
		link, err = b.put(ctx, key, contentType, bytesPayload(head))
	case size >= 0 && size <= b.multipartAbove:
		stream := io.MultiReader(bytes.NewReader(head), src)
		link, err = b.put(ctx, key, contentType, payload{stream: stream, size: size})
	default:
		link, err = b.putParts(ctx, key, contentType, head, src)
	}
	return link, src.blame(err)
}

func (b *Blob) put(ctx context.Context, key, contentType string, body payload) (string, error) {
	return b.upload(ctx, blobRequest{
		op:     "put",
		method: http.MethodPut,
		path:   "/?" + pathname(key),
		header: putHeader(contentType),
		body:   body,
	})
}

// upload makes the request that ends an upload and returns where the file lies.
func (b *Blob) upload(ctx context.Context, r blobRequest) (string, error) {
	var stored struct {
		URL string `json:"url"`
	}
	if err := b.do(ctx, r, &stored); err != nil {
		return "", err
	}
	if !strings.HasPrefix(stored.URL, "http") {
		return "", fmt.Errorf("%s: the answer has no URL", r.op)
	}
	return stored.URL, nil
}

func pathname(key string) string { return url.Values{"pathname": {key}}.Encode() }

// putHeader says what is wanted of an upload. Nothing is random in the URL, and a file kept again overwrites itself.
func putHeader(contentType string) map[string]string {
	return map[string]string{
		"x-vercel-blob-access":    "public",
		"x-content-type":          contentType,
		"x-add-random-suffix":     "0",
		"x-allow-overwrite":       "1",
		"x-cache-control-max-age": fmt.Sprint(maxAge),
	}
}

// Delete removes files by their pathnames.
func (b *Blob) Delete(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	body, err := jsonPayload(map[string][]string{"urls": keys})
	if err != nil {
		return err
	}
	return b.do(ctx, blobRequest{
		op:     "delete",
		method: http.MethodPost,
		path:   "/delete",
		header: map[string]string{"Content-Type": "application/json"},
		body:   body,
	}, nil)
}
