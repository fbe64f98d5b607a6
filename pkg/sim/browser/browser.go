// Package browser is somebody who looks at a page, for tests: headless Chromium.
//
// [Open] gives a test a tab of its own in a fresh profile; the tests of a process share one Chromium, which [Close] ends.
// Whatever a page throws, whatever its Content-Security-Policy forbids and whatever it asks of another host fails the
// test at its end.
package browser

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Variable names the Chromium to use. Where it is unset and none is installed, tests are skipped; where it is set, they
// are not.
const Variable = "NOTIONSYNC_TEST_CHROMIUM"

var shared struct {
	mu    sync.Mutex
	ctx   context.Context // of the browser; nil: not started
	close context.CancelFunc
	err   error
}

// Close ends the browser, if one was started. TestMain calls it last.
func Close() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.close != nil {
		shared.close()
	}
}

// start returns the context of the running browser.
func start(t *testing.T) context.Context {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.ctx == nil && shared.err == nil {
		shared.ctx, shared.close, shared.err = run()
	}
	switch {
	case shared.err == nil:
		return shared.ctx
	case os.Getenv(Variable) != "":
		t.Fatal(shared.err)
	default:
		t.Skipf("no Chromium to look with: %v", shared.err)
	}
	return nil
}

func run() (context.Context, context.CancelFunc, error) {
	path, err := exec.LookPath(cmp.Or(os.Getenv(Variable), "chromium"))
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(ctx)
	closed := func() {
		end()
		stop()
	}
	if err := chromedp.Do(ctx); err != nil {
		closed()
		return nil, nil, fmt.Errorf("start %s: %w", path, err)
	}
	return ctx, closed, nil
}
