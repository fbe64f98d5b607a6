package notionsim

import (
	"math/rand/v2"
	"net/http"
	"strings"
)

// Rule says which requests a fault befalls. Empty fields match everything.
type Rule struct {
	Kind   string // one of the Kind constants
	Method string
	Path   string // part of the path
	Body   string // part of the body
	ID     string // of the object in the path, with or without dashes

	Skip        int     // matching requests that are let through first
	Times       int     // matching requests that are hit then; 0 means all
	Probability float64 // share of those that are hit, decided by Seed; 0 means all
	Seed        uint64

	Fault Fault
}

// rule is a Rule at work.
type rule struct {
	Rule
	matched, hit int
	dice         *rand.Rand
}

// Fail adds a rule and returns what takes it away. Of several rules that match, the one added last applies. The faults
// come before everything else: a request that one befalls may be without token, and is counted into the request window
// only if the fault lets Notion answer.
func (s *Server) Fail(r Rule) (remove func()) {
	if r.Fault == nil {
		panic("notionsim: a rule without a fault")
	}
	added := &rule{Rule: r, dice: rand.New(rand.NewPCG(r.Seed, 1))}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, added)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, r := range s.rules {
			if r == added {
				s.rules = append(s.rules[:i:i], s.rules[i+1:]...)
				return
			}
		}
	}
}

// faulty is the handler for one request: the answer, or what a rule makes of it.
func (s *Server) faulty(to route, body []byte, answer http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := s.fault(to, r, body); f != nil {
			f(w, r, answer)
			return
		}
		answer.ServeHTTP(w, r)
	})
}

// fault picks the rule that applies, and counts.
func (s *Server) fault(to route, r *http.Request, body []byte) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.rules) - 1; i >= 0; i-- {
		rule := s.rules[i]
		if !rule.matches(to, r, body) {
			continue
		}
		if rule.matched++; rule.matched <= rule.Skip || rule.Times > 0 && rule.hit >= rule.Times {
			continue
		}
		if rule.Probability > 0 && rule.dice.Float64() >= rule.Probability {
			continue
		}
		rule.hit++
		return rule.Fault
	}
	return nil
}

func (r *rule) matches(to route, req *http.Request, body []byte) bool {
	return (r.Kind == "" || r.Kind == to.kind) &&
		(r.Method == "" || r.Method == req.Method) &&
		strings.Contains(req.URL.EscapedPath(), r.Path) &&
		strings.Contains(string(body), r.Body) &&
		(r.ID == "" || undashed(r.ID) == undashed(to.id))
}
