package vercel

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long a function may take to answer before its test fails.
const patience = 20 * time.Second

// request is what reaches a function.
type request struct {
	Method string
	Path   string // with the query
	Header map[string]string
	Body   string
}

// answer is what a function says.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// process is a function that runs, and the runtime API it is talking to.
type process struct {
	began    time.Time
	events   chan []byte
	answered chan []byte
	failed   chan string
	ended    chan struct{} // closed when the process is no more
	log      *bytes.Buffer // its standard error; to be read once it has ended
	stop     func()        // ends it
}

// start runs a function as Lambda does: with the address of the runtime API and the given variables for its whole
// environment. The process ends with the test, if not by stop before.
//
// The API is https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, in so far as aws-lambda-go 1.55.1 uses it.
func start(t *testing.T, f function, environ []string) *process {
	t.Helper()
	p := &process{
		events: make(chan []byte, 1), answered: make(chan []byte, 1), failed: make(chan string, 1),
		ended: make(chan struct{}), log: new(bytes.Buffer),
	}
	const base = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-p.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			_, _ = w.Write(event)
		case <-r.Context().Done(): // the process was stopped
		}
	})
	mux.HandleFunc("POST "+base+"/invocation/1/response", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		if err != nil {
			p.failed <- err.Error()
			return
		}
		p.answered <- body
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // the paths for errors among them
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		p.failed <- fmt.Sprintf("%s %s: %s", r.Method, r.URL.Path, body)
	})
	api := httptest.NewServer(mux)
	t.Cleanup(api.Close)

	cmd := exec.CommandContext(t.Context(), f.Binary)
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://")}, environ...)
	cmd.Dir = t.TempDir()
	cmd.Stderr = p.log
	p.began = time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatalf("function %s: %v", f.Name, err)
	}
	go func() {
		_ = cmd.Wait() // it is killed, as a rule
		close(p.ended)
	}()
	p.stop = func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-p.ended
	}
	t.Cleanup(p.stop)
	return p
}

// call sends a request and waits for the answer.
func (p *process) call(t *testing.T, r request) answer {
	t.Helper()
	p.events <- event(r)
	select {
	case raw := <-p.answered:
		a, err := decode(raw)
		if err != nil {
			t.Fatalf("%s %s: the function's answer %q: %v", r.Method, r.Path, raw, err)
		}
		return a
	case reason := <-p.failed:
		p.stop()
		t.Fatalf("%s %s: the function failed: %s\n%s", r.Method, r.Path, reason, p.log)
	case <-p.ended:
		t.Fatalf("%s %s: the function ended before it answered\n%s", r.Method, r.Path, p.log)
	case <-time.After(patience):
		p.stop()
		t.Fatalf("%s %s: no answer within %v\n%s", r.Method, r.Path, patience, p.log)
	}
	panic("unreachable")
}

// event is a request as Vercel wraps it for its bridge: JSON as the body of an API Gateway event, and inside it the
// request's own body in base64 (github.com/vercel/go-bridge, go/bridge/bridge.go).
func event(r request) []byte {
	header := map[string]string{"host": "www.example.com", "x-forwarded-proto": "https", "x-real-ip": "192.0.2.1"}
	maps.Copy(header, r.Header)
	inner := marshal(map[string]any{
		"method": r.Method, "path": r.Path, "host": header["host"], "headers": header,
		"encoding": "base64", "body": base64.StdEncoding.EncodeToString([]byte(r.Body)),
	})
	return marshal(map[string]any{"Action": "Invoke", "body": string(inner)})
}

func decode(raw []byte) (answer, error) {
	var said struct {
		StatusCode int         `json:"statusCode"`
		Headers    http.Header `json:"headers"`
		Encoding   string      `json:"encoding"`
		Body       []byte      `json:"body"` // base64
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return answer{}, err
	}
	if said.Encoding != "base64" {
		return answer{}, fmt.Errorf("encoding %q, want base64", said.Encoding)
	}
	return answer{Status: said.StatusCode, Header: said.Headers, Body: bytes.TrimSpace(said.Body)}, nil
}

func marshal(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings always have a JSON form
	}
	return raw
}
