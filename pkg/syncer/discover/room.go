package discover

import "notionsync/pkg/syncer/place"

// Room is an invocation that finds out what there is.
type Room struct {
	*place.Room
}
