package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vercel/go-bridge/go/bridge"

	"notionsync/pkg/app"
)

// handle is the function of a route.
type handle = func(context.Context, *http.Request) (app.Answer, error)

// gives is a handle that always answers the same.
func gives(a app.Answer, err error) handle {
	return func(context.Context, *http.Request) (app.Answer, error) { return a, err }
}

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("panicked with secret-0123") }

func TestRoute_answers(t *testing.T) {
	t.Parallel()
	type body struct {
		JobID string `json:"jobId"`
	}
	const internal = `{"ok":false,"error":"Internal error"}`
	for _, row := range []struct {
		name   string
		handle handle
		status int
		body   string
	}{
		{"nothing to say", gives(app.Answer{}, nil), 200, `{"ok":true}`},
		{"a struct", gives(app.Answer{Body: body{"msg_1"}}, nil), 200, `{"ok":true,"jobId":"msg_1"}`},
		{"an empty struct", gives(app.Answer{Body: struct{}{}}, nil), 200, `{"ok":true}`},
		{"a map", gives(app.Answer{Body: map[string]any{"job": nil}}, nil), 200, `{"ok":true,"job":null}`},
		{"accepted", gives(app.Answer{Status: 202, Body: body{"a"}}, nil), 202, `{"ok":true,"jobId":"a"}`},
		{"checks that fail", gives(app.Answer{Status: 503, Body: body{"a"}}, nil), 503, `{"ok":false,"jobId":"a"}`},
		{"angle brackets are legible", gives(app.Answer{Body: body{"NOTION_<NAME>_DB & more"}}, nil), 200,
			`{"ok":true,"jobId":"NOTION_<NAME>_DB & more"}`},
		{"a body that is no object", gives(app.Answer{Body: []int{1}}, nil), 500, internal},
		{"a body that is nil", gives(app.Answer{Body: (*body)(nil)}, nil), 500, internal},
		{"a body that can't be marshalled", gives(app.Answer{Body: map[string]any{"f": func() {}}}, nil), 500, internal},
		{"a body that panics", gives(app.Answer{Body: map[string]any{"f": panics{}}}, nil), 500, internal},

		{"any error", gives(app.Answer{}, errors.New("dial tcp: secret-0123")), 500, internal},
		{"an error beside an answer", gives(app.Answer{Status: 200, Body: body{"a"}}, errors.New("x")), 500, internal},
		{"an error with an answer of its own", gives(app.Answer{}, &app.Error{Status: 404, Text: "Unknown job"}), 404,
			`{"ok":false,"error":"Unknown job"}`},
		{"the same, wrapped", gives(app.Answer{}, fmt.Errorf("status: %w", &app.Error{
			Status: 503, Text: "Redis unreachable", Details: "connection refused", Err: errors.New("secret-0123"),
		})), 503, `{"ok":false,"error":"Redis unreachable","details":"connection refused"}`},
		{"unauthorized", gives(app.Answer{}, fmt.Errorf("%w: secret-0123", app.ErrUnauthorized)), 401,
			`{"ok":false,"error":"Unauthorized"}`},
		{"bad signature", gives(app.Answer{}, fmt.Errorf("%w: secret-0123", app.ErrSignature)), 401,
			`{"ok":false,"error":"Failed to verify signature"}`},
		{"invalid request", gives(app.Answer{}, app.InvalidRequest("force is %q", "maybe")), 400,
			`{"ok":false,"error":"Invalid request","details":"force is \"maybe\""}`},
		{"missing configuration", gives(app.Answer{}, app.Load(nil).Check(app.NeedAuth)), 500,
			`{"ok":false,"error":"Missing CRON_SECRET","details":"CRON_SECRET is not set: ` +
				`set a random text in ASCII, such as openssl rand -hex 32 prints"}`},
		{"a panic", func(context.Context, *http.Request) (app.Answer, error) { panic("secret-0123") }, 500, internal},
		{"a panic with an error", func(context.Context, *http.Request) (app.Answer, error) {
			panic(&app.Error{Status: 200, Text: "secret-0123"})
		}, 500, internal},
		{"an aborted handler", func(context.Context, *http.Request) (app.Answer, error) {
			panic(http.ErrAbortHandler)
		}, 500, internal},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			route := app.Route{Methods: []string{"GET"}, Handle: row.handle, Log: slog.New(slog.DiscardHandler)}
			route.ServeHTTP(w, httptest.NewRequest("GET", "/api/sync", nil))
			if w.Code != row.status || strings.TrimSuffix(w.Body.String(), "\n") != row.body {
				t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, row.status, row.body)
			}
			for name, want := range map[string]string{
				"Content-Type":           "application/json; charset=utf-8",
				"Cache-Control":          "no-store",
				"X-Content-Type-Options": "nosniff",
			} {
				if got := w.Header()[name]; !slices.Equal(got, []string{want}) {
					t.Errorf("header %s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestRoute_headers(t *testing.T) {
	t.Parallel()
	serve := func(h handle) http.Header {
		w := httptest.NewRecorder()
		app.Route{Methods: []string{"GET"}, Handle: h, Log: slog.New(slog.DiscardHandler)}.
			ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Header()
	}
	extra := http.Header{"retry-after": {"7"}, "Cache-Control": {"public"}, "Content-Type": {"text/html"}}
	for name, h := range map[string]handle{
		"answer": gives(app.Answer{Header: extra}, nil),
		"error":  gives(app.Answer{}, &app.Error{Status: 503, Text: "Busy", Header: extra}),
	} {
		got := serve(h)
		if got.Get("Retry-After") != "7" || got.Get("Cache-Control") != "no-store" ||
			got.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s: headers = %v, want Retry-After added and the fixed ones unchanged", name, got)
		}
	}
	if len(extra) != 3 || extra.Get("Cache-Control") != "public" {
		t.Errorf("the route's own header was changed: %v", extra)
	}
}

func TestRoute_methods(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		methods []string
		method  string
		status  int
		allow   string
	}{
		{[]string{"GET", "POST"}, "GET", 200, ""},
		{[]string{"GET", "POST"}, "POST", 200, ""},
		{[]string{"GET", "POST"}, "HEAD", 200, ""},
		{[]string{"GET", "POST"}, "PUT", 405, "GET, POST"},
		{[]string{"GET", "POST"}, "OPTIONS", 405, "GET, POST"},
		{[]string{"GET", "POST"}, "get", 405, "GET, POST"},
		{[]string{"POST"}, "GET", 405, "POST"},
		{[]string{"POST"}, "HEAD", 405, "POST"},
		{[]string{"GET"}, "POST", 405, "GET"},
	} {
		t.Run(row.method+" of "+strings.Join(row.methods, ","), func(t *testing.T) {
			t.Parallel()
			called := false
			route := app.Route{Methods: row.methods, Log: slog.New(slog.DiscardHandler),
				Handle: func(context.Context, *http.Request) (app.Answer, error) {
					called = true
					return app.Answer{}, nil
				}}
			w := httptest.NewRecorder()
			route.ServeHTTP(w, httptest.NewRequest(row.method, "/api/sync", nil))
			want := `{"ok":true}` + "\n"
			if row.status == 405 {
				want = `{"ok":false,"error":"Method not allowed"}` + "\n"
			}
			if row.method == "HEAD" {
				want = ""
			}
			if w.Code != row.status || w.Header().Get("Allow") != row.allow || w.Body.String() != want {
				t.Errorf("answer = %d, Allow %q, %q, want %d, %q, %q",
					w.Code, w.Header().Get("Allow"), w.Body, row.status, row.allow, want)
			}
			if called != (row.status == 200) {
				t.Errorf("handler called: %t, want %t", called, row.status == 200)
			}
		})
	}
}

func TestRoute_errorsOfItsOwn(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	route := app.Route{
		Methods: []string{"POST"},
		Log:     slog.New(slog.DiscardHandler),
		Errors: func(err error) *app.Error {
			if errors.Is(err, gone) {
				return &app.Error{Status: 489, Text: "Gone", Header: http.Header{"Upstash-Nonretryable-Error": {"true"}}}
			}
			return nil
		},
	}
	for _, row := range []struct {
		err    error
		status int
		header string
	}{
		{fmt.Errorf("worker: %w", gone), 489, "true"},
		{app.ErrSignature, 401, ""},
	} {
		route.Handle = gives(app.Answer{}, row.err)
		w := httptest.NewRecorder()
		route.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
		if got := w.Header().Get("Upstash-NonRetryable-Error"); w.Code != row.status || got != row.header {
			t.Errorf("answer to %v = %d, header %q, want %d, %q", row.err, w.Code, got, row.status, row.header)
		}
	}
}

func TestRoute_log(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		handle handle
		want   []string
	}{
		{"success", gives(app.Answer{}, nil),
			[]string{"level=INFO", "method=GET", "path=/api/sync", "status=200", "duration_ms="}},
		{"the caller's fault", gives(app.Answer{}, app.ErrUnauthorized),
			[]string{"level=WARN", "status=401", "secret wrong"}},
		{"our fault", gives(app.Answer{}, errors.New("disk full")),
			[]string{"level=ERROR", "status=500", `error="disk full"`}},
		{"the reason behind an answer", gives(app.Answer{}, &app.Error{Status: 502, Err: errors.New("refused")}),
			[]string{"level=ERROR", "status=502", "refused"}},
		{"configuration", gives(app.Answer{}, app.Load([]string{"SYNC_BUDGET=1"}).Check(app.NeedSync, app.NeedAuth)),
			[]string{"level=ERROR", "Missing CRON_SECRET", "SYNC_BUDGET cannot be read"}},
		{"a panic", func(context.Context, *http.Request) (app.Answer, error) { panic("boom") },
			[]string{"level=ERROR", "panic: boom", "http_test.go"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, nil))
			route := app.Route{Methods: []string{"GET"}, Handle: row.handle, Log: logger}
			route.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/sync?secret=0123456789", nil))
			for _, want := range row.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("log = %s, want %q in it", &log, want)
				}
			}
			if strings.Contains(log.String(), "0123456789") || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("log = %s, want one line without the query", &log)
			}
		})
	}
}

