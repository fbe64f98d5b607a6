package app_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// cloud is a deployment with everything that it talks to, all of it in memory and inside a bubble of package synctest:
// its hours take milliseconds, and every wait and limit is the real one. Functions are instances, of which any number
// run at a time and each can be killed.
type cloud struct {
	t       *testing.T
	redis   *miniredis.Miniredis
	notion  *notionsim.Server
	qstash  *qstashsim.Server
	environ []string

	monkey   monkey                                        // what goes wrong at random
	settings cloudSettings                                 // as made
	boundary atomic.Int64                                  // what the functions have done so far that a kill can come before or after
	killAt   func(n int64, in *instance, spared bool) bool // reports whether a function is killed at its n-th; nil: never
	onKill   func(asked []string)                          // told of a killed function what it has asked Notion for; nil: nobody
	killed   atomic.Int64                                  // functions killed so far
	running  sync.WaitGroup                                // requests, those of killed functions too

	deliveries atomic.Int64 // to the worker, see cloudSettings.hangUp

	mu      sync.Mutex
	live    map[*instance]bool
	warm    []*instance       // those that wait for a request
	redisUp time.Time         // Redis takes no connection before
	told    map[string]string // job → state, by the webhook
}

type cloudSettings struct {
	latency time.Duration     // of Notion
	limit   int               // requests a minute that Notion allows; 0: as many as anybody likes
	after   bool              // functions are killed after what they did took effect, else before
	env     map[string]string // beside what every deployment has; "-" unsets one

	maxDuration time.Duration // when Vercel kills a function; default a minute
	hangUp      time.Duration // after so long the first delivery's connection breaks, while its function goes on; 0: never
}

// The hosts of a cloud.
const (
	siteHost   = "site.test"
	hookHost   = "hook.test" // of SYNC_WEBHOOK
	notionHost = "notion.test"
	qstashHost = "qstash.test"
)

func newCloud(t *testing.T, world *notionsim.Workspace, s cloudSettings) *cloud {
	t.Helper()
	c := &cloud{t: t, redis: miniredis.NewMiniRedis(), settings: s, live: map[*instance]bool{}, told: map[string]string{}}
	c.monkey.c = c
	t.Cleanup(c.redis.Close)
	c.redis.ClockTTL(true)
	limit := s.limit
	if limit == 0 {
		limit = -1
	}
	c.notion = world.Server(notionsim.ServerOptions{
		Token: notionSecret, Limit: limit, Latency: s.latency, Now: time.Now,
	})
	c.qstash = qstashsim.New(qstashsim.Options{
		Token: qstashSecret, CurrentKey: currentSecret, NextKey: nextSecret, Client: &http.Client{Transport: gateway{c}},
		Seed: 1,
	})
	t.Cleanup(c.qstash.Close)
	env := map[string]string{
		"NOTION_API_KEY":             notionSecret,
		"NOTION_BASE_URL":            "https://" + notionHost,
		"CRON_SECRET":                cronSecret,
		"NEXT_PUBLIC_SITE_URL":       "https://" + siteHost,
		"QSTASH_TOKEN":               qstashSecret,
		"QSTASH_CURRENT_SIGNING_KEY": currentSecret,
		"QSTASH_NEXT_SIGNING_KEY":    nextSecret,
		"QSTASH_URL":                 "https://" + qstashHost,
		"REDIS_URL":                  "redis://redis.test:6379",
		"SYNC_WEBHOOK":               "https://" + hookHost + "/end",
	}
	if s.limit == 0 {
		env["NOTION_RATE_LIMIT"] = "100000/1m"
	}
	for _, db := range world.Databases() {
		if db.ParentType == "workspace" {
			env["NOTION_"+strings.ToUpper(db.Title)+"_DB"] = db.ID
		}
	}
	maps.Copy(env, s.env)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if env[name] != "-" {
			c.environ = append(c.environ, name+"="+env[name])
		}
	}
	t.Cleanup(c.running.Wait) // before what the functions talk to is closed
	return c
}

// gateway is the way from outside to the functions.
type gateway struct{ c *cloud }

