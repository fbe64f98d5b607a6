package qstashsim

import (
	"net/http"
	"slices"
	"time"
)

// State is where a message stands, in the words of QStash's logs.
type State string

const (
	Created   State = "CREATED"   // accepted, the first attempt is to come
	Active    State = "ACTIVE"    // an attempt is under way
	Retry     State = "RETRY"     // an attempt failed, another is to come
	Delivered State = "DELIVERED" // answered with 2xx
	Failed    State = "FAILED"    // given up, in the dead letter queue
	Cancelled State = "CANCELLED" // taken back before an attempt
	Lost      State = "LOST"      // ours: never attempted, see Faults.Lose
)

// Message is what the server knows of one message. Its headers and bytes are shared with the server: read only.
type Message struct {
	ID         string
	URL        string // the destination exactly as published
	Method     string
	Header     http.Header // what the publisher wants delivered: Content-Type and the forwarded headers
	Body       []byte
	Published  http.Header // of the publish call, without Authorization; nil for a callback
	CallerIP   string      // of the publisher
	SourceID   string      // of a callback: the message it tells about
	MaxRetries int
	CreatedAt  time.Time // by Options.Now
	NotBefore  time.Time // when the first attempt is due, unscaled
	State      State
	Attempts   []Attempt // in the order they ended
	DLQID      string    // of a failed message
}

// Attempt is one delivery and what came of it.
type Attempt struct {
	At        time.Time // by Options.Now, when it began
	Retried   int
	Status    int // 0: no answer, see Err
	Header    http.Header
	Body      []byte // at most a message's size of it
	Err       error  // the network's or the timeout's
	Duplicate bool   // made on top by Faults
}

// message is a Message with what is needed to deliver it. Message.State, Attempts and DLQID are guarded by Server.mu,
// the rest does not change once accepted.
type message struct {
	Message
	settings
	callback, failureCallback *callback
}

// callback is where to send word of a message, and how.
type callback struct {
	url string
	settings
}

// Messages returns every message accepted so far, callbacks included, in the order of acceptance.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Message, len(s.messages))
	for i, m := range s.messages {
		all[i] = m.snapshot()
	}
	return all
}

// Message returns the message of that id, callbacks included, and false if there is none.
func (s *Server) Message(id string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.byID[id]
	if !ok {
		return Message{}, false
	}
	return m.snapshot(), true
}

func (m *message) snapshot() Message {
	out := m.Message
	out.Attempts = slices.Clone(m.Attempts)
	return out
}

// pending reports whether an attempt is under way or to come: what GET /v2/messages/{id} knows.
func (m *message) pending() bool {
	return m.State == Created || m.State == Active || m.State == Retry
}

// succeeded reports whether the attempt counts as delivered: 2xx, nothing else.
func (a Attempt) succeeded() bool { return a.Status >= 200 && a.Status <= 299 }

// final reports whether the destination asked never to be tried again.
func (a Attempt) final() bool {
	return a.Status == 489 && a.Header.Get("Upstash-NonRetryable-Error") == "true"
}
