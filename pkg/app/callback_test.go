package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"notionsync/pkg/qsverify/qssign"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/syncer/model"
)

// report is a callback's body: what QStash tells of a delivery of source, a message with that id.
func report(status, retried, maxRetries int, dlqID, id, source string) string {
	fields := map[string]any{
		"status": status, "header": map[string][]string{}, "body": base64.StdEncoding.EncodeToString([]byte("oops")),
		"retried": retried, "maxRetries": maxRetries, "sourceMessageId": id, "url": "https://www.example.com", "method": "POST",
		"sourceHeader": map[string][]string{}, "sourceBody": base64.StdEncoding.EncodeToString([]byte(source)),
		"notBefore": 1725323658779, "createdAt": 1725323658779, "callerIP": "127.0.0.1",
	}
	if dlqID != "" {
		fields["dlqId"] = dlqID
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // of these types
	}
	return string(body)
}

// failureOf is the failure callback of a message that was given up.
func failureOf(m qstashsim.Message) string {
	return report(500, 3, 3, "1725323658779-0", m.ID, string(m.Body))
}

// callBack delivers a callback by hand.
func (d *deployment) callBack(body string) answer {
	d.t.Helper()
	return d.send(d.message(callbackPath, "msg_callback", body))
}

func TestCallback_signature(t *testing.T) {
	t.Parallel()
	d, _ := halfway(t)
	body := failureOf(d.last())
	before := d.traces()
	for name, spoil := range map[string]func(*http.Request){
		"unsigned":       func(r *http.Request) { r.Header.Del("Upstash-Signature") },
		"wrong key":      func(r *http.Request) { sign(r, "sig_wrong", d.url+callbackPath, body, 0) },
		"expired":        func(r *http.Request) { sign(r, currentSecret, d.url+callbackPath, body, time.Hour) },
		"for the worker": func(r *http.Request) { sign(r, currentSecret, d.url+workerPath, body, 0) },
		"another body":   func(r *http.Request) { sign(r, currentSecret, d.url+callbackPath, body+" ", 0) },
	} {
		r := d.message(callbackPath, "msg_callback", body)
		if spoil(r); d.send(r).String() != unverified || d.traces() != before {
			t.Errorf("%s: want %s and no traces", name, unverified)
		}
	}
	r := d.message(callbackPath, "msg_callback", body)
	sign(r, nextSecret, d.url+callbackPath, body, 0)
	if a := d.send(r); a.String() != `200 {"ok":true}` {
		t.Errorf("signed with the next key it is answered %s, want 200", a)
	}
}

func sign(r *http.Request, key, url, body string, ago time.Duration) {
	r.Header.Set("Upstash-Signature", qssign.Sign(key, url, []byte(body), time.Now().Add(-ago)))
}

// When QStash gives up on a slice the job has failed, whichever slice that was, and the waiting job begins.
func TestCallback_givenUp(t *testing.T) {
	t.Parallel()
	for name, slice := range map[string]string{"the first slice": "triggeredAt", "a later slice": `"slice":3`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), "SYNC_BUDGET", "20ms")
			d.slow(15 * time.Millisecond)
			broken := func(next http.Handler) http.Handler { return crashOn(slice, next) }
			d.detour(workerPath, broken)
			id := d.trigger("")
			d.settle()
			v := d.jobOf(id)
			if v.State != "failed" || !strings.Contains(v.reason(), "502") || !strings.Contains(v.reason(), "4 attempts") {
				t.Errorf("the job is %s: %q, want failed with QStash's last answer after 4 attempts", v.State, v.reason())
			}
			if _, jobs := d.statusOf(""); len(jobs) != 1 {
				t.Errorf("there are %d jobs, want 1", len(jobs))
			}
			d.detour(workerPath, nil)
			d.finished(d.trigger(""))
		})
	}
}

