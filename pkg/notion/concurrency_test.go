package notion_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/notion"
)

// crowd is a Notion that notes how many requests are under way at once.
type crowd struct {
	mu      sync.Mutex
	answer  func(*http.Request) (*http.Response, error)
	latency func(underway int) time.Duration
	now     int
	most    int // since the last look
}

func (c *crowd) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	latency := c.latency(c.now)
	c.mu.Unlock()
	time.Sleep(latency)
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	return c.answer(req)
}

func (c *crowd) look() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := c.most
	c.most = 0
	return most
}

func answers(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) { return respond(req, status, body), nil }
}

func steady(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

// inFlight makes rounds of calls, many at once each, and returns how many were under way at once in each round.
func inFlight(t *testing.T, c *crowd, rounds, calls int, change ...func(*notion.Options)) []int {
	client := local(t, nil, append(change, func(o *notion.Options) { o.Transport = c })...)
	most := make([]int, rounds)
	for i := range most {
		children(t.Context(), client, calls)
		most[i] = c.look()
	}
	return most
}

func TestFlight_growsToTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{answer: answers(200, emptyList), latency: steady(150 * time.Millisecond)}
		began := time.Now()
		most := inFlight(t, c, 1, 32+64+128+180)
		if rounds := time.Since(began) / (150 * time.Millisecond); most[0] != 180 || rounds != 4 {
			t.Errorf("404 calls: up to %d at once in %d rounds, want 32, 64, 128, 180", most[0], rounds)
		}
	})
}

// A Notion that gets slower the more it is asked is asked for less at once; so is one that cannot cope at all.
func TestFlight_shrinks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*crowd{
		"slower": {answer: answers(200, emptyList), latency: func(n int) time.Duration { // 30 at a time
			return time.Duration(1+n/30) * 150 * time.Millisecond
		}},
		"overloaded": {answer: answers(503, `{"object":"error","status":503,"code":"service_unavailable","message":""}`),
			latency: steady(time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				most := inFlight(t, c, 12, 200)
				if last := most[len(most)-1]; last > 130 || last < 8 {
					t.Errorf("up to %d at once, want them to settle well below 180", most)
				}
			})
		})
	}
}

// What is slow for long is usual: a distant Notion gets as many requests as a near one.
func TestFlight_getsUsedToIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{answer: answers(200, emptyList), latency: steady(50 * time.Millisecond)}
		client := local(t, nil, func(o *notion.Options) { o.Transport = c })
		children(t.Context(), client, 400)
		c.latency = steady(400 * time.Millisecond)
		children(t.Context(), client, 2500)
		c.look()
		children(t.Context(), client, 400)
		if most := c.look(); most != 180 {
			t.Errorf("up to %d at once once 400ms are usual, want 180", most)
		}
	})
}

// Answers under way take memory: large ones fly in small numbers.
func TestFlight_largeAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		large := strings.Replace(emptyList, "null", strings.Repeat(" ", 2<<20)+"null", 1)
		c := &crowd{answer: answers(200, large), latency: steady(time.Second)}
		most := inFlight(t, c, 2, 60)
		if last := most[len(most)-1]; last > 16 {
			t.Errorf("answers of 2 MiB: up to %d at once, want few", most)
		}
	})
}
