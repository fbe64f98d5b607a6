package qstashsim

import (
	"container/heap"
	"time"
)

// delivery is one attempt to come.
type delivery struct {
	message   *message
	retried   int
	duplicate bool // by Faults: its outcome decides nothing
	due       time.Time
	order     int // of being scheduled, among deliveries due at the same time
}

// schedule is a heap of deliveries, the one due first on top.
type schedule []delivery

func (q schedule) Len() int { return len(q) }
func (q schedule) Less(i, j int) bool {
	if q[i].due.Equal(q[j].due) {
		return q[i].order < q[j].order
	}
	return q[i].due.Before(q[j].due)
}
func (q schedule) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *schedule) Push(x any)   { *q = append(*q, x.(delivery)) }
func (q *schedule) Pop() any {
	last := len(*q) - 1
	d := (*q)[last]
	*q = (*q)[:last]
	return d
}

// plan schedules a delivery after a wait, which it scales and bounds. The caller holds s.mu.
func (s *Server) plan(d delivery, wait time.Duration) {
	faults := s.affecting(d.message)
	wait += faults.ExtraDelay
	if faults.Reorder > 0 {
		wait += time.Duration(s.rand.Int64N(int64(faults.Reorder)))
	}
	wait = time.Duration(float64(wait) * s.opts.DelayScale)
	if s.opts.MaxWait > 0 {
		wait = min(wait, s.opts.MaxWait)
	}
	s.planned++
	d.due, d.order = time.Now().Add(wait), s.planned
	heap.Push(&s.queue, d)
	s.changed.Broadcast()
}

// take waits for a delivery to become due and takes it off the schedule, counted as in flight. It returns false when
// the server is closed.
func (s *Server) take() (delivery, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed {
		if !s.paused && len(s.queue) > 0 {
			wait := time.Until(s.queue[0].due)
			if wait <= 0 {
				s.inFlight++
				return heap.Pop(&s.queue).(delivery), true
			}
			s.alarm.Reset(wait)
		}
		s.changed.Wait()
	}
	return delivery{}, false
}
