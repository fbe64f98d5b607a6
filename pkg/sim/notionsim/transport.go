package notionsim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// ErrClosed is what a request through [Server.Transport] fails with when the server closes the connection.
var ErrClosed = errors.New("notionsim: connection closed by the server")

// Transport reaches the server without a network, whatever host the URL names. It works inside testing/synctest: a
// request waits on nothing but the clock and channels.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip implements [http.RoundTripper]. The body of the answer is streamed; closing it early is safe.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	reader, writer := io.Pipe()
	out := &pipeWriter{header: http.Header{}, body: writer, started: make(chan struct{})}
	giveUp := context.AfterFunc(r.Context(), func() { _ = writer.CloseWithError(r.Context().Err()) })
	go func() {
		defer in.Body.Close()
		defer giveUp()
		defer out.finish(r.Context())
		t.server.ServeHTTP(out, in)
	}()
	select {
	case <-r.Context().Done():
		_ = reader.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	case <-out.started:
	}
	if out.status == 0 {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return nil, ErrClosed
	}
	return &http.Response{
		Status: http.StatusText(out.status), StatusCode: out.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: out.sent, Body: reader, ContentLength: -1, Request: r,
	}, nil
}

// pipeWriter is a ResponseWriter whose body goes through a pipe.
type pipeWriter struct {
	header, sent http.Header
	status       int
	body         *io.PipeWriter
	started      chan struct{}
	once         sync.Once
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	})
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Flush implements [http.Flusher]: what is written is read already.
func (w *pipeWriter) Flush() {}

// finish ends the answer. A handler that aborted, or that the client did not wait for, leaves the body or the whole
// answer broken off.
func (w *pipeWriter) finish(ctx context.Context) {
	switch p := recover(); p {
	case nil:
		if w.status == 0 {
			w.once.Do(func() { close(w.started) })
		}
		_ = w.body.CloseWithError(ctx.Err())
	case http.ErrAbortHandler:
		w.once.Do(func() { close(w.started) })
		_ = w.body.CloseWithError(io.ErrUnexpectedEOF)
	default:
		panic(p)
	}
}
