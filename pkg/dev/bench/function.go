package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"time"

	handler "notionsync/api/sync"
)

// functionVariable, set in the environment, makes this program the process that the routes run in.
const functionVariable = "NOTIONSYNC_BENCH_FUNCTION"

// usage is what the routes have used since the last look.
type usage struct {
	Invocations int   // of the worker
	Time        int64 // ms, of all routes
	Heap        int64 // bytes: the most that the heap held at once
	Resident    int64 // bytes: the most since the process began
}

// function serves the routes until the standard input ends, as one warm instance. It prints its address.
func function(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	if err := os.Setenv("NEXT_PUBLIC_SITE_URL", url); err != nil {
		return err
	}
	m := &meter{}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/sync/trigger", m.measured(handler.Trigger))
	mux.HandleFunc("/api/sync/worker", m.measured(handler.Worker))
	mux.HandleFunc("/api/sync/callback", m.measured(handler.Callback))
	mux.HandleFunc("/api/sync/status", handler.Status)
	mux.HandleFunc("/usage", m.serve)
	var background sync.WaitGroup
	defer background.Wait()
	ended := make(chan struct{})
	defer close(ended)
	background.Go(func() { m.watch(ended) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	background.Go(func() { _ = server.Serve(l) })
	defer server.Close()
	fmt.Fprintln(out, url)
	_, err = io.Copy(io.Discard, in)
	return err
}

// meter measures the process.
type meter struct {
	mu  sync.Mutex
	now usage
}

func (m *meter) measured(route http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		route(w, r)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.now.Time += time.Since(began).Milliseconds()
		if strings.HasSuffix(r.URL.Path, "/worker") {
			m.now.Invocations++
		}
	}
}

// watch looks at the heap often enough to see its peaks: a look costs a few microseconds.
func (m *meter) watch(ended <-chan struct{}) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticker.C:
		}
		metrics.Read(sample)
		m.mu.Lock()
		m.now.Heap = max(m.now.Heap, int64(sample[0].Value.Uint64()))
		m.mu.Unlock()
	}
}

// serve answers with the usage since the last look, and begins anew.
func (m *meter) serve(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Resident = resident()
	_ = json.NewEncoder(w).Encode(m.now)
	m.now = usage{}
}

// resident is the most memory that the process has had; 0 where the system does not tell.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// get reads an answer's JSON.
func get(ctx context.Context, url string, v any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %.300s", r.URL.Path, answer.Status, body)
	}
	return json.Unmarshal(body, v)
}
