package syncer

import "errors"

// maxRestarts is how often a listing begins anew because its cursor was refused. One that lay with a job for long may be;
// one that is refused whenever the listing gets that far would have it begin for ever.
const maxRestarts = 4

// restarted is the entry with its listing begun anew; false if err is another one, or that was done too often.
func (e Entry) restarted(err error) (again Entry, ok bool) {
	again = e
	again.Cursor = ""
	again.Restarts++
	return again, errors.Is(err, ErrCursor) && e.Cursor != "" && e.Restarts < maxRestarts
}