// crashOn answers 502 to messages that hold a text, as Vercel does when a function crashes.
func crashOn(text string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readAll(r)
		if strings.Contains(body, text) {
			http.Error(w, "FUNCTION_INVOCATION_FAILED", http.StatusBadGateway)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func TestCallback_startsWaitingJob(t *testing.T) {
	t.Parallel()
	d, running := halfway(t)
	due := d.last()
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1}) // it is delivered by hand, once
	waiting := d.trigger("?force=1")
	if a := d.deliverAgain(d.last()); a.text(t, "state") != "queued" {
		t.Fatalf("a second job is answered %s, want queued", a)
	}
	if a := d.callBack(failureOf(due)); a.String() != `200 {"ok":true}` {
		t.Fatalf(`the callback answers %s, want 200 {"ok":true}`, a)
	}
	if v := d.jobOf(running); v.State != "failed" || v.reason() == "" {
		t.Errorf("the job given up is %s: %q, want failed with a reason", v.State, v.reason())
	}
	d.qstash.Resume()
	if v := d.finished(waiting); !v.Force || v.Progress.Synced == 0 {
		t.Errorf("the waiting job is %+v, want it done by force", v)
	}
	if v := d.jobOf(running); v.State != "failed" {
		t.Errorf("the job given up is %s in the end, want failed", v.State)
	}
}

// A failure callback fails the job only while its slice is the one due and nobody holds the lease.
func TestCallback_harmless(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		body func(d *deployment, id string) string
	}{
		{"of a slice long past", func(d *deployment, id string) string {
			m, _ := d.qstash.Message(id)
			return failureOf(m)
		}},
		{"of a slice ahead", func(d *deployment, id string) string {
			return failureOf(qstashsim.Message{ID: "msg_x", Body: []byte(fmt.Sprintf(`{"job":%q,"slice":3}`, id))})
		}},
		{"of another job", func(d *deployment, id string) string {
			return failureOf(qstashsim.Message{ID: "msg_x", Body: []byte(`{"job":"msg_x","slice":2}`)})
		}},
		{"of another job's first message", func(d *deployment, id string) string {
			return failureOf(qstashsim.Message{ID: "msg_x", Body: []byte(`{"force":true,"pages":[],"failed":false}`)})
		}},
		{"plain, of a success", func(d *deployment, _ string) string {
			m := d.last()
			return report(200, 0, 3, "", m.ID, string(m.Body))
		}},
		{"plain, of a success at the last attempt", func(d *deployment, _ string) string {
			m := d.last()
			return report(204, 3, 3, "", m.ID, string(m.Body))
		}},
		{"plain, of a failure that will be retried", func(d *deployment, _ string) string {
			m := d.last()
			return report(500, 2, 3, "", m.ID, string(m.Body))
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d, id := halfway(t)
			before := d.traces()
			if a := d.callBack(row.body(d, id)); a.String() != `200 {"ok":true}` {
				t.Errorf(`answer %s, want 200 {"ok":true}`, a)
			}
			if after := d.traces(); after != before {
				t.Errorf("the callback has left traces:\n%s\n%s", before, after)
			}
		})
	}
}

// Somebody works on the slice that QStash has given up on: a retry that overlaps its last attempt, say.
func TestCallback_leaseHeld(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	lease, err := d.store().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop := keep(t, lease)
	if a := d.callBack(failureOf(d.last())); a.String() != `200 {"ok":true}` || d.jobOf(id).State != "running" {
		t.Errorf("the callback answers %s and leaves the job %s, want 200 and running", a, d.jobOf(id).State)
	}
	stop()
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := d.callBack(failureOf(d.last())); a.String() != `200 {"ok":true}` || d.jobOf(id).State != "failed" {
		t.Errorf("with the lease free it answers %s and leaves the job %s, want 200 and failed", a, d.jobOf(id).State)
	}
	before := d.traces()
	if a := d.callBack(failureOf(d.last())); a.String() != `200 {"ok":true}` || d.traces() != before {
		t.Errorf("the callback once more answers %s, want 200 and no traces", a)
	}
}

// keep extends a lease as a running slice does, until stop is called.
func keep(t *testing.T, lease model.Lease) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Second):
				if err := lease.Extend(t.Context()); err != nil {
					t.Errorf("the lease can't be extended: %v", err)
					return
				}
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// A plain callback of the last attempt says as much as a failure callback.
func TestCallback_plain(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	m := d.last()
	if a := d.callBack(report(503, 3, 3, "", m.ID, string(m.Body))); a.String() != `200 {"ok":true}` {
		t.Errorf(`answer %s, want 200 {"ok":true}`, a)
	}
	if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), "503") {
		t.Errorf("the job is %s: %q, want failed with 503 named", v.State, v.reason())
	}
}

