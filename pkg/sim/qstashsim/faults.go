package qstashsim

import "time"

// Faults are what a Server does wrong on command. The zero value is a well-behaved one.
type Faults struct {
	// Only limits all below to the messages it is true of; nil means every message, callbacks included. While a
	// publish is answered the message has no ID yet. Calls never overlap, and must not call the Server.
	Only func(Message) bool

	// FailPublishes is how many publish calls to answer with FailStatus (default 500; 429 tells of a daily quota
	// used up). Nothing is accepted.
	FailPublishes int
	FailStatus    int
	// DropAnswers is how many publish calls to leave without an answer: the connection breaks, the message is taken.
	DropAnswers int
	// Lose is how many messages to accept and never deliver.
	Lose int

	// Twice delivers each message once more after it was delivered, behind what is due by then; Concurrently makes
	// every attempt twice at the same time. The outcome of the second decides nothing.
	Twice        bool
	Concurrently bool
	// ExtraDelay is waited before every attempt, on top of what is due.
	ExtraDelay time.Duration
	// Reorder is what a random time is waited below of before every attempt, so that messages overtake each other.
	Reorder time.Duration
	// SignWith is the key of the signatures. Default CurrentKey.
	SignWith Key
}

// Key names a signing key.
type Key int

const (
	CurrentKey Key = iota
	NextKey
	WrongKey // one that nobody knows
)

// Misbehave replaces the faults with those given. Counts go down as they are used up.
func (s *Server) Misbehave(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// affecting returns the faults that m suffers: the server's, or a copy of none. The caller holds s.mu.
func (s *Server) affecting(m *message) *Faults {
	if s.faults.Only != nil && !s.faults.Only(m.snapshot()) {
		return &Faults{}
	}
	return &s.faults
}

// use reports whether one of a count of faults is left, and uses it up.
func use(count *int) bool {
	if *count <= 0 {
		return false
	}
	*count--
	return true
}

// keyFor returns the characters of a signing key. The caller holds s.mu.
func (s *Server) keyFor(k Key) string {
	switch k {
	case NextKey:
		return s.next
	case WrongKey:
		return "sig_wrong_" + s.current
	}
	return s.current
}
