package qstashsim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/sim/qstashsim"
)

func TestPublish_Refusals(t *testing.T) {
	t.Parallel()
	const scheme = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
	hosted := qstashsim.Options{RefuseLoopback: true}
	tests := []struct {
		name    string
		opts    qstashsim.Options
		target  string
		headers []string
		status  int
		text    string
	}{
		{"percent-encoded destination", hosted, "https%3A%2F%2Fsite.example%2Fworker", nil, 400, scheme},
		{"a slash lost on the way", hosted, "https:/site.example/worker", nil, 400, scheme},
		{"no scheme", hosted, "site.example/worker", nil, 400, scheme},
		{"no host", hosted, "https:///worker", nil, 400, "invalid destination url: endpoint is not a valid url"},
		{"localhost", hosted, "http://localhost:3000/worker", nil, 400,
			"invalid destination url: endpoint resolves to a loopback address: ::1"},
		{"below localhost", hosted, "http://site.LOCALHOST/worker", nil, 400,
			"invalid destination url: endpoint resolves to a loopback address: ::1"},
		{"127.0.0.1", hosted, "http://127.0.0.1/worker", nil, 400,
			"invalid destination url: endpoint resolves to a loopback address: 127.0.0.1"},
		{"localhost as callback", hosted, destination, []string{"Upstash-Callback", "http://localhost/"}, 400,
			"invalid destination url: endpoint resolves to a loopback address: ::1"},
		{"failure callback without scheme", hosted, destination, []string{"Upstash-Failure-Callback", "site.example"},
			400, scheme},
		{"delayed callback", hosted, destination,
			[]string{"Upstash-Callback", destination, "Upstash-Callback-Delay", "5s"}, 400,
			"delayed callbacks are not supported"},
		{"bad retries of a callback", hosted, destination,
			[]string{"Upstash-Callback", destination, "Upstash-Callback-Retries", "x"}, 400,
			`invalid Upstash-Callback-Retries header: "x"`},
		{"delay without unit", hosted, destination, []string{"Upstash-Delay", "50"}, 400,
			`invalid Upstash-Delay header: "50"`},
		{"delay with a fraction", hosted, destination, []string{"Upstash-Delay", "1.5s"}, 400,
			`invalid Upstash-Delay header: "1.5s"`},
		{"delay of unit only", hosted, destination, []string{"Upstash-Delay", "s"}, 400,
			`invalid Upstash-Delay header: "s"`},
		{"delay beyond any clock", hosted, destination, []string{"Upstash-Delay", "4000000000d"}, 400,
			`invalid Upstash-Delay header: "4000000000d"`},
		{"delay beyond the plan", hosted, destination, []string{"Upstash-Delay", "7d1s"}, 412, "quota maxDelay exceeded"},
		{"not before in milliseconds", hosted, destination, []string{"Upstash-Not-Before", "946684830000"}, 412,
			"quota maxDelay exceeded"},
		{"not before as a date", hosted, destination, []string{"Upstash-Not-Before", "tomorrow"}, 400,
			`invalid Upstash-Not-Before header: "tomorrow"`},
		{"negative retries", hosted, destination, []string{"Upstash-Retries", "-1"}, 400,
			`invalid Upstash-Retries header: "-1"`},
		{"more retries than the plan has", hosted, destination, []string{"Upstash-Retries", "6"}, 412,
			"quota maxRetries exceeded"},
		{"unknown function in the retry delay", hosted, destination, []string{"Upstash-Retry-Delay", "rm(1)"}, 400,
			`invalid Upstash-Retry-Delay header: "rm(1)"`},
		{"retry delay of no number", hosted, destination, []string{"Upstash-Retry-Delay", "1 / 0"}, 400,
			`invalid Upstash-Retry-Delay header: "1 / 0"`},
		{"timeout without unit", hosted, destination, []string{"Upstash-Timeout", "30"}, 400,
			`invalid Upstash-Timeout header: "30"`},
		{"timeout of nothing", hosted, destination, []string{"Upstash-Timeout", "0s"}, 400,
			`invalid Upstash-Timeout header: "0s"`},
		{"method nobody delivers with", hosted, destination, []string{"Upstash-Method", "BREW"}, 400,
			`invalid Upstash-Method header: "BREW"`},
		{"flow control is not simulated", hosted, destination, []string{"Upstash-Flow-Control-Key", "k"}, 400,
			"qstashsim does not simulate Upstash-Flow-Control-Key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, tt.opts, always(200), func(t *testing.T, r *rig) {
				w := r.call("POST", "/v2/publish/"+tt.target, "{}", tt.headers...)
				if got := decode(t, w)["error"]; w.Code != tt.status || got != tt.text {
					t.Errorf("got %d %q, want %d %q", w.Code, got, tt.status, tt.text)
				}
				if got := r.Messages(); len(got) != 0 {
					t.Errorf("refused, yet accepted: %+v", got)
				}
			})
		})
	}
}

