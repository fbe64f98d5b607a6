package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"notionsync/pkg/qsverify/qssign"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

const unverified = `401 {"ok":false,"error":"Failed to verify signature"}`

// What is not signed by QStash, for this URL, now and as it stands, does nothing.
func TestWorker_signature(t *testing.T) {
	t.Parallel()
	const body = `{"force":true,"pages":[],"failed":false}`
	signed := func(key, path string, claims func(jwt.MapClaims)) func(*deployment) []string {
		return func(d *deployment) []string {
			c := qssign.Claims(d.url+path, []byte(body), time.Now())
			claims(c)
			token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(key))
			if err != nil {
				t.Fatal(err)
			}
			return []string{token}
		}
	}
	none := func(jwt.MapClaims) {}
	at := func(ago time.Duration) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) {
			c["iat"], c["exp"] = time.Now().Add(-ago).Unix(), time.Now().Add(5*time.Minute-ago).Unix()
		}
	}
	for _, row := range []struct {
		name      string
		signature func(*deployment) []string
		ok        bool
	}{
		{"current key", signed(currentSecret, workerPath, none), true},
		{"next key", signed(nextSecret, workerPath, none), true},
		{"unsigned", func(*deployment) []string { return nil }, false},
		{"empty", func(*deployment) []string { return []string{""} }, false},
		{"garbage", func(*deployment) []string { return []string{"a.b.c"} }, false},
		{"wrong key", signed("sig_wrong", workerPath, none), false},
		{"empty key", signed("", workerPath, none), false},
		{"the publishing token as key", signed(qstashSecret, workerPath, none), false},
		{"expired", signed(currentSecret, workerPath, at(time.Hour)), false},
		{"not valid yet", signed(currentSecret, workerPath, at(-time.Hour)), false},
		{"valid for ten years", signed(currentSecret, workerPath, func(c jwt.MapClaims) {
			c["exp"] = time.Now().AddDate(10, 0, 0).Unix()
		}), false},
		{"without exp", signed(currentSecret, workerPath, func(c jwt.MapClaims) { delete(c, "exp") }), false},
		{"another issuer", signed(currentSecret, workerPath, func(c jwt.MapClaims) { c["iss"] = "Downstash" }), false},
		{"for the callback", signed(currentSecret, callbackPath, none), false},
		{"for a trailing slash", signed(currentSecret, workerPath+"/", none), false},
		{"for another site", signed(currentSecret, workerPath, func(c jwt.MapClaims) {
			c["sub"] = "https://www.example.com" + workerPath
		}), false},
		{"another body", signed(currentSecret, workerPath, func(c jwt.MapClaims) {
			c["body"] = qssign.Claims("", []byte("{}"), time.Now())["body"]
		}), false},
		{"algorithm none", func(d *deployment) []string {
			token, err := jwt.NewWithClaims(jwt.SigningMethodNone, qssign.Claims(d.url+workerPath, []byte(body), time.Now())).
				SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Fatal(err)
			}
			return []string{token}
		}, false},
		{"twice", func(d *deployment) []string {
			s := qssign.Sign(currentSecret, d.url+workerPath, []byte(body), time.Now())
			return []string{s, s}
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			r := d.message(workerPath, "msg_1", body)
			r.Header["Upstash-Signature"] = row.signature(d)
			before := d.traces()
			switch a := d.send(r); {
			case row.ok && (a.status != http.StatusOK || a.text(t, "state") != "done"):
				t.Errorf("answer %s, want 200 and a job done", a)
			case !row.ok && a.String() != unverified:
				t.Errorf("answer %s, want %s", a, unverified)
			case !row.ok && d.traces() != before:
				t.Errorf("the message has left traces: %s", d.traces())
			}
		})
	}
}

// The secret of the other routes opens this one no more than nothing does.
func TestWorker_secretIsNoSignature(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for path := range signedRoutes {
		r := d.request(http.MethodPost, path+"?secret="+cronSecret, "{}")
		r.Header.Set("Authorization", "Bearer "+cronSecret)
		if a := d.send(r); a.String() != unverified {
			t.Errorf("%s with the secret answers %s, want %s", path, a, unverified)
		}
	}
}

