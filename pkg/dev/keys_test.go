package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

func TestKeyboard_read(t *testing.T) {
	t.Parallel()
	pressed := ""
	press := func(letter rune) key { return key{letter, "", func() { pressed += string(letter) }} }
	b := &keyboard{keys: []key{press('s'), press('k')}}
	b.read(t.Context(), strings.NewReader("sxk\nSé\r\ns"))
	if pressed != "sks" {
		t.Errorf("pressed is %q, want sks: the keys that do something, in order", pressed)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if b.read(ended, strings.NewReader("k")); pressed != "sks" {
		t.Errorf("pressed is %q, though the program has ended", pressed)
	}
}

// Input that is no terminal is left alone.
func TestReadKeys_noTerminal(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if b := readKeys(t.Context(), r, nil); b != nil {
		t.Errorf("readKeys of a pipe = %+v, want none", b)
	}
}
