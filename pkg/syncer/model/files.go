package model

import (
	"context"
	"errors"
	"time"
)

// Media copies files whose links expire to where they stay. It is safe for concurrent use.
type Media interface {
	// Keep copies the file behind a link. copy is 0, or one more than that of the copy that was dropped last: each has a
	// key of its own, so that the removal of an older one, however late, never takes it away. ErrLinkExpired: the link is
	// good no more, a fresh one may be. ErrStoreRefused: no other file would fare better. Any other error means that the
	// file cannot be copied now.
	Keep(ctx context.Context, link string, copy int) (KeptFile, error)
	// Has reports whether a copy is where readers look for it. An error: nobody can tell.
	Has(ctx context.Context, kept KeptFile) (bool, error)
	// Drop removes copies by their keys. One that is gone already is no error.
	Drop(ctx context.Context, keys []string) error
}

var (
	// ErrLinkExpired: a file's link is good no more.
	ErrLinkExpired = errors.New("the file's link has expired")
	// ErrStoreRefused: the file store takes nothing from us, whatever the file. The text of an error that wraps it names
	// no file.
	ErrStoreRefused = errors.New("the file store refuses us")
)

// KeptFile is a file that has been copied.
type KeptFile struct {
	URL         string `json:"url"` // for the site
	Key         string `json:"key"` // for Drop
	Width       int    `json:"width,omitempty"`
	Height      int    `json:"height,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Bytes       int64  `json:"bytes,omitempty"`
	Copy        int    `json:"copy,omitempty"` // which copy of the file it is, from 0

	// Dropped is when it was found that no page shows the copy. It counts as gone from then on, whether it could be
	// removed yet or not: who needs the file copies it anew.
	Dropped time.Time `json:"dropped,omitzero"`
}
