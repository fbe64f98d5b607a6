package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"notionsync/pkg/sim/browser"
)

// asProgram is set in the environment of a test binary that is to be the program itself. Its routes keep what they made
// of the environment on their first request, so every run needs a process of its own.
const asProgram = "NOTIONSYNC_TEST_AS_PROGRAM"

// The values of asProgram.
const (
	strict  = "strict"  // goroutines that outlive the run are an error
	lenient = "lenient" // a slice may be cut off
)

// leaked is the exit code of a program that left goroutines behind.
const leaked = 99

func TestMain(m *testing.M) {
	if os.Getenv(asHanging) != "" {
		hang()
	}
	if os.Getenv(asProgram) == "" {
		slog.SetDefault(slog.New(slog.DiscardHandler)) // the log of routes that are called here
		code := m.Run()
		browser.Close()
		os.Exit(code)
	}
	code := run(os.Args[1:], os.Stdout, os.Stderr)
	if err := goleak.Find(); err != nil && os.Getenv(asProgram) == strict {
		fmt.Fprintln(os.Stderr, err)
		code = leaked
	}
	os.Exit(code)
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a run of the program, in a project of its own.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err output
	ended    chan struct{}
}

// limit is how long a run may take before it is killed. It takes two seconds where nothing else is going on.
const limit = 2 * time.Minute

// start runs the program on a free port. files are put beside vercel.json.
func start(t *testing.T, mode string, files map[string]string, args ...string) *process {
	t.Helper()
	p := prepare(t, mode, files, args...)
	p.begin()
	return p
}

// prepare makes a run that has not begun.
func prepare(t *testing.T, mode string, files map[string]string, args ...string) *process {
	t.Helper()
	dir := t.TempDir()
	copyFile(t, "../../vercel.json", filepath.Join(dir, "vercel.json"))
	static := filepath.Join(dir, "pkg", "dashboard", "static")
	if err := os.CopyFS(static, os.DirFS("../dashboard/static")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	p := &process{t: t, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, os.Args[0], append([]string{"-addr", "localhost:0"}, args...)...)
	p.cmd.Dir = dir
	p.cmd.Env = []string{asProgram + "=" + mode, "HOME=" + dir}
	if root := os.Getenv("SystemRoot"); root != "" { // without it Windows has no network
		p.cmd.Env = append(p.cmd.Env, "SystemRoot="+root)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	return p
}

func (p *process) begin() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the exit code is looked at
	}()
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended by now, as a rule
		<-p.ended
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// exits waits for the end of the run.
func (p *process) exits(code int) {
	p.t.Helper()
	<-p.ended
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("exit code %d, want %d\n%s\n%s", got, code, &p.out, &p.err)
	}
}

// says waits until the program has written what matches, and returns the first group of it.
func (p *process) says(pattern string) string {
	p.t.Helper()
	wanted := regexp.MustCompile(pattern)
	for tick := time.Tick(20 * time.Millisecond); ; <-tick {
		if found := wanted.FindStringSubmatch(p.out.String()); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-p.ended:
			p.t.Fatalf("ended without saying %q\n%s\n%s", pattern, &p.out, &p.err)
		default:
		}
	}
}

// has looks for texts in what a run has written.
func has(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", what, want, text)
		}
	}
}