// A body of 5 MB is turned away before it is read, signed or not.
func TestWorker_hugeBody(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	huge := `{"pages":["` + strings.Repeat("x", 5_000_000) + `"]}`
	before := d.traces()
	for path := range signedRoutes {
		unsigned := d.request(http.MethodPost, path, huge)
		if a := d.send(unsigned); a.String() != unverified {
			t.Errorf("%s: an unsigned body of 5 MB is answered %s, want %s", path, a, unverified)
		}
		if a := d.send(d.message(path, "msg_1", huge)); a.status < 400 || a.status == 500 {
			t.Errorf("%s: a signed body of 5 MB is answered %s, want it refused", path, a)
		}
		chunked := d.message(path, "msg_1", huge)
		chunked.ContentLength, chunked.Body = -1, io.NopCloser(strings.NewReader(huge))
		if a := d.send(chunked); a.status < 400 || a.status == 500 {
			t.Errorf("%s: a signed body of 5 MB without length is answered %s, want it refused", path, a)
		}
	}
	if after := d.traces(); after != before {
		t.Errorf("huge bodies have left traces")
	}
}

// nonRetryable fails the test unless QStash will not deliver the message again.
func nonRetryable(t *testing.T, a answer, wantError string) {
	t.Helper()
	if a.status != 489 || a.header.Get("Upstash-NonRetryable-Error") != "true" || a.text(t, "error") != wantError {
		t.Errorf("answer %s with Upstash-NonRetryable-Error %q, want 489 %s with true",
			a, a.header.Get("Upstash-NonRetryable-Error"), wantError)
	}
}

func TestWorker_badBodies(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	before := d.traces()
	for _, row := range []struct{ name, id, body string }{
		{"nothing", "msg_1", ""},
		{"white space", "msg_1", " \n"},
		{"no JSON", "msg_1", "force=1"},
		{"half of it", "msg_1", `{"force":true`},
		{"more than it", "msg_1", `{"force":true}{}`},
		{"null", "msg_1", "null"},
		{"a list", "msg_1", `[{"force":true}]`},
		{"a text", "msg_1", `"force"`},
		{"nested without end", "msg_1", strings.Repeat(`{"pages":`, 20_000)},
		{"force is a text", "msg_1", `{"force":"yes"}`},
		{"pages is a text", "msg_1", `{"pages":"docs/a"}`},
		{"pages holds numbers", "msg_1", `{"pages":[1]}`},
		{"triggeredAt is no time", "msg_1", `{"force":true,"triggeredAt":"yesterday"}`},
		{"a continuation without slice", "msg_1", `{"job":"msg_1"}`},
		{"a continuation without job", "msg_1", `{"slice":1}`},
		{"slice 0", "msg_1", `{"job":"msg_1","slice":0}`},
		{"a negative slice", "msg_1", `{"job":"msg_1","slice":-1}`},
		{"half a slice", "msg_1", `{"job":"msg_1","slice":1.5}`},
		{"slice is a text", "msg_1", `{"job":"msg_1","slice":"1"}`},
		{"a slice beyond all numbers", "msg_1", `{"job":"msg_1","slice":1e400}`},
		{"no job's id", "msg_1", `{"job":"","slice":1}`},
		{"a key of ours for a job", "msg_1", `{"job":"msg_1:todo","slice":1}`},
		{"a job with a line break", "msg_1", `{"job":"msg_1\n","slice":1}`},
		{"a job with a zero byte", "msg_1", `{"job":"msg_\u0000","slice":1}`},
		{"a job without end", "msg_1", `{"job":"` + strings.Repeat("x", 10_000) + `","slice":1}`},
		{"a first message without id", "", `{"force":true}`},
		{"a first message with a key of ours for id", "x:errors", `{"force":true}`},
		{"a first message with spaces in its id", "msg 1", `{"force":true}`},
		{"a first message with an id without end", strings.Repeat("x", 10_000), `{"force":true}`},
		{"a first message with an id outside ASCII", "müsg", `{"force":true}`},
	} {
		a := d.deliver(row.id, row.body)
		if nonRetryable(t, a, "Invalid request"); t.Failed() {
			t.Fatal(row.name)
		}
		if a.text(t, "details") == "" {
			t.Errorf("%s: answer %s, want details", row.name, a)
		}
	}
	nonRetryable(t, d.deliver("msg_2", `{"job":"msg_nobody","slice":1}`), "Unknown job")
	nonRetryable(t, d.deliver("msg_2", `{"job":"msg_nobody","slice":7}`), "Unknown job")
	if after := d.traces(); after != before {
		t.Errorf("bad messages have left traces: %s", after)
	}
}

