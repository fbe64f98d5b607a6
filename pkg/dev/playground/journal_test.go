package playground_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What is asked of the routes is told in the journal, and passed on unchanged.
func TestWatch(t *testing.T) {
	t.Parallel()
	r := setup(t)
	about, _, _, _ := r.find("About us")
	for _, row := range []struct {
		method, path, body string
		status             int
		answer             string
		want               []string
	}{
		{"POST", "/api/sync/trigger", `{"force":true}`, 200, `{"ok":true,"jobId":"msg_1"}`, []string{"trigger job msg_1 200"}},
		{"POST", "/api/sync/trigger", ``, 200, `{"ok":true,"jobId":"msg_1","deduplicated":true}`,
			[]string{"trigger joins the job that waits 200"}},
		{"POST", "/api/sync/worker", `{"force":true}`, 200, `{"ok":true,"state":"running","slice":1,"nextMessageId":"msg_2"}`,
			[]string{"worker slice 1 is delivered 0", "worker slice 1 has done what it could; the next one is published 200"}},
		{"POST", "/api/sync/worker", `{}`, 200, `{"ok":true,"state":"queued","slice":1,"nextMessageId":"msg_2"}`,
			[]string{"worker slice 1 is delivered 0", "worker the job waits for the one before it 200"}},
		{"POST", "/api/sync/worker", `{"job":"msg_1","slice":2}`, 200, `{"ok":true,"state":"done","slice":2}`,
			[]string{"worker slice 2 is delivered 0", "worker slice 2: the job is done 200"}},
		{"POST", "/api/sync/worker", `{}`, 500, "FUNCTION_INVOCATION_FAILED\n",
			[]string{"worker slice 1 is delivered 0", "worker FUNCTION_INVOCATION_FAILED 500"}},
		{"POST", "/api/sync/webhook", `{"type":"page.content_updated","entity":{"id":"` + about + `"}}`, 200, `{"ok":true}`,
			[]string{"webhook page.content_updated of “About us” arrives 0", "webhook taken 200"}},
		{"POST", "/api/sync/webhook", `{"verification_token":"secret_1"}`, 401, `{"ok":false,"error":"Failed to verify signature"}`,
			[]string{"webhook a request that is no event arrives 0", "webhook Failed to verify signature 401"}},
		{"GET", "/api/sync", "", 500, `{"ok":false,"error":"Sync failed","details":"why"}`,
			[]string{"direct sync Sync failed: why 500"}},
		{"GET", "/api/sync/status", "", 200, `{"ok":true}`, nil},
		{"GET", "/app.js", "", 200, "", nil},
	} {
		last := r.state("").Last
		site := r.play.Watch(http.HandlerFunc(func(w http.ResponseWriter, got *http.Request) {
			if body, err := io.ReadAll(got.Body); err != nil || string(body) != row.body {
				t.Errorf("%s gets the body %q, %v, want %q", row.path, body, err, row.body)
			}
			w.WriteHeader(row.status)
			fmt.Fprint(w, row.answer)
		}))
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest(row.method, row.path, strings.NewReader(row.body)))
		if w.Code != row.status || w.Body.String() != row.answer {
			t.Errorf("%s = %d %q, want %d %q", row.path, w.Code, w.Body, row.status, row.answer)
		}
		var told []string
		for _, e := range r.state(fmt.Sprintf("?after=%d", last)).Journal {
			told = append(told, fmt.Sprintf("%s %s %d", e.What, e.Text, e.Status))
			if e.Bad != (e.Status >= 400) {
				t.Errorf("%+v is bad: %v", e, e.Bad)
			}
		}
		if strings.Join(told, "\n") != strings.Join(row.want, "\n") {
			t.Errorf("%s with %s is told as %q, want %q", row.path, row.body, told, row.want)
		}
	}
	if strings.Contains(fmt.Sprint(r.state("").Journal), "secret_1") {
		t.Error("the journal holds a token")
	}
}

// While a slice is under way the site is read at every look, for it changes; a cut connection ends that too.
func TestWatch_underWay(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.state("")
	site := r.play.Watch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		before := r.shelf.reads
		r.state("")
		r.state("")
		if got := r.shelf.reads - before; got != 2 {
			t.Errorf("while a slice is under way, two looks read the site %d times", got)
		}
		panic(http.ErrAbortHandler)
	}))
	func() {
		defer func() { _ = recover() }()
		site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/api/sync/worker", strings.NewReader("{}")))
	}()
	r.state("")
	before := r.shelf.reads
	r.state("")
	if r.shelf.reads != before {
		t.Error("after its end, the site is still read at every look")
	}
}
