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
	return &watcher{client: c, show: func(stage, detail string) { *shown = append(*shown, stage+" "+detail) }}, shown
}

const (
	queued  = `{"job":{"id":"msg_1","state":"queued"},"jobs":[]}`
	behind  = `{"job":{"id":"msg_1","state":"queued"},"jobs":[{"state":"queued"},{"state":"running","stalled":true}]}`
	fetches = `{"job":{"state":"running","phase":"fetch","slices":2,"progress":{"discovered":9,"pending":4,"failed":1},
		"metrics":{"notionRequests":1}},"jobs":[]}`
	done = `{"job":{"id":"msg_1","state":"done"},"jobs":[]}`
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

func TestWatcher_describe(t *testing.T) {
	t.Parallel()
	waits := &job{State: stateQueued}
	for _, row := range []struct {
		name    string
		outside bool
		elapsed time.Duration
		want    string
	}{
		{"at first", true, time.Second, "queued 1.0 s"},
		{"for long, QStash being real", true, time.Minute, "does the public address lead here?"},
		{"for long", false, time.Minute, "behind an earlier job"},
	} {
		w := watcher{outside: row.outside}
		if stage, detail := w.describe(waits, row.elapsed); !strings.Contains(stage+" "+detail, row.want) {
			t.Errorf("%s: describe = %s %s, want %q", row.name, stage, detail, row.want)
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
