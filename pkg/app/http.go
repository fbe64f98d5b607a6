package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Answer is what a route has to say.
type Answer struct {
	Status int         // 0 means 200
	Body   any         // marshals to a JSON object without "ok", which is put in front by the status; nil: nothing else
	Header http.Header // further headers; nil: none
	Log    []slog.Attr // what the request's line in the log says beside, also of an answer that an error takes the place of
}

// Route is one route as an http.Handler. It answers methods it does not know with 405, errors as [ErrorFor] says, and
// panics as errors; it writes one line to the log for each request.
//
// The answer is written once and at the end, with its status and content type: on Vercel's Go bridge the last of
// several statuses wins and no content type is guessed, so what was written before an error would be mixed with it.
type Route struct {
	Methods []string // those it knows; HEAD goes with GET
	Handle  func(ctx context.Context, r *http.Request) (Answer, error)
	Log     *slog.Logger // nil: slog.Default()

	// Errors gives errors an answer that this route alone has for them; nil from it, or for it, means [ErrorFor].
	Errors func(error) *Error
}

// ServeHTTP implements http.Handler.
func (rt Route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	out, err := rt.reply(r)
	rt.log(r, out, time.Since(began), err)

	header := w.Header()
	for name, values := range out.header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(out.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.body) // who has gone away need not be told
	}
}

// reply is an answer ready to be sent.
type reply struct {
	status int
	header http.Header
	body   []byte
	line   []slog.Attr // for the log
}

// reply runs the route and returns what to send, and for the log the error behind it.
func (rt Route) reply(r *http.Request) (reply, error) {
	out, err := rt.run(r)
	if err != nil {
		line := out.line
		out, _ = encode(rt.errorFor(err).answer())
		out.line = line
	}
	return out, err
}

// run is Handle behind the check of the method, with a panic for an error.
func (rt Route) run(r *http.Request) (out reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if !slices.Contains(rt.Methods, method) {
		return reply{}, &Error{
			Status: http.StatusMethodNotAllowed,
			Text:   "Method not allowed",
			Header: http.Header{"Allow": {strings.Join(rt.Methods, ", ")}},
		}
	}
	// As on Vercel, where a request's context never ends: who hangs up has still asked for what is under way.
	answer, err := rt.Handle(context.WithoutCancel(r.Context()), r)
	if err != nil {
		return reply{line: answer.Log}, err
	}
	return encode(answer)
}

func (rt Route) errorFor(err error) *Error {
	if rt.Errors != nil {
		if own := rt.Errors(err); own != nil {
			return own
		}
	}
	return ErrorFor(err)
}

// log writes the request's line. The query is left out: it may hold the secret.
func (rt Route) log(r *http.Request, out reply, took time.Duration, err error) {
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", out.status),
		slog.Int64("duration_ms", took.Milliseconds()),
	}
	attrs = append(attrs, out.line...)
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", err.Error()))
		attrs = append(attrs, details(err)...)
	}
	if out.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	cmp.Or(rt.Log, slog.Default()).LogAttrs(r.Context(), level, "request", attrs...)
}

// details is what the log says of an error beside its text.
func details(err error) []slog.Attr {
	var attrs []slog.Attr
	if config := (*ConfigError)(nil); errors.As(err, &config) {
		attrs = append(attrs, slog.String("details", config.Details()))
	}
	if panicked := (*panicError)(nil); errors.As(err, &panicked) {
		attrs = append(attrs, slog.String("stack", string(panicked.stack)))
	}
	return attrs
}

// encode makes the JSON of an answer: the fields of its body after "ok".
func encode(a Answer) (reply, error) {
	status := cmp.Or(a.Status, http.StatusOK)
	var fields bytes.Buffer
	fields.WriteString("{}")
	if a.Body != nil {
		fields.Reset()
		e := json.NewEncoder(&fields)
		e.SetEscapeHTML(false) // NOTION_<NAME>_DB is meant to be read
		if err := e.Encode(a.Body); err != nil {
			return reply{}, fmt.Errorf("app: encode answer: %w", err)
		}
	}
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(fields.Bytes()), []byte("{"))
	if !isObject {
		return reply{}, fmt.Errorf("app: encode answer: %T is no JSON object", a.Body)
	}
	body := fmt.Appendf(nil, `{"ok":%t`, status < http.StatusBadRequest)
	if len(rest) > 1 {
		body = append(body, ',')
	}
	body = append(body, rest...)
	return reply{status: status, header: a.Header, body: append(body, '\n'), line: a.Log}, nil
}

// panicError is a panic on its way to the log.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
