package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// newTerminal is a screen whose outputs both go to the buffer.
func newTerminal(live bool) (*screen, *bytes.Buffer) {
	var buf bytes.Buffer
	s := newScreen(&buf, &buf)
	s.live = live
	return s, &buf
}

// visible is what a terminal shows after such an output.
func visible(out string) string {
	var lines []string
	for line := range strings.SplitSeq(out, "\n") {
		var cells []rune
		at := 0
		for _, r := range line {
			if r == '\r' {
				at = 0
				continue
			}
			cells = append(cells[:at], append([]rune{r}, cells[min(at+1, len(cells)):]...)...)
			at++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return strings.Join(lines, "\n")
}

func TestScreen_live(t *testing.T) {
	t.Parallel()
	s, out := newTerminal(true)
	s.progress("fetch", "a long line about how it goes")
	s.progress("fetch", "now a short one")
	if got := visible(out.String()); got != "fetch     now a short one" {
		t.Errorf("after two lines of progress the terminal shows %q", got)
	}
	_, _ = io.WriteString(s.log(func() bool { return false }), "logged\n")
	s.printf("printed\n")
	if got := visible(out.String()); got != "logged\nprinted\nfetch     now a short one" {
		t.Errorf("with text in between the terminal shows %q", got)
	}
	s.endProgress()
	s.printf("done\n")
	if got := visible(out.String()); got != "logged\nprinted\ndone\n" {
		t.Errorf("in the end the terminal shows %q", got)
	}
	out.Reset()
	s.progress("fetch", strings.Repeat("ö", 200))
	if got := len([]rune(visible(out.String()))); got != lineWidth {
		t.Errorf("a long line has %d characters, want %d", got, lineWidth)
	}
}

func TestScreen_plain(t *testing.T) {
	t.Parallel()
	s, out := newTerminal(false)
	now := time.Unix(0, 0)
	s.now = func() time.Time { return now }
	s.progress("fetch", "1")
	s.progress("fetch", "2")
	s.progress("prune", "3")
	now = now.Add(lineEvery)
	s.progress("prune", "4")
	s.endProgress()
	if want := "fetch     1\nprune     3\nprune     4\n"; out.String() != want {
		t.Errorf("output = %q, want %q: a line for each stage, and one now and then", out.String(), want)
	}
}

func TestScreen_quiet(t *testing.T) {
	t.Parallel()
	s, out := newTerminal(true)
	quiet := false
	log := s.log(func() bool { return quiet })
	_, _ = io.WriteString(log, "heard\n")
	quiet = true
	_, _ = io.WriteString(log, "unheard\n")
	if out.String() != "heard\n" {
		t.Errorf("output = %q, want the first line alone", out.String())
	}
}
