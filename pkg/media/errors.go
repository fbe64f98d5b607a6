package media

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// What the errors of [Keeper.Keep] are, told apart with errors.Is. Any other is one that a later try may not meet.
var (
	// ErrExpired: the URL is no longer good, or its file is gone. Notion gives a new one with the block, or the page,
	// that holds the file.
	ErrExpired = errors.New("the URL has expired or its file is gone")
	// ErrTooLarge: the file is larger than Options.MaxBytes.
	ErrTooLarge = errors.New("the file is too large")
	// ErrContent: what the URL leads to is not the file but, say, an error page; or it is no http or https URL.
	ErrContent = errors.New("not the file itself")
	// ErrPrivate: the URL leads to an address that is not public.
	ErrPrivate = errors.New("not a public address")
	// ErrStore: the store takes nothing from us, whatever the file: the credentials are wrong, the store or bucket is
	// missing or suspended.
	ErrStore = errors.New("the file store refuses us")
)

// Error is a refusal by the file store. It matches [ErrStore] with errors.Is where other files would fare no better.
type Error struct {
	Status     int           // HTTP status
	Code       string        // the store's word for it: rate_limited, NoSuchBucket, …; may be empty
	Message    string        // for people; may be empty
	RetryAfter time.Duration // when the store said how long to wait
	fatal      bool
}

func (e *Error) Error() string {
	text := fmt.Sprintf("status %d, %s", e.Status, cmp.Or(e.Code, "no code"))
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(", retry after %s", e.RetryAfter)
	}
	return text
}

// Is makes a fatal refusal match ErrStore.
func (e *Error) Is(target error) bool { return e.fatal && target == ErrStore }

// withoutURL is err without the URL that net/http puts into it: the query of a signed URL is as good as a password.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
