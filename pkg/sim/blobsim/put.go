package blobsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	maxPathname   = 950 // characters
	defaultMaxAge = 30 * 24 * time.Hour
	minMaxAge     = time.Minute
)

// stored is what the API says of a file after an upload.
type stored struct {
	URL                string `json:"url"`
	DownloadURL        string `json:"downloadUrl"`
	Pathname           string `json:"pathname"`
	ContentType        string `json:"contentType"`
	ContentDisposition string `json:"contentDisposition"`
	ETag               string `json:"etag"`
}

func (s *Server) stored(r *http.Request, f File) stored {
	link := s.url(r, f.Pathname)
	return stored{
		URL:                link,
		DownloadURL:        link + "?download=1",
		Pathname:           f.Pathname,
		ContentType:        f.ContentType,
		ContentDisposition: fmt.Sprintf("inline; filename=%q", path.Base(f.Pathname)),
		ETag:               f.ETag,
	}
}

func (s *Server) put(r *http.Request, pathname string) (any, *apiError) {
	opts, refused := s.readOptions(r, pathname)
	if refused != nil {
		return nil, refused
	}
	content, err := s.readContent(r)
	if err != nil {
		return nil, badRequest("The request body could not be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, refused := s.keep(opts, content)
	if refused != nil {
		return nil, refused
	}
	return s.stored(r, f), nil
}

// options are a put's headers, read.
type options struct {
	pathname    string
	contentType string
	suffix      bool
	overwrite   bool
	ifMatch     string
	maxAge      time.Duration
}

func (s *Server) readOptions(r *http.Request, pathname string) (options, *apiError) {
	o := options{
		pathname:    pathname,
		contentType: r.Header.Get("x-content-type"),
		suffix:      r.Header.Get("x-add-random-suffix") == "1",
		ifMatch:     r.Header.Get("x-if-match"),
		maxAge:      defaultMaxAge,
	}
	o.overwrite = r.Header.Get("x-allow-overwrite") == "1" || o.ifMatch != ""
	switch {
	case pathname == "":
		return o, badRequest("pathname is required")
	case len(pathname) > maxPathname:
		return o, badRequest("pathname is too long")
	case strings.Contains(pathname, "//"):
		return o, badRequest(`pathname cannot contain "//"`)
	}
	if access := r.Header.Get("x-vercel-blob-access"); access != s.access() {
		return o, badRequest(fmt.Sprintf("Cannot use %q access on a %s store", access, s.access())) // assumed
	}
	if o.contentType == "" {
		o.contentType = mime.TypeByExtension(path.Ext(pathname))
	}
	if o.contentType == "" {
		o.contentType = "application/octet-stream"
	}
	if header := r.Header.Get("x-cache-control-max-age"); header != "" {
		seconds, err := strconv.Atoi(header)
		o.maxAge = time.Duration(seconds) * time.Second
		if err != nil || o.maxAge < minMaxAge {
			return o, badRequest("cacheControlMaxAge must be at least 60 seconds")
		}
	}
	return o, nil
}

func (s *Server) access() string {
	if s.opts.Private {
		return "private"
	}
	return "public"
}

// content is a body, or what is left of it under Options.Discard.
type content struct {
	bytes []byte
	size  int64
	etag  string
}

// readContent reads a request's body.
func (s *Server) readContent(r *http.Request) (content, error) {
	var c content
	hash := sha256.New()
	var err error
	if s.opts.Discard {
		c.size, err = io.Copy(hash, r.Body)
	} else {
		var held bytes.Buffer
		held.Grow(int(max(0, r.ContentLength)) + bytes.MinRead)
		c.size, err = io.Copy(io.MultiWriter(&held, hash), r.Body)
		c.bytes = held.Bytes()
	}
	c.etag = `"` + hex.EncodeToString(hash.Sum(nil)[:16]) + `"`
	return c, err
}

// keep keeps one file. The caller holds s.mu.
func (s *Server) keep(o options, c content) (File, *apiError) {
	if o.suffix {
		s.serial++
		ext := path.Ext(o.pathname)
		o.pathname = fmt.Sprintf("%s-%030d%s", strings.TrimSuffix(o.pathname, ext), s.serial, ext)
	}
	if refused := s.mayStore(o); refused != nil {
		return File{}, refused
	}
	f := File{
		Pathname:    o.pathname,
		ContentType: o.contentType,
		Content:     c.bytes,
		Size:        c.size,
		ETag:        c.etag,
		MaxAge:      o.maxAge,
		UploadedAt:  s.opts.Now(),
	}
	s.files[f.Pathname] = f
	return f, nil
}

// mayStore refuses what an existing file, or a missing one, stands against. The caller holds s.mu.
func (s *Server) mayStore(o options) *apiError {
	old, exists := s.files[o.pathname]
	if exists && !o.overwrite {
		return badRequest("This blob already exists, use `allowOverwrite: true` if you want to overwrite it.")
	}
	if o.ifMatch != "" && o.ifMatch != old.ETag {
		return errPrecondition
	}
	return nil
}

// url is where a file can be read. Assumed: each segment of the pathname is escaped.
func (s *Server) url(r *http.Request, pathname string) string {
	escaped := (&url.URL{Path: pathname}).EscapedPath()
	if s.opts.ServeFiles {
		return "http://" + r.Host + FilesPath + escaped
	}
	return s.host() + escaped
}

func (s *Server) host() string {
	return "https://" + strings.ToLower(s.store) + "." + s.access() + ".blob.vercel-storage.com/"
}

// pathname is the file that a URL, or a pathname, names.
func (s *Server) pathname(urlOrPathname string) string {
	u, err := url.Parse(urlOrPathname)
	if err != nil || !strings.HasPrefix(u.Scheme, "http") {
		return urlOrPathname
	}
	if s.opts.ServeFiles {
		return strings.TrimPrefix(u.Path, FilesPath)
	}
	return strings.TrimPrefix(u.Path, "/")
}
