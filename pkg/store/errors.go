package store

import (
	"errors"

	"notionsync/pkg/syncer/model"
)

// isOurs reports whether an error is one that this package or the engine has a name for.
func isOurs(err error) bool {
	var taken *model.SlugTaken
	for _, own := range []error{model.ErrHeld, model.ErrLeaseLost, model.ErrStale, model.ErrUnknownJob} {
		if errors.Is(err, own) {
			return true
		}
	}
	return errors.As(err, &taken) || errors.Is(err, errReply)
}

// errReply: Redis answered, but not what was asked for.
var errReply = errors.New("redis: unexpected reply")