// A variable that is missing is named, and the job has failed all the same.
func TestCallback_missingConfiguration(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{
		"Missing QSTASH_TOKEN": {"QSTASH_TOKEN", "-"}, "Invalid QSTASH_URL": {"QSTASH_URL", "nonsense"},
	} {
		d, id := halfway(t)
		body := failureOf(d.last())
		d.redeploy(change...)
		nonRetryable(t, d.callBack(body), name)
		if v := d.jobOf(id); v.State != "failed" {
			t.Errorf("%s: the job is %s, want failed", name, v.State)
		}
	}
	d, _ := halfway(t)
	body := failureOf(d.last())
	d.redeploy("REDIS_URL", "-")
	nonRetryable(t, d.callBack(body), "Missing REDIS_URL")
	for _, bad := range []string{"", "{}", "[]", `{"status":500,"sourceBody":"%%%"}`} { // which comes after
		nonRetryable(t, d.callBack(bad), "Missing REDIS_URL")
	}
}

// The documentation shows the times as strings, SDKs have numbers; some members may be absent.
func TestCallback_lenient(t *testing.T) {
	t.Parallel()
	source := func(id string, slice int) string {
		return base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(`{"job":%q,"slice":%d}`, id, slice)))
	}
	for name, body := range map[string]func(source string) string{
		"times as strings": func(s string) string {
			return `{"status":500,"retried":3,"maxRetries":3,"dlqId":"1-0","sourceMessageId":"msg_x","sourceBody":"` + s +
				`","notBefore":"1701198458025","createdAt":"1701198447054","sourceHeader":{"a":"b"},` +
				`"header":{"a":["b"]},"body":"b29wcw=="}`
		},
		"without answer": func(s string) string {
			return `{"status":0,"retried":3,"maxRetries":3,"dlqId":"1-0","sourceMessageId":"msg_x","sourceBody":"` + s + `"}`
		},
		"with null for what is absent": func(s string) string {
			return `{"status":500,"body":null,"header":null,"retried":3,"maxRetries":3,"dlqId":"1-0",` +
				`"sourceMessageId":"msg_x","scheduleId":null,"sourceBody":"` + s + `"}`
		},
		"with an answer that is not base64": func(s string) string {
			return `{"status":500,"body":"<html>","retried":0,"maxRetries":3,"dlqId":"1-0","sourceBody":"` + s + `"}`
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, id := halfway(t)
			if a := d.callBack(body(source(id, 2))); a.String() != `200 {"ok":true}` {
				t.Errorf(`answer %s, want 200 {"ok":true}`, a)
			}
			if v := d.jobOf(id); v.State != "failed" || v.reason() == "" {
				t.Errorf("the job is %s: %q, want failed with a reason", v.State, v.reason())
			}
		})
	}
}

func TestCallback_badBodies(t *testing.T) {
	t.Parallel()
	d, _ := halfway(t)
	before := d.traces()
	sourceOf := func(id, source string) string { return report(500, 3, 3, "1-0", id, source) }
	for name, row := range map[string]struct{ body, details string }{
		"nothing":              {"", "the callback's body can't be read: unexpected end of JSON input"},
		"no JSON":              {"status=500", "the callback's body can't be read: invalid character 's'"},
		"null":                 {"null", "the callback's sourceBody is missing or empty"},
		"an empty object":      {"{}", "the callback's sourceBody is missing or empty"},
		"a list":               {"[]", "the callback's body can't be read: it is a list"},
		"status is an object":  {`{"status":{},"retried":3,"maxRetries":3,"dlqId":"1-0"}`, "status cannot be an object"},
		"retried is half":      {`{"status":500,"retried":1.5}`, "retried cannot be the number 1.5"},
		"no source":            {`{"status":500,"retried":3,"maxRetries":3,"dlqId":"1-0"}`, "the callback's sourceBody is missing or empty"},
		"a source not base64":  {`{"status":500,"dlqId":"1-0","sourceBody":"%%%"}`, "the callback's sourceBody is not base64"},
		"a source not ours":    {sourceOf("msg_1", "[]"), "the callback's sourceBody is not a JSON object"},
		"a source of no type":  {sourceOf("msg_1", `{"pages":7}`), "the callback's sourceBody can't be read: pages cannot be a number"},
		"a source without id":  {sourceOf("", `{"force":true}`), "the callback's sourceMessageId, which names the job, is missing"},
		"a source of no time":  {sourceOf("msg_1", `{"triggeredAt":"x"}`), "a value in it has a form that it cannot have"},
		"a job of many lines":  {sourceOf("msg_1", `{"job":"a\nb","slice":1}`), "a continuation needs job and slice"},
		"a slice beyond limit": {sourceOf("msg_1", `{"job":"a","slice":1`+strings.Repeat("0", 999)+`}`), "slice cannot be a number"},
	} {
		a := d.callBack(row.body)
		if nonRetryable(t, a, "Invalid request"); t.Failed() {
			t.Fatal(name)
		}
		if got := a.text(t, "details"); !strings.Contains(got, row.details) || strings.Contains(got, "Go ") {
			t.Errorf("%s: details are %q, want %q", name, got, row.details)
		}
	}
	if after := d.traces(); after != before {
		t.Errorf("bad callbacks have left traces: %s", after)
	}
}

