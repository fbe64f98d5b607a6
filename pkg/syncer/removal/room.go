package removal

import "notionsync/pkg/syncer/place"

// Room is an invocation that finds out what is gone.
type Room struct {
	*place.Room
}
