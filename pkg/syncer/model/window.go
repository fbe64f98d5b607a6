package model

import "context"

// Window tells how much of Notion's window of requests is used.
type Window interface {
	Used(ctx context.Context) (WindowUse, error)
}

// WindowUse is the state of the window of requests that all processes share.
type WindowUse struct {
	Used    int `json:"used"`    // requests granted in the window that ends now
	Limit   int `json:"limit"`   // how many may be granted
	Seconds int `json:"seconds"` // the window's length
}
