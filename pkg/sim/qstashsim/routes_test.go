package qstashsim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/sim/qstashsim"
)

func TestRoutes_Authentication(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, Server: qstashsim.New(qstashsim.Options{Token: "secret"})}
	defer r.Close()
	tests := []struct {
		name, authorization, target string
		status                      int
	}{
		{"right token", "Bearer secret", "/v2/keys", 200},
		{"token in the query", "", "/v2/keys?qstash_token=secret", 200},
		{"no token", "", "/v2/keys", 401},
		{"wrong token", "Bearer secretive", "/v2/keys", 401},
		{"another scheme", "Basic secret", "/v2/keys", 401},
		{"wrong token in the query", "", "/v2/keys?qstash_token=x", 401},
		{"before anything is looked at", "Bearer x", "/v2/publish/nonsense", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			req := httptest.NewRequest("GET", tt.target, nil)
			req.Header.Set("Authorization", tt.authorization)
			r.ServeHTTP(w, req)
			if w.Code != tt.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.status)
			}
			if text, _ := decode(t, w)["error"].(string); (text != "") != (tt.status == 401) {
				t.Errorf("error %q with status %d", text, w.Code)
			}
		})
	}
}

func TestRoutes_NotFound(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, Server: qstashsim.New(qstashsim.Options{})}
	defer r.Close()
	for _, call := range []string{
		"GET /v2/publish/" + destination, "POST //v2/publish/" + destination, "POST /v2/publish//v2/publish/x",
		"POST /v2/rotate", "GET /v2/keys/rotate", "POST /v2/keys", "GET /", "GET /v2/messages/msg_x", "POST /v2/batch",
	} {
		method, target, _ := strings.Cut(call, " ")
		w := r.call(method, target, "")
		if w.Code == http.StatusOK || w.Code == http.StatusCreated || decode(t, w)["error"] == "" {
			t.Errorf("%s: got %d %s, want an error", call, w.Code, w.Body)
		}
	}
}

func TestRoutes_Keys(t *testing.T) {
	inBubble(t, qstashsim.Options{CurrentKey: "sig_a", NextKey: "sig_b"}, always(200), func(t *testing.T, r *rig) {
		got := decode(t, r.call("GET", "/v2/keys", ""))
		if diff := cmp.Diff(map[string]any{"current": "sig_a", "next": "sig_b"}, got); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		rotated := decode(t, r.call("POST", "/v2/keys/rotate", ""))
		if next, _ := rotated["next"].(string); rotated["current"] != "sig_b" || next == "sig_b" || next == "" {
			t.Errorf("after rotation %v, want current sig_b and a new next", rotated)
		}
		if diff := cmp.Diff(rotated, decode(t, r.call("GET", "/v2/keys", ""))); diff != "" {
			t.Errorf("keys after rotation (-rotated +got):\n%s", diff)
		}
	})
}

// GET /v2/messages/{id} knows pending messages only: 404 does not mean that there never was one.
func TestRoutes_Messages(t *testing.T) {
	slow := func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(10 * time.Second)
		w.WriteHeader(500)
	}
	inBubble(t, qstashsim.Options{}, slow, func(t *testing.T, r *rig) {
		id := r.publish("{}", "Upstash-Delay", "3s", "Upstash-Retries", "2", "Upstash-Callback", destination,
			"Upstash-Failure-Callback", callbackURL, "Upstash-Forward-X-Mine", "m")
		got := decode(t, r.call("GET", "/v2/messages/"+id, ""))
		at := float64(r.began.UnixMilli())
		want := map[string]any{
			"messageId": id, "url": destination, "method": "POST", "body": "{}", "maxRetries": 2.0,
			"header":   map[string]any{"X-Mine": []any{"m"}},
			"callback": destination, "failureCallback": callbackURL,
			"createdAt": at, "notBefore": at + 3000, "callerIP": "192.0.2.1",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
		for _, at := range []string{"during the first attempt", "before the retry"} {
			time.Sleep(10 * time.Second)
			if w := r.call("GET", "/v2/messages/"+id, ""); w.Code != http.StatusOK {
				t.Errorf("%s: got %d %s, want 200", at, w.Code, w.Body)
			}
		}
		r.wait()
		if w := r.call("GET", "/v2/messages/"+id, ""); w.Code != http.StatusNotFound {
			t.Errorf("in the end: got %d %s, want 404", w.Code, w.Body)
		}
	})
}

func TestRoutes_DLQ(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(418)
		_, _ = w.Write([]byte("short\xff"))
	}
	inBubble(t, qstashsim.Options{}, answer, func(t *testing.T, r *rig) {
		id := r.publish("secret body", "Upstash-Retries", "0", "Upstash-Forward-Authorization", "Bearer x",
			"Upstash-Forward-X-Mine", "m", "Upstash-Redact-Fields", "body, header[Authorization]")
		r.wait()
		if got := r.seen()[0]; got.body != "secret body" || got.header.Get("Authorization") != "Bearer x" {
			t.Errorf("delivered %q with %v, want nothing redacted on the way", got.body, got.header)
		}
		dlq := decode(t, r.call("GET", "/v2/dlq", ""))["messages"].([]any)
		if len(dlq) != 1 {
			t.Fatalf("got %d dead letters, want 1", len(dlq))
		}
		at := float64(r.began.UnixMilli())
		want := map[string]any{
			"messageId": id, "dlqId": r.message(id).DLQID, "url": destination, "method": "POST", "maxRetries": 0.0,
			"createdAt": at, "notBefore": at, "callerIP": "192.0.2.1",
			"body": "REDACTED:",
			"header": map[string]any{
				"X-Mine":        []any{"m"},
				"Authorization": []any{"REDACTED:"},
			},
			"responseStatus": 418.0, "responseBodyBase64": "c2hvcnT/",
		}
		redacted := cmp.Comparer(func(a, b string) bool { // the hash is not the subject
			a, _, _ = strings.Cut(a, "REDACTED:")
			b, _, _ = strings.Cut(b, "REDACTED:")
			return a == b
		})
		if diff := cmp.Diff(want, dlq[0], redacted); diff != "" {
			t.Errorf("dead letter (-want +got):\n%s", diff)
		}
	})
}

func TestRoutes_RedactAllHeaders(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		r.Pause()
		id := r.publish("{}", "Upstash-Forward-X-Mine", "m", "Upstash-Redact-Fields", "headers")
		got := r.call("GET", "/v2/messages/"+id, "").Body.String()
		if strings.Contains(got, `"m"`) || !strings.Contains(got, `"body":"{}"`) {
			t.Errorf("got %s, want the header redacted and the body not", got)
		}
	})
}
