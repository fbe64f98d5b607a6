package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

const (
	secret = "bench"
	// window is Notion's: so many requests in a minute.
	windowLimit = 180
	window      = time.Minute
)

// world is one workspace with everything around it.
type world struct {
	*notionsim.Workspace
	plan     plan
	database string
	queue    *qstashsim.Server
	queueURL string
	redis    *database
	stop     closers

	// These are replaced when the scale changes.
	notion *notionsim.Server
	url    string // of the simulated Notion
	routes string // URL of the process that the routes run in
	scaled closers
}

// closers end what was started, the last first.
type closers []func()

func (c *closers) add(end func()) { *c = append(*c, end) }

func (c *closers) close() {
	for _, end := range slices.Backward(*c) {
		end()
	}
	*c = nil
}

// site makes a workspace of one collection: pages of eight blocks on average, some of them nested. With this seed, 45
// pages take 161 requests.
func site(pages int) *notionsim.Workspace {
	return notionsim.Generate(notionsim.Options{Seed: 4, Pages: pages, BlockDepth: 2})
}

// newWorld starts everything that a plan needs. The caller closes the world, after an error too.
func newWorld(ctx context.Context, p plan) (*world, error) {
	w := &world{Workspace: site(p.pages), plan: p}
	db, err := w.Collection(notionsim.PagesTitle)
	if err != nil {
		return w, err
	}
	w.database = db.ID
	w.queue = qstashsim.New(qstashsim.Options{Token: secret, CurrentKey: "sig_" + rand.Text(), NextKey: "sig_" + rand.Text()})
	w.stop.add(w.queue.Close)
	if w.queueURL, err = serve(w.queue, &w.stop); err != nil {
		return w, err
	}
	if w.redis, err = startDatabase(ctx); err != nil {
		return w, err
	}
	w.stop.add(w.redis.close)
	return w, w.rescale(ctx, p.scale)
}

// rescale has Notion's window shorter by another factor: the simulated Notion and the routes are started anew.
func (w *world) rescale(ctx context.Context, scale float64) (err error) {
	w.scaled.close()
	w.plan.scale = scale
	w.notion = w.Server(notionsim.ServerOptions{
		Token: secret, Limit: windowLimit, Window: w.plan.window(), Latency: w.plan.latency, Now: time.Now,
	})
	if w.url, err = serve(w.notion, &w.scaled); err != nil {
		return err
	}
	return w.startFunction(ctx)
}

func serve(handler http.Handler, stop *closers) (url string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(l) })
	stop.add(func() {
		_ = server.Close()
		done.Wait()
	})
	return "http://" + l.Addr().String(), nil
}

// startFunction starts this program once more, for the routes alone.
func (w *world) startFunction(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	current, next := w.queue.Keys()
	child := exec.CommandContext(ctx, self, "bench")
	child.Stderr = os.Stderr
	child.Env = []string{
		functionVariable + "=1", "NOTION_API_KEY=" + secret, "NOTION_BASE_URL=" + w.url,
		"NOTION_PAGES_DB=" + w.database, fmt.Sprintf("NOTION_RATE_LIMIT=%d/%s", windowLimit, w.plan.window()),
		"CRON_SECRET=" + secret, "QSTASH_URL=" + w.queueURL, "QSTASH_TOKEN=" + secret,
		"QSTASH_CURRENT_SIGNING_KEY=" + current, "QSTASH_NEXT_SIGNING_KEY=" + next,
		"REDIS_URL=redis://" + w.redis.Addr().String(), "SYNC_CONTENT=" + w.plan.content(),
	}
	in, err := child.StdinPipe()
	if err != nil {
		return err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start the routes: %w", err)
	}
	w.scaled.add(func() {
		_ = in.Close()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("start the routes: %w", err)
	}
	if w.routes = strings.TrimSpace(line); w.routes == "" {
		return fmt.Errorf("the routes did not start: %s", filepath.Base(self))
	}
	return nil
}

func (w *world) close() {
	w.scaled.close()
	w.stop.close()
}

// rest waits until the simulated Notion's window, and ours, are free again.
func (w *world) rest(ctx context.Context) error {
	timer := time.NewTimer(w.plan.window() + w.plan.window()/20)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// plan is what is measured with one size of workspace.
type plan struct {
	pages    int
	scale    float64 // in a world: of now
	later    float64 // scale of the syncs after the first
	latency  time.Duration
	markdown bool
	node     bool
}

func (p plan) window() time.Duration {
	return time.Duration(float64(window) / p.scale).Round(time.Millisecond)
}

func (p plan) content() string {
	if p.markdown {
		return page.ContentMarkdown
	}
	return page.ContentBlocks
}
