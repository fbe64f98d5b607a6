package qstashsim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/upstash/qstash-go"

	"notionsync/pkg/sim/qstashsim"
)

const callbackURL = "https://site.example/api/sync/callback"

// split answers deliveries to the callback with 200 and the rest with the answer given.
func split(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/sync/callback" {
			answer(w, r)
		}
	}
}

// calls returns the deliveries to the callback.
func (r *rig) calls() []arrival {
	var all []arrival
	for _, a := range r.seen() {
		if a.url == callbackURL {
			all = append(all, a)
		}
	}
	return all
}

func TestFailureCallback_Body(t *testing.T) {
	answer := split(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Reason", "tired")
		w.WriteHeader(500)
		_, _ = w.Write([]byte(`{"ok":false}`))
	})
	inBubble(t, qstashsim.Options{}, answer, func(t *testing.T, r *rig) {
		id := r.publish(`{"job":"j"}`, "Content-Type", "application/json", "Upstash-Failure-Callback", callbackURL,
			"Upstash-Forward-X-Secret", "s", "Upstash-Retries", "1", "Upstash-Delay", "3s")
		r.wait()
		calls := r.calls()
		if len(calls) != 1 {
			t.Fatalf("got %d failure callbacks, want one", len(calls))
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(calls[0].body), &got); err != nil {
			t.Fatal(err)
		}
		if dlqID, _ := got["dlqId"].(string); dlqID != r.message(id).DLQID || !strings.HasSuffix(dlqID, "-0") {
			t.Errorf("dlqId %v, message has %q", got["dlqId"], r.message(id).DLQID)
		}
		delete(got, "dlqId")
		want := map[string]any{
			"status": 500.0, "header": map[string]any{"X-Reason": []any{"tired"}},
			"body":    "eyJvayI6ZmFsc2V9", // {"ok":false}
			"retried": 1.0, "maxRetries": 1.0, "sourceMessageId": id, "url": destination, "method": "POST",
			"sourceHeader": map[string]any{"Content-Type": []any{"application/json"}, "X-Secret": []any{"s"}},
			"sourceBody":   "eyJqb2IiOiJqIn0=", // {"job":"j"}
			"createdAt":    float64(r.began.UnixMilli()), "notBefore": float64(r.began.Add(3 * time.Second).UnixMilli()),
			"callerIP": "192.0.2.1",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
	})
}

// A callback is an ordinary delivery: signed for its own URL, with an id and retries of its own.
func TestFailureCallback_IsAMessage(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(500), func(t *testing.T, r *rig) {
		id := r.publish("{}", "Upstash-Retries", "0", "Upstash-Failure-Callback", callbackURL,
			"Upstash-Failure-Callback-Retries", "2", "Upstash-Failure-Callback-Method", "PUT",
			"Upstash-Failure-Callback-Forward-X-Vercel-Protection-Bypass", "b", "Upstash-Forward-X-Mine", "m")
		r.wait()
		calls := r.calls()
		if len(calls) != 3 {
			t.Fatalf("got %d attempts of the failure callback, want 1 and 2 retries", len(calls))
		}
		own := calls[0].header.Get("Upstash-Message-Id")
		m := r.message(own)
		if own == id || m.SourceID != id || m.State != qstashsim.Failed || m.DLQID == r.message(id).DLQID {
			t.Errorf("message %s: source %q, %s, DLQ id %q; want one of its own", own, m.SourceID, m.State, m.DLQID)
		}
		for i, call := range calls {
			want := http.Header{
				"Content-Type": {"application/json"}, "Upstash-Message-Id": {own},
				"Upstash-Retried": {string(rune('0' + i))}, "X-Vercel-Protection-Bypass": {"b"}, "X-Mine": nil,
			}
			for name := range want {
				if diff := cmp.Diff(want[name], call.header[name]); diff != "" {
					t.Errorf("attempt %d, %s (-want +got):\n%s", i, name, diff)
				}
			}
			if call.method != "PUT" {
				t.Errorf("attempt %d with %s, want PUT", i, call.method)
			}
		}
		err := qstash.NewReceiver(r.Keys()).Verify(qstash.VerifyOptions{
			Signature: calls[2].header.Get("Upstash-Signature"), Url: callbackURL, Body: calls[2].body,
		})
		if err != nil {
			t.Errorf("the official receiver refuses the callback: %v", err)
		}
		if got := len(r.Messages()); got != 2 {
			t.Errorf("got %d messages, want 2: nobody is called about a callback", got)
		}
	})
}

func TestFailureCallback_When(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   []time.Duration
	}{
		{"not after a success", always(200), nil},
		{"not after a failure that was made good", failing(3, 500), nil},
		{"once, after the last retry", always(500, "Retry-After", "10"), []time.Duration{30 * time.Second}},
		{"at once after a 489", always(489, "Upstash-NonRetryable-Error", "true"), []time.Duration{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, qstashsim.Options{}, split(tt.answer), func(t *testing.T, r *rig) {
				r.publish("{}", "Upstash-Failure-Callback", callbackURL)
				r.wait()
				var got []time.Duration
				for _, call := range r.calls() {
					got = append(got, call.after)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("called after (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestFailureCallback_WithoutAnAnswer(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		r.call("POST", "/v2/publish/https://nowhere.example/", "{}", "Upstash-Retries", "0",
			"Upstash-Failure-Callback", callbackURL)
		r.wait()
		if got, want := r.calls()[0].body, `{"status":0,"header":{},"body":"",`; !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want it to begin with %s", got, want)
		}
	})
}

// With both callbacks, only the failure callback says where the message lies.
func TestCallback_HasNoDLQID(t *testing.T) {
	inBubble(t, qstashsim.Options{}, split(always(500)), func(t *testing.T, r *rig) {
		const failures = callbackURL + "?failures"
		r.publish("{}", "Upstash-Retries", "0", "Upstash-Callback", callbackURL, "Upstash-Failure-Callback", failures)
		r.wait()
		got := map[string]bool{}
		for _, a := range r.seen() {
			got[a.url] = strings.Contains(a.body, "dlqId")
		}
		if diff := cmp.Diff(map[string]bool{destination: false, callbackURL: false, failures: true}, got); diff != "" {
			t.Errorf("deliveries that have a dlqId (-want +got):\n%s", diff)
		}
	})
}

// A plain callback comes after each attempt, not only after the last.
func TestCallback_AfterEachAttempt(t *testing.T) {
	inBubble(t, qstashsim.Options{}, split(failing(2, 500)), func(t *testing.T, r *rig) {
		r.publish("{}", "Upstash-Callback", callbackURL, "Upstash-Callback-Forward-X-Mine", "m")
		r.wait()
		type word struct{ Status, Retried, MaxRetries int }
		var got []word
		for _, call := range r.calls() {
			var w word
			if err := json.Unmarshal([]byte(call.body), &w); err != nil {
				t.Fatal(err)
			}
			got = append(got, w)
			if call.header.Get("X-Mine") != "m" || strings.Contains(call.body, "dlqId") {
				t.Errorf("got headers %v, body %s; want the forwarded header and no dlqId", call.header, call.body)
			}
		}
		if diff := cmp.Diff([]word{{500, 0, 3}, {500, 1, 3}, {200, 2, 3}}, got); diff != "" {
			t.Errorf("callbacks (-want +got):\n%s", diff)
		}
	})
}