// What a worker answers while a job goes on, and when it is done.
func TestWorker_answers(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	next := d.last()
	first, _ := d.qstash.Message(id)
	if want := fmt.Sprintf(`{"job":%q,"slice":2}`, id); string(next.Body) != want {
		t.Errorf("the continuation is %s, want %s", next.Body, want)
	}
	var message struct {
		Force, Failed *bool
		Pages         *[]string
		TriggeredAt   *time.Time
	}
	if err := json.Unmarshal(first.Body, &message); err != nil || message.Force == nil || message.Failed == nil ||
		message.Pages == nil || message.TriggeredAt == nil || time.Since(*message.TriggeredAt).Abs() > time.Minute {
		t.Errorf("the first message is %s, want force, pages, failed and triggeredAt (%v)", first.Body, err)
	}
	d.qstash.Resume()
	d.finished(id)
	slices := 0
	for _, m := range d.published() {
		for _, attempt := range m.Attempts {
			slices++
			checkProgress(t, answer{attempt.Status, attempt.Header, string(attempt.Body)}, id, slices, m)
		}
	}
	if slices < 3 {
		t.Errorf("the job took %d slices, want several", slices)
	}
}

// checkProgress checks one answer of the n-th slice of a job, and that the message it names continues the job.
func checkProgress(t *testing.T, a answer, job string, n int, m qstashsim.Message) {
	t.Helper()
	fields := a.fields(t)
	if a.status != http.StatusOK || fields["ok"] != true || fields["jobId"] != job || fields["slice"] != float64(n) {
		t.Errorf("slice %d (%s) answers %s, want 200 with ok, jobId and slice", n, m.Body, a)
	}
	progress, _ := fields["progress"].(map[string]any)
	for _, name := range []string{"discovered", "synced", "skipped", "failed", "removed", "pending"} {
		if _, ok := progress[name].(float64); !ok {
			t.Errorf("slice %d answers %s, want a number progress.%s", n, a, name)
		}
	}
	next, has := fields["nextMessageId"].(string)
	switch fields["state"] {
	case "running":
		if !has || next == m.ID {
			t.Errorf("slice %d answers %s, want the id of another message in nextMessageId", n, a)
		}
	case "done":
		if has {
			t.Errorf("the last slice answers %s, want no nextMessageId", a)
		}
	default:
		t.Errorf("slice %d answers %s, want state running or done", n, a)
	}
}

// Messages that come once more change nothing, whether the job goes on or has ended.
func TestWorker_repeats(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	again := func(m qstashsim.Message, state string) {
		t.Helper()
		before := d.traces()
		a := d.deliverAgain(m)
		if a.status != http.StatusOK || a.text(t, "state") != state || a.text(t, "jobId") != id {
			t.Errorf("%s once more is answered %s, want 200 and %s", m.Body, a, state)
		}
		if after := d.traces(); after != before {
			t.Errorf("%s once more has left traces:\n%s\n%s", m.Body, before, after)
		}
	}
	first, _ := d.qstash.Message(id)
	again(first, "running") // the slice just before the one that is due
	for range 2 {
		if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
			t.Fatalf("a slice answers %s, want running", a)
		}
	}
	for _, m := range d.published()[:3] { // slices long past
		again(m, "running")
	}
	d.qstash.Resume()
	d.finished(id)
	for _, m := range d.published() {
		again(m, "done")
	}
	again(qstashsim.Message{ID: "msg_x", Body: []byte(fmt.Sprintf(`{"job":%q,"slice":1000000}`, id))}, "done")
}

