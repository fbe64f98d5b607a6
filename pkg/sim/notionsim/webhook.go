package notionsim

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// SubscriptionOptions configure a [Subscription]. URL is required.
type SubscriptionOptions struct {
	URL     string  // where events are POSTed
	Token   string  // the verification token, with which events are signed; made up if empty
	Version Version // of the events; default 2025-09-03

	// Gather is how long events of one type about one object are gathered into one. Notion says usually less than a
	// minute, as of August 2026. Default 0: those of one moment.
	Gather time.Duration
	// RetryDelay is the time before the attempt after the n-th. Default: 1 minute, tripled each time, so that the eighth
	// and last attempt is about a day after the first.
	RetryDelay func(n int) time.Duration
	// Client makes the requests. Default: one of its own.
	Client *http.Client
}

// WebhookFaults are what a Subscription does wrong on command. Notion promises none of what they break: events may be
// lost, may come twice and in any order.
type WebhookFaults struct {
	Lose    int           // so many events are never sent
	Twice   bool          // each event is sent twice
	Reorder time.Duration // a random time below it is waited before each event
}

// Subscription sends a workspace's events to a webhook, those about what is shared with the connection. All methods are
// safe for concurrent use.
type Subscription struct {
	opts    SubscriptionOptions
	id      string
	ctx     context.Context
	cancel  context.CancelFunc
	sending sync.WaitGroup

	mu        sync.Mutex
	gathering map[string]*webhookEvent // by type and object
	faults    WebhookFaults
	sent      []WebhookAttempt
	events    uint64
	seed      uint64
}

// WebhookAttempt is one request that a Subscription has made.
type WebhookAttempt struct {
	Type    string // of the event; empty: the handshake
	Entity  string // id of the object
	Event   string // id of the event
	Attempt int    // 1 to 8
	Status  int    // 0: no answer, see Err
	Err     error
	Took    time.Duration
}

// maxWebhookAttempts is how often Notion sends an event at most.
const maxWebhookAttempts = 8

// Subscribe sends the events of edits made from now on. The caller ends it with [Subscription.Close].
func (w *Workspace) Subscribe(o SubscriptionOptions) *Subscription {
	defer w.lock()()
	w.subscribed++
	seed := hash(37, fmt.Sprint(o.URL, w.subscribed))
	o.Token = cmp.Or(o.Token, "secret_"+undashed(makeID(seed, 1)))
	o.Version = cmp.Or(o.Version, V20250903)
	if o.RetryDelay == nil {
		o.RetryDelay = func(n int) time.Duration {
			wait := time.Minute
			for ; n > 1; n-- {
				wait *= 3
			}
			return wait
		}
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	s := &Subscription{opts: o, id: makeID(seed, 2), gathering: map[string]*webhookEvent{}, seed: seed}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	w.subscriptions = append(w.subscriptions, s)
	return s
}

// Token is the verification token.
func (s *Subscription) Token() string { return s.opts.Token }

// Misbehave replaces the faults with those given.
func (s *Subscription) Misbehave(f WebhookFaults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Attempts returns all requests made so far, in the order in which they ended.
func (s *Subscription) Attempts() []WebhookAttempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Handshake introduces the subscription: it POSTs the verification token, for the receiver to keep.
func (s *Subscription) Handshake() WebhookAttempt {
	body, _ := json.Marshal(map[string]string{"verification_token": s.opts.Token}) // strings always have a JSON form
	a := s.post(body)
	s.note(a)
	return a
}

// Wait returns when all events of the edits made before have been sent or given up.
func (s *Subscription) Wait() { s.sending.Wait() }

// Close drops what was still to be sent and returns when nothing runs any more.
func (s *Subscription) Close() {
	s.mu.Lock()
	s.cancel() // from here on add begins nothing
	s.mu.Unlock()
	s.sending.Wait()
	s.opts.Client.CloseIdleConnections()
}

// add takes an event of an edit: into one that is being gathered, or as a new one. A page that is created and deleted
// before anybody was told leaves no event at all.
func (s *Subscription) add(e webhookEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	if action, ok := cutAction(e.kind, ".deleted"); ok && s.gathering[action+".created "+e.entity] != nil {
		delete(s.gathering, action+".created "+e.entity)
		return
	}
	key := e.kind + " " + e.entity
	if earlier := s.gathering[key]; earlier != nil {
		earlier.join(e)
		return
	}
	s.events++
	e.id = makeID(s.seed, 100+s.events)
	s.gathering[key] = &e
	s.sending.Go(func() { s.deliver(key, &e) })
}

// deliver sends an event until it is acknowledged.
func (s *Subscription) deliver(key string, e *webhookEvent) {
	if !sleep(s.ctx, s.opts.Gather) {
		return
	}
	s.mu.Lock()
	if s.gathering[key] != e {
		s.mu.Unlock()
		return // taken back
	}
	delete(s.gathering, key)
	faults := s.faults
	if s.faults.Lose > 0 {
		s.faults.Lose--
	}
	s.mu.Unlock()
	if faults.Lose > 0 {
		return
	}
	if faults.Reorder > 0 && !sleep(s.ctx, rand.N(faults.Reorder)) {
		return
	}
	if faults.Twice {
		s.sending.Go(func() { s.attempt(e, 1) })
	}
	for n := 1; n <= maxWebhookAttempts; n++ {
		if a := s.attempt(e, n); a.Status >= 200 && a.Status <= 299 || !sleep(s.ctx, s.opts.RetryDelay(n)) {
			return
		}
	}
}

func (s *Subscription) attempt(e *webhookEvent, n int) WebhookAttempt {
	a := s.post(e.body(s, n))
	a.Type, a.Entity, a.Event, a.Attempt = e.kind, e.entity, e.id, n
	s.note(a)
	return a
}

func (s *Subscription) note(a WebhookAttempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, a)
}

// post makes one signed request. The handshake is signed too, with the token that it brings.
func (s *Subscription) post(body []byte) WebhookAttempt {
	request, err := signedRequest(s.ctx, s.opts.URL, s.opts.Token, body)
	if err != nil {
		return WebhookAttempt{Err: err}
	}
	began := time.Now()
	answer, err := s.opts.Client.Do(request)
	if err != nil {
		return WebhookAttempt{Err: err, Took: time.Since(began)}
	}
	_ = answer.Body.Close() // what it says does not count
	return WebhookAttempt{Status: answer.StatusCode, Took: time.Since(began)}
}

// SignWebhook is the value of X-Notion-Signature over a body.
func SignWebhook(token string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
