package queue_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/queue"
	"notionsync/pkg/syncer/model"
)

func TestQueue_PublishRefused(t *testing.T) {
	t.Parallel()
	const (
		public  = "NEXT_PUBLIC_SITE_URL must be a public address, and QSTASH_URL, if set, QStash's address alone"
		reach   = "the address must be one that the internet can reach"
		another = "copy QSTASH_TOKEN again from the Upstash console, not the read-only one, " +
			"and QSTASH_URL with it: each region has a token of its own"
		address = "QSTASH_URL must be QStash's own address"
	)
	quota := []string{"RateLimit-Limit", "1000", "RateLimit-Remaining", "0", "RateLimit-Reset", "1785585610"}
	burst := []string{"Burst-RateLimit-Limit", "10", "Burst-RateLimit-Remaining", "0"}
	tests := []struct {
		name    string
		status  int
		body    string
		headers []string
		outside bool
		want    queue.Error
	}{
		{"wrong token", 401, `{"error":"unable to authenticate: invalid token"}`, nil, false,
			queue.Error{Message: "unable to authenticate: invalid token", Fix: another}},
		{"loopback", 400, `{"error":"invalid destination url: endpoint resolves to a loopback address: ::1"}`, nil, false,
			queue.Error{Message: "invalid destination url: endpoint resolves to a loopback address: ::1", Fix: public}},
		{"loopback outside", 400, `{"error":"invalid destination url: endpoint resolves to a loopback address: ::1"}`,
			nil, true,
			queue.Error{Message: "invalid destination url: endpoint resolves to a loopback address: ::1", Fix: reach}},
		{"scheme", 400, `{"error":"invalid destination url: endpoint has invalid scheme, add http:// or https://"}`,
			nil, false, queue.Error{
				Message: "invalid destination url: endpoint has invalid scheme, add http:// or https://", Fix: public,
			}},
		{"unknown host", 400, `{"error":"invalid destination url: unable to resolve host: lookup x: no such host"}`,
			nil, false, queue.Error{
				Message: "invalid destination url: unable to resolve host: lookup x: no such host", Fix: public,
			}},
		{"another bad request", 400, `{"error":"invalid Upstash-Delay header"}`, nil, false,
			queue.Error{Message: "invalid Upstash-Delay header"}},
		{"control characters", 400, "{\"error\":\"bad\\u001b[31m \\u0000\\r\\nheader\"}", nil, false,
			queue.Error{Message: "bad [31m header"}},
		{"limit of the plan", 412, `{"error":"quota maxRetries exceeded"}`, nil, false, queue.Error{
			Message: "quota maxRetries exceeded",
			Fix:     "a limit of the Upstash plan is reached: see the Upstash console",
		}},
		{"quota of the day", 429, `{"error":"limit"}`, quota, false, queue.Error{
			Message: "limit",
			Fix:     "the Upstash plan's messages of the day are used up: wait until tomorrow, or take a larger plan",
		}},
		{"burst", 429, `{"error":"limit"}`, burst, false, queue.Error{
			Message: "limit", Fix: "too many requests a second: try again in a moment",
		}},
		{"not JSON", 502, "<html>\n<h1>Bad\tgateway</h1>", nil, false, queue.Error{Message: "<html> <h1>Bad gateway</h1>"}},
		{"JSON without error", 500, `{"message":"x"}`, nil, false, queue.Error{Message: `{"message":"x"}`}},
		{"error of another type", 500, `{"error":{"code":1}}`, nil, false, queue.Error{Message: `{"error":{"code":1}}`}},
		{"nothing", 503, "", nil, false, queue.Error{Message: "Service Unavailable"}},
		{"not found", 404, `{"error":"not found"}`, nil, false,
			queue.Error{Message: "not found", Fix: "QSTASH_URL must be QStash's own address, where nothing redirects"}},
		{"redirect", 302, `{"messageId":"msg_x"}`, []string{"Location", "https://qstash.upstash.io/login"}, false,
			queue.Error{
				Message: `{"messageId":"msg_x"}`, Fix: "QSTASH_URL must be QStash's own address, where nothing redirects",
			}},
		{"success that is a web page", 200, "<html>", nil, false,
			queue.Error{Message: "something else than QStash's JSON", Fix: address}},
		{"success without id", 200, "{}", nil, false,
			queue.Error{Message: "something else than QStash's JSON", Fix: address}},
		{"success with an empty id", 201, `{"messageId":""}`, nil, false,
			queue.Error{Message: "something else than QStash's JSON", Fix: address}},
		{"secrets repeated", 400,
			`{"error":"` + token + " " + bypass + " " + outsideURL + ` /a-path-to-keep-secret?also=secret"}`,
			nil, true, queue.Error{Message: "[token] [bypass secret] hooks.example /…"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			message := toWorker
			if tt.outside {
				message.URL = outsideURL
			}
			id, err := answering(t, tt.status, tt.body, tt.headers...).Publish(t.Context(), message)
			var got *queue.Error
			if !errors.As(err, &got) || id != "" {
				t.Fatalf("Publish = %q, %v, want a *queue.Error", id, err)
			}
			tt.want.Status = tt.status
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !strings.HasPrefix(err.Error(), "queue: publish: QStash answered ") {
				t.Errorf("text %q", err)
			}
			if tt.want.Fix != "" && !strings.HasSuffix(err.Error(), "; "+tt.want.Fix) {
				t.Errorf("text %q does not end with what to do", err)
			}
			checkSecrets(t, err)
		})
	}
}

func TestError_MessageIsCut(t *testing.T) {
	t.Parallel()
	_, err := answering(t, 500, "x"+strings.Repeat("ü", 1000)).Publish(t.Context(), toWorker)
	var got *queue.Error
	if !errors.As(err, &got) || len(got.Message) > 310 || !utf8.ValidString(got.Message) {
		t.Errorf("got %v, want at most 310 bytes of valid text", err)
	}
}

func TestQueue_PublishUnreachable(t *testing.T) {
	t.Parallel()
	q := newQueue(t, options(roundTripper(func(*http.Request) (*http.Response, error) { return nil, errBroken })))
	for _, message := range []model.Message{toWorker, {Body: toWorker.Body, URL: outsideURL}} {
		_, err := q.Publish(t.Context(), message)
		if want := "queue: publish: no answer from qstash.upstash.io: connection broken"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
