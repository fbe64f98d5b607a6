package qstashsim

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// What a Server answers to and signs with unless [Options] says otherwise.
const (
	DefaultToken      = "qstashsim-token"
	DefaultCurrentKey = "sig_qstashsim_current"
	DefaultNextKey    = "sig_qstashsim_next"
)

// Options shape a Server. The zero value is a local QStash in real time.
type Options struct {
	// Token is what publishers must present. Default DefaultToken.
	Token string
	// CurrentKey signs; NextKey signs after a rotation. Defaults DefaultCurrentKey and DefaultNextKey.
	CurrentKey, NextKey string
	// Now stamps signatures and messages and ages deduplication ids; it is called by many goroutines. Waiting does
	// not follow it: see DelayScale. Default time.Now.
	Now func() time.Time
	// RetryDelay is the time before the next attempt of a message retried so many times already (0 before the first
	// retry). Upstash-Retry-Delay and an answer's Retry-After go before it. Default Backoff.
	RetryDelay func(retried int) time.Duration
	// DelayScale multiplies every wait of the server: delays, retries, Retry-After, those of Faults. Neither timeouts
	// of an attempt nor the ten minutes of a deduplication id are scaled. Default 1.
	DelayScale float64
	// MaxWait bounds every wait, after scaling. Default 0: unbounded.
	MaxWait time.Duration
	// Client makes the deliveries; it is copied, and the copy follows no redirects. Default: one with connections
	// of its own, which Close closes.
	Client *http.Client
	// RefuseLoopback refuses destinations on this machine, as the hosted service does. Default: they are welcome, as
	// with Upstash's local server.
	RefuseLoopback bool
	// Parallelism is the number of attempts made at a time. Default 10.
	Parallelism int
	// Seed makes ids, keys and the order under Faults.Reorder reproducible. Default 0: different in every Server, so
	// that a restarted one reuses no message id.
	Seed uint64
}

func (o Options) withDefaults() Options {
	if o.DelayScale < 0 || o.MaxWait < 0 || o.Parallelism < 0 {
		panic(fmt.Sprintf("qstashsim: negative option: DelayScale %v, MaxWait %v, Parallelism %d",
			o.DelayScale, o.MaxWait, o.Parallelism))
	}
	if o.Token == "" {
		o.Token = DefaultToken
	}
	if o.CurrentKey == "" {
		o.CurrentKey = DefaultCurrentKey
	}
	if o.NextKey == "" {
		o.NextKey = DefaultNextKey
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RetryDelay == nil {
		o.RetryDelay = Backoff
	}
	if o.DelayScale == 0 {
		o.DelayScale = 1
	}
	if o.Parallelism == 0 {
		o.Parallelism = 10
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	return o
}

// Server is one QStash account in one region. All methods are safe for concurrent use.
type Server struct {
	opts    Options
	client  *http.Client
	ctx     context.Context // of every attempt, until Close
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu            sync.Mutex
	changed       *sync.Cond // on mu: a delivery became due or ended, or the server was paused, resumed or closed
	alarm         *time.Timer
	rand          *rand.Rand
	current, next string
	faults        Faults
	messages      []*message // in the order of acceptance
	byID          map[string]*message
	taken         map[string]taken // deduplication keys
	dead          []*message
	queue         schedule
	planned       int // deliveries ever put on the schedule
	inFlight      int
	paused        bool
	closed        bool
}

// New starts a server. It panics on negative options. The caller ends it with [Server.Close].
func New(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts:    opts,
		client:  deliverer(opts.Client),
		rand:    rand.New(rand.NewPCG(opts.Seed, 0)),
		current: opts.CurrentKey,
		next:    opts.NextKey,
		byID:    map[string]*message{},
		taken:   map[string]taken{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.changed = sync.NewCond(&s.mu)
	s.alarm = time.AfterFunc(math.MaxInt64, s.wake)
	for range opts.Parallelism {
		s.workers.Go(s.work)
	}
	return s
}

// deliverer is the client of the deliveries. Upstash does not document redirects; after an outage a project reported
// that QStash does not follow them, so that a 3xx ends as a failed attempt.
func deliverer(given *http.Client) *http.Client {
	client := http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	if given != nil {
		client = *given
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// Close aborts the attempts in flight, forgets what was still to be delivered and returns when every goroutine has
// ended. Publishing to a closed server answers 503. Closing twice is fine.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.alarm.Stop()
	s.changed.Broadcast()
	s.mu.Unlock()
	s.cancel()
	s.workers.Wait()
	if s.opts.Client == nil {
		s.client.CloseIdleConnections()
	}
}

// Pause keeps attempts from starting until Resume; those in flight go on. Publishing works as ever.
func (s *Server) Pause() { s.setPaused(true) }

// Resume ends a Pause. Attempts that became due meanwhile start at once, oldest first.
func (s *Server) Resume() { s.setPaused(false) }

func (s *Server) setPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = paused
	s.changed.Broadcast()
}

// Wait returns nil once nothing is in flight and nothing will be attempted any more, delayed messages, retries and
// callbacks included, or once the server is closed. While it is paused with messages left, that does not happen.
// When ctx ends first, the error wraps its cause.
func (s *Server) Wait(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.wake)()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && s.inFlight+len(s.queue) > 0 {
		if ctx.Err() != nil {
			return fmt.Errorf("qstashsim: waiting with %d attempts in flight and %d to come: %w",
				s.inFlight, len(s.queue), context.Cause(ctx))
		}
		s.changed.Wait()
	}
	return nil
}

// wake lets every waiting goroutine look again. It takes the lock, or it could run between a goroutine's look and the
// beginning of its wait, and be missed.
func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// Keys returns the signing keys as GET /v2/keys answers them.
func (s *Server) Keys() (current, next string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.next
}

// RotateKeys makes the next key the current one and invents a new next one, as POST /v2/keys/rotate does.
func (s *Server) RotateKeys() (current, next string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.next = s.next, s.id("sig_")
	return s.current, s.next
}

// id invents an id. The caller holds s.mu.
func (s *Server) id(prefix string) string {
	return fmt.Sprintf("%s%016x%016x", prefix, s.rand.Uint64(), s.rand.Uint64())
}
