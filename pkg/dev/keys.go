package main

import (
	"bufio"
	"context"
	"io"
	"os"
)

// key is what pressing a key does.
type key struct {
	letter rune
	does   string // for people
	press  func()
}

// keyboard is the keys that can be pressed while the program runs.
type keyboard struct {
	keys   []key
	single bool // a key works at once; else with Enter
}

// readKeys makes keys work from here on, if the input is a terminal that listens to this program; else it returns nil.
// Waiting for a key cannot be ended: the goroutine goes with the process.
func readKeys(ctx context.Context, in *os.File, keys []key) *keyboard {
	if !isTerminal(in) || !inForeground(in) {
		return nil
	}
	b := &keyboard{keys: keys}
	if restore, ok := singleKeys(in); ok {
		b.single = true
		context.AfterFunc(ctx, restore) // at the first Ctrl-C: the second may end the program before it gets to anything
	}
	go b.read(ctx, in)
	return b
}

// read runs what each key does. White space and keys that do nothing are passed over.
func (b *keyboard) read(ctx context.Context, in io.Reader) {
	for r := bufio.NewReader(in); ; {
		letter, _, err := r.ReadRune()
		if err != nil || ctx.Err() != nil {
			return
		}
		for _, k := range b.keys {
			if k.letter == letter {
				k.press()
			}
		}
	}
}
