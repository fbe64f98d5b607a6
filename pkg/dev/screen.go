package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
)

// screen is what people see: text that stays, and below it, while something runs, one line that changes. It is safe for
// concurrent use, so that the log of the routes may come in between.
type screen struct {
	out, err io.Writer
	live     bool // out is a terminal: the line is drawn over; else it is written anew now and then
	now      func() time.Time

	mu      sync.Mutex
	line    string // the line that is on the terminal
	stage   string // of the line last written
	written time.Time
}

const (
	lineWidth = 79              // the line must fit into any terminal's width, or it could not be drawn over
	lineEvery = 5 * time.Second // without a terminal, unless the stage changes
)

func newScreen(out, err io.Writer) *screen {
	return &screen{out: out, err: err, live: isTerminal(out), now: time.Now}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// printf writes text that stays.
func (s *screen) printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.erase()
	fmt.Fprintf(s.out, format, args...)
	s.draw(line)
}

// progress shows how things stand: the stage, and how far it has come.
func (s *screen) progress(stage, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fmt.Sprintf("%-9s %s", stage, detail)
	if s.live {
		s.erase()
		s.draw(line)
		return
	}
	if stage == s.stage && s.now().Sub(s.written) < lineEvery {
		return
	}
	s.stage, s.written = stage, s.now()
	fmt.Fprintln(s.out, line)
}

// endProgress takes the line away.
func (s *screen) endProgress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.stage = ""
}

// draw puts a line on the terminal. The caller holds s.mu, and has erased the one before.
func (s *screen) draw(line string) {
	if runes := []rune(line); len(runes) > lineWidth {
		line = string(runes[:lineWidth-1]) + "…"
	}
	s.line = line
	fmt.Fprint(s.out, line)
}

// erase takes the line off the terminal, and returns it. Spaces do it on every terminal. The caller holds s.mu.
func (s *screen) erase() string {
	line := s.line
	if line != "" {
		fmt.Fprint(s.out, "\r", strings.Repeat(" ", len([]rune(line))), "\r")
	}
	s.line = ""
	return line
}

// log returns a writer of whole lines to the error output. While quiet returns true, they go nowhere.
func (s *screen) log(quiet func() bool) io.Writer { return logWriter{s, quiet} }

type logWriter struct {
	screen *screen
	quiet  func() bool
}

func (w logWriter) Write(text []byte) (int, error) {
	if w.quiet() {
		return len(text), nil
	}
	s := w.screen
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.erase()
	n, err := s.err.Write(text)
	s.draw(line)
	return n, err
}
