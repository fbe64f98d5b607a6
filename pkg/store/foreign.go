package store

import (
	"errors"
	"fmt"
	"strings"
)

// ErrForeignKey: a key of ours holds a value of another type than we keep there. So somebody else uses the key, and whoever
// runs the site must decide whose it is: nothing is deleted or moved. The text names the key. What was to be done is not
// lost: the job goes on once the key is free.
var ErrForeignKey = errors.New("redis holds another type of value than notionsync keeps")

// foreign returns err, as an ErrForeignKey if Redis has refused a command for the type of one of these keys. Of several
// the one is meant that a script has named; see named.lua.
func foreign(err error, keys ...string) error {
	if err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		return err
	}
	for _, key := range keys {
		if len(keys) == 1 || strings.Contains(err.Error(), "(key <"+key+">)") {
			return fmt.Errorf("%w in the key %q: rename or delete that key, or set SYNC_KEY_PREFIX to keep ours apart: %w",
				ErrForeignKey, key, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrForeignKey, err)
}
