package dashboard_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/browser"
	"notionsync/pkg/sim/notionsim"
)

// The page asks as often as it makes sense, and no more.
func TestPolling(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.New(nil))
	tab := d.signIn(browser.Options{})
	const path = "/api/sync/status"
	running := func(ms string) http.HandlerFunc {
		return answers(http.StatusOK, strings.ReplaceAll(busyStatus(0), `"durationMs":95000`, `"durationMs":`+ms))
	}
	waiting := func(due time.Duration) http.HandlerFunc {
		return answers(http.StatusOK, `{"ok":true,"job":null,"jobs":[],"edits":{"waiting":1,"dueAt":"`+stamp(time.Now().UTC().Add(due))+`"}}`)
	}
	down := answers(http.StatusServiceUnavailable, `{"ok":false,"error":"Redis unreachable"}`)
	hide := `Object.defineProperty(document, "hidden", { get: () => true })`
	for _, row := range []struct {
		name, script string
		by           http.HandlerFunc
		want         string // the last pauses, in seconds
	}{
		{"nothing runs", "", nil, "20 20"},
		{"a young sync", "", running("5000"), "1.5 1.5"},
		{"two minutes old", "", running("120000"), "4 4"},
		{"ten hours old", "", running("36000000"), "10 10"},
		{"answers fail", "", down, "8 16 32 64 128 256 300 300"},
		{"they are back", "", answers(http.StatusOK, `{"ok":true,"job":null,"jobs":[]}`), "20 20"},
		{"an edit waits", "", waiting(-time.Second), "2 2"},
		{"for hours", "", waiting(-5 * time.Hour), "20 20"},
		{"it says when", "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "90")
			down(w, r)
		}, "90 90 90"},
		{"nobody looks", hide, running("5000"), "60 60"},
	} {
		d.detour(path, row.by)
		browser.Eval[bool](tab, `(`+cmp.Or(row.script, "0")+`, window.factor = 400, window.pauses.length = 0, true)`)
		tab.Until(`window.pauses.join(" ").endsWith("` + row.want + `")`)
	}
}
