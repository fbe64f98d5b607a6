package store

import (
	"embed"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// The scripts that Redis runs. The head of each file says what it takes and returns.
var (
	transact = script(-1, "transact")
	swap     = script(1, "swap")
	extend   = script(1, "extend")
	release  = script(1, "release")

	note     = script(5, "note")
	called   = script(2, "called")
	due      = script(2, "due")
	takeOver = script(5, "takeover")

	take = script(1, "freed", "take")
	hush = script(1, "hush")
	next = script(1, "freed", "next")
	used = script(1, "used")
)

//go:embed scripts/*.lua
var sources embed.FS

// script is made of files in the folder scripts, one after the other. It takes so many keys; with -1 their number is its
// first argument.
func script(keys int, names ...string) *redis.Script {
	var text strings.Builder
	for _, name := range names {
		source, err := sources.ReadFile("scripts/" + name + ".lua")
		if err != nil {
			panic("store: " + err.Error()) // a name that is misspelt here
		}
		text.Write(source)
	}
	return redis.NewScript(keys, text.String())
}
