package qstashsim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/upstash/qstash-go"

	"notionsync/pkg/sim/qstashsim"
)

func TestDelivery_Request(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		body := "{ \"spaces\": \"stay\",\n\"ü\":1 }"
		id := r.publish(body, "Content-Type", "application/json", "Upstash-Forward-X-Vercel-Protection-Bypass", "b",
			"Upstash-Label", "l", "X-Other", "not forwarded")
		r.wait()
		got := r.seen()
		if len(got) != 1 {
			t.Fatalf("got %d deliveries, want 1", len(got))
		}
		if got[0].body != body || got[0].method != "POST" || got[0].url != destination {
			t.Errorf("got %s %s with body %q", got[0].method, got[0].url, got[0].body)
		}
		signature := got[0].header.Get("Upstash-Signature")
		got[0].header.Del("Upstash-Signature")
		want := http.Header{
			"User-Agent":                 {"Upstash-QStash"},
			"Content-Type":               {"application/json"},
			"X-Vercel-Protection-Bypass": {"b"},
			"Upstash-Message-Id":         {id},
			"Upstash-Retried":            {"0"},
			"Upstash-Caller-Ip":          {"192.0.2.1"},
			"Upstash-Region":             {"EU-CENTRAL-1"},
		}
		if diff := cmp.Diff(want, got[0].header); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
		checkClaims(t, signature, body, r.began)
	})
}

// checkClaims compares a token with the documented one, claim by claim.
func checkClaims(t *testing.T, token, body string, now time.Time) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token has %d parts, want 3", len(parts))
	}
	var head, claims map[string]any
	for i, into := range []*map[string]any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	if jti, _ := claims["jti"].(string); !strings.HasPrefix(jti, "jwt_") {
		t.Errorf("jti: got %q, want jwt_…", jti)
	}
	delete(claims, "jti")
	hash := sha256.Sum256([]byte(body))
	want := map[string]any{
		"iss": "Upstash", "sub": destination, "nbf": 0.0,
		"iat": float64(now.Unix()), "exp": float64(now.Unix() + 300),
		"body": base64.URLEncoding.EncodeToString(hash[:]),
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"alg": "HS256", "typ": "JWT"}, head); diff != "" {
		t.Errorf("token header (-want +got):\n%s", diff)
	}
}

func TestDelivery_Outcome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answer   http.HandlerFunc
		attempts int
		state    qstashsim.State
	}{
		{"200 is delivered", always(200), 1, qstashsim.Delivered},
		{"204 is delivered", always(204), 1, qstashsim.Delivered},
		{"299 is delivered", always(299), 1, qstashsim.Delivered},
		{"a redirect is not followed", always(302, "Location", "https://site.example/elsewhere"), 4, qstashsim.Failed},
		{"a permanent redirect is not followed", always(308, "Location", "/elsewhere"), 4, qstashsim.Failed},
		{"400 is retried", always(400), 4, qstashsim.Failed},
		{"our own 401 is retried", always(401), 4, qstashsim.Failed},
		{"500 is retried", always(500), 4, qstashsim.Failed},
		{"489 with the header is given up at once", always(489, "Upstash-NonRetryable-Error", "true"), 1, qstashsim.Failed},
		{"489 without the header is retried", always(489), 4, qstashsim.Failed},
		{"the header with another status changes nothing", always(400, "Upstash-NonRetryable-Error", "true"), 4,
			qstashsim.Failed},
		{"one failure is made good", failing(1, 500), 2, qstashsim.Delivered},
		{"three failures are made good", failing(3, 500), 4, qstashsim.Delivered},
		{"four are not", failing(4, 500), 4, qstashsim.Failed},
		{"no answer in time is a failure", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 4,
			qstashsim.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, qstashsim.Options{}, tt.answer, func(t *testing.T, r *rig) {
				id := r.publish("{}", "Upstash-Timeout", "40s")
				r.wait()
				got := r.message(id)
				if got.State != tt.state || len(got.Attempts) != tt.attempts {
					t.Errorf("got %s after %d attempts, want %s after %d", got.State, len(got.Attempts), tt.state, tt.attempts)
				}
				for i, a := range r.seen() {
					if a.url != destination {
						t.Errorf("attempt %d went to %s", i, a.url)
					}
				}
				if inDLQ := got.DLQID != ""; inDLQ != (tt.state == qstashsim.Failed) {
					t.Errorf("DLQID %q of a message that is %s", got.DLQID, got.State)
				}
			})
		})
	}
}

func TestDelivery_UnknownHost(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		w := r.call("POST", "/v2/publish/https://nowhere.example/", "{}", "Upstash-Retries", "0")
		r.wait()
		got := r.message(decode(t, w)["messageId"].(string))
		if got.State != qstashsim.Failed || len(got.Attempts) != 1 || got.Attempts[0].Err == nil {
			t.Errorf("got %s, attempts %+v, want FAILED after one without an answer", got.State, got.Attempts)
		}
	})
}

func TestDelivery_Attempts(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(503, "X-Reason", "busy"), func(t *testing.T, r *rig) {
		id := r.publish("{}", "Upstash-Retries", "1")
		r.wait()
		for i, a := range r.message(id).Attempts {
			if a.Retried != i || a.Status != 503 || a.Header.Get("X-Reason") != "busy" || a.Duplicate || a.Err != nil {
				t.Errorf("attempt %d: got %+v", i, a)
			}
		}
		for i, a := range r.seen() {
			if got := a.header.Get("Upstash-Retried"); got != string(rune('0'+i)) {
				t.Errorf("delivery %d: Upstash-Retried %q", i, got)
			}
			if got := a.header.Get("Upstash-Message-Id"); got != id {
				t.Errorf("delivery %d: Upstash-Message-Id %q, want %q on every attempt", i, got, id)
			}
		}
	})
}

// An attempt is aborted at the message's timeout, at the plan's 15 minutes at the latest.
func TestDelivery_Timeout(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[string]time.Duration{
		"":    15 * time.Minute,
		"40s": 40 * time.Second,
		"1h":  15 * time.Minute,
	} {
		t.Run("timeout "+timeout, func(t *testing.T) {
			hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
			inBubble(t, qstashsim.Options{}, hang, func(t *testing.T, r *rig) {
				r.publish("{}", "Upstash-Timeout", timeout, "Upstash-Retries", "0")
				r.wait()
				if got := time.Since(r.began); got != want {
					t.Errorf("given up after %s, want %s", got, want)
				}
			})
		})
	}
}

func TestDelivery_Method(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		r.publish("", "Upstash-Method", "GET")
		r.wait()
		if got := r.seen()[0].method; got != "GET" {
			t.Errorf("delivered with %s, want GET", got)
		}
	})
}

func TestDelivery_OfficialReceiver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		sign          qstashsim.Key
		current, next bool // whether it verifies under that key
	}{
		{"current key", qstashsim.CurrentKey, true, false},
		{"next key", qstashsim.NextKey, false, true},
		{"wrong key", qstashsim.WrongKey, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
				r.Misbehave(qstashsim.Faults{SignWith: tt.sign})
				r.publish("body")
				r.wait()
				for key, want := range map[string]bool{
					qstashsim.DefaultCurrentKey: tt.current, qstashsim.DefaultNextKey: tt.next,
				} {
					err := qstash.NewReceiver(key, key).Verify(qstash.VerifyOptions{
						Signature: r.seen()[0].header.Get("Upstash-Signature"), Url: destination, Body: "body",
					})
					if (err == nil) != want {
						t.Errorf("Verify with %s: got %v, want success %v", key, err, want)
					}
				}
			})
		})
	}
}
