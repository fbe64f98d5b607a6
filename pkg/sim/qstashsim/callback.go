package qstashsim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// bury puts a message into the dead letter queue. The caller holds s.mu.
func (s *Server) bury(m *message) {
	m.State = Failed
	m.DLQID = fmt.Sprintf("%d-%d", s.opts.Now().UnixMilli(), len(s.dead))
	s.dead = append(s.dead, m)
}

// report is the body of a callback. The documentation shows the two times as strings, the JavaScript SDK and a
// validator in production have numbers; sourceHeader is string-valued in the documentation, a list in workflow-js.
// Here it is what the code has.
type report struct {
	Status          int         `json:"status"` // 0 when there was no answer (assumed)
	Header          http.Header `json:"header"`
	Body            []byte      `json:"body"` // base64
	Retried         int         `json:"retried"`
	MaxRetries      int         `json:"maxRetries"`
	DLQID           string      `json:"dlqId,omitempty"` // of a failure callback only
	SourceMessageID string      `json:"sourceMessageId"`
	URL             string      `json:"url"`
	Method          string      `json:"method"`
	SourceHeader    http.Header `json:"sourceHeader"`
	SourceBody      []byte      `json:"sourceBody"` // base64
	NotBefore       int64       `json:"notBefore"`  // unix milliseconds
	CreatedAt       int64       `json:"createdAt"`
	CallerIP        string      `json:"callerIP"`
}

// call publishes word of an attempt: a message like any other, with an id and retries of its own, that nobody is
// called about. It does nothing without a callback. The caller holds s.mu.
func (s *Server) call(source *message, a Attempt, to *callback) {
	if to == nil {
		return
	}
	if a.Header == nil {
		a.Header, a.Body = http.Header{}, []byte{} // no answer: empty, not null
	}
	content := report{
		Status: a.Status, Header: a.Header, Body: a.Body, Retried: a.Retried, MaxRetries: source.MaxRetries,
		SourceMessageID: source.ID, URL: source.URL, Method: source.Method,
		SourceHeader: source.Header, SourceBody: source.Body,
		NotBefore: source.NotBefore.UnixMilli(), CreatedAt: source.CreatedAt.UnixMilli(), CallerIP: source.CallerIP,
	}
	if to == source.failureCallback {
		content.DLQID = source.DLQID
	}
	body, err := json.Marshal(content)
	if err != nil {
		panic(fmt.Sprintf("qstashsim: marshal a callback: %v", err)) // strings, numbers and bytes always marshal
	}
	now := s.opts.Now()
	m := &message{settings: to.settings, Message: Message{
		URL: to.url, Method: to.method, Header: to.forward.Clone(), Body: body, CallerIP: source.CallerIP,
		SourceID: source.ID, MaxRetries: to.retries, CreatedAt: now, NotBefore: now, State: Created,
	}}
	m.Header.Set("Content-Type", "application/json")
	s.register(m)
	s.plan(delivery{message: m}, 0)
}