// A slice that cannot be due yet is refused, and the job goes on.
func TestWorker_sliceAhead(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	before := d.traces()
	nonRetryable(t, d.deliver("msg_x", fmt.Sprintf(`{"job":%q,"slice":9}`, id)), "Invalid request")
	if after := d.traces(); after != before {
		t.Errorf("slice 9 while slice 2 is due has left traces: %s", after)
	}
	d.qstash.Resume()
	d.finished(id)
}

// QStash delivering everything twice, or twice at the same time, or in any order, makes no difference.
func TestWorker_atLeastOnce(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for name, faults := range map[string]qstashsim.Faults{
		"twice":                    {Twice: true},
		"concurrently":             {Concurrently: true},
		"twice, at once and mixed": {Twice: true, Concurrently: true, Reorder: 20 * time.Second},
		"signed with the next key": {SignWith: qstashsim.NextKey},
		"answers to publishes lost": {
			DropAnswers: 3, Only: func(m qstashsim.Message) bool { return strings.Contains(string(m.Body), "slice") },
		},
		"publishes refused": {
			FailPublishes: 3, Only: func(m qstashsim.Message) bool { return strings.Contains(string(m.Body), "slice") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), "SYNC_BUDGET", "60ms")
			d.slow(15 * time.Millisecond)
			d.qstash.Misbehave(faults)
			v := d.finished(d.trigger(""))
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q", got, want)
			}
			if v.Slices < 2 || v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) {
				t.Errorf("job %+v with %d pages published, want several slices and all pages counted", v, len(d.bundles()))
			}
			if v.Metrics.NotionRequests > len(d.notion.Requests()) {
				t.Errorf("%d requests are counted, %d were made", v.Metrics.NotionRequests, len(d.notion.Requests()))
			}
		})
	}
}

// While a slice runs, another delivery of it waits, and does nothing once the first has ended.
func TestWorker_overlapThatEnds(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	m := d.last()
	reached, open := d.gate(2)
	answers := make(chan answer, 2)
	go func() { answers <- d.deliverAgain(m) }()
	await(t, reached)
	go func() { answers <- d.deliverAgain(m) }()
	select {
	case a := <-answers:
		t.Errorf("while the slice runs a delivery is answered %s, want it to wait", a)
	case <-time.After(300 * time.Millisecond):
	}
	before := len(d.notion.Requests())
	open()
	for range 2 {
		if a := await(t, answers); a.status != http.StatusOK || a.text(t, "state") != "done" {
			t.Errorf("a delivery is answered %s, want 200 and done", a)
		}
	}
	if v := d.jobOf(id); v.Metrics.NotionRequests != len(d.notion.Requests()) || before == 0 {
		t.Errorf("the job counts %d requests, Notion got %d: the work was done twice", v.Metrics.NotionRequests, len(d.notion.Requests()))
	}
}

// While a slice goes on running, another delivery of it is told to come again.
func TestWorker_overlapThatLasts(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	m := d.last()
	reached, open := d.gate(2)
	first := make(chan answer, 1)
	go func() { first <- d.deliverAgain(m) }()
	await(t, reached)
	began := time.Now()
	a := d.deliverAgain(m)
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != http.StatusServiceUnavailable || err != nil || seconds < 1 {
		t.Errorf("while the slice runs a delivery is answered %s with Retry-After %q, want 503 with seconds",
			a, a.header.Get("Retry-After"))
	}
	if took := time.Since(began); took < 8*time.Second || took > 14*time.Second {
		t.Errorf("it took %s, want up to 10 s of waiting: a retry is dear", took)
	}
	open()
	if a := await(t, first); a.status != http.StatusOK || a.text(t, "state") != "done" {
		t.Errorf("the first delivery is answered %s, want 200 and done", a)
	}
	if a := d.deliverAgain(m); a.status != http.StatusOK || a.text(t, "state") != "done" || d.jobOf(id).State != "done" {
		t.Errorf("the retry is answered %s, want 200 and done", a)
	}
}

