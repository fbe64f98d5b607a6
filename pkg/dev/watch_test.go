package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script answers each request for the status with the next line, the last one again and again.
type script struct {
	status   []string // JSON of an answer; "": the request fails
	triggers int
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	text := `{"ok":true,"jobId":"msg_1"}`
	if r.URL.Path == "/api/sync/trigger" {
		s.triggers++
	} else {
		text = s.status[0]
		if len(s.status) > 1 {
			s.status = s.status[1:]
		}
	}
	if text == "" {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func watching(s *script) (w *watcher, shown *[]string) {
	shown = new([]string)
	c := newClient(here, "secret")
	c.http.Transport = s
	return &watcher{
		client: c, show: func(stage, detail string) { *shown = append(*shown, stage+" "+detail) },
		say: func(format string, args ...any) { *shown = append(*shown, fmt.Sprintf(format, args...)) },
	}, shown
}

const (
	queued  = `{"job":{"id":"msg_1","state":"queued"},"jobs":[]}`
	behind  = `{"job":{"id":"msg_1","state":"queued"},"jobs":[{"state":"queued"},{"state":"running","stalled":true}]}`
	fetches = `{"job":{"state":"running","phase":"fetch","slices":2,"progress":{"discovered":9,"pending":4,"failed":1},
		"metrics":{"notionRequests":1}},"jobs":[]}`
	silent = `{"job":{"state":"running","phase":"fetch","warnings":["other","Notion does not answer (last: 500); the next try is at %d"]}}`
	done   = `{"job":{"id":"msg_1","state":"done"},"jobs":[]}`
)

func TestWatcher_sync(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		status   []string
		triggers int
		err      string
		shown    []string
	}{
		{"to the end", []string{queued, fetches, done}, 1, "",
			[]string{"queued 0.0 s", "fetch 5 of 9 pages, 1 failed, 1 request, 2 slices, 0.2 s"}},
		{"a few looks that fail", []string{"", "", "", "", "", fetches, "", done}, 1, "",
			[]string{"fetch 5 of 9 pages, 1 failed, 1 request, 2 slices, 1.0 s"}},
		{"Notion is silent", []string{fmt.Sprintf(silent, 1), fmt.Sprintf(silent, 2), done}, 1, "", []string{
			"  Warning: Notion does not answer (last: 500); the next try is at 1\n", "fetch 0 pages found, 0 requests, 0.0 s",
			"fetch 0 pages found, 0 requests, 0.2 s",
		}},
		{"looks that all fail", []string{""}, 1, "connection refused", nil},
		{"a stalled job is woken once", []string{behind, behind, done}, 2, "", []string{"queued 0.0 s", "queued 0.2 s"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{status: row.status}
				w, shown := watching(s)
				j, err := w.sync(t.Context())
				if row.err == "" && (err != nil || j.State != stateDone) ||
					row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
					t.Errorf("sync = %+v, %v, want error %q", j, err, row.err)
				}
				if got, want := fmt.Sprintf("%q", *shown), fmt.Sprintf("%q", row.shown); got != want {
					t.Errorf("shown = %s, want %s", got, want)
				}
				if s.triggers != row.triggers {
					t.Errorf("%d triggers, want %d", s.triggers, row.triggers)
				}
			})
		})
	}
}

// While a Redis says nothing, and so the trigger nothing, the terminal does; then it says what the route has found.
func TestWatcher_silence(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		takes  time.Duration
		answer string
		want   []string // in the error
	}{
		{"that ends", 30 * time.Second, `{"ok":false,"error":"Redis unreachable","details":"i/o timeout"}`,
			[]string{"Redis unreachable: i/o timeout", "correct REDIS_URL"}},
		{"without end", time.Hour, "", []string{"no answer within 1m15s", "-v"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, shown := watching(nil)
				w.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					if err := sleep(r.Context(), row.takes); err != nil {
						return nil, err
					}
					return &http.Response{StatusCode: 503, Body: io.NopCloser(strings.NewReader(row.answer))}, nil
				})
				_, err := w.sync(t.Context())
				for _, want := range row.want {
					if !errors.As(err, new(problem)) || !strings.Contains(err.Error(), want) {
						t.Errorf("sync = %v, want a problem with %q", err, want)
					}
				}
				const third = "trigger 3 s, Redis or QStash has not answered yet"
				if len(*shown) < 3 || (*shown)[2] != third {
					t.Errorf("shown = %.200q, want %q in the third second", *shown, third)
				}
			})
		})
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWatcher_describe(t *testing.T) {
	t.Parallel()
	waits, old := &job{State: stateQueued, Since: time.Now()}, &job{State: stateQueued, Since: time.Now().Add(-100 * time.Hour)}
	for _, row := range []struct {
		name    string
		job     *job
		unheard string
		elapsed time.Duration
		want    string
	}{
		{"at first", waits, "why?", time.Second, "queued 1.0 s"},
		{"for long, QStash being real", waits, "why?", time.Minute, "queued 60.0 s, QStash has not called yet: why?"},
		{"for long", waits, "", time.Minute, "queued 60.0 s, behind another job (woken if it stalls)"},
		{"one that waited already", old, "", time.Second, "queued 1.0 s, 100h0m0s in all"},
		{"one that waited already, for long", old, "", 999 * time.Second,
			"queued 999.0 s, 100h0m0s in all, behind another job (woken if it stalls)"},
	} {
		w := watcher{unheard: row.unheard}
		stage, detail := w.describe(row.job, row.elapsed)
		if stage+" "+detail != row.want || len(fmt.Sprintf("%-9s %s", stage, detail)) > lineWidth {
			t.Errorf("%s: describe = %s %s, want %q, and that it fits into a line", row.name, stage, detail, row.want)
		}
	}
	j := &job{State: "running", Phase: "discover"}
	j.Progress.Discovered, j.Progress.Pending = 1, 1
	if _, detail := new(watcher).describe(j, 0); !strings.HasPrefix(detail, "1 page found, 0 requests") {
		t.Errorf("describe = %s, want how many pages were found", detail)
	}
}

func TestJob_failure(t *testing.T) {
	t.Parallel()
	reason := "no collection could be listed"
	failed, partly := &job{State: stateFailed, Error: &reason}, &job{State: stateDone}
	partly.Progress.Failed = 2
	for _, row := range []struct {
		job  *job
		want string
	}{
		{failed, "the sync failed: " + reason},
		{partly, "2 pages could not be synced"},
	} {
		if err := row.job.failure(); !errors.As(err, new(problem)) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("failure of %+v = %v, want %q", row.job, err, row.want)
		}
	}
	if err := (&job{State: stateDone}).failure(); err != nil {
		t.Errorf("failure of a job that is done = %v", err)
	}
}
