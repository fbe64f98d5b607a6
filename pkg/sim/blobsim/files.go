package blobsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxListed is how many files one listing has at most.
const maxListed = 1000

// listed is what the API says of a file that it is asked about.
type listed struct {
	stored
	Size         int64     `json:"size"`
	UploadedAt   time.Time `json:"uploadedAt"`
	CacheControl string    `json:"cacheControl,omitempty"`
}

func (s *Server) listed(r *http.Request, f File) listed {
	return listed{stored: s.stored(r, f), Size: f.Size, UploadedAt: f.UploadedAt.UTC()}
}

func (s *Server) head(r *http.Request, pathname string) (any, *apiError) {
	f, ok := s.File(pathname)
	if !ok {
		return nil, errNotFound
	}
	out := s.listed(r, f)
	out.CacheControl = f.cacheControl()
	return out, nil
}

func (f File) cacheControl() string {
	return fmt.Sprintf("public, max-age=%d", int(f.MaxAge.Seconds()))
}

type listing struct {
	Blobs   []listed `json:"blobs"`
	Folders []string `json:"folders,omitempty"`
	Cursor  string   `json:"cursor,omitempty"`
	HasMore bool     `json:"hasMore"`
}

// list answers by pathname. A cursor is the last pathname of the answer before.
func (s *Server) list(r *http.Request) (any, *apiError) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(query.Get("limit"), strconv.Itoa(maxListed)))
	if err != nil || limit < 1 {
		return nil, badRequest("Invalid limit")
	}
	prefix, folded := query.Get("prefix"), query.Get("mode") == "folded"
	out := listing{Blobs: []listed{}}
	for _, f := range s.Files() {
		if !strings.HasPrefix(f.Pathname, prefix) || f.Pathname <= query.Get("cursor") {
			continue
		}
		if folder, _, deeper := strings.Cut(f.Pathname[len(prefix):], "/"); folded && deeper {
			out.Folders = append(out.Folders, prefix+folder+"/")
			continue
		}
		if len(out.Blobs) == min(limit, maxListed) {
			out.HasMore, out.Cursor = true, out.Blobs[len(out.Blobs)-1].Pathname
			break
		}
		out.Blobs = append(out.Blobs, s.listed(r, f))
	}
	out.Folders = slices.Compact(out.Folders)
	return out, nil
}

// remove deletes files by URL or pathname. One that does not exist is no error, so that a delete can be repeated.
func (s *Server) remove(r *http.Request) (any, *apiError) {
	var body struct {
		URLs []string `json:"urls"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, badRequest("Invalid body")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range body.URLs {
		delete(s.files, s.pathname(name))
	}
	return nil, nil
}

// serveFile is the public host of the store.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, pathname string) {
	f, ok := s.File(pathname)
	if !ok || !s.opts.ServeFiles || s.opts.Private || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "Blob not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Content)))
	w.Header().Set("Cache-Control", f.cacheControl())
	w.Header().Set("ETag", f.ETag)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.Content)
	}
}

// File is one stored file.
type File struct {
	Pathname    string
	ContentType string
	Content     []byte // nil under Options.Discard; not to be changed
	Size        int64
	ETag        string
	MaxAge      time.Duration // in caches
	UploadedAt  time.Time
}

// Files returns what the store holds, by pathname.
func (s *Server) Files() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.files), func(a, b File) int { return strings.Compare(a.Pathname, b.Pathname) })
}

// File returns one stored file.
func (s *Server) File(pathname string) (File, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.files[pathname]
	return f, ok
}

// Unfinished returns how many multipart uploads were created and not completed.
func (s *Server) Unfinished() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.uploads)
}
