package blobsim

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// Path is where the API lies.
	Path = "/api/blob"
	// FilesPath is where stored files are served under [Options.ServeFiles].
	FilesPath = "/files/"
	// DefaultToken is what clients must present unless [Options] says otherwise.
	DefaultToken = "vercel_blob_rw_BlobSimStore_0123456789"
)

// Options shape a Server. The zero value is an empty public store in real time.
type Options struct {
	// Token is what clients must present, of the form vercel_blob_rw_<store id>_<secret>. Default DefaultToken.
	Token string
	// Private makes the store a private one: access is a property of the store.
	Private bool
	// ServeFiles makes the URLs of stored files lead to this server. Default: they are those of the real host.
	ServeFiles bool
	// Discard forgets the contents of files and keeps everything else, so that a file may be larger than memory.
	Discard bool
	// Now stamps uploads. Default time.Now.
	Now func() time.Time
}

// Server is one store. All methods are safe for concurrent use.
type Server struct {
	opts  Options
	store string // its id

	mu       sync.Mutex
	files    map[string]File // by pathname
	uploads  map[string]*upload
	serial   int // of uploads and random suffixes
	faults   Faults
	requests []Request
}

// New makes an empty store. It panics on a token that names no store.
func New(opts Options) *Server {
	if opts.Token == "" {
		opts.Token = DefaultToken
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	fields := strings.Split(opts.Token, "_")
	if len(fields) < 5 || fields[3] == "" {
		panic("blobsim: the token is not of the form vercel_blob_rw_<store id>_<secret>")
	}
	return &Server{opts: opts, store: fields[3], files: map[string]File{}, uploads: map[string]*upload{}}
}

// ServeHTTP answers the API, and requests for files.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := s.read(r)
	out := &answer{ResponseWriter: w}
	defer func() {
		req.Status = out.status
		s.log(req)
	}()
	if !s.suffer(out, r, req) {
		s.serve(out, r, req)
	}
}

// read says what a request asks for. Op is empty for what is not simulated.
func (s *Server) read(r *http.Request) Request {
	query := r.URL.Query()
	req := Request{Pathname: query.Get("pathname")}
	req.Attempt, _ = strconv.Atoi(r.Header.Get("x-api-blob-request-attempt"))
	path, api := strings.CutPrefix(r.URL.Path, Path)
	switch path = strings.TrimSuffix(path, "/"); {
	case !api:
		req.Pathname, req.Op = strings.TrimPrefix(r.URL.Path, FilesPath), OpFile
	case r.Method == http.MethodPut && path == "" && !query.Has("fromUrl"):
		req.Op = OpPut
	case r.Method == http.MethodGet && path == "" && query.Has("url"):
		req.Pathname, req.Op = s.pathname(query.Get("url")), OpHead
	case r.Method == http.MethodGet && path == "":
		req.Op = OpList
	case r.Method == http.MethodPost && path == "/delete":
		req.Op = OpDelete
	case r.Method == http.MethodPost && path == "/mpu":
		req.Part, _ = strconv.Atoi(r.Header.Get("x-mpu-part-number"))
		switch action := Op(r.Header.Get("x-mpu-action")); action {
		case OpCreate, OpUpload, OpComplete:
			req.Op = action
		}
	}
	return req
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, req Request) {
	if req.Op == OpFile {
		s.serveFile(w, r, req.Pathname)
		return
	}
	if err := s.authorize(r); err != nil {
		err.write(w)
		return
	}
	var (
		result any
		err    *apiError
	)
	switch req.Op {
	case OpPut:
		result, err = s.put(r, req.Pathname)
	case OpHead:
		result, err = s.head(r, req.Pathname)
	case OpList:
		result, err = s.list(r)
	case OpDelete:
		result, err = s.remove(r)
	case OpCreate:
		result, err = s.create(r, req.Pathname)
	case OpUpload:
		result, err = s.uploadPart(r, req)
	case OpComplete:
		result, err = s.complete(r, req.Pathname)
	default:
		err = errNotSimulated
	}
	if err != nil {
		err.write(w)
		return
	}
	writeJSON(w, http.StatusOK, result)
}

// authorize checks what every request carries. Assumed: an unreadable version is refused, another store's id unknown.
func (s *Server) authorize(r *http.Request) *apiError {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) != 1 {
		return errForbidden
	}
	if version, err := strconv.Atoi(r.Header.Get("x-api-version")); err != nil || version < 1 {
		return badRequest("Invalid x-api-version header")
	}
	if id := r.Header.Get("x-vercel-blob-store-id"); id != "" && id != s.store {
		return errStoreNotFound
	}
	return nil
}

// answer remembers the status that was sent.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}
