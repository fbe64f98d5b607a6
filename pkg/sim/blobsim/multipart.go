package blobsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

const (
	minPart  = 5 << 20 // bytes of every part but the last
	maxParts = 10_000
)

// upload is a multipart upload that was not completed yet.
type upload struct {
	key     string
	options options
	parts   map[int]content
}

// part is one entry of a completion.
type part struct {
	Number int    `json:"partNumber"`
	ETag   string `json:"etag"`
}

func (s *Server) create(r *http.Request, pathname string) (any, *apiError) {
	opts, refused := s.readOptions(r, pathname)
	if refused != nil {
		return nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.mayStore(opts); refused != nil {
		return nil, refused
	}
	s.serial++
	id := fmt.Sprintf("upload-%d", s.serial)
	u := &upload{key: s.store + "/" + pathname, options: opts, parts: map[int]content{}}
	s.uploads[id] = u
	return map[string]string{"uploadId": id, "key": u.key}, nil
}

func (s *Server) uploadPart(r *http.Request, req Request) (any, *apiError) {
	if _, refused := s.findUpload(r, req.Pathname); refused != nil {
		return nil, refused
	}
	if req.Part < 1 || req.Part > maxParts {
		return nil, badRequest("Invalid part number")
	}
	c, err := s.readContent(r)
	if err != nil {
		return nil, badRequest("The request body could not be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[r.Header.Get("x-mpu-upload-id")]
	if u == nil { // completed meanwhile
		return nil, errNotFound
	}
	u.parts[req.Part] = c
	return map[string]string{"etag": c.etag}, nil
}

func (s *Server) complete(r *http.Request, pathname string) (any, *apiError) {
	var parts []part
	if err := json.NewDecoder(r.Body).Decode(&parts); err != nil || len(parts) == 0 {
		return nil, badRequest("Invalid parts")
	}
	u, refused := s.findUpload(r, pathname)
	if refused != nil {
		return nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	whole, refused := u.assemble(parts)
	if refused != nil {
		return nil, refused
	}
	f, refused := s.keep(u.options, whole)
	if refused != nil {
		return nil, refused
	}
	delete(s.uploads, r.Header.Get("x-mpu-upload-id"))
	return s.stored(r, f), nil
}

// findUpload checks that a request names an upload by its id, its key, percent-encoded, and its pathname.
func (s *Server) findUpload(r *http.Request, pathname string) (*upload, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[r.Header.Get("x-mpu-upload-id")]
	key, err := url.PathUnescape(r.Header.Get("x-mpu-key"))
	if u == nil || err != nil || key != u.key || pathname != u.options.pathname {
		return nil, errNotFound // assumed
	}
	return u, nil
}

// assemble joins the parts in the order of the completion. The rules are those of S3, which Vercel Blob is built on.
func (u *upload) assemble(parts []part) (content, *apiError) {
	var whole content
	last := 0
	for i, p := range parts {
		c, ok := u.parts[p.Number]
		switch {
		case !ok || c.etag != p.ETag:
			return content{}, badRequest(fmt.Sprintf("Part %d was not uploaded with this etag", p.Number))
		case p.Number <= last:
			return content{}, badRequest("Parts are not in ascending order")
		case c.size < minPart && i < len(parts)-1:
			return content{}, badRequest(fmt.Sprintf("Part %d is smaller than 5 MiB", p.Number))
		}
		last = p.Number
		whole.bytes = append(whole.bytes, c.bytes...)
		whole.size += c.size
	}
	whole.etag = fmt.Sprintf(`"%s-%d"`, u.parts[last].etag[1:33], len(parts))
	return whole, nil
}
