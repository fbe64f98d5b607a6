package app

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an error that says how it is to be answered.
type Error struct {
	Status  int
	Text    string      // short and stable, for callers to compare; the answer's "error"
	Details string      // for people; never a secret; empty: none
	Header  http.Header // further headers of the answer; nil: none
	Err     error       // what is behind it, for the log and errors.Is; nil: nothing more
}

// Error is what the log says: the details or the cause are put after the text.
func (e *Error) Error() string {
	switch {
	case e.Err != nil && e.Err.Error() != e.Text:
		return fmt.Sprintf("%s: %v", e.Text, e.Err)
	case e.Details != "":
		return e.Text + ": " + e.Details
	default:
		return e.Text
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) answer() Answer {
	return Answer{
		Status: e.Status,
		Header: e.Header,
		Body: struct {
			Error   string `json:"error"`
			Details string `json:"details,omitempty"`
		}{e.Text, e.Details},
	}
}

// What authentication finds. The reason wrapped around it is for the log; the answer never gives it.
var (
	// ErrUnauthorized: the caller's secret is wrong or missing.
	ErrUnauthorized = errors.New("app: secret wrong or missing")
	// ErrSignature: a request that must be signed is not, or not as it should be.
	ErrSignature = errors.New("app: signature wrong or missing")
)

// InvalidRequest is the error for parameters or a body that can't be read. The details are shown to the caller.
func InvalidRequest(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Text: "Invalid request", Details: fmt.Sprintf(format, args...)}
}

// ErrorFor is the answer to any error: an [Error] is its own, the errors this package names have theirs, and the rest
// is a 500 that says nothing. It is the one place where errors become answers; a route's exceptions are Route.Errors.
func ErrorFor(err error) *Error {
	var own *Error
	var config *ConfigError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &config):
		return &Error{
			Status: http.StatusInternalServerError, Text: config.Error(), Details: config.Details(), Err: err,
		}
	case errors.Is(err, ErrUnauthorized):
		return &Error{Status: http.StatusUnauthorized, Text: "Unauthorized", Err: err}
	case errors.Is(err, ErrSignature):
		return &Error{Status: http.StatusUnauthorized, Text: "Failed to verify signature", Err: err}
	default:
		return &Error{Status: http.StatusInternalServerError, Text: "Internal error", Err: err}
	}
}
