package queue_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/queue"
	"notionsync/pkg/syncer/model"
)

func TestQueue_PublishRefused(t *testing.T) {
	t.Parallel()
	quota := []string{"RateLimit-Limit", "1000", "RateLimit-Remaining", "0", "RateLimit-Reset", "1785585610"}
	burst := []string{"Burst-RateLimit-Limit", "10", "Burst-RateLimit-Remaining", "0"}
	tests := []struct {
		name    string
		status  int
		body    string
		headers []string
		outside bool
		want    string // the message
		id      diagnosis.ID
	}{
		{"wrong token", 401, `{"error":"unable to authenticate: invalid token"}`, nil, false,
			"unable to authenticate: invalid token", diagnosis.QStashToken},
		{"forbidden", 403, `{"error":"forbidden"}`, nil, false, "forbidden", diagnosis.QStashToken},
		{"a token for reading", 403, `{"error":"forbidden: readonly token"}`, nil, false, "forbidden: readonly token", diagnosis.QStashReadOnly},
		{"a token of another region", 404, `{"error":"user not found in this region"}`, nil, false,
			"user not found in this region", diagnosis.QStashRegion},
		{"switched off", 403, `{"error":"qstash is disabled for this account"}`, nil, false,
			"qstash is disabled for this account", diagnosis.QStashDisabled},
		{"loopback", 400, `{"error":"invalid destination url: endpoint resolves to a loopback address: ::1"}`, nil, false,
			"invalid destination url: endpoint resolves to a loopback address: ::1", diagnosis.QStashDestination},
		{"loopback outside", 400, `{"error":"invalid destination url: endpoint resolves to a loopback address: ::1"}`, nil, true,
			"invalid destination url: endpoint resolves to a loopback address: ::1", diagnosis.QStashOutside},
		{"scheme", 400, `{"error":"invalid destination url: endpoint has invalid scheme, add http:// or https://"}`, nil, false,
			"invalid destination url: endpoint has invalid scheme, add http:// or https://", diagnosis.QStashDestination},
		{"unknown host", 400, `{"error":"invalid destination url: unable to resolve host: lookup x: no such host"}`, nil, false,
			"invalid destination url: unable to resolve host: lookup x: no such host", diagnosis.QStashDestination},
		{"another bad request", 400, `{"error":"invalid Upstash-Delay header"}`, nil, false,
			"invalid Upstash-Delay header", diagnosis.QStashRefusal},
		{"control characters", 400, "{\"error\":\"bad\\u001b[31m \\u0000\\r\\nheader\"}", nil, false,
			"bad [31m header", diagnosis.QStashRefusal},
		{"limit of the plan", 412, `{"error":"quota maxRetries exceeded"}`, nil, false, "quota maxRetries exceeded", diagnosis.QStashLimit},
		{"quota of the day", 429, `{"error":"limit"}`, quota, false, "limit", diagnosis.QStashDay},
		{"burst", 429, `{"error":"limit"}`, burst, false, "limit", diagnosis.QStashBurst},
		{"not JSON", 502, "<html>\n<h1>Bad\tgateway</h1>", nil, false, "<html> <h1>Bad gateway</h1>", diagnosis.QStashTrouble},
		{"JSON without error", 500, `{"message":"x"}`, nil, false, `{"message":"x"}`, diagnosis.QStashTrouble},
		{"error of another type", 500, `{"error":{"code":1}}`, nil, false, `{"error":{"code":1}}`, diagnosis.QStashTrouble},
		{"nothing", 503, "", nil, false, "Service Unavailable", diagnosis.QStashTrouble},
		{"not found", 404, `{"error":"not found"}`, nil, false, "not found", diagnosis.QStashAddress},
		{"redirect", 302, `{"messageId":"msg_x"}`, []string{"Location", "https://qstash.upstash.io/login"}, false,
			`{"messageId":"msg_x"}`, diagnosis.QStashAddress},
		{"success that is a web page", 200, "<html>", nil, false, "something else than QStash's JSON", diagnosis.QStashAddress},
		{"success without id", 200, "{}", nil, false, "something else than QStash's JSON", diagnosis.QStashAddress},
		{"success with an empty id", 201, `{"messageId":""}`, nil, false, "something else than QStash's JSON", diagnosis.QStashAddress},
		{"secrets repeated", 400,
			`{"error":"` + token + " " + bypass + " " + outsideURL + ` /a-path-to-keep-secret?also=secret"}`,
			nil, true, "[token] [bypass secret] hooks.example /…", diagnosis.QStashRefusal},
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
			if got.Status != tt.status || got.Message != tt.want || got.Diagnosis.ID != tt.id || queue.Diagnose(err).ID != tt.id {
				t.Errorf("error is %+v, want status %d, %q and %q", got, tt.status, tt.want, tt.id)
			}
			if !strings.HasPrefix(err.Error(), "queue: publish: QStash answered ") {
				t.Errorf("text %q", err)
			}
			if advice := got.Diagnosis.Advice(); advice == "" || !strings.HasSuffix(err.Error(), "; "+advice) {
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
