package queue_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"notionsync/pkg/queue"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/syncer/model"
)

const bearer = "a-bearer-to-keep-secret"

var toSite = model.Message{URL: outsideURL, Bearer: bearer, Body: json.RawMessage(`{}`), DedupID: "news-1"}

// The secret arrives with every attempt, and QStash's dead letter queue does not show it.
func TestQueue_Bearer(t *testing.T) {
	var got []string
	site := func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusTeapot)
	}
	withSim(t, site, func(t *testing.T, q *queue.Queue, sim *qstashsim.Server) {
		if _, err := q.Publish(t.Context(), toSite); err != nil {
			t.Fatal(err)
		}
		if err := sim.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(got) != 4 || got[0] != "Bearer "+bearer || got[3] != "Bearer "+bearer {
			t.Errorf("delivered with %q, want the secret each of four times", got)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://qstash.example/v2/dlq", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := wire{sim}.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		dead, err := io.ReadAll(answer.Body)
		if err != nil || !strings.Contains(string(dead), "Authorization") || strings.Contains(string(dead), bearer) {
			t.Errorf("the dead letter queue shows %s (%v), want the message without its secret", dead, err)
		}
	})
}

// What refuses a message may quote it.
func TestQueue_BearerInRefusal(t *testing.T) {
	t.Parallel()
	q := answering(t, http.StatusBadRequest, `{"error":"invalid header Upstash-Forward-Authorization: Bearer `+bearer+`"}`)
	_, err := q.Publish(t.Context(), toSite)
	if err == nil {
		t.Fatal("Publish = nil, want QStash's refusal")
	}
	checkSecrets(t, err)
}

func TestQueue_BearerUnfit(t *testing.T) {
	t.Parallel()
	q := answering(t, http.StatusOK, `{"messageId":"msg_1"}`)
	own := toWorker
	own.Bearer = bearer
	garbled := toSite
	garbled.Bearer = bearer + "\r\nX-Other: 1"
	for _, m := range []model.Message{own, garbled} {
		if _, err := q.Publish(t.Context(), m); err == nil {
			t.Errorf("Publish with bearer %q to %q = nil, want an error", m.Bearer, m.URL)
		} else {
			checkSecrets(t, err)
		}
	}
}
