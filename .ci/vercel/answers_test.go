package vercel

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/qsverify/qssign"
)

// What must never be in an answer or in a log.
const (
	cronSecret = "ci-cron-secret-4f7d1c"
	wrong      = "ci-wrong-secret-90ab3e"
	currentKey = "ci-current-key-b1c25d"
	nextKey    = "ci-next-key-77e0fa"
	token      = "ci-token-5d3c1b"
	hookSecret = "ci-hook-secret-8e2f60"
)

// Parts of environments, and headers.
var (
	auth    = []string{"CRON_SECRET=" + cronSecret}
	signing = []string{
		"NEXT_PUBLIC_SITE_URL=https://www.example.com",
		"QSTASH_CURRENT_SIGNING_KEY=" + currentKey, "QSTASH_NEXT_SIGNING_KEY=" + nextKey,
	}
	redis = []string{
		"REDIS_URL=" + os.Getenv("NOTIONSYNC_TEST_REDIS_URL"),
		"SYNC_KEY_PREFIX=ci-vercel-" + rand.Text() + ":", // a site that has never been synced
	}
	noRedis = []string{"REDIS_URL=redis://127.0.0.1:1"}
	rest    = []string{"QSTASH_TOKEN=" + token, "NOTION_API_KEY=" + token, "NOTION_POSTS_DB=" + strings.Repeat("0a", 16)}
	bearer  = map[string]string{"authorization": "Bearer " + cronSecret}
	noRetry = map[string]string{"Upstash-NonRetryable-Error": "true"}
)

// row is one request to a function and what has to come back.
type row struct {
	name    string
	environ [][]string
	request request // path: that of the function, if empty
	sign    string  // the key to sign the request with; empty: it is not signed
	status  int
	want    string            // JSON: the members the answer has at least
	header  map[string]string // of the answer, beside those that every answer has
}

// secured are the rows of every function that asks for the secret.
var secured = []row{
	{name: "no secret configured", status: 500, want: `{"error":"Missing CRON_SECRET"}`},
	{name: "no secret", environ: [][]string{auth}, status: 401, want: `{"error":"Unauthorized"}`},
	{
		name: "wrong secret", environ: [][]string{auth},
		request: request{Header: map[string]string{"authorization": "Bearer " + wrong}},
		status:  401, want: `{"error":"Unauthorized"}`,
	},
}

// signed are the rows of every function that QStash calls.
var signed = []row{
	{name: "no keys configured", request: request{Method: "POST"}, status: 500, want: `{"ok":false}`},
	{
		name: "unsigned", environ: [][]string{signing}, request: request{Method: "POST", Body: "{}"},
		status: 401, want: `{"error":"Failed to verify signature"}`,
	}, {
		name: "signed with another key", environ: [][]string{signing}, sign: wrong,
		request: request{Method: "POST", Body: "{}"}, status: 401, want: `{"error":"Failed to verify signature"}`,
	}, {
		name: "signed, nothing but the keys configured", environ: [][]string{signing}, sign: currentKey,
		request: request{Method: "POST", Body: "{}"}, status: 489, want: `{"ok":false}`, header: noRetry,
	}, {
		name: "signed, with a body that can't be read", environ: [][]string{signing, redis, rest}, sign: nextKey,
		request: request{Method: "POST", Body: "é\n"}, status: 489, want: `{"error":"Invalid request"}`, header: noRetry,
	},
}

