package notionsim

import (
	"net/http"
	"time"
)

// Request is one request that reached the server.
type Request struct {
	Kind   string // one of the Kind constants
	ID     string // of the object it was about, as it stood in the path
	Method string
	Path   string
	Query  string // raw
	Body   string
	Header http.Header // without Authorization
	At     time.Time
	Status int // 0: no answer was sent
}

// Requests is the log of all requests since the server was made or [Server.Reset], in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, 0, len(s.log))
	for _, r := range s.log {
		requests = append(requests, *r)
	}
	return requests
}

// Counts is how many requests of each kind there were; under "" stands the sum.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{"": len(s.log)}
	for _, r := range s.log {
		counts[r.Kind]++
	}
	return counts
}

// Refused is how many requests were answered with 429, by the window or by a rule.
func (s *Server) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.log {
		if r.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// Reset forgets the log. The request window and the rules stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// Take returns the requests of the log that have been answered, and forgets them.
func (s *Server) Take() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answered []Request
	var open []*Request
	for _, r := range s.log {
		if r.Status == 0 {
			open = append(open, r)
		} else {
			answered = append(answered, *r)
		}
	}
	s.log = open
	return answered
}

// note puts a request into the log and returns its entry, for noteStatus.
func (s *Server) note(r *http.Request, route route, body []byte) *Request {
	header := r.Header.Clone()
	header.Del("Authorization")
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := &Request{
		Kind: route.kind, ID: route.id, Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		Body: string(body), Header: header, At: s.now(),
	}
	s.log = append(s.log, seen)
	return seen
}

func (s *Server) noteStatus(seen *Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen.Status = status
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
