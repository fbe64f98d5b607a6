package syncer

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

// WindowUse returns nil where it is not known: it is a help, and no reason to fail.
func (o *Options) WindowUse(ctx context.Context) *WindowUse {
	if o.Window == nil {
		return nil
	}
	use, err := o.Window.Used(ctx)
	if err != nil {
		return nil
	}
	return &use
}
