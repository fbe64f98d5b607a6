package qstashsim

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// publish takes a message for the target over: all of the request's URI behind /v2/publish/, query included.
func (s *Server) publish(r *http.Request, target string) (status int, answer receipt, err error) {
	m, err := s.read(r, target)
	if err != nil {
		return 0, receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := s.affecting(m)
	if s.closed {
		return 0, receipt{}, refusal{http.StatusServiceUnavailable, "server closed"}
	}
	if use(&faults.FailPublishes) {
		status := cmp.Or(faults.FailStatus, http.StatusInternalServerError)
		return 0, receipt{}, refusal{status, strings.ToLower(http.StatusText(status))}
	}
	answer = s.accept(m, faults)
	if use(&faults.DropAnswers) {
		panic(http.ErrAbortHandler) // net/http breaks the connection
	}
	if answer.Deduplicated {
		return http.StatusAccepted, answer, nil
	}
	// What the local server answers. The hosted one is documented with 200; publishers must take any 2xx.
	return http.StatusCreated, answer, nil
}

// receipt is the answer to a publish.
type receipt struct {
	MessageID    string `json:"messageId"`
	Deduplicated bool   `json:"deduplicated,omitempty"`
}

// read makes a message of a publish call.
func (s *Server) read(r *http.Request, target string) (*message, error) {
	destination, config := splitQuery(target)
	if err := s.checkDestination(destination); err != nil {
		return nil, err
	}
	header := configured(r.Header, config)
	for _, name := range unsimulated {
		if header.Get(name) != "" {
			return nil, refusal{http.StatusBadRequest, "qstashsim does not simulate " + name}
		}
	}
	set, err := readSettings(header, "Upstash-", defaultRetries)
	if err != nil {
		return nil, err
	}
	now := s.opts.Now()
	notBefore, err := readNotBefore(header, now)
	if err != nil {
		return nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	m := &message{settings: set, Message: Message{
		URL: destination, Method: set.method, Header: set.forward.Clone(), Body: body, Published: header,
		CallerIP: callerIP(r), MaxRetries: set.retries, CreatedAt: now, NotBefore: notBefore, State: Created,
	}}
	if contentType := header.Get("Content-Type"); contentType != "" {
		m.Header.Set("Content-Type", contentType)
	}
	if m.callback, err = s.readCallback(header, "Upstash-Callback", set.retries); err != nil {
		return nil, err
	}
	if m.failureCallback, err = s.readCallback(header, "Upstash-Failure-Callback", set.retries); err != nil {
		return nil, err
	}
	return m, nil
}

// configured is the header of a publish call without its credential and with what its query configures.
func configured(h http.Header, query url.Values) http.Header {
	h = h.Clone()
	h.Del("Authorization")
	for key, values := range query {
		if key != "qstash_token" {
			h[http.CanonicalHeaderKey(key)] = values
		}
	}
	return h
}

// accept takes the message over, or answers with the earlier one that it repeats. The caller holds s.mu.
func (s *Server) accept(m *message, faults *Faults) receipt {
	key := m.dedupKey()
	if earlier, ok := s.taken[key]; ok && m.CreatedAt.Sub(earlier.at) < dedupWindow {
		return receipt{MessageID: earlier.id, Deduplicated: true}
	}
	s.register(m)
	if key != "" {
		s.taken[key] = taken{m.ID, m.CreatedAt}
	}
	if use(&faults.Lose) {
		m.State = Lost
	} else {
		s.plan(delivery{message: m}, max(m.NotBefore.Sub(m.CreatedAt), 0))
	}
	return receipt{MessageID: m.ID}
}

// register gives the message its id. The caller holds s.mu.
func (s *Server) register(m *message) {
	m.ID = s.id("msg_")
	s.messages = append(s.messages, m)
	s.byID[m.ID] = m
}

// readBody reads a message's body. The status of one too large is assumed to be that of the other plan limits.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessageBytes+1))
	if err != nil {
		return nil, refusal{http.StatusBadRequest, "body could not be read"}
	}
	if len(body) > maxMessageBytes {
		return nil, refusal{http.StatusPreconditionFailed, "quota maxMessageSize exceeded"}
	}
	return body, nil
}

func callerIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
