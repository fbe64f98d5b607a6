package notionsim

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ServerOptions configure a [Server].
type ServerOptions struct {
	Token    string           // the only token accepted; empty: any
	Limit    int              // requests per window; 180 if 0, none if negative
	Window   time.Duration    // default 1m
	Latency  time.Duration    // how long an answer takes; default 0
	Now      func() time.Time // clock of the window and of file links; the workspace's if nil
	RowLimit int              // most rows of one query; default 10,000
	// MarkdownLimit is how many blocks go into one answer of Markdown; default 20,000.
	MarkdownLimit int
	// CopiesEmpty makes synced copies list no children under their own id, so that only the original has them.
	CopiesEmpty bool
}

// Server answers Notion's REST API over a workspace. It is an [http.Handler] for net/http/httptest or http.Server;
// [Server.Transport] reaches it without a network.
type Server struct {
	workspace *Workspace
	options   ServerOptions
	now       func() time.Time

	mu     sync.Mutex
	window window
	log    []*Request
	rules  []*rule
	serial uint64
}

// Server makes a server over the workspace. Several may share one.
func (w *Workspace) Server(o ServerOptions) *Server {
	if o.Limit == 0 {
		o.Limit = 180
	}
	if o.Window == 0 {
		o.Window = time.Minute
	}
	if o.RowLimit == 0 {
		o.RowLimit = 10_000
	}
	if o.MarkdownLimit == 0 {
		o.MarkdownLimit = markdownLimit
	}
	if o.Now == nil {
		o.Now = w.now
	}
	return &Server{
		workspace: w,
		options:   o,
		now:       o.Now,
		window:    window{limit: o.Limit, span: o.Window},
	}
}

// maxBody is what Notion accepts as a request body.
const maxBody = 500 << 10

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, hostedPath) {
		s.serveFile(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	route := parseRoute(r)
	seen := s.note(r, route, body)
	out := &statusWriter{ResponseWriter: w}
	defer func() { s.noteStatus(seen, out.status) }()
	wait := s.admit(r)
	if !sleep(r.Context(), s.options.Latency) {
		return
	}
	s.faulty(route, body, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, route, body, wait)
	})).ServeHTTP(out, r)
}

func (s *Server) authorized(r *http.Request) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return bearer && token != "" && (s.options.Token == "" || token == s.options.Token)
}

// admit counts a request into the window when it arrives, or says how long the client has to wait.
func (s *Server) admit(r *http.Request) time.Duration {
	if !s.authorized(r) {
		return 0
	}
	return s.take()
}

// answer is what Notion says: token, request window and version come before the request itself.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, route route, body []byte, wait time.Duration) {
	if !s.authorized(r) {
		s.reject(w, errUnauthorized())
		return
	}
	if wait > 0 {
		s.reject(w, errRateLimited(wait, ""))
		return
	}
	v := Version(r.Header.Get("Notion-Version"))
	if e := checkVersion(v); e != nil {
		s.reject(w, e)
		return
	}
	if len(body) > maxBody {
		s.reject(w, &apiError{status: http.StatusRequestEntityTooLarge, code: "validation_error",
			message: "Body size is too large."})
		return
	}
	s.workspace.mu.Lock()
	result, e := s.dispatch(route, v, r, body)
	s.workspace.mu.Unlock()
	if e != nil {
		s.reject(w, e)
		return
	}
	s.send(w, r, http.StatusOK, result)
}

// take counts a request into the window, or says how long the client has to wait.
func (s *Server) take() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.window.take(s.now())
}

// requestID is the next id for an answer, and a number that is different for each.
func (s *Server) requestID() (string, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return makeID(13, s.serial), s.serial
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, result object) {
	id, serial := s.requestID()
	result.str("request_id", id)
	body := signFiles(result.end(), hostOf(r), s.now(), serial)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Notion-Request-Id", id)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) reject(w http.ResponseWriter, e *apiError) {
	id, _ := s.requestID()
	e.write(w, id)
}

func hostOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
