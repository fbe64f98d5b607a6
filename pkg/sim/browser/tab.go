package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Options say who looks, and with what. The zero value is a desktop in English and light colours.
type Options struct {
	Languages string // as in Accept-Language; default en
	Dark      bool
	Phone     bool     // 360 by 740, touched
	Hosts     []string // beside the one that is visited, those that may be asked
}

// Tab is one tab. Whatever goes wrong in it fails the test at once.
type Tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	host     string // visited
	hosts    []string
	asked    []string // hosts
	troubles []string
}

// patience is for how long something may fail to happen. A busy machine takes its time.
const patience = 30 * time.Second

// Open opens a tab, which is closed with the test.
func Open(t *testing.T, o Options) *Tab {
	t.Helper()
	tab := &Tab{t: t, hosts: o.Hosts}
	ctx, stop := chromedp.NewContext(start(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.listen))
	tab.ctx = ctx
	t.Cleanup(func() {
		stop()
		tab.check()
	})
	width, height := int64(1100), int64(900)
	features := []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}, {
		Name: "prefers-color-scheme", Value: map[bool]string{true: "dark"}[o.Dark],
	}}
	var device []chromedp.EmulateViewportOption
	if o.Phone {
		width, height = 360, 740
		device = append(device, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2))
	}
	languages := o.Languages
	if languages == "" {
		languages = "en"
	}
	tab.do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}),
		chromedp.EmulateViewport(width, height, device...),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}),
		call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: "Chromium, on behalf of a test", AcceptLanguage: languages,
		}))
	return tab
}

// call is a command of the DevTools protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func (tab *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}

// listen notes what must not happen.
func (tab *Tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		tab.troubles = append(tab.troubles, text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // of answers like 401
			tab.troubles = append(tab.troubles, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" {
			tab.asked = append(tab.asked, u.Host)
		}
	}
}

func (tab *Tab) check() {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, trouble := range tab.troubles {
		tab.t.Errorf("the page is in trouble: %s", trouble)
	}
	allowed := map[string]bool{tab.host: true, "": true}
	for _, host := range tab.hosts {
		allowed[host] = true
	}
	for _, host := range tab.asked {
		if !allowed[host] {
			tab.t.Errorf("the page at %s asks %s", tab.host, host)
		}
	}
}

// Visit opens an address and waits until it is there.
func (tab *Tab) Visit(address string) {
	tab.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tab.t.Fatal(err)
	}
	tab.mu.Lock()
	tab.host = u.Host
	tab.mu.Unlock()
	tab.do(chromedp.Navigate(address))
}

// Before runs a script in every page of this tab, before anything of the page's own.
func (tab *Tab) Before(script string) {
	tab.t.Helper()
	tab.do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// Until waits until an expression of JavaScript is true.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	// Without a timeout of its own: the page's clock may not be ours.
	_, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(0)))
	if err != nil {
		tab.t.Fatalf("%s never became true (%v) of the page:\n%s", expression, err, tab.Text("body"))
	}
}

// Sees waits until an element that is visible has that text in it. Spaces of any kind are the same to the eye.
func (tab *Tab) Sees(selector, text string) {
	tab.t.Helper()
	tab.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.checkVisibility()
		&& e.innerText.replace(/\s/g, " ").includes(%q))`, selector, text))
}

// Text is what people read in the first element of a selector.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Eval[string](tab, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// Eval is the value of an expression of JavaScript.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	v, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Click clicks on an element, which must be in sight.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.do(chromedp.Click(chromedp.CSS(selector)))
}

// Press presses keys one after the other: letters, or one of package kb.
func (tab *Tab) Press(keys ...string) {
	tab.t.Helper()
	for _, key := range keys {
		tab.do(chromedp.KeyEvent(key))
	}
}

// shots names a directory for [Tab.Shot].
const shots = "NOTIONSYNC_SHOTS"

// Shot saves the whole page as a picture, if NOTIONSYNC_SHOTS names a directory for it.
func (tab *Tab) Shot(name string) {
	tab.t.Helper()
	dir := os.Getenv(shots)
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		tab.t.Fatal(err)
	}
}
