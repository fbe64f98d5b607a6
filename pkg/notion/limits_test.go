package notion_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

func TestLimits_obeysRetryAfter(t *testing.T) {
	t.Parallel()
	limited := fail(429, "rate_limited", "Slow down.")
	tests := []struct {
		name   string
		answer answer
		date   time.Duration // from now, in the Retry-After header; 0: none
		pause  time.Duration
		reason string // of the Wait that comes back; empty: the pause is slept
		told   bool   // to the Window
	}{
		{"seconds", limited.with("Retry-After", "2"), 0, 2 * time.Second, "", true},
		{"the longest that is slept", limited.with("Retry-After", "3"), 0, 3 * time.Second, "", true},
		{"the shortest that is not", limited.with("Retry-After", "4"), 0, 4 * time.Second, "Slow down", true},
		{"a date", limited, 2 * time.Second, 2 * time.Second, "", true},
		{"a date over already", limited, -time.Hour, time.Second, "", true},
		{"a date too far", fail(529, "service_overload", "x"), 2 * time.Minute, 2 * time.Minute, "service_overload", true},
		{"in the body", answer{status: 429, body: `{"code":"rate_limited","additional_data":{"retry_after":"45"}}`}, 0,
			45 * time.Second, "rate_limited", true},
		{"absurd", limited.with("Retry-After", "999999999"), 0, time.Hour, "429", true},
		{"garbled", limited.with("Retry-After", "soon"), 0, time.Second, "", true},
		{"a 503's", fail(503, "service_unavailable", "x").with("Retry-After", "30"), 0, 30 * time.Second, "503", false},
		{"the edge's block", answer{status: 403, body: "<h1>Sorry</h1>"}.with("Cf-Ray", "8f"), 0, 30 * time.Second,
			"403: Sorry", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, pauses := new(window), new(sleeps)
				sent := 0
				c := connect(t, "http://notion.invalid", func(o *notion.Options) {
					o.Window, o.Sleep = w, pauses.sleep
					o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
						if sent++; sent > 1 {
							return respond(req, 200, emptyList), nil
						}
						resp := respond(req, tt.answer.status, tt.answer.body)
						for key, value := range tt.answer.header {
							resp.Header.Set(key, value)
						}
						if tt.date != 0 {
							at := time.Now().Truncate(time.Second).Add(tt.date)
							resp.Header.Set("Retry-After", at.UTC().Format(http.TimeFormat))
						}
						return resp, nil
					})
				})
				_, err := c.Children(t.Context(), id1, "")
				got := pauses.each
				if wait, ok := errors.AsType[*model.Wait](err); ok {
					got = append(got, wait.After) // instead of sleeping, not after it
					if tt.reason == "" || !strings.Contains(wait.Reason, tt.reason) {
						t.Errorf("Children(): Wait with reason %q, want %q", wait.Reason, tt.reason)
					}
				} else if err != nil || tt.reason != "" {
					t.Fatalf("Children(): error %v, want a Wait: %t", err, tt.reason != "")
				}
				// Dates have whole seconds; a few milliseconds went into asking the Window.
				if len(got) != 1 || tt.pause-got[0] > 5*time.Millisecond || got[0] > tt.pause {
					t.Fatalf("Children(): waits %v, want one of %s", got, tt.pause)
				}
				if told := slices.Equal(w.blocks, got); told != tt.told {
					t.Errorf("Children(): Window.Block got %v, want the pause told: %t", w.blocks, tt.told)
				}
			})
		})
	}
}

func TestLimits_limitedToTheEndIsAWait(t *testing.T) {
	t.Parallel()
	srv := serve(t, fail(429, "rate_limited", "Slow down.").with("Retry-After", "1"))
	err := calls["Page"](t.Context(), connect(t, srv.URL), id1)
	if wait, ok := errors.AsType[*model.Wait](err); !ok || wait.After != time.Second {
		t.Errorf("Page() answered 429 for ever: error %v, want a Wait of 1s", err)
	}
	if n := len(srv.seen()); n != 4 {
		t.Errorf("Page() answered 429 for ever: %d requests, want 4", n)
	}
}

func TestLimits_neverWhenBlocked(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{status: 429, body: `{"code":"rate_limited","message":"Blocked.",` +
		`"additional_data":{"rate_limit_reason":"public_api_request_blocked"}}`}.with("Retry-After", "1"))
	w := new(window)
	err := calls["Page"](t.Context(), connect(t, srv.URL, func(o *notion.Options) { o.Window = w }), id1)
	if !errors.Is(err, model.ErrRefused) || !strings.Contains(err.Error(), "public_api_request_blocked") {
		t.Errorf("Page() blocked: error %v, want ErrRefused with the reason", err)
	}
	if n := len(srv.seen()); n != 1 || len(w.blocks) != 0 {
		t.Errorf("Page() blocked: %d requests and %d blocks, want 1 and 0", n, len(w.blocks))
	}
}

func TestLimits_windowThatCannotBeTold(t *testing.T) {
	t.Parallel()
	srv := serve(t, fail(429, "rate_limited", "x").with("Retry-After", "1"), answer{body: emptyList})
	w := &window{block: func(time.Duration) error { return errors.New("redis is down") }}
	var log bytes.Buffer
	c := connect(t, srv.URL, func(o *notion.Options) {
		o.Window = w
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if err := calls["Children"](t.Context(), c, id1); err != nil {
		t.Errorf("Children() with a Window that fails to block: %v, want it to go on", err)
	}
	for _, want := range []string{"level=WARN", "redis is down", "level=DEBUG", "kind=children attempt=1 status=429"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("Children(): log is\n%s, want it to hold %q", &log, want)
		}
	}
	if strings.Contains(log.String(), token) {
		t.Errorf("Children(): log holds the token:\n%s", &log)
	}
}
