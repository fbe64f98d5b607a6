package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	handler "notionsync/api/sync"
)

// workerArgument makes this program the worker's process and nothing else. It is not for people.
const workerArgument = "worker-process"

// serveWorker is that process: it says where it listens, and ends when its input does, and so with the program that has
// started it, however that ends.
func serveWorker(in io.Reader, out, errOut io.Writer, verbose bool) int {
	signal.Ignore(os.Interrupt) // Ctrl-C in a terminal reaches all of its processes; the program ends this one
	logTo(errOut, verbose, false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		printError(errOut, err)
		return 1
	}
	s := serve(l, http.HandlerFunc(handler.Worker))
	defer s.close()
	fmt.Fprintln(out, l.Addr())
	_, _ = io.Copy(io.Discard, in)
	return 0
}

// worker runs the worker's function in a process of its own, as Vercel does, so that it can be killed in the middle of
// a slice. The first request starts the process, and so does the first one after its end.
type worker struct {
	command func() *exec.Cmd  // of the process
	log     io.Writer         // takes whole lines of its log
	tell    func(text string) // what becomes of the worker; set before it is used
	after   time.Duration     // when an armed worker dies

	mu      sync.Mutex
	process *instance // nil: none was started, or it was killed
	armed   bool      // the next slice is to be killed
	closed  bool
}

// instance is one process of the worker.
type instance struct {
	cmd    *exec.Cmd
	proxy  httputil.ReverseProxy
	slices atomic.Int32 // under way
	ended  chan struct{}
}

// newWorker returns a worker made of this very program. The caller sets tell, and closes it.
func newWorker(log io.Writer, verbose bool) (*worker, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to run the worker with: %w", err)
	}
	arguments := []string{workerArgument}
	if verbose {
		arguments = append(arguments, "-v")
	}
	return &worker{log: log, after: killAfter, command: func() *exec.Cmd { return exec.Command(path, arguments...) }}, nil
}

// ServeHTTP passes a request on. Of a process that dies meanwhile, Vercel says so too.
func (w *worker) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	p, err := w.running()
	if err != nil {
		slog.Error("the worker does not start", "error", err)
		http.Error(rw, "FUNCTION_INVOCATION_FAILED", http.StatusInternalServerError)
		return
	}
	p.slices.Add(1)
	defer p.slices.Add(-1)
	if w.disarm() {
		kill := time.AfterFunc(w.after, w.kill)
		defer func() {
			if kill.Stop() { // it has ended before: the next one is to be killed
				w.arm()
			}
		}()
	}
	for _, name := range []string{"Cache-Control", "X-Content-Type-Options"} {
		rw.Header().Del(name) // the function's own are added
	}
	p.proxy.ServeHTTP(rw, r)
}

// running returns the process that takes requests.
func (w *worker) running() (*instance, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errors.New("the program ends")
	}
	if w.process != nil {
		select {
		case <-w.process.ended:
		default:
			return w.process, nil
		}
	}
	p, err := startInstance(w.command(), w.log)
	if err != nil {
		return nil, err
	}
	w.process = p
	return p, nil
}

// killAfter is when an armed worker dies: a slice that asks the demo's Notion twice takes longer.
const killAfter = 250 * time.Millisecond

func (w *worker) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = true
}

func (w *worker) disarm() (armed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	armed, w.armed = w.armed, false
	return armed
}

// kill ends the process at once, if it is working on a slice; else it will die in the middle of the next one.
func (w *worker) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.process == nil || w.process.slices.Load() == 0 {
		w.armed = true
		w.tell("is idle; it will be killed in the middle of its next slice")
		return
	}
	w.armed = false
	w.tell("was killed in the middle of a slice; QStash delivers it again, and in about ten seconds it goes on where it was")
	w.process.kill()
	w.process = nil
}

// close ends the process, whatever it is doing.
func (w *worker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.process != nil {
		w.process.kill()
	}
}

// startAfter is how long a process may take to begin.
const startAfter = 20 * time.Second

func startInstance(cmd *exec.Cmd, log io.Writer) (*instance, error) {
	p := &instance{cmd: cmd, ended: make(chan struct{})}
	cmd.Stderr = &lines{to: log}
	if _, err := cmd.StdinPipe(); err != nil { // held open until the process ends
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	late := time.AfterFunc(startAfter, func() { _ = cmd.Process.Kill() })
	address, err := bufio.NewReader(out).ReadString('\n')
	late.Stop()
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // it is killed, as a rule
	}()
	if err != nil {
		p.kill()
		return nil, errors.New("its process ended before it listened")
	}
	p.proxy = httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: strings.TrimSpace(address)})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableKeepAlives: true}, // nothing is left over when the process is gone
		ErrorHandler: func(rw http.ResponseWriter, r *http.Request, _ error) {
			if r.Context().Err() == nil { // it was not the caller who went away
				p.kill()
			}
			http.Error(rw, "FUNCTION_INVOCATION_FAILED", http.StatusInternalServerError)
		},
	}
	return p, nil
}

// kill returns when the process is no more.
func (p *instance) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// lines writes what it gets in whole lines.
type lines struct {
	to   io.Writer
	rest []byte
}

func (l *lines) Write(text []byte) (int, error) {
	l.rest = append(l.rest, text...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 {
			return len(text), nil
		}
		if _, err := l.to.Write(l.rest[:end+1]); err != nil {
			return 0, err
		}
		l.rest = l.rest[end+1:]
	}
}
