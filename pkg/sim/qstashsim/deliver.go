package qstashsim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// region is the account's, as the header of every delivery names it.
const region = "EU-CENTRAL-1"

// work delivers until the server is closed.
func (s *Server) work() {
	for {
		d, ok := s.take()
		if !ok {
			return
		}
		s.deliver(d)
		s.mu.Lock()
		s.inFlight--
		s.changed.Broadcast()
		s.mu.Unlock()
	}
}

// deliver makes one attempt, or two at the same time, and plans what follows from it.
func (s *Server) deliver(d delivery) {
	s.mu.Lock()
	faults := *s.affecting(d.message)
	s.mu.Unlock()
	var twin sync.WaitGroup
	defer twin.Wait()
	if faults.Concurrently {
		second := d
		second.duplicate = true
		twin.Go(func() { s.settle(second, s.attempt(second, faults.SignWith), faults) })
	}
	s.settle(d, s.attempt(d, faults.SignWith), faults)
}

// attempt sends the message to its destination.
func (s *Server) attempt(d delivery, key Key) Attempt {
	m, now := d.message, s.opts.Now()
	s.mu.Lock()
	secret, tokenID := s.keyFor(key), s.id("jwt_")
	if !d.duplicate {
		m.State = Active
	}
	s.mu.Unlock()

	out := Attempt{At: now, Retried: d.retried, Duplicate: d.duplicate}
	ctx, cancel := context.WithTimeout(s.ctx, m.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, m.Method, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		out.Err = err
		return out
	}
	signature, err := sign(secret, tokenID, m.URL, m.Body, now)
	if err != nil {
		out.Err = err
		return out
	}
	request.Header = m.Header.Clone()
	request.Header.Set("User-Agent", "Upstash-QStash")
	request.Header.Set("Upstash-Signature", signature)
	request.Header.Set("Upstash-Message-Id", m.ID)
	request.Header.Set("Upstash-Retried", strconv.Itoa(d.retried))
	request.Header.Set("Upstash-Caller-Ip", m.CallerIP)
	request.Header.Set("Upstash-Region", region)
	answer, err := s.client.Do(request)
	if err != nil {
		out.Err = err
		return out
	}
	defer answer.Body.Close()
	if out.Body, out.Err = io.ReadAll(io.LimitReader(answer.Body, maxMessageBytes)); out.Err == nil {
		out.Status, out.Header = answer.StatusCode, answer.Header
	}
	return out
}

// settle records an attempt and plans the retry, or the callbacks.
func (s *Server) settle(d delivery, a Attempt, faults Faults) {
	if a.Err != nil && s.ctx.Err() != nil {
		return // aborted by Close
	}
	m := d.message
	retryWait := s.retryWait(m, d.retried, a.Header)
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Attempts = append(m.Attempts, a)
	if d.duplicate {
		return
	}
	switch {
	case a.succeeded():
		m.State = Delivered
		if faults.Twice {
			s.plan(delivery{message: m, retried: d.retried, duplicate: true}, 0)
		}
	case !a.final() && d.retried < m.MaxRetries:
		m.State = Retry
		s.plan(delivery{message: m, retried: d.retried + 1}, retryWait)
	default:
		s.bury(m)
		s.call(m, a, m.failureCallback)
	}
	s.call(m, a, m.callback)
}
