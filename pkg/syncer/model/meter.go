package model

import "sync"

// Meter counts the attempts sent to Notion by kind. The zero value is ready; it is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	n     map[string]int64
	total int64
}

// Add counts one attempt.
func (m *Meter) Add(kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.n == nil {
		m.n = map[string]int64{}
	}
	m.n[kind]++
	m.total++
}

// Total is how many attempts have been counted since the Meter was made.
func (m *Meter) Total() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// Drain moves what has been counted into c.
func (m *Meter) Drain(c Counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for kind, n := range m.n {
		c[CountRequests] += n
		c[CountRequestsOf(kind)] += n
	}
	clear(m.n)
}
