//go:build linux || darwin

package main

import (
	"os"
	"os/signal"
	"runtime"

	"golang.org/x/sys/unix"
)

// The requests that read and set a terminal's modes: TCGETS and TCSETS of Linux, TIOCGETA and TIOCSETA of macOS. The
// package has each of them on its own system only.
func termiosRequests() (get, set uint) {
	if runtime.GOOS == "darwin" {
		return 0x40487413, 0x80487414
	}
	return 0x5401, 0x5402
}

// singleKeys makes keys arrive one by one and unseen, until restore is called.
func singleKeys(f *os.File) (restore func(), ok bool) {
	fd := int(f.Fd())
	get, set := termiosRequests()
	modes, err := unix.IoctlGetTermios(fd, get)
	if err != nil {
		return nil, false
	}
	before := *modes
	modes.Lflag &^= unix.ICANON | unix.ECHO
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, set, modes); err != nil {
		return nil, false
	}
	return func() { _ = unix.IoctlSetTermios(fd, set, &before) }, true // a terminal may be gone
}

// inForeground reports whether the terminal's keys are for this program. The signals that would stop it, were it sent
// to the background later on, become errors.
func inForeground(f *os.File) bool {
	signal.Ignore(unix.SIGTTIN, unix.SIGTTOU)
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
