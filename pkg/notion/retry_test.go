package notion_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

func TestRetry_untilAnswered(t *testing.T) {
	t.Parallel()
	limited := fail(429, "rate_limited", "You have been rate limited.")
	tests := map[string]answer{
		"429":               limited.with("Retry-After", "1"),
		"429, silent":       limited,
		"529":               fail(529, "service_overload", "Overloaded.").with("Retry-After", "1"),
		"409":               fail(409, "conflict_error", "Conflict."),
		"408":               {status: 408},
		"500":               fail(500, "internal_server_error", "Oops."),
		"502 in HTML":       {status: 502, body: "<html><title>502 Bad Gateway</title></html>"},
		"400 in HTML":       {status: 400, body: "<html><title>400 Bad Request</title></html>"},
		"404, empty":        {status: 404},
		"503":               fail(503, "service_unavailable", "Timeout."),
		"504, empty":        {status: 504},
		"200 in HTML":       {body: "<html>checking your browser</html>"},
		"200, cut off":      {body: `{"object":"list","results":[{"object":"pa`},
		"no answer":         {hangUp: true},
		"half of an answer": answer{body: `{"object":"list"`}.with("Content-Length", "900"),
	}
	for name, failure := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, failure, failure, failure, answer{body: emptyList})
			var sent int
			w := new(window)
			c := connect(t, srv.URL, func(o *notion.Options) {
				o.Window = w
				o.OnRequest = func(string) { sent++ }
			})
			if err := calls["Children"](t.Context(), c, id1); err != nil {
				t.Fatalf("Children(): %v, want the fourth attempt's answer", err)
			}
			if sent != 4 || len(w.takes) != 4 {
				t.Errorf("Children(): %d OnRequest and %d Take, want 4 each", sent, len(w.takes))
			}
		})
	}
}

func TestRetry_sendsTheBodyAgain(t *testing.T) {
	t.Parallel()
	srv := serve(t,
		fail(429, "rate_limited", "Slow down.").with("Retry-After", "1"),
		fail(500, "internal_server_error", "Oops."),
		answer{hangUp: true},
		answer{body: emptyList})
	q := rowsOf(id1)
	q.Filter = []byte(`{"property":"Public","checkbox":{"equals":false}}`)
	if _, err := connect(t, srv.URL).Rows(t.Context(), q); err != nil {
		t.Fatalf("Rows(): %v", err)
	}
	seen := srv.seen()
	if len(seen) != 4 {
		t.Fatalf("Rows(): %d requests, want 4", len(seen))
	}
	for i, r := range seen {
		if r.body != seen[0].body || !strings.Contains(r.body, `{"property":"Public","checkbox":{"equals":false}}`) {
			t.Errorf("attempt %d sent body %q, want that of the first with the filter", i+1, r.body)
		}
	}
}

// A query that is too much for Notion asks for fewer rows: at once after a 503, which says so, and after the second of the
// answers that may also mean a moment's trouble. The answer names the size with which to go on.
func TestRetry_asksForFewerRows(t *testing.T) {
	t.Parallel()
	timeout := fail(503, "service_unavailable", "Timeout.")
	html := func(status int) answer { return answer{status: status, body: "<title>nginx</title>"} }
	for name, tt := range map[string]struct {
		answers []answer
		sizes   []int
	}{
		"503":             {[]answer{timeout, timeout}, []int{100, 25, 6}},
		"502":             {[]answer{html(502)}, []int{100, 100}},
		"504, 504":        {[]answer{html(504), html(504)}, []int{100, 100, 25}},
		"500, 502, 503":   {[]answer{html(500), html(502), timeout}, []int{100, 100, 25, 6}},
		"503, 409, 502":   {[]answer{timeout, html(409), html(502)}, []int{100, 25, 25, 25}},
		"429, 504, 400":   {[]answer{html(429), html(504), html(400)}, []int{100, 100, 100, 100}},
		"nothing at all":  {nil, []int{100}},
		"no answer, 502s": {[]answer{{hangUp: true}, html(502), html(502)}, []int{100, 100, 100, 25}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, append(tt.answers, answer{body: emptyList})...)
			q := rowsOf(id1)
			q.Cursor = "c1"
			rows, err := connect(t, srv.URL).Rows(t.Context(), q)
			if err != nil {
				t.Fatalf("Rows(): %v", err)
			}
			for i, want := range tt.sizes {
				got := srv.seen()[i].body
				if !strings.Contains(got, fmt.Sprintf(`"page_size":%d`, want)) || !strings.Contains(got, `"start_cursor":"c1"`) {
					t.Errorf("attempt %d sent %s, want size %d and the cursor", i+1, got, want)
				}
			}
			if last := tt.sizes[len(tt.sizes)-1]; rows.Size != last%100 {
				t.Errorf("Rows() names the size %d after %v", rows.Size, tt.sizes)
			}
		})
	}
	srv := serve(t, answer{body: emptyList})
	q := rowsOf(id1)
	q.Size = 6
	if _, err := connect(t, srv.URL).Rows(t.Context(), q); err != nil || !strings.Contains(srv.seen()[0].body, `"page_size":6,`) &&
		!strings.Contains(srv.seen()[0].body, `"page_size":6}`) {
		t.Errorf("Rows() of size 6 sent %s, %v", srv.seen()[0].body, err)
	}
}

