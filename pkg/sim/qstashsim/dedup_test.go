package qstashsim_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

func TestDeduplication_ID(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		first := r.publish("one", "Upstash-Deduplication-Id", "job-2")
		w := r.call("POST", "/v2/publish/"+destination, "another body", "Upstash-Deduplication-Id", "job-2")
		answer := decode(t, w)
		if w.Code != http.StatusAccepted || answer["messageId"] != first || answer["deduplicated"] != true {
			t.Errorf("repeat: got %d %v, want 202 with the id %s and deduplicated", w.Code, answer, first)
		}
		r.publish("two", "Upstash-Deduplication-Id", "job-3")
		r.wait()
		got := r.bodies()
		slices.Sort(got) // QStash promises no order
		if !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("delivered %q, want one and two", got)
		}
	})
}

func TestDeduplication_Window(t *testing.T) {
	inBubble(t, qstashsim.Options{DelayScale: 0.001}, always(200), func(t *testing.T, r *rig) {
		first := r.publish("{}", "Upstash-Deduplication-Id", "d")
		time.Sleep(10*time.Minute - time.Second)
		w := r.call("POST", "/v2/publish/"+destination, "{}", "Upstash-Deduplication-Id", "d")
		if w.Code != http.StatusAccepted {
			t.Errorf("a second before ten minutes: got %d, want 202, whatever the delay scale", w.Code)
		}
		time.Sleep(time.Second)
		if again := r.publish("{}", "Upstash-Deduplication-Id", "d"); again == first {
			t.Errorf("after ten minutes: got the old id %s, want a new message", again)
		}
	})
}

// A user who presses the button again within ten minutes of a failure gets 202 and no run.
func TestDeduplication_StaysTakenByAFailedMessage(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(489, "Upstash-NonRetryable-Error", "true"), func(t *testing.T, r *rig) {
		id := r.publish("{}", "Upstash-Deduplication-Id", "d")
		r.wait()
		if got := r.message(id).State; got != qstashsim.Failed {
			t.Fatalf("got %s, want FAILED", got)
		}
		w := r.call("POST", "/v2/publish/"+destination, "{}", "Upstash-Deduplication-Id", "d")
		if w.Code != http.StatusAccepted || decode(t, w)["messageId"] != id {
			t.Errorf("got %d %s, want 202 with the failed message's id", w.Code, w.Body)
		}
	})
}

func TestDeduplication_Content(t *testing.T) {
	t.Parallel()
	content := []string{"Upstash-Content-Based-Deduplication", "true"}
	tests := []struct {
		name    string
		target  string
		body    string
		headers []string
		status  int
	}{
		{"the same again", destination, "{}", nil, http.StatusAccepted},
		{"a header that is not forwarded", destination, "{}", []string{"Upstash-Retries", "1"}, http.StatusAccepted},
		{"another body", destination, "{ }", nil, http.StatusCreated},
		{"another destination", destination + "/", "{}", nil, http.StatusCreated},
		{"another content type", destination, "{}", []string{"Content-Type", "text/plain"}, http.StatusCreated},
		{"another forwarded header", destination, "{}", []string{"Upstash-Forward-X", "1"}, http.StatusCreated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
				r.publish("{}", content...)
				w := r.call("POST", "/v2/publish/"+tt.target, tt.body, append(tt.headers, content...)...)
				if w.Code != tt.status {
					t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.status)
				}
			})
		})
	}
}