func TestWorker_wrongNotionToken(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "NOTION_API_KEY", "ntn_wrong")
	id := d.trigger("")
	d.settle()
	v := d.jobOf(id)
	if v.State != "failed" || !strings.Contains(v.reason(), "NOTION_API_KEY") || strings.Contains(v.reason(), "ntn_wrong") {
		t.Errorf("the job is %s: %q, want failed naming NOTION_API_KEY and not its value", v.State, v.reason())
	}
	m, _ := d.qstash.Message(id)
	if len(m.Attempts) != 1 {
		t.Fatalf("the message was delivered %d times, want once", len(m.Attempts))
	}
	a := answer{m.Attempts[0].Status, m.Attempts[0].Header, string(m.Attempts[0].Body)}
	nonRetryable(t, a, a.text(t, "error"))
	if !strings.Contains(a.body, "NOTION_API_KEY") || a.text(t, "error") == "" {
		t.Errorf("the worker answers %s, want what is wrong named", a)
	}
	if before := v.reason(); d.jobOf(id).reason() != before {
		t.Errorf("QStash's callback has changed the reason to %q", d.jobOf(id).reason())
	}
}

// The token may be revoked while a job runs.
func TestWorker_tokenRevoked(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	d.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusUnauthorized)})
	d.qstash.Resume()
	d.settle()
	if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), "NOTION_API_KEY") {
		t.Errorf("the job is %s: %q, want failed naming NOTION_API_KEY", v.State, v.reason())
	}
}

// Variables that go missing between two deployments fail the job, with their names.
func TestWorker_missingConfiguration(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change []string
		error  string
	}{
		{"no Notion token", []string{"NOTION_API_KEY", "-"}, "Missing NOTION_API_KEY"},
		{"no collection", []string{"NOTION_PAGES_DB", "-", "NOTION_POSTS_DB", "-"}, "Missing NOTION_<NAME>_DB"},
		{"no QStash token", []string{"QSTASH_TOKEN", "-"}, "Missing QSTASH_TOKEN"},
		{"a malformed budget", []string{"SYNC_BUDGET", "45"}, "Invalid SYNC_BUDGET"},
		{"a malformed hook", []string{"SYNC_WEBHOOK", "hook"}, "Invalid SYNC_WEBHOOK"},
		{"a malformed collection", []string{"NOTION_PAGES_DB", "pages"}, "Invalid NOTION_PAGES_DB"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			id := d.trigger("")
			d.redeploy(row.change...)
			a := d.deliverAgain(d.last())
			nonRetryable(t, a, row.error)
			if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), row.error) {
				t.Errorf("the job is %s: %q, want failed: %s", v.State, v.reason(), row.error)
			}
			if n := len(d.notion.Requests()); n > 0 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
	t.Run("a job that only QStash knows", func(t *testing.T) {
		t.Parallel()
		d := deploy(t, small(), "NOTION_API_KEY", "-")
		nonRetryable(t, d.deliver("msg_new", `{"force":true,"pages":[],"failed":false}`), "Missing NOTION_API_KEY")
		if v := d.jobOf("msg_new"); v.State != "failed" {
			t.Errorf("the job is %s, want failed", v.State)
		}
	})
	t.Run("no Redis", func(t *testing.T) {
		t.Parallel()
		d := deploy(t, small(), "REDIS_URL", "-")
		nonRetryable(t, d.deliver("msg_1", `{"force":true,"pages":[],"failed":false}`), "Missing REDIS_URL")
	})
}

// All that is missing is named, and before anything is said about the body.
func TestWorker_missingBeforeBody(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "QSTASH_TOKEN", "-", "NOTION_API_KEY", "-", "SYNC_BUDGET", "x")
	for _, body := range []string{`{"force":true,"pages":[],"failed":false}`, `{"force":`} {
		a := d.deliver("msg_1", body)
		nonRetryable(t, a, "Missing NOTION_API_KEY")
		for _, name := range []string{"QSTASH_TOKEN", "NOTION_API_KEY", "SYNC_BUDGET"} {
			if !strings.Contains(a.text(t, "details"), name) {
				t.Errorf("answer %s, want %s named", a, name)
			}
		}
	}
}

