package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// asHanging is set in the environment of a test binary that is to be a worker's process: one that says who it is, works
// for ever when it is told to, and dies when it is told to.
const asHanging = "NOTIONSYNC_TEST_AS_HANGING"

func hang() {
	fmt.Fprintln(os.Stderr, "a line of the log")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(l.Addr())
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/work":
			_, _ = http.Get("http://" + r.Header.Get("Tell")) // that it has begun
			select {}
		case "/die":
			os.Exit(1)
		}
		w.Header().Set("Cache-Control", "no-store") // as the function says of all its answers
		fmt.Fprintf(w, "%d %s %s", os.Getpid(), r.Host, r.Header.Get("Upstash-Signature"))
	}))
}

// workers is a worker that runs hanging processes.
type workers struct {
	*worker
	t    *testing.T
	mu   sync.Mutex
	told []string
	log  output
	site *httptest.Server
}

func startWorkers(t *testing.T) *workers {
	t.Helper()
	w := &workers{t: t}
	w.worker = &worker{
		log: &w.log, after: 3 * time.Second,
		command: func() *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = []string{asHanging + "=1"}
			return cmd
		},
		tell: func(text string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, text)
		},
	}
	w.site = httptest.NewServer(w)
	t.Cleanup(w.site.Close)
	t.Cleanup(w.close) // before the site, which waits for its requests
	return w
}

// says is what was told so far.
func (w *workers) says() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.told, "; then ")
}

// ask makes a request, and returns the first word of the answer.
func (w *workers) ask(path string, header ...string) string {
	request, err := http.NewRequest("POST", w.site.URL+path, strings.NewReader("{}"))
	if err != nil {
		w.t.Error(err)
		return ""
	}
	request.Host = "www.example.com"
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return fmt.Sprint(answer.StatusCode, " ", strings.TrimSpace(string(text)))
}

// works makes a request that never ends, and returns when it has begun.
func (w *workers) works() (answer <-chan string) {
	begun := make(chan struct{})
	ear := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(begun) }))
	defer ear.Close()
	said := make(chan string, 1)
	go func() { said <- w.ask("/work", "Tell", strings.TrimPrefix(ear.URL, "http://")) }()
	<-begun
	return said
}

const died = "500 FUNCTION_INVOCATION_FAILED"

func TestWorker_kill(t *testing.T) {
	t.Parallel()
	w := startWorkers(t)
	first := w.ask("/", "Upstash-Signature", "signed")
	if !strings.HasPrefix(first, "200 ") || !strings.HasSuffix(first, " www.example.com signed") {
		t.Errorf("the worker says %q, want what it was asked under", first)
	}
	if again := w.ask("/", "Upstash-Signature", "signed"); again != first {
		t.Errorf("the worker is %q and then %q, want one process for both", first, again)
	}
	answer := w.works()
	w.kill()
	if got := <-answer; got != died {
		t.Errorf("a slice that is killed answers %q, want %q", got, died)
	}
	if again := w.ask("/", "Upstash-Signature", "signed"); again == first || !strings.HasPrefix(again, "200 ") {
		t.Errorf("after it was killed the worker is %q, want another process than %q", again, first)
	}
	if got := w.says(); got != "was killed in the middle of a slice; QStash delivers it again, and in about ten seconds it goes on where it was" {
		t.Errorf("told is %q", got)
	}
	w.close()
	if got := w.log.String(); got != "a line of the log\na line of the log\n" {
		t.Errorf("the log is %q, want the lines of both processes", got)
	}
}

// An idle worker has nothing to be killed in: its next slice is.
func TestWorker_killIdle(t *testing.T) {
	t.Parallel()
	w := startWorkers(t)
	w.kill()
	if got := w.ask("/"); !strings.HasPrefix(got, "200 ") { // over too soon to be killed
		t.Errorf("a short slice answers %q, want it alive", got)
	}
	if got := <-w.works(); got != died {
		t.Errorf("the next slice answers %q, want %q", got, died)
	}
	if got := w.says(); got != "is idle; it will be killed in the middle of its next slice; "+
		"then was killed in the middle of a slice; QStash delivers it again, and in about ten seconds it goes on where it was" {
		t.Errorf("told is %q", got)
	}
	answer := w.works() // the one after that lives
	select {
	case got := <-answer:
		t.Errorf("the slice after that answers %q, want it alive", got)
	default:
	}
}

// What both vercel.json and the function say of an answer stands in it once.
func TestWorker_headers(t *testing.T) {
	t.Parallel()
	w := startWorkers(t)
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(site.Close)
	t.Cleanup(w.close)
	answer, err := http.Get(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got := answer.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
		t.Errorf("Cache-Control is %q, want it once", got)
	}
}

func TestWorker_dies(t *testing.T) {
	t.Parallel()
	w := startWorkers(t)
	if got := w.ask("/die"); got != died {
		t.Errorf("a process that dies answers %q, want %q", got, died)
	}
	if got := w.ask("/"); !strings.HasPrefix(got, "200 ") {
		t.Errorf("after that the worker says %q", got)
	}
	w.close()
	w.close()
	if got := w.ask("/"); got != died {
		t.Errorf("a closed worker says %q, want %q", got, died)
	}
	broken := startWorkers(t)
	broken.command = func() *exec.Cmd { return exec.Command(t.TempDir()) }
	if got := broken.ask("/"); got != died {
		t.Errorf("a worker that can't be started says %q, want %q", got, died)
	}
}

// Without the program that has started it, the worker's process ends: its input does.
func TestServeWorker(t *testing.T) {
	t.Parallel()
	p := prepare(t, strict, nil)
	p.cmd.Args = []string{os.Args[0], workerArgument}
	p.begin()
	p.exits(0)
	if _, err := net.ResolveTCPAddr("tcp", strings.TrimSpace(p.out.String())); err != nil || p.out.String() == "" {
		t.Errorf("it says %q, want where it listens (%v)", p.out.String(), err)
	}
}