// RoundTrip implements [http.RoundTripper]. A function that is killed leaves its caller with a connection that broke, one
// that takes too long with Vercel's word for it. A caller who hangs up ends nothing.
func (g gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	c := g.c
	if r.URL.Host == hookHost {
		return c.tell(r)
	}
	in, began := c.instance(r), time.Now()
	most := cmp.Or(c.settings.maxDuration, time.Minute)
	limit := time.AfterFunc(most, in.kill)
	out := httptest.NewRecorder()
	answered := make(chan struct{})
	request := r.Clone(context.WithoutCancel(r.Context()))
	c.running.Go(func() {
		in.routes[r.URL.Path].ServeHTTP(out, request)
		limit.Stop()
		c.release(in)
		close(answered)
	})
	var hangUp <-chan time.Time
	if c.settings.hangUp > 0 && r.URL.Path == workerPath && c.deliveries.Add(1) == 1 {
		hangUp = time.After(c.settings.hangUp)
	}
	select {
	case <-answered:
		if in.isDead() {
			return nil, errKilled
		}
		return out.Result(), nil
	case <-in.died:
		if time.Since(began) < most {
			return nil, errKilled
		}
		return &http.Response{
			StatusCode: http.StatusGatewayTimeout, Header: http.Header{"X-Vercel-Error": {"FUNCTION_INVOCATION_TIMEOUT"}},
			Body: io.NopCloser(strings.NewReader("An error occurred with your deployment\n")), Request: r,
		}, nil
	case <-hangUp:
		return nil, io.ErrUnexpectedEOF
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}

var errKilled = errors.New("the function was killed")

// tell is told of a job that has ended.
func (c *cloud) tell(r *http.Request) (*http.Response, error) {
	var v jobView
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[v.ID] = v.State
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// wasTold is the state in which a job ended, as the webhook was told.
func (c *cloud) wasTold(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told[id]
}

// instance takes a warm function for a request, or starts one. QStash's last attempts are spared from being killed: four
// kills in a row end a job, as they should, but teach nothing new.
func (c *cloud) instance(r *http.Request) *instance {
	c.mu.Lock()
	defer c.mu.Unlock()
	var in *instance
	if n := len(c.warm); n > 0 {
		in = c.warm[n-1]
		c.warm = c.warm[:n-1]
	} else {
		in = newInstance(c)
		c.live[in] = true
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.spared, in.signed, in.asked = r.Header.Get("Upstash-Retried") >= "3", r.Header.Get("Upstash-Signature") != "", nil
	return in
}

// release keeps a function that has answered for the next request.
func (c *cloud) release(in *instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if in.isDead() || in.old {
		delete(c.live, in)
		return
	}
	c.warm = append(c.warm, in)
}

// coldStart lets the functions that wait for a request go: the next ones are fresh.
func (c *cloud) coldStart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, in := range c.warm {
		in.close()
		delete(c.live, in)
	}
	c.warm = nil
}

// deploy lets the next functions have another environment. Those at work end what they do.
func (c *cloud) deploy(environ []string) {
	c.coldStart()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.environ = environ
	for in := range c.live {
		in.old = true
	}
}

// killAll kills the functions that are at work.
func (c *cloud) killAll() (killed []*instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for in := range c.live {
		if !slices.Contains(c.warm, in) {
			in.kill()
			killed = append(killed, in)
		}
	}
	return killed
}

// redisDown lets Redis be away for a while.
func (c *cloud) redisDown(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.redisUp = time.Now().Add(d)
	for in := range c.live {
		in.cut()
	}
}

func (c *cloud) isRedisDown() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Before(c.redisUp)
}

// get calls a route with the secret, and again if its function is killed or Redis is down. It fails the test if that
// happens for ever.
func (c *cloud) get(path string) (a answer) {
	c.t.Helper()
	for range 100 {
		var err error
		if a, err = c.try(path); err == nil && a.status < 500 {
			return a
		}
		time.Sleep(5 * time.Second)
	}
	c.t.Fatalf("GET %s answers %s again and again", path, a)
	return a
}

// try calls a route with the secret.
func (c *cloud) try(path string) (answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://"+siteHost+path, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+cronSecret)
	res, err := gateway{c}.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, strings.TrimSuffix(string(body), "\n")}, err
}