func TestRetry_givesUp(t *testing.T) {
	t.Parallel()
	srv := serve(t, fail(500, "internal_server_error", "Oops."))
	pauses := new(sleeps)
	err := calls["Page"](t.Context(), connect(t, srv.URL, func(o *notion.Options) { o.Sleep = pauses.sleep }), id1)
	e, ok := errors.AsType[*notion.Error](err)
	if !ok || e.Status != 500 || !strings.Contains(err.Error(), "after 4 attempts") {
		t.Errorf("Page() answered 500 for ever: error %v, want the 500 after 4 attempts", err)
	}
	if errors.Is(err, model.ErrRefused) || errors.Is(err, model.ErrNotFound) {
		t.Errorf("Page() answered 500 for ever: error %v is permanent, want one worth a retry", err)
	}
	if n := len(srv.seen()); n != 4 {
		t.Errorf("Page() answered 500 for ever: %d requests, want 4", n)
	}
	for i, middle := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
		if len(pauses.each) != 3 || pauses.each[i] < middle/2 || pauses.each[i] > middle*3/2 {
			t.Fatalf("Page(): paused %v, want about 0.5s, 1s and 2s", pauses.each)
		}
	}
}

func TestRetry_endOfContextKeepsTheLastAnswer(t *testing.T) {
	t.Parallel()
	srv := serve(t, fail(500, "internal_server_error", "Oops."))
	over := errors.New("the slice is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := connect(t, srv.URL, func(o *notion.Options) {
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			cancel(over)
			return context.Cause(ctx)
		}
	})
	err := calls["Page"](ctx, c, id1)
	e, ok := errors.AsType[*notion.Error](err)
	if !errors.Is(err, over) || !ok || e.Status != 500 {
		t.Errorf("Page() cancelled in a pause: error %v, want the cause and the 500 before it", err)
	}
}

func TestRetry_endOfContextInAnAttempt(t *testing.T) {
	t.Parallel()
	over := errors.New("the slice is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	first := true
	c := connect(t, "http://notion.invalid", func(o *notion.Options) {
		o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if first {
				first = false
				return respond(req, 502, "Oops"), nil
			}
			cancel(over)
			return nil, req.Context().Err()
		})
	})
	err := calls["Page"](ctx, c, id1)
	e, ok := errors.AsType[*notion.Error](err)
	if !errors.Is(err, over) || !ok || e.Status != 502 {
		t.Errorf("Page() cancelled in its second attempt: error %v, want the cause and the 502 before it", err)
	}
}

func TestRetry_timeoutOfOneAttempt(t *testing.T) {
	t.Parallel()
	first := true
	c := connect(t, "http://notion.invalid", func(o *notion.Options) {
		o.Timeout = time.Millisecond
		o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if first {
				first = false
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return respond(req, 200, emptyList), nil
		})
	})
	if err := calls["Children"](t.Context(), c, id1); err != nil || first {
		t.Errorf("Children() after an attempt without an answer: %v, want the second one's", err)
	}
	c = connect(t, "http://notion.invalid", func(o *notion.Options) {
		o.Timeout = time.Millisecond
		o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
	})
	err := calls["Children"](t.Context(), c, id1)
	if err == nil || !strings.Contains(err.Error(), "no answer within 1ms") || t.Context().Err() != nil {
		t.Errorf("Children() without an answer: error %v, want the timeout named", err)
	}
}

func TestRetry_sizeLimit(t *testing.T) {
	t.Parallel()
	padded := func(n int) answer { return answer{body: emptyList + strings.Repeat(" ", n-len(emptyList))} }
	small := func(o *notion.Options) { o.MaxBodyBytes = 1000 }
	if err := calls["Children"](t.Context(), connect(t, serve(t, padded(1000)).URL, small), id1); err != nil {
		t.Errorf("Children() of exactly the limit: %v, want no error", err)
	}
	srv := serve(t, padded(1001))
	err := calls["Children"](t.Context(), connect(t, srv.URL, small), id1)
	if !errors.Is(err, model.ErrRefused) || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("Children() of one byte more: error %v, want ErrRefused naming the limit", err)
	}
	if n := len(srv.seen()); n != 1 {
		t.Errorf("Children() of one byte more: %d requests, want 1", n)
	}
}
