package notionsim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Fault is what happens to a request instead of, or with, Notion's answer, which next gives.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Status answers with an error of the API. The code follows from the status: 500 is internal_server_error.
func Status(status int) Fault {
	codes := map[int]string{
		400: "validation_error", 401: "unauthorized", 403: "restricted_resource", 404: "object_not_found",
		409: "conflict_error", 500: "internal_server_error", 502: "bad_gateway", 503: "service_unavailable",
		504: "gateway_timeout",
	}
	code := codes[status]
	if code == "" {
		code = "status_" + strconv.Itoa(status)
	}
	return Error(status, code, "Simulated "+http.StatusText(status)+".")
}

// Error answers with an error of the API.
func Error(status int, code, message string) Fault {
	return plain(&apiError{status: status, code: code, message: message})
}

// Body answers with any body.
func Body(status int, contentType, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// HTML answers as the edge in front of the API does when it fails: no JSON, no request id.
func HTML(status int) Fault {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return Body(status, "text/html; charset=UTF-8", "<html>\r\n<head><title>"+title+"</title></head>\r\n<body>\r\n"+
		"<center><h1>"+title+"</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n")
}

// The reasons of Notion's documentation for a 429.
const (
	ReasonConnection = "public_api_request_rate_limit"
	ReasonWorkspace  = "public_api_space_request_rate_limit"
	ReasonEndpoint   = "public_api_endpoint_rate_limit"
	ReasonBlocked    = "public_api_request_blocked" // not to be retried
)

// RateLimited answers 429 with Retry-After, whole seconds rounded up, without it
// if after is 0. An empty reason is [ReasonConnection].
func RateLimited(after time.Duration, reason string) Fault {
	return plain(errRateLimited(after, reason))
}

// Overloaded answers 529 service_overload with Retry-After.
func Overloaded(after time.Duration) Fault {
	return plain(&apiError{
		status: 529, code: "service_overload", message: "Notion is overloaded. Please try again later.",
		retryAfter: after,
	})
}

// RefusedCursor answers requests that carry a start_cursor as Notion does when the cursor is no longer good.
func RefusedCursor() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		var in struct {
			Cursor string `json:"start_cursor"`
		}
		_ = json.Unmarshal(body.Bytes(), &in)
		if in.Cursor == "" {
			in.Cursor = r.URL.Query().Get("start_cursor")
		}
		if in.Cursor == "" {
			next.ServeHTTP(w, r)
			return
		}
		errCursor(in.Cursor).write(w, simulatedRequest)
	}
}

// Hang answers nothing until the client gives up, or closes the connection after most.
func Hang(most time.Duration) Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		sleep(r.Context(), most)
		panic(http.ErrAbortHandler)
	}
}

// Closed closes the connection without an answer.
func Closed() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// Slow lets Notion answer after d.
func Slow(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if sleep(r.Context(), d) {
			next.ServeHTTP(w, r)
		}
	}
}

// Meanwhile runs fn, then lets Notion answer: what fn edits happens in the middle of the client's work.
func Meanwhile(fn func()) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		fn()
		next.ServeHTTP(w, r)
	}
}

// Afterwards lets Notion answer, then runs fn before the client has the whole answer.
func Afterwards(fn func()) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		fn()
	}
}

// Empty answers with the right status and no body.
func Empty() Fault { return changed(func([]byte) []byte { return nil }) }

// Truncated answers with half of the body, as if it were all.
func Truncated() Fault { return changed(func(body []byte) []byte { return body[:len(body)/2] }) }

// CutOff announces the whole body and closes the connection after half of it.
func CutOff() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		out := record(r, next)
		out.copyHeader(w)
		w.Header().Set("Content-Length", strconv.Itoa(out.body.Len()))
		w.WriteHeader(out.status)
		_, _ = w.Write(out.body.Bytes()[:out.body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Half makes a listing lose the second half of its results and say that there are no more.
func Half() Fault {
	return changed(func(body []byte) []byte {
		fields, err := decodeFields(body)
		if err != nil {
			return body
		}
		var o object
		for _, f := range fields {
			switch f.key {
			case "results":
				all := elements(f.value)
				f.value = array(all[:len(all)/2])
			case "next_cursor":
				f.value = json.RawMessage("null")
			case "has_more":
				f.value = json.RawMessage("false")
			}
			o.raw(f.key, f.value)
		}
		return o.end()
	})
}

// simulatedRequest is the request id of answers that a fault makes up.
const simulatedRequest = "00000000-0000-4000-8000-00000000fa17"

func plain(e *apiError) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { e.write(w, simulatedRequest) }
}

// changed lets Notion answer and changes the body.
func changed(change func([]byte) []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		out := record(r, next)
		out.copyHeader(w)
		w.WriteHeader(out.status)
		_, _ = w.Write(change(out.body.Bytes()))
	}
}

// held is an answer that was not sent yet.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func record(r *http.Request, next http.Handler) *held {
	out := &held{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(out, r)
	return out
}

func (r *held) Header() http.Header         { return r.header }
func (r *held) WriteHeader(status int)      { r.status = status }
func (r *held) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *held) copyHeader(w http.ResponseWriter) {
	for key, values := range r.header {
		w.Header()[key] = values
	}
}