func TestNewLogger(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	app.NewLogger(&log, app.Load([]string{"VERCEL=1"})).Info("hello")
	if !strings.HasPrefix(log.String(), "{") {
		t.Errorf("on Vercel the log is %q, want JSON", log.String())
	}
	if got := app.NewLogger(&log, app.Load([]string{"VERCEL="})); got != slog.Default() {
		t.Errorf("elsewhere NewLogger = %v, want the program's default", got)
	}
}

// TestRoute_onVercel serves requests through the bridge that Vercel puts in front of Go functions.
func TestRoute_onVercel(t *testing.T) {
	t.Parallel()
	c := app.Load([]string{"CRON_SECRET=top secret"})
	route := app.Route{
		Methods: []string{"GET", "POST"},
		Log:     slog.New(slog.DiscardHandler),
		Handle: func(_ context.Context, r *http.Request) (app.Answer, error) {
			if err := app.Authorize(c, r); err != nil {
				return app.Answer{}, err
			}
			if r.URL.Query().Has("panic") {
				panic("at the worst moment")
			}
			p, err := app.ParseParams(r)
			return app.Answer{Body: struct {
				Pages []string `json:"pages"`
			}{p.Pages}}, err
		},
	}
	authorized := map[string]bridge.ReqHeaderValues{"authorization": {"Bearer top secret"}}
	form := map[string]bridge.ReqHeaderValues{
		"authorization": {"Bearer top secret"}, "content-type": {formType}, "content-length": {"10"},
	}
	for _, row := range []struct {
		name   string
		req    bridge.Request
		status int
		body   string
	}{
		{"query", bridge.Request{Method: "GET", Path: "/api/sync?page=a&secret=" + url.QueryEscape("top secret")},
			200, `{"ok":true,"pages":["a"]}` + "\n"},
		{"form, base64", bridge.Request{Method: "POST", Path: "/api/sync?page=a", Headers: form, Encoding: "base64",
			Body: base64.StdEncoding.EncodeToString([]byte("page=b%2Fc"))}, 200, `{"ok":true,"pages":["a","b/c"]}` + "\n"},
		{"no body", bridge.Request{Method: "POST", Path: "/api/sync", Headers: authorized}, 200,
			`{"ok":true,"pages":null}` + "\n"},
		{"HEAD", bridge.Request{Method: "HEAD", Path: "/api/sync", Headers: authorized}, 200, ""},
		{"without secret", bridge.Request{Method: "GET", Path: "/api/sync"}, 401,
			`{"ok":false,"error":"Unauthorized"}` + "\n"},
		{"panic", bridge.Request{Method: "GET", Path: "/api/sync?panic", Headers: authorized},
			500, `{"ok":false,"error":"Internal error"}` + "\n"},
		{"method", bridge.Request{Method: "DELETE", Path: "/api/sync"}, 405,
			`{"ok":false,"error":"Method not allowed"}` + "\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			res, err := bridge.Serve(route, &row.req)
			if err != nil {
				t.Fatalf("Serve = %v", err)
			}
			body, err := base64.StdEncoding.DecodeString(res.Body)
			if err != nil || res.StatusCode != row.status || string(body) != row.body {
				t.Errorf("Serve = %d %s, %v, want %d %s", res.StatusCode, body, err, row.status, row.body)
			}
			if got := res.Headers["Content-Type"]; !slices.Equal(got, []string{"application/json; charset=utf-8"}) {
				t.Errorf("Content-Type = %q, want JSON, which the bridge does not guess", got)
			}
		})
	}
}
