package qstashsim_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/upstash/qstash-go"

	"notionsync/pkg/sim/qstashsim"
)

func TestServer_Wait(t *testing.T) {
	inBubble(t, qstashsim.Options{}, failing(1, 500), func(t *testing.T, r *rig) {
		r.wait() // nothing was published
		id := r.publish("{}", "Upstash-Delay", "1h")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := r.Wait(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "0 attempts in flight and 1 to come") {
			t.Errorf("Wait with a message delayed: %v", err)
		}
		r.wait()
		if got := r.message(id).State; got != qstashsim.Delivered {
			t.Errorf("after Wait: %s, want DELIVERED by the retry", got)
		}
	})
}

func TestServer_PauseResume(t *testing.T) {
	inBubble(t, qstashsim.Options{Parallelism: 1}, always(200), func(t *testing.T, r *rig) {
		r.Pause()
		first := r.publish("first")
		r.publish("second")
		time.Sleep(time.Hour)
		if got := len(r.seen()); got != 0 {
			t.Errorf("%d deliveries while paused", got)
		}
		if got := r.message(first).State; got != qstashsim.Created {
			t.Errorf("while paused: %s, want CREATED", got)
		}
		r.Resume()
		r.wait()
		if diff := cmp.Diff([]string{"first", "second"}, r.bodies()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
	})
}

func TestServer_Parallelism(t *testing.T) {
	var now, most atomic.Int32
	answer := func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Second)
		now.Add(-1)
	}
	inBubble(t, qstashsim.Options{Parallelism: 3}, answer, func(t *testing.T, r *rig) {
		for range 9 {
			r.publish("{}")
		}
		r.wait()
		if got := most.Load(); got != 3 {
			t.Errorf("%d deliveries at a time, want 3", got)
		}
	})
}

func TestServer_States(t *testing.T) {
	inBubble(t, qstashsim.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(time.Second)
		w.WriteHeader(500)
	}, func(t *testing.T, r *rig) {
		id := r.publish("{}", "Upstash-Retries", "1", "Upstash-Delay", "1s")
		var got []qstashsim.State
		for range 5 {
			synctest.Wait()
			if state := r.message(id).State; len(got) == 0 || got[len(got)-1] != state {
				got = append(got, state)
			}
			time.Sleep(time.Second + time.Millisecond)
		}
		r.wait()
		got = append(got, r.message(id).State)
		want := []qstashsim.State{qstashsim.Created, qstashsim.Active, qstashsim.Retry, qstashsim.Failed}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestServer_Close(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	inBubble(t, qstashsim.Options{}, hang, func(t *testing.T, r *rig) {
		r.publish("in flight")
		r.publish("to come", "Upstash-Delay", "1h")
		synctest.Wait()
		r.Close()
		r.Close()
		r.wait()
		if got := len(r.seen()); got != 1 || time.Since(r.began) != 0 {
			t.Errorf("%d deliveries, closed after %s; want the one in flight, aborted at once", got, time.Since(r.began))
		}
		w := r.call("POST", "/v2/publish/"+destination, "{}")
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("publish to a closed server: got %d %s, want 503", w.Code, w.Body)
		}
	})
}

func TestServer_Now(t *testing.T) {
	at := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	opts := qstashsim.Options{Now: func() time.Time { return at }}
	inBubble(t, opts, always(200), func(t *testing.T, r *rig) {
		id := r.publish("{}", "Upstash-Not-Before", "1785585610")
		r.wait()
		m := r.message(id)
		if !m.CreatedAt.Equal(at) || !m.NotBefore.Equal(at.Add(10*time.Second)) || !m.Attempts[0].At.Equal(at) {
			t.Errorf("created %s, not before %s, attempted %s", m.CreatedAt, m.NotBefore, m.Attempts[0].At)
		}
		if diff := cmp.Diff([]time.Duration{10 * time.Second}, r.times()); diff != "" {
			t.Errorf("delivered after (-want +got):\n%s", diff)
		}
		checkClaims(t, r.seen()[0].header.Get("Upstash-Signature"), "{}", at)
	})
}

func TestNew_NegativeOptions(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]qstashsim.Options{
		"delay scale": {DelayScale: -1}, "longest wait": {MaxWait: -1}, "parallelism": {Parallelism: -1},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			qstashsim.New(opts)
		}()
	}
}

// With sockets, the official SDK and the server's own client: the raw "//" of the destination survives.
func TestServer_OverTheNetwork(t *testing.T) {
	t.Setenv("QSTASH_URL", "") // the SDK would go there instead
	bodies := make(chan string, 2)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.URL.Path + " " + string(body)
	}))
	defer site.Close()
	sim := qstashsim.New(qstashsim.Options{DelayScale: 0.001})
	defer sim.Close()
	api := httptest.NewServer(sim)
	defer api.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := qstash.NewClientWith(qstash.Options{
		Url: api.URL, Token: qstashsim.DefaultToken, Client: &http.Client{Transport: transport},
	})

	sim.Misbehave(qstashsim.Faults{DropAnswers: 1})
	dropped := qstash.PublishOptions{Url: site.URL + "/dropped", Body: "{}"}
	if got, err := client.Publish(dropped); err == nil {
		t.Errorf("publish whose answer is dropped: got %+v, want an error", got)
	}
	message := qstash.PublishOptions{Url: site.URL + "/worker", Body: `{"n":1}`, Delay: "10s"}
	got, err := client.Publish(message)
	if err != nil || got.MessageId == "" || got.Deduplicated {
		t.Fatalf("Publish: got %+v, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := sim.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if first, second := <-bodies, <-bodies; first != "/dropped {}" || second != `/worker {"n":1}` {
		t.Errorf("delivered %q and %q, want the dropped one too", first, second)
	}
	if keys, err := client.Keys().Get(); err != nil || keys.Current != qstashsim.DefaultCurrentKey {
		t.Errorf("Keys: got %+v, %v", keys, err)
	}
}
