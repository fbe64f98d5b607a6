package blobsim

import (
	"net/http"
	"slices"
	"time"
)

// Op is what a request asks for.
type Op string

// The operations of the API, and the reading of a file at its public URL.
const (
	OpPut      Op = "put"
	OpHead     Op = "head"
	OpList     Op = "list"
	OpDelete   Op = "delete"
	OpCreate   Op = "create"   // of a multipart upload
	OpUpload   Op = "upload"   // of one part
	OpComplete Op = "complete" // of a multipart upload
	OpFile     Op = "file"
)

// Request is one request made to the server.
type Request struct {
	Op       Op     // empty for one that is not simulated
	Pathname string // empty for lists and deletes
	Part     int    // of OpUpload, from 1
	Attempt  int    // as the client counts, from 0
	Status   int    // of the answer; 0 while it is not answered, and if the connection was broken before that
}

// Faults are what a Server does wrong on command. The zero value is a well-behaved one.
type Faults struct {
	// Only limits all below to the requests it is true of; nil means every request. Calls never overlap, and must not
	// call the Server.
	Only func(Request) bool

	// Fail is how many requests to answer with an error, before their body is read: Status (default 503) with Code
	// (default service_unavailable), or a page of HTML instead of JSON, and Retry-After if it is not 0.
	Fail       int
	Status     int
	Code       string
	HTML       bool
	RetryAfter time.Duration
	// Break is how many requests to end by breaking the connection, nothing done.
	Break int
	// DropAnswers is how many requests to carry out and leave without an answer: the connection breaks.
	DropAnswers int
}

// Misbehave replaces the faults with those given. Counts go down as they are used up.
func (s *Server) Misbehave(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Requests returns the requests answered so far, in the order of their answers.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) log(req Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
}

// suffer lets a fault deal with the request. It reports false if there is none.
func (s *Server) suffer(w http.ResponseWriter, r *http.Request, req Request) bool {
	broken, dropped, failure := s.due(req)
	switch {
	case broken:
		panic(http.ErrAbortHandler)
	case dropped:
		s.serve(&unheard{}, r, req)
		panic(http.ErrAbortHandler)
	case failure != nil:
		failure(w)
		return true
	}
	return false
}

// due uses up one fault.
func (s *Server) due(req Request) (broken, dropped bool, failure func(http.ResponseWriter)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &s.faults
	switch {
	case f.Only != nil && !f.Only(req):
	case use(&f.Break):
		broken = true
	case use(&f.DropAnswers):
		dropped = true
	case use(&f.Fail):
		failure = f.failure()
	}
	return broken, dropped, failure
}

func (f *Faults) failure() func(http.ResponseWriter) {
	e := &apiError{status: f.Status, code: f.Code, message: "Simulated failure", retryAfter: f.RetryAfter}
	if e.status == 0 {
		e.status = http.StatusServiceUnavailable
	}
	if e.code == "" {
		e.code = "service_unavailable"
	}
	if f.HTML {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(e.status)
			_, _ = w.Write([]byte("<!doctype html><title>Bad gateway</title>"))
		}
	}
	return e.write
}

// use reports whether one of a count of faults is left, and uses it up.
func use(count *int) bool {
	if *count <= 0 {
		return false
	}
	*count--
	return true
}

// unheard is an answer that nobody gets.
type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header {
	if u.header == nil {
		u.header = http.Header{}
	}
	return u.header
}
func (u *unheard) Write(b []byte) (int, error) { return len(b), nil }
func (u *unheard) WriteHeader(int)             {}
