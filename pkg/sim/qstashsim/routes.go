package qstashsim

import (
	"container/heap"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ServeHTTP answers QStash's API. It reads the raw request target: a [http.ServeMux] would clean the "//" of the
// destination away.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer, err := s.route(r)
	if err != nil {
		s.writeError(w, err)
		return
	}
	writeJSON(w, status, answer)
}

var errNotFound = refusal{http.StatusNotFound, "not found"}

func (s *Server) route(r *http.Request) (status int, answer any, err error) {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if !s.authorized(r, query) {
		return 0, nil, refusal{http.StatusUnauthorized, "unable to authenticate: invalid token"}
	}
	if target, ok := strings.CutPrefix(r.RequestURI, "/v2/publish/"); ok && r.Method == http.MethodPost {
		return s.publish(r, target)
	}
	if id, ok := strings.CutPrefix(path, "/v2/messages/"); ok && r.Method == http.MethodGet {
		answer, err = s.pendingMessage(id)
		return http.StatusOK, answer, err
	}
	if id, ok := strings.CutPrefix(path, "/v2/messages/"); ok && r.Method == http.MethodDelete {
		return http.StatusAccepted, nil, s.cancelMessage(id)
	}
	switch r.Method + " " + path {
	case "GET /v2/dlq":
		return http.StatusOK, s.deadLetters(), nil
	case "GET /v2/keys":
		return http.StatusOK, asKeys(s.Keys()), nil
	case "POST /v2/keys/rotate":
		return http.StatusOK, asKeys(s.RotateKeys()), nil
	}
	return 0, nil, errNotFound
}

// authorized checks the Bearer token, or else the query parameter qstash_token.
func (s *Server) authorized(r *http.Request, query string) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		values, _ := url.ParseQuery(query) // what can be read of it
		token = values.Get("qstash_token")
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) == 1
}

func (s *Server) pendingMessage(id string) (apiMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.byID[id]
	if !ok || !m.pending() {
		return apiMessage{}, errNotFound
	}
	return m.forAPI(), nil
}

// cancelMessage takes a message back. One that is being delivered arrives.
func (s *Server) cancelMessage(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.byID[id]
	if !ok || !m.pending() {
		return errNotFound
	}
	for i, d := range s.queue {
		if d.message == m {
			m.State = Cancelled
			heap.Remove(&s.queue, i)
			s.changed.Broadcast()
			break
		}
	}
	return nil
}

func (s *Server) deadLetters() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]deadLetter, len(s.dead))
	for i, m := range s.dead {
		all[i] = m.deadLetter()
	}
	return map[string]any{"cursor": "", "messages": all}
}

type keys struct {
	Current string `json:"current"`
	Next    string `json:"next"`
}

func asKeys(current, next string) keys { return keys{current, next} }

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that left needs no answer
}

// writeError answers {"error": …}. A 429 carries the headers that say the daily quota is used up; those of the
// per-second limits would be named Burst-RateLimit-*.
func (s *Server) writeError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var refused refusal
	if errors.As(err, &refused) {
		status = refused.status
	}
	if status == http.StatusTooManyRequests {
		midnight := s.opts.Now().UTC().Truncate(day).Add(day)
		w.Header().Set("RateLimit-Limit", "1000")
		w.Header().Set("RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(midnight.Unix(), 10))
	}
	writeJSON(w, status, map[string]string{"error": err.Error()})
}