// rows are the rows of each function. The last is the one with the most behind it: it is timed for the cold start.
var rows = map[string][]row{
	"sync/index": append(slices.Clip(secured), row{
		name: "nothing configured but the secret", environ: [][]string{auth}, request: request{Header: bearer},
		status: 500, want: `{"error":"Missing NOTION_API_KEY"}`,
	}),
	"sync/trigger": append(slices.Clip(secured), row{
		name: "nothing configured but the secret", environ: [][]string{auth}, request: request{Header: bearer},
		status: 500, want: `{"error":"Missing NEXT_PUBLIC_SITE_URL"}`,
	}),
	"sync/status": append(slices.Clip(secured), row{
		name: "Redis down", environ: [][]string{auth, noRedis}, request: request{Header: bearer},
		status: 503, want: `{"error":"Redis unreachable"}`,
	}, row{
		name: "secret in the query", environ: [][]string{auth, redis},
		request: request{Path: "/api/sync/status?job=msg_1&secret=" + cronSecret},
		status:  404, want: `{"error":"Unknown job"}`,
	}, row{
		name: "no job yet", environ: [][]string{auth, redis}, request: request{Header: bearer},
		status: 200, want: `{"ok":true,"job":null,"jobs":[]}`,
	}),
	"sync/worker": append(slices.Clip(signed), row{
		name: "continues a job that nobody knows", environ: [][]string{signing, redis, rest}, sign: currentKey,
		request: request{Method: "POST", Body: `{"job":"msg_1","slice":2}`},
		status:  489, want: `{"error":"Unknown job"}`, header: noRetry,
	}),
	"sync/callback": append(slices.Clip(signed), row{
		name: "told of a delivery that went well", environ: [][]string{signing, redis, rest}, sign: currentKey,
		request: request{Method: "POST", Body: `{"status":200,"retried":0,"maxRetries":3,"sourceMessageId":"msg_1"}`},
		status:  200, want: `{"ok":true}`,
	}),
	"sync/check": append(slices.Clip(secured), row{
		name: "nothing configured but the secret", environ: [][]string{auth}, request: request{Header: bearer},
		status: 503, want: `{"error":"Checks failed"}`,
	}),
	"sync/webhook": {{
		name: "no secret configured", request: request{Method: "POST", Body: "{}"},
		status: 500, want: `{"error":"Missing NOTION_WEBHOOK_SECRET"}`,
	}, {
		name:    "introduced by Notion while no secret is configured",
		request: request{Method: "POST", Body: `{"verification_token":"secret_ci"}`}, status: 200, want: `{"ok":true}`,
	}, {
		name: "unsigned", environ: [][]string{hook}, request: request{Method: "POST", Body: "{}"},
		status: 401, want: `{"error":"Failed to verify signature"}`,
	}, {
		name: "signed, nothing else configured", environ: [][]string{hook}, request: hooked(`{"type":"page.locked"}`),
		status: 500, want: `{"error":"Missing NEXT_PUBLIC_SITE_URL"}`,
	}, {
		name: "an event of no interest", environ: [][]string{hook, signing, redis, rest},
		request: hooked(`{"id":"1","type":"comment.created","entity":{"id":"1","type":"comment"}}`),
		status:  200, want: `{"ok":true}`,
	}},
}

// hook is an environment with a webhook's secret.
var hook = []string{"NOTION_WEBHOOK_SECRET=" + hookSecret}

// hooked is a request as Notion signs it.
func hooked(body string) request {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(body))
	return request{Method: "POST", Body: body, Header: map[string]string{
		"x-notion-signature": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	}}
}

func TestFunctions_answers(t *testing.T) {
	t.Parallel()
	for _, f := range functions(t) {
		own, known := rows[f.Name]
		if !known {
			t.Errorf("function %s: rows has no requests for it", f.Name)
		}
		for _, r := range append([]row{{name: "method", request: request{Method: "DELETE"}, status: 405}}, own...) {
			t.Run(strings.ReplaceAll(f.Name+" "+r.name, "/", "_"), func(t *testing.T) {
				t.Parallel()
				r.check(t, f)
			})
		}
	}
}

// check sends the row's request to a fresh process of the function, and once more to the same, now warm, process.
func (r row) check(t *testing.T, f function) {
	p := start(t, f, slices.Concat(r.environ...))
	for _, state := range []string{"cold", "warm"} {
		got := p.call(t, r.build(f))
		if got.Status != r.status {
			t.Fatalf("%s: got status %d with %s, want %d", state, got.Status, got.Body, r.status)
		}
		r.checkHeader(t, got)
		r.checkBody(t, got)
	}
	p.stop()
	for _, secret := range []string{cronSecret, wrong, currentKey, nextKey, token, hookSecret} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds a secret:\n%s", p.log)
		}
	}
}

// build completes the row's request.
func (r row) build(f function) request {
	req := r.request
	if req.Method == "" {
		req.Method = http.MethodGet
	}
	if req.Path == "" {
		req.Path = f.path()
	}
	if r.sign != "" {
		req.Header = map[string]string{
			"content-type":       "application/json",
			"upstash-message-id": "msg_1",
			"upstash-signature":  qssign.Sign(r.sign, "https://www.example.com"+req.Path, []byte(req.Body), time.Now()),
		}
	}
	return req
}

func (r row) checkHeader(t *testing.T, got answer) {
	t.Helper()
	want := map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
	maps.Copy(want, r.header)
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("header %s: got %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if allow := got.Header.Get("Allow"); (r.status == http.StatusMethodNotAllowed) != (allow != "") {
		t.Errorf("status %d with header Allow %q; the two go together", r.status, allow)
	}
}

func (r row) checkBody(t *testing.T, got answer) {
	t.Helper()
	var body, want map[string]any
	if err := json.Unmarshal(got.Body, &body); err != nil {
		t.Fatalf("body %q: %v", got.Body, err)
	}
	if body["ok"] != (r.status < 400) {
		t.Errorf("body %s: got ok %v with status %d", got.Body, body["ok"], r.status)
	}
	if r.want != "" {
		if err := json.Unmarshal([]byte(r.want), &want); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range want {
		if has, present := body[name]; !present || !reflect.DeepEqual(has, value) {
			t.Errorf("body %s: got %s %v, want %v", got.Body, name, has, value)
		}
	}
	for _, secret := range []string{cronSecret, wrong, currentKey, nextKey, token, hookSecret} {
		if strings.Contains(fmt.Sprint(got.Header)+string(got.Body), secret) {
			t.Errorf("the answer holds a secret: %v %s", got.Header, got.Body)
		}
	}
}
