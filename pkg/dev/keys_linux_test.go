package main

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal: what is written to the person's end is typed.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this system gives out no pseudo terminals: %v", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// Keys arrive one by one and unseen, and the terminal is left as it was found.
func TestSingleKeys(t *testing.T) {
	t.Parallel()
	person, program := terminal(t)
	modes := func() unix.Termios {
		m, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return *m
	}
	before := modes()
	restore, ok := singleKeys(program)
	if !ok {
		t.Fatal("singleKeys of a terminal is not possible")
	}
	if _, err := person.WriteString("k"); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 8)
	if n, err := program.Read(one); err != nil || string(one[:n]) != "k" {
		t.Errorf("read %q, %v, want the key without Enter", one[:n], err)
	}
	if modes().Lflag&(unix.ECHO|unix.ISIG) != unix.ISIG {
		t.Error("keys are shown, or Ctrl-C does nothing any more")
	}
	restore()
	if after := modes(); after != before {
		t.Errorf("the terminal is left as %+v, was %+v", after, before)
	}
	if inForeground(program) {
		t.Error("a terminal of somebody else is taken for ours")
	}
}

// In a terminal, a key syncs, one kills the worker, and the sync comes to its end all the same.
func TestProgram_keys(t *testing.T) {
	t.Parallel()
	person, program := terminal(t)
	p := prepare(t, lenient, nil)
	p.cmd.Stdin = program
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // its terminal is standard input
	p.begin()
	for _, does := range []string{"Press:", "s  syncs", "f  syncs all", "k  kills", "e  edits"} {
		p.says(does) // each line by itself: the program writes them one after another
	}
	typed := func(keys string) {
		t.Helper()
		if _, err := person.WriteString(keys); err != nil {
			t.Fatal(err)
		}
	}
	typed("e")
	p.says(`The page “The Tide Library” has a new paragraph`)
	typed("s")
	p.says(`Sync done after [0-9.]+ s: 1 page written`)
	typed("kf")
	p.says(`it will be killed in the middle of its next slice`)
	p.says(`was killed in the middle of a slice`)
	const whole = `Sync done after [0-9.]+ s: 35 pages written, 0 unchanged, 0 removed, 0 failed`
	p.says(`(?s)` + whole + `.*` + whole) // the first sync, and this one
	typed("\x03")                         // Ctrl-C
	p.exits(0)
}
