package store

import (
	"errors"
	"strings"

	"notionsync/pkg/diagnosis"
)

// ErrForeignKey: a key of ours holds a value of another type than we keep there. So somebody else uses the key, and whoever
// runs the site must decide whose it is: nothing is deleted or moved. The text names the key. What was to be done is not
// lost: the job goes on once the key is free.
var ErrForeignKey = errors.New("redis holds another type of value than notionsync keeps")

// foreign is an answer of Redis that is an ErrForeignKey.
type foreign struct{ error }

func (f foreign) Unwrap() error { return f.error }

// Is matches ErrForeignKey.
func (f foreign) Is(target error) bool { return target == ErrForeignKey }

// blame returns what Redis has answered to a command with these keys, diagnosed if it is about one of them: about its type,
// as an ErrForeignKey, or about the right to use it. Of several the one is meant that a script has named; see named.lua.
func (s *Store) blame(err error, keys ...string) error {
	if err == nil {
		return nil
	}
	var id diagnosis.ID
	switch text := err.Error(); {
	case strings.Contains(text, "WRONGTYPE"):
		err, id = foreign{err}, diagnosis.RedisForeign
	case byAnswer(text) == diagnosis.RedisKey:
		id = diagnosis.RedisKey
	default:
		return err
	}
	named := keyIn(err.Error(), s.keys.prefix)
	if len(keys) == 1 {
		named = keys[0]
	}
	return s.wrap(err, id, "key", named, "prefix", s.keys.prefix)
}
