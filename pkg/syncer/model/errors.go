package model

import "errors"

// Permanent reports whether no retry can cure err.
func Permanent(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrRefused) || errors.Is(err, ErrValueRefused) ||
		errors.Is(err, ErrPanicked)
}

// ErrPanicked is all that a page's failure says of a panic; the log has the rest.
var ErrPanicked = errors.New("internal error, see the function's log")

// SourceError marks an error as Notion's, or the page's, rather than the store's.
type SourceError struct{ err error }

func (e *SourceError) Error() string { return e.err.Error() }

func (e *SourceError) Unwrap() error { return e.err }

// FromSource marks err, if there is one.
func FromSource(err error) error {
	if err == nil {
		return nil
	}
	return &SourceError{err}
}

// What a Syncer's errors are, beside those of its Store and Queue, which a retry may cure.
var (
	// ErrBusy: another invocation works on this job. Try again in a few seconds.
	ErrBusy = errors.New("this job is being worked on by another invocation")
	// ErrSlice: the message is for a slice that cannot be due.
	ErrSlice = errors.New("slice out of order")
	// ErrPublish: the queue did not take the message.
	ErrPublish = errors.New("the queue did not take the message")
)

// FatalError ends a job: no retry can cure what it names.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }

func (e *FatalError) Unwrap() error { return e.Err }
