package queue_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"notionsync/pkg/queue"
	"notionsync/pkg/sim/qstashsim"
	"notionsync/pkg/syncer/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token       = "a-token-to-keep-secret"
	bypass      = "a-bypass-to-keep-secret"
	workerURL   = "https://site.example/api/sync/worker"
	callbackURL = "https://site.example/api/sync/callback"
	outsideURL  = "https://hooks.example/a-path-to-keep-secret?also=secret"
)

// wire is a network without sockets: every request ends in one handler, in the caller's goroutine, so that a test in a
// synctest bubble has a clock that moves by itself.
type wire struct{ http.Handler }

var errBroken = errors.New("connection broken")

func (w wire) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	defer func() {
		if broken := recover(); broken == http.ErrAbortHandler {
			err = errBroken
		} else if broken != nil {
			panic(broken)
		}
	}()
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// options are those of a deployment with everything configured.
func options(transport http.RoundTripper) queue.Options {
	return queue.Options{
		Token: token, WorkerURL: workerURL, CallbackURL: callbackURL, Bypass: bypass, Transport: transport,
	}
}

func newQueue(t *testing.T, opts queue.Options) *queue.Queue {
	t.Helper()
	q, err := queue.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// withSim runs a test in a bubble with a simulator that delivers into the handler.
func withSim(t *testing.T, site http.HandlerFunc, test func(*testing.T, *queue.Queue, *qstashsim.Server)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := qstashsim.New(qstashsim.Options{Token: token, Client: &http.Client{Transport: wire{site}}})
		defer sim.Close()
		test(t, newQueue(t, options(wire{sim})), sim)
	})
}

// answering is a queue whose QStash answers everything with one status and body. Headers are name, value, name, value.
func answering(t *testing.T, status int, body string, headers ...string) *queue.Queue {
	t.Helper()
	return newQueue(t, options(wire{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})}))
}

var toWorker = model.Message{Body: json.RawMessage(`{"job":"msg_1","slice":2}`)}

// checkSecrets fails if an error gives away what it must not.
func checkSecrets(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "keep-secret") || strings.Contains(err.Error(), "also=secret") {
		t.Errorf("the error holds a secret: %v", err)
	}
}
