package qstashsim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/sim/qstashsim"
)

// The documented delays: 12 s, 2 m 28 s, 30 m 8 s, 6 h 7 m, 24 h.
func TestRetry_DefaultSchedule(t *testing.T) {
	inBubble(t, qstashsim.Options{}, always(500), func(t *testing.T, r *rig) {
		r.publish("{}", "Upstash-Retries", "5")
		r.wait()
		var want []time.Duration
		var at time.Duration
		for _, delay := range []string{"0s", "12.182s", "148.413s", "1808.042s", "22026.466s", "24h"} {
			d, err := time.ParseDuration(delay)
			if err != nil {
				t.Fatal(err)
			}
			at += d
			want = append(want, at.Round(time.Second))
		}
		if diff := cmp.Diff(want, r.times()); diff != "" {
			t.Errorf("attempts after (-want +got):\n%s", diff)
		}
	})
}

func TestRetry_Wait(t *testing.T) {
	t.Parallel()
	second := time.Second
	tests := []struct {
		name    string
		opts    qstashsim.Options
		answer  []string // headers of the 503
		publish []string // headers of the message
		want    time.Duration
	}{
		{"retry-after in seconds", qstashsim.Options{}, []string{"Retry-After", "40"}, nil, 40 * second},
		{"retry-after zero", qstashsim.Options{}, []string{"Retry-After", "0"}, nil, 0},
		{"retry-after as a duration", qstashsim.Options{}, []string{"Retry-After", "6m5s"}, nil, 365 * second},
		{"retry-after as a date", qstashsim.Options{}, []string{"Retry-After", "Sat, 01 Jan 2000 00:01:30 GMT"}, nil,
			90 * second},
		{"retry-after in the past", qstashsim.Options{}, []string{"Retry-After", "Fri, 31 Dec 1999 00:00:00 GMT"}, nil, 0},
		{"retry-after of a day", qstashsim.Options{}, []string{"Retry-After", "86400"}, nil, 24 * time.Hour},
		{"retry-after above a day is ignored", qstashsim.Options{}, []string{"Retry-After", "86401"}, nil, 12 * second},
		{"retry-after that makes no sense", qstashsim.Options{}, []string{"Retry-After", "soon"}, nil, 12 * second},
		{"negative retry-after", qstashsim.Options{}, []string{"Retry-After", "-5"}, nil, 12 * second},
		{"x-ratelimit-reset", qstashsim.Options{}, []string{"X-RateLimit-Reset", "7"}, nil, 7 * second},
		{"x-ratelimit-reset as unix time is above a day", qstashsim.Options{},
			[]string{"X-RateLimit-Reset", "946684830"}, nil, 12 * second},
		{"x-ratelimit-reset-requests", qstashsim.Options{}, []string{"X-RateLimit-Reset-Requests", "8s"}, nil, 8 * second},
		{"x-ratelimit-reset-tokens", qstashsim.Options{}, []string{"X-RateLimit-Reset-Tokens", "9"}, nil, 9 * second},
		{"retry-delay of the message", qstashsim.Options{}, nil, []string{"Upstash-Retry-Delay", "3000"}, 3 * second},
		{"retry-delay as an expression", qstashsim.Options{}, nil,
			[]string{"Upstash-Retry-Delay", "max(pow(2, retried), 5) * (1000 + -1000 + sqrt(1000000))"}, 5 * second},
		{"retry-after goes before retry-delay", qstashsim.Options{}, []string{"Retry-After", "4"},
			[]string{"Upstash-Retry-Delay", "3000"}, 4 * second},
		{"another default", qstashsim.Options{RetryDelay: func(retried int) time.Duration {
			return time.Duration(retried+20) * second
		}}, nil, nil, 20 * second},
		{"scaled", qstashsim.Options{DelayScale: 2}, []string{"Retry-After", "40"}, nil, 80 * second},
		{"bounded after scaling", qstashsim.Options{DelayScale: 2, MaxWait: 50 * second},
			[]string{"Retry-After", "40"}, nil, 50 * second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, tt.opts, failing(1, 503, tt.answer...), func(t *testing.T, r *rig) {
				r.publish("{}", tt.publish...)
				r.wait()
				if diff := cmp.Diff([]time.Duration{0, tt.want}, r.times()); diff != "" {
					t.Errorf("attempts after (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		headers []string
		want    time.Duration
	}{
		{"none", nil, 0},
		{"seconds", []string{"Upstash-Delay", "50s"}, 50 * time.Second},
		{"chained", []string{"Upstash-Delay", "1d10h30m"}, 34*time.Hour + 30*time.Minute},
		{"longest", []string{"Upstash-Delay", "604800s"}, 7 * 24 * time.Hour},
		{"not before, in unix seconds", []string{"Upstash-Not-Before", "946684830"}, 30 * time.Second},
		{"not before the past", []string{"Upstash-Not-Before", "1"}, 0},
		{"not before wins", []string{"Upstash-Not-Before", "946684830", "Upstash-Delay", "50s"}, 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, qstashsim.Options{}, always(200), func(t *testing.T, r *rig) {
				r.publish("{}", tt.headers...)
				r.wait()
				if diff := cmp.Diff([]time.Duration{tt.want}, r.times()); diff != "" {
					t.Errorf("delivered after (-want +got):\n%s", diff)
				}
			})
		})
	}
}
