package app

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// What is said of a Redis that answers, but with an error.
const redisRefused = "Redis refused"

// syncError answers the errors of the engine and its Redis; text is what is said of one that has no answer of its own.
func syncError(text string) func(error) *Error {
	return func(err error) *Error {
		var own *Error
		var config *ConfigError
		var answer redis.Error
		switch {
		case errors.As(err, &own), errors.As(err, &config), errors.Is(err, ErrUnauthorized), errors.Is(err, ErrSignature):
			return nil
		case errors.Is(err, store.ErrUnreachable):
			return &Error{
				Status: http.StatusServiceUnavailable, Text: "Redis unreachable", Err: err,
				Details: strings.Replace(err.Error(), store.ErrUnreachable.Error()+": ", "", 1),
				Header:  http.Header{"Retry-After": {"10"}},
			}
		case errors.Is(err, model.ErrUnknownJob):
			return &Error{Status: http.StatusNotFound, Text: "Unknown job", Err: err}
		case errors.Is(err, model.ErrPublish):
			return &Error{Status: http.StatusBadGateway, Text: text, Details: err.Error(), Err: err}
		case errors.As(err, new(*panicError)):
			return nil
		case errors.As(err, &answer):
			return &Error{Status: http.StatusInternalServerError, Text: redisRefused, Details: err.Error(), Err: err}
		default:
			return &Error{Status: http.StatusInternalServerError, Text: text, Details: err.Error(), Err: err}
		}
	}
}
