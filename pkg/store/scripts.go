package store

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// The scripts that Redis runs. The head of each file says what it takes and returns.
var (
	transact = script(-1, transactFiles...)
	swap     = script(1, "swap")
	extend   = script(1, "extend")
	release  = script(1, "release")
	examine  = script(-1, "examine")

	enqueue  = script(5, "enqueue")
	pickup   = script(2, "pickup")
	due      = script(2, "due")
	takeOver = script(5, "takeover")

	take = script(1, "freed", "take")
	hush = script(1, "hush")
	next = script(1, "freed", "next")
	used = script(1, "used")
)

// transactFiles are the parts of one script.
var transactFiles = []string{"transact", "transact_pages", "transact_keys", "transact_write"}

//go:embed scripts/*.lua
var sources embed.FS

// named has errors say which key they are about. It stands before every script.
//
//go:embed scripts/named.lua
var named string

// script is made of files in the folder scripts, one after the other. It takes so many keys; with -1 their number is its
// first argument.
func script(keys int, names ...string) *redis.Script {
	var text strings.Builder
	text.WriteString(named)
	for _, name := range names {
		source, err := sources.ReadFile("scripts/" + name + ".lua")
		if err != nil {
			panic("store: " + err.Error()) // a name that is misspelt here
		}
		text.Write(source)
	}
	return redis.NewScript(keys, text.String())
}

// eval runs a script whose first n arguments are its keys.
func (s *Store) eval(ctx context.Context, script *redis.Script, n int, args []any) (reply any, err error) {
	return s.evalOn(ctx, script, args[:n], args)
}

// evalOn runs a script on keys, which are among its arguments.
func (s *Store) evalOn(ctx context.Context, script *redis.Script, keys, args []any) (reply any, err error) {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = fmt.Sprint(key)
	}
	err = s.with(ctx, func(c redis.Conn) error {
		reply, err = script.DoContext(ctx, c, args...)
		return s.blame(err, names...)
	})
	return reply, err
}