// hooks collects what is told to a webhook.
func hooks(t *testing.T) (url string, told func() []string) {
	t.Helper()
	var mu sync.Mutex
	var all []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := readAll(r)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, body)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// A job that fails for want of a variable is one that failed: the webhook is told, and the waiting job begins.
func TestWorker_missingConfigurationIsAFailure(t *testing.T) {
	t.Parallel()
	url, told := hooks(t)
	d, failing := halfway(t, "SYNC_FAILURE_WEBHOOK", url)
	due := d.last()
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1}) // it is delivered by hand, once
	waiting := d.trigger("")
	if a := d.deliverAgain(d.last()); a.text(t, "state") != "queued" {
		t.Fatalf("a second job is answered %s, want queued", a)
	}
	d.redeploy("NOTION_API_KEY", "-")
	nonRetryable(t, d.deliverAgain(due), "Missing NOTION_API_KEY")
	d.redeploy("NOTION_API_KEY", notionSecret)
	d.qstash.Resume()
	d.finished(waiting)
	if got := told(); len(got) != 1 || !strings.Contains(got[0], failing) || !strings.Contains(got[0], "NOTION_API_KEY") {
		t.Errorf("the webhook was told %q, want word of job %s and what was missing", got, failing)
	}
	if v := d.jobOf(failing); v.State != "failed" {
		t.Errorf("the first job is %s, want failed", v.State)
	}
}

// What the authentication itself needs is a 500, which QStash retries.
func TestWorker_missingKeys(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for name, value := range map[string]string{
		"QSTASH_CURRENT_SIGNING_KEY": currentSecret, "QSTASH_NEXT_SIGNING_KEY": nextSecret, "NEXT_PUBLIC_SITE_URL": d.url,
	} {
		d.redeploy(name, "-")
		for path := range signedRoutes {
			if a := d.send(d.message(path, "msg_1", `{"force":true}`)); a.status != 500 || a.text(t, "error") != "Missing "+name {
				t.Errorf("%s without %s answers %s, want 500 Missing %s", path, name, a, name)
			}
		}
		d.redeploy(name, value)
	}
	if n := len(d.redis.Keys()) + len(d.notion.Requests()); n > 0 {
		t.Errorf("without keys something was done: %s", d.traces())
	}
}

// cable is a way to Redis that can be cut: the process at its other end is as good as killed.
type cable struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// cableTo listens on the address returned. A connection takes as long as handshake before its first answer comes.
func cableTo(t *testing.T, redis string, handshake time.Duration) (c *cable, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = &cable{}
	t.Cleanup(func() { c.sever(); _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", redis)
			c.mu.Lock()
			if c.cut || err != nil {
				_ = near.Close()
				c.mu.Unlock()
				continue
			}
			c.conns = append(c.conns, near, far)
			c.mu.Unlock()
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
			go func() { time.Sleep(handshake); _, _ = io.Copy(near, far); _ = near.Close() }()
		}
	}()
	return c, l.Addr().String()
}

func (c *cable) sever() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

// A worker killed at any moment leaves its lease behind; the redelivered message goes on where it was.
func TestWorker_killed(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for _, requests := range []int{0, 2, 4, 7, 10} {
		t.Run(fmt.Sprintf("after %d requests", requests), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			id := d.trigger("")
			redis := d.env["REDIS_URL"]
			c, address := cableTo(t, d.redis.Addr(), 0)
			d.redeploy("REDIS_URL", strings.Replace(redis, d.redis.Addr(), address, 1))
			d.detour(workerPath, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r)
					panic(http.ErrAbortHandler) // nobody hears of it
				})
			})
			reached, open := d.gate(requests)
			killed := make(chan error, 1)
			go func() {
				_, err := http.DefaultClient.Do(d.message(workerPath, id, string(d.last().Body)))
				killed <- err
			}()
			await(t, reached)
			c.sever()
			open()
			if err := await(t, killed); err == nil {
				t.Error("the killed worker has answered")
			}
			d.detour(workerPath, nil)
			d.redeploy("REDIS_URL", redis)
			if !d.redis.Exists("sync:lease") {
				t.Error("the killed worker has given its lease back")
			}
			d.redis.FastForward(11 * time.Second)
			d.qstash.Resume() // which delivers again
			v := d.finished(id)
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q", got, want)
			}
			if v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) || v.Progress.Failed != 0 {
				t.Errorf("progress is %+v with %d pages published", v.Progress, len(d.bundles()))
			}
		})
	}
}

