package app_test

import (
	"encoding/json"
	"fmt"
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

	"notionsync/pkg/app"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// The paths of the routes.
const (
	directPath   = "/api/sync"
	triggerPath  = "/api/sync/trigger"
	workerPath   = "/api/sync/worker"
	callbackPath = "/api/sync/callback"
	statusPath   = "/api/sync/status"
	webhookPath  = "/api/sync/webhook"
	checkPath    = "/api/sync/check"
)

// The secrets of a deployment. None of them may ever stand in an answer; see inspect.
const (
	cronSecret    = "cron-secret-7c1f"
	notionSecret  = "ntn_secret-2b9e"
	qstashSecret  = "qstash-secret-51d0"
	currentSecret = "sig_current-secret-a8f3"
	nextSecret    = "sig_next-secret-0e44"
	redisSecret   = "redis-secret-93ab"
	bypassSecret  = "bypass-secret-66d2"
	s3Secret      = "s3-secret-c410"
	blobSecret    = "vercel_blob_rw_AppTest_secret-f7d9"
	eventSecret   = "secret_webhook-secret-7d40"
)

var secrets = []string{
	cronSecret, notionSecret, qstashSecret, currentSecret, nextSecret, redisSecret, bypassSecret,
	s3Secret, blobSecret, eventSecret, revalidateSecret,
}

// deployment is the routes at their real paths, and all that they talk to: Notion, QStash, which delivers what is
// published, and Redis, whose keys expire by the clock.
type deployment struct {
	t      *testing.T
	redis  *miniredis.Miniredis
	world  *notionsim.Workspace
	notion *notionsim.Server
	qstash *qstashsim.Server
	url    string // of the site

	mu      sync.Mutex
	env     map[string]string
	routes  map[string]http.Handler
	detours map[string]func(http.Handler) http.Handler

	hooking sync.Once
	hook    atomic.Pointer[func() string] // see onCommand
}

// deploy starts a deployment over a workspace. The pairs are variables beside those that every deployment has; "-"
// unsets one.
func deploy(t *testing.T, world *notionsim.Workspace, pairs ...string) *deployment {
	t.Helper()
	d := &deployment{t: t, redis: miniredis.RunT(t), world: world, detours: map[string]func(http.Handler) http.Handler{}}
	d.redis.RequireAuth(redisSecret)
	d.redis.ClockTTL(true)
	d.notion = world.Server(notionsim.ServerOptions{Token: notionSecret, Limit: -1})
	notion := httptest.NewServer(d.notion)
	t.Cleanup(notion.Close)
	site := httptest.NewServer(d)
	t.Cleanup(site.Close)
	d.qstash = qstashsim.New(qstashsim.Options{
		Token: qstashSecret, CurrentKey: currentSecret, NextKey: nextSecret, DelayScale: 0.001,
		RetryDelay: func(int) time.Duration { return time.Second },
	})
	queue := httptest.NewServer(d.qstash)
	t.Cleanup(queue.Close)
	t.Cleanup(d.qstash.Close) // before the site, which waits for its requests
	d.url = site.URL
	d.env = map[string]string{
		"NOTION_API_KEY":                  notionSecret,
		"NOTION_BASE_URL":                 notion.URL,
		"NOTION_RATE_LIMIT":               "100000/1m",
		"CRON_SECRET":                     cronSecret,
		"NEXT_PUBLIC_SITE_URL":            site.URL,
		"QSTASH_TOKEN":                    qstashSecret,
		"QSTASH_CURRENT_SIGNING_KEY":      currentSecret,
		"QSTASH_NEXT_SIGNING_KEY":         nextSecret,
		"QSTASH_URL":                      queue.URL,
		"REDIS_URL":                       "redis://:" + redisSecret + "@" + d.redis.Addr(),
		"VERCEL_AUTOMATION_BYPASS_SECRET": bypassSecret,
	}
	for _, db := range world.Databases() {
		if db.ParentType == "workspace" {
			d.env["NOTION_"+strings.ToUpper(db.Title)+"_DB"] = db.ID
		}
	}
	d.redeploy(pairs...)
	return d
}

// redeploy replaces the functions by fresh ones, with variables changed.
func (d *deployment) redeploy(pairs ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := 0; i < len(pairs); i += 2 {
		if d.env[pairs[i]] = pairs[i+1]; pairs[i+1] == "-" {
			delete(d.env, pairs[i])
		}
	}
	environ := d.environ()
	d.routes = map[string]http.Handler{
		directPath: app.Direct(environ), triggerPath: app.Trigger(environ), workerPath: app.Worker(environ),
		callbackPath: app.Callback(environ), statusPath: app.Status(environ), webhookPath: app.Webhook(environ),
		checkPath: app.Check(environ),
	}
}

// environ is the environment of the functions.
func (d *deployment) environ() (environ []string) {
	for _, name := range slices.Sorted(maps.Keys(d.env)) {
		environ = append(environ, name+"="+d.env[name])
	}
	return environ
}

// detour puts something between the network and a route; nil takes it away.
func (d *deployment) detour(path string, by func(http.Handler) http.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.detours[path] = by
}

// ServeHTTP is the site.
func (d *deployment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	route, by := d.routes[r.URL.Path], d.detours[r.URL.Path]
	d.mu.Unlock()
	if route == nil {
		http.NotFound(w, r)
		return
	}
	inspected := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := httptest.NewRecorder()
		route.ServeHTTP(out, r)
		d.inspect(r, out)
		maps.Copy(w.Header(), out.Header())
		w.WriteHeader(out.Code)
		_, _ = w.Write(out.Body.Bytes())
	})
	if by != nil {
		by(inspected).ServeHTTP(w, r)
		return
	}
	inspected.ServeHTTP(w, r)
}

// inspect checks what must be so of every answer of every route.
func (d *deployment) inspect(r *http.Request, out *httptest.ResponseRecorder) {
	call := r.Method + " " + r.URL.Path
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store",
	} {
		if got := out.Header().Values(name); len(got) != 1 || got[0] != want {
			d.t.Errorf("%s: header %s = %q, want %q", call, name, got, want)
		}
	}
	said := out.Body.String() + fmt.Sprint(out.Header())
	for _, secret := range secrets {
		if strings.Contains(said, secret) {
			d.t.Errorf("%s answers %d with the secret %q: %s", call, out.Code, secret, said)
		}
	}
	if r.Method == http.MethodHead {
		if out.Body.Len() > 0 {
			d.t.Errorf("%s answers with a body: %s", call, out.Body)
		}
		return
	}
	var body struct {
		OK    *bool   `json:"ok"`
		Error *string `json:"error"`
	}
	if err := json.Unmarshal(out.Body.Bytes(), &body); err != nil || body.OK == nil {
		d.t.Errorf("%s answers %d %s, want a JSON object with ok (%v)", call, out.Code, out.Body, err)
		return
	}
	if failed := out.Code >= 400; *body.OK == failed || failed != (body.Error != nil && *body.Error != "") {
		d.t.Errorf("%s answers %d %s: status, ok and error do not agree", call, out.Code, out.Body)
	}
}

// fields decodes the body.
func (a answer) fields(t *testing.T) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(a.body), &fields); err != nil {
		t.Fatalf("answer %s: %v", a, err)
	}
	return fields
}