func TestPublish_Loopback(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		if w := r.call("POST", "/v2/publish/http://localhost:3000/worker", "{}"); w.Code != http.StatusCreated {
			t.Errorf("got %d %s, want 201 from a local server", w.Code, w.Body)
		}
	})
}

func TestPublish_Size(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		r.publish(strings.Repeat("x", 1_000_000))
		w := r.call("POST", "/v2/publish/"+destination, strings.Repeat("x", 1_000_001))
		if w.Code != http.StatusPreconditionFailed {
			t.Errorf("a byte more than 1 MB: got %d %s, want 412", w.Code, w.Body)
		}
	})
}

// The destination stands raw in the path, and its query is the query of the publish call.
func TestPublish_Destination(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, target, want string
	}{
		{"plain", destination, destination},
		{"trailing slash", "https://site.example/a/", "https://site.example/a/"},
		{"escapes and double slashes stay", "https://site.example/a%2Fb//c", "https://site.example/a%2Fb//c"},
		{"query stays", "https://site.example/a?b=%20c&d", "https://site.example/a?b=%20c&d"},
		{"what is meant for QStash does not",
			"https://site.example/a?upstash-retries=1&b=c&qstash_token=t", "https://site.example/a?b=c"},
		{"nothing is left of the query", "https://site.example/a?upstash-retries=1", "https://site.example/a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
				w := r.call("POST", "/v2/publish/"+tt.target, "{}")
				r.wait()
				got := r.message(decode(t, w)["messageId"].(string))
				if got.URL != tt.want || r.seen()[0].url != tt.want {
					t.Errorf("got %q, delivered to %q, want %q", got.URL, r.seen()[0].url, tt.want)
				}
				wantRetries := 3
				if strings.Contains(tt.target, "upstash-retries=1") {
					wantRetries = 1
				}
				if got.Published.Get("Authorization") != "" || got.Published.Get("qstash_token") != "" {
					t.Errorf("the credential is kept: %v", got.Published)
				}
				if got.MaxRetries != wantRetries {
					t.Errorf("MaxRetries %d, want %d", got.MaxRetries, wantRetries)
				}
			})
		})
	}
}

func TestPublish_Answer(t *testing.T) {
	inBubble(t, qstashsim.Options{Seed: 1}, always(200), func(t *testing.T, r *rig) {
		w := r.call("POST", "/v2/publish/"+destination, "{}")
		answer := decode(t, w)
		id, _ := answer["messageId"].(string)
		if diff := cmp.Diff(map[string]any{"messageId": id}, answer); diff != "" || !strings.HasPrefix(id, "msg_") {
			t.Errorf("got %v, want only a messageId of msg_…", answer)
		}
		if got := w.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type %q", got)
		}
	})
}

func TestPublish_Seed(t *testing.T) {
	t.Parallel()
	first := func(seed uint64) string {
		r := &rig{t: t, Server: qstashsim.New(qstashsim.Options{Seed: seed})}
		defer r.Close()
		r.Pause()
		return r.publish("{}")
	}
	if a, b := first(7), first(7); a != b {
		t.Errorf("the same seed made %s and %s", a, b)
	}
	if a, b := first(0), first(0); a == b {
		t.Errorf("two servers without seed made the same id %s", a)
	}
}