// A worker that was frozen until its lease ran out, and another had done its work, writes nothing when it thaws.
func TestWorker_frozen(t *testing.T) {
	t.Parallel()
	for _, requests := range []int{1, 3, 5, 8} {
		t.Run(fmt.Sprintf("at request %d", requests), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			id := d.trigger("")
			m := d.last()
			reached, open := d.gate(requests)
			frozen := make(chan answer, 1)
			go func() { frozen <- d.deliverAgain(m) }()
			await(t, reached)
			d.redis.FastForward(11 * time.Second)
			d.notion.Fail(notionsim.Rule{Fault: notionsim.Slow(0)}) // goes before the gate
			if a := d.deliverAgain(m); a.text(t, "state") != "done" {
				t.Fatalf("the second delivery is answered %s, want done", a)
			}
			before, job := d.syncedAt(), d.jobOf(id)
			open()
			if a := await(t, frozen); a.status != http.StatusOK && a.status != http.StatusInternalServerError {
				t.Errorf("the frozen worker answers %s, want 200 or, for a retry, 500", a)
			}
			for slug, at := range d.syncedAt() {
				if !at.Equal(before[slug]) {
					t.Errorf("page %q was written by the worker that had been frozen", slug)
				}
			}
			if v := d.jobOf(id); v.State != "done" || v.Progress != job.Progress {
				t.Errorf("the job is %s with progress %+v, want done and %+v as before", v.State, v.Progress, job.Progress)
			}
			d.qstash.Resume()
			d.finished(id)
			d.atRest()
		})
	}
}

// A worker whose answer is lost has done its work: the retry changes nothing.
func TestWorker_answerLost(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "60ms")
	d.slow(15 * time.Millisecond)
	var mu sync.Mutex
	lost := map[string]bool{}
	d.detour(workerPath, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			if id := r.Header.Get("Upstash-Message-Id"); !lost[id] {
				lost[id] = true
				panic(http.ErrAbortHandler)
			}
		})
	})
	v := d.finished(d.trigger(""))
	if v.Metrics.NotionRequests != len(d.notion.Requests()) || v.Progress.Pending != 0 {
		t.Errorf("job %+v, Notion got %d requests: want each slice worked on once", v, len(d.notion.Requests()))
	}
}

// QStash hanging up on a slice ends nothing: as on Vercel, the function works on, and the retry finds its work done.
func TestWorker_callerGone(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	reached, open := d.gate(6)
	r, hangUp := cancellable(d.message(workerPath, id, string(d.last().Body)))
	gone := make(chan error, 1)
	go func() { _, err := (&http.Client{Transport: &http.Transport{}}).Do(r); gone <- err }()
	await(t, reached)
	hangUp()
	if err := await(t, gone); err == nil {
		t.Error("the worker has answered a client that is gone")
	}
	d.qstash.Resume()
	open()
	v := d.finished(id)
	if v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) || v.Metrics.NotionRequests != len(d.notion.Requests()) {
		t.Errorf("progress is %+v with %d pages published, %d of %d requests counted: want nothing done twice",
			v.Progress, len(d.bundles()), v.Metrics.NotionRequests, len(d.notion.Requests()))
	}
}

// Redis going away in the middle of a slice is for QStash to retry.
func TestWorker_redisGoes(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	reached, open := d.gate(6)
	first := make(chan answer, 1)
	go func() { first <- d.deliverAgain(d.last()) }()
	await(t, reached)
	d.redis.SetError("LOADING Redis is loading the dataset in memory")
	open()
	if a := await(t, first); a.status != http.StatusServiceUnavailable || a.text(t, "error") != "Redis unreachable" {
		t.Errorf("the worker answers %s, want 503 Redis unreachable", a)
	}
	d.redis.SetError("")
	d.redis.FastForward(11 * time.Second)
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) {
		t.Errorf("progress is %+v with %d pages published", v.Progress, len(d.bundles()))
	}
}