// What the worker said last is the reason of the failure; a page of HTML is cut short.
func TestCallback_reason(t *testing.T) {
	t.Parallel()
	const prefix = "QStash gave up after 4 attempts; the worker's last answer was "
	for name, row := range map[string]struct {
		status, retried int
		said, want      string
	}{
		"our own words": {503, 3, `{"ok":false,"error":"Redis unreachable","details":"dial tcp"}`,
			prefix + "503 Redis unreachable: dial tcp"},
		"our own words without details": {500, 3, `{"error":"Internal error"}`, prefix + "500 Internal error"},
		"somebody's in our form": {500, 3, `{"error":"a\u001b[31m\n\tb","details":"` + strings.Repeat("very ", 1<<16) + `"}`,
			prefix + "500 a [31m b: very very"},
		"a proxy's":            {503, 3, "<html>" + strings.Repeat("very long ", 1000), prefix + "503 <html>very long"},
		"control characters":   {502, 3, "bad\x00 \x1b]0;title\x07\r\n\u0085gateway", prefix + "502 bad ]0;title gateway"},
		"nothing":              {503, 3, "", prefix + "503 Service Unavailable"},
		"nothing but spaces":   {503, 3, " \n", prefix + "503 Service Unavailable"},
		"no UTF-8":             {503, 3, "\xff\xfeoops\x00", prefix + "503 oops"},
		"a status of no name":  {599, 3, "", prefix + "599"},
		"no answer":            {0, 3, "", "QStash gave up after 4 attempts: no answer from the worker"},
		"no answer, said so":   {-1, 3, "", "QStash gave up after 4 attempts: no answer from the worker"},
		"at the first attempt": {500, 0, "oops", "QStash gave up after 1 attempt; the worker's last answer was 500 oops"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, id := halfway(t)
			var fields map[string]any
			if err := json.Unmarshal([]byte(failureOf(d.last())), &fields); err != nil {
				t.Fatal(err)
			}
			fields["status"], fields["retried"] = row.status, row.retried
			fields["body"] = base64.StdEncoding.EncodeToString([]byte(row.said))
			body, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			d.callBack(string(body))
			v := d.jobOf(id)
			short := row.want == v.reason() || strings.HasSuffix(row.want, "very long") || strings.HasSuffix(row.want, "very very")
			if v.State != "failed" || !strings.HasPrefix(v.reason(), row.want) || !short || len(v.reason()) > 2200 {
				t.Errorf("the job is %s: %.300q of %d bytes, want failed: %q", v.State, v.reason(), len(v.reason()), row.want)
			}
			if strings.ContainsFunc(v.reason(), unicode.IsControl) {
				t.Errorf("the reason has control characters: %.300q", v.reason())
			}
		})
	}
}

// A job that QStash has given up on leaves no keys in Redis for ever.
func TestCallback_leavesNoKeys(t *testing.T) {
	t.Parallel()
	d, _ := halfway(t)
	d.callBack(failureOf(d.last()))
	d.qstash.Resume()
	d.settle()
	d.finished(d.trigger("?failed=1"))
	for _, key := range d.redis.Keys() {
		if strings.HasPrefix(key, "sync:job:") && d.redis.TTL(key) == 0 {
			t.Errorf("%s never goes", key)
		}
	}
}
