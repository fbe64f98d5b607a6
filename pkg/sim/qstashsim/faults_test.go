package qstashsim_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/upstash/qstash-go"

	"notionsync/pkg/sim/qstashsim"
)

func TestFaults_Twice(t *testing.T) {
	inBubble(t, qstashsim.Options{Parallelism: 1}, failing(1, 500), func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{Twice: true})
		id := r.publish("{}")
		r.wait()
		var got []string
		for _, a := range r.seen() {
			if a.header.Get("Upstash-Message-Id") != id {
				t.Errorf("a duplicate with the id %q, want that of the message", a.header.Get("Upstash-Message-Id"))
			}
			got = append(got, a.header.Get("Upstash-Retried"))
		}
		if diff := cmp.Diff([]string{"0", "1", "1"}, got); diff != "" {
			t.Errorf("Upstash-Retried (-want +got):\n%s", diff)
		}
		attempts := r.message(id).Attempts
		if last := attempts[len(attempts)-1]; !last.Duplicate {
			t.Errorf("last attempt %+v, want it marked as a duplicate", last)
		}
	})
}

// What the first delivery published is delivered before the second: the duplicate is late.
func TestFaults_TwiceIsLate(t *testing.T) {
	var r *rig
	continued := false
	answer := func(http.ResponseWriter, *http.Request) {
		if !continued {
			continued = true
			r.publish("continuation")
		}
	}
	inBubble(t, qstashsim.Options{Parallelism: 1}, answer, func(t *testing.T, in *rig) {
		r = in
		r.Misbehave(qstashsim.Faults{Twice: true})
		r.publish("first")
		r.wait()
		if diff := cmp.Diff([]string{"first", "continuation", "first", "continuation"}, r.bodies()); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
	})
}

// The outcome of a duplicate decides nothing.
func TestFaults_TwiceFailing(t *testing.T) {
	var deliveries atomic.Int32
	answer := func(w http.ResponseWriter, _ *http.Request) {
		if deliveries.Add(1) > 1 {
			w.WriteHeader(500)
		}
	}
	inBubble(t, qstashsim.Options{}, answer, func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{Twice: true})
		id := r.publish("{}")
		r.wait()
		if got := r.message(id); got.State != qstashsim.Delivered || len(got.Attempts) != 2 {
			t.Errorf("got %s after %d attempts, want DELIVERED after 2", got.State, len(got.Attempts))
		}
	})
}

func TestFaults_Concurrently(t *testing.T) {
	var now, most atomic.Int32
	answer := func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Second) // of the bubble's clock: both are here before one leaves
		now.Add(-1)
	}
	inBubble(t, qstashsim.Options{Parallelism: 1}, answer, func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{Concurrently: true})
		id := r.publish("{}")
		r.wait()
		if most.Load() != 2 || len(r.message(id).Attempts) != 2 {
			t.Errorf("%d deliveries at a time, %d in all; want 2 and 2", most.Load(), len(r.message(id).Attempts))
		}
	})
}

func TestFaults_Reorder(t *testing.T) {
	inBubble(t, qstashsim.Options{Seed: 1, Parallelism: 1}, always(200), func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{Reorder: time.Minute})
		for i := range 20 {
			r.publish(strconv.Itoa(i))
		}
		r.wait()
		if got := r.bodies(); len(got) != 20 || slices.IsSortedFunc(got, func(a, b string) int {
			x, _ := strconv.Atoi(a)
			y, _ := strconv.Atoi(b)
			return x - y
		}) {
			t.Errorf("delivered %v, want 20 out of order", got)
		}
	})
}

func TestFaults_ExtraDelay(t *testing.T) {
	inBubble(t, qstashsim.Options{}, failing(1, 503, "Retry-After", "5"), func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{ExtraDelay: time.Minute})
		r.publish("{}", "Upstash-Delay", "3s")
		r.wait()
		if diff := cmp.Diff([]time.Duration{63 * time.Second, 128 * time.Second}, r.times()); diff != "" {
			t.Errorf("attempts after (-want +got):\n%s", diff)
		}
	})
}

func TestFaults_Lose(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{Lose: 1})
		lost := r.publish("lost")
		r.publish("found")
		r.wait()
		if got := r.message(lost); got.State != qstashsim.Lost || len(got.Attempts) != 0 {
			t.Errorf("got %s after %d attempts, want LOST after none", got.State, len(got.Attempts))
		}
		if diff := cmp.Diff([]string{"found"}, r.bodies()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
	})
}

func TestFaults_FailPublishes(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		publish := func() *httptest.ResponseRecorder { return r.call("POST", "/v2/publish/"+destination, "{}") }
		r.Misbehave(qstashsim.Faults{FailPublishes: 2})
		for range 2 {
			if w := publish(); w.Code != 500 || decode(t, w)["error"] == "" {
				t.Errorf("got %d %s, want 500 with an error", w.Code, w.Body)
			}
		}
		r.Misbehave(qstashsim.Faults{FailPublishes: 1, FailStatus: 429})
		if w := publish(); w.Code != 429 || w.Header().Get("RateLimit-Remaining") != "0" {
			t.Errorf("got %d with headers %v, want 429 with the daily quota's", w.Code, w.Header())
		}
		if got := len(r.Messages()); got != 0 {
			t.Errorf("%d messages accepted by failing publishes", got)
		}
		if w := publish(); w.Code != http.StatusCreated {
			t.Errorf("then: got %d %s, want 201", w.Code, w.Body)
		}
	})
}

func TestFaults_Only(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		r.Misbehave(qstashsim.Faults{
			Only: func(m qstashsim.Message) bool { return string(m.Body) == "victim" },
			Lose: 5, FailPublishes: 1, ExtraDelay: time.Minute, Twice: true,
		})
		if w := r.call("POST", "/v2/publish/"+destination, "victim"); w.Code != 500 {
			t.Errorf("publish of the victim: got %d, want 500", w.Code)
		}
		r.publish("bystander")
		r.publish("victim")
		r.wait()
		if diff := cmp.Diff([]string{"bystander"}, r.bodies()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{0}, r.times()); diff != "" {
			t.Errorf("delivered after (-want +got):\n%s", diff)
		}
	})
}

// A message published before a rotation is signed with the key that is current when it is delivered.
func TestRotation(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
		verify := func(a arrival, current, next string) error {
			return qstash.NewReceiver(current, next).Verify(qstash.VerifyOptions{
				Signature: a.header.Get("Upstash-Signature"), Url: destination, Body: a.body,
			})
		}
		current, next := r.Keys()
		r.publish("before")
		synctest.Wait()
		r.publish("after one", "Upstash-Delay", "10s")
		r.publish("after two", "Upstash-Delay", "20s")
		r.RotateKeys()
		time.Sleep(15 * time.Second)
		r.RotateKeys()
		r.wait()
		for i, ok := range []bool{true, true, false} {
			if err := verify(r.seen()[i], current, next); (err == nil) != ok {
				t.Errorf("%q with the keys of the deployment: got %v, want success %v", r.seen()[i].body, err, ok)
			}
		}
		if err := verify(r.seen()[1], current, "x"); err == nil {
			t.Error("after one rotation the old current key still signs")
		}
	})
}
