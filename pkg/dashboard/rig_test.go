package dashboard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"log/slog"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/app"
	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/sim/vercelsim"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	code := m.Run()
	browser.Close()
	os.Exit(code)
}

const secret = "open sesame"

// deployment is the page and the routes as Vercel serves them, with all that they talk to.
type deployment struct {
	t      *testing.T
	notion *notionsim.Server
	qstash *qstashsim.Server
	redis  *miniredis.Miniredis
	url    string

	mu      sync.Mutex
	detours map[string]http.HandlerFunc // by path
}

// deploy starts a deployment over a workspace.
func deploy(t *testing.T, world *notionsim.Workspace) *deployment {
	t.Helper()
	d := &deployment{t: t, redis: miniredis.RunT(t), detours: map[string]http.HandlerFunc{}}
	d.redis.ClockTTL(true)
	d.notion = world.Server(notionsim.ServerOptions{Limit: -1})
	d.qstash = qstashsim.New(qstashsim.Options{DelayScale: 0.001})
	site := httptest.NewUnstartedServer(nil)
	d.url = "http://" + site.Listener.Addr().String()
	environ := []string{
		"NOTION_API_KEY=ntn_token", "NOTION_BASE_URL=" + serve(t, d.notion), "NOTION_RATE_LIMIT=100000/1m",
		"CRON_SECRET=" + secret, "NEXT_PUBLIC_SITE_URL=" + d.url, "QSTASH_TOKEN=" + qstashsim.DefaultToken,
		"QSTASH_CURRENT_SIGNING_KEY=" + qstashsim.DefaultCurrentKey,
		"QSTASH_NEXT_SIGNING_KEY=" + qstashsim.DefaultNextKey,
		"QSTASH_URL=" + serve(t, d.qstash), "REDIS_URL=redis://" + d.redis.Addr(),
	}
	for _, db := range world.Databases() {
		if db.ParentType == "workspace" {
			environ = append(environ, fmt.Sprintf("NOTION_%s_DB=%s", strings.ToUpper(db.Title), db.ID))
		}
	}
	handler, err := vercelsim.New("../..", map[string]http.Handler{
		"/api/sync": app.Direct(environ), "/api/sync/trigger": app.Trigger(environ),
		"/api/sync/worker": app.Worker(environ), "/api/sync/callback": app.Callback(environ),
		"/api/sync/status": app.Status(environ), "/api/sync/check": app.Check(environ),
	})
	if err != nil {
		t.Fatal(err)
	}
	site.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		detour := d.detours[r.URL.Path]
		d.mu.Unlock()
		if detour != nil {
			detour(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	})
	site.Start()
	t.Cleanup(site.Close)
	t.Cleanup(d.qstash.Close) // before the site, which waits for its requests
	return d
}

func serve(t *testing.T, handler http.Handler) string {
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// detour answers a path in another way; nil ends that.
func (d *deployment) detour(path string, by http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.detours[path] = by
}

// answers is a detour that says always the same.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// hurry makes a page's pauses shorter by a factor, and keeps a list of how long they should have been, in seconds.
const hurry = `{
  const later = window.setTimeout;
  [window.pauses, window.factor] = [[], 20];
  window.setTimeout = (f, ms) => { window.pauses.push(ms / 1000); return later(f, ms / window.factor); };
}`

// visit opens the page; whoever looks has not signed in yet.
func (d *deployment) visit(o browser.Options) *browser.Tab {
	d.t.Helper()
	tab := browser.Open(d.t, o)
	tab.Before(hurry)
	tab.Visit(d.url)
	tab.Until(`document.activeElement?.id === "secret"`)
	return tab
}

// signIn types the secret.
func (d *deployment) signIn(o browser.Options) *browser.Tab {
	d.t.Helper()
	tab := d.visit(o)
	tab.Press(secret, "\r")
	tab.Until(`!document.getElementById("panel").hidden`)
	return tab
}

// hold makes Notion wait with its answers to requests of a kind, from the one after skip on, until release.
func (d *deployment) hold(kind string, skip int) (release func()) {
	gate := make(chan struct{})
	remove := d.notion.Fail(notionsim.Rule{Kind: kind, Skip: skip, Fault: notionsim.Meanwhile(func() {
		select {
		case <-gate:
		case <-time.After(time.Minute):
		}
	})})
	release = sync.OnceFunc(func() {
		remove()
		close(gate)
	})
	d.t.Cleanup(release)
	return release
}
