package blobsim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// apiError is an error as the API answers it. The codes are those the client tells apart; their statuses are assumed.
type apiError struct {
	status        int
	code, message string
	retryAfter    time.Duration
}

var (
	errForbidden     = &apiError{status: http.StatusForbidden, code: "forbidden", message: "Access denied"}
	errStoreNotFound = &apiError{status: http.StatusNotFound, code: "store_not_found", message: "Store not found"}
	errNotFound      = &apiError{status: http.StatusNotFound, code: "not_found", message: "Blob not found"}
	errPrecondition  = &apiError{
		status: http.StatusPreconditionFailed, code: "precondition_failed", message: "ETag mismatch",
	}
	errNotSimulated = badRequest("blobsim: no such operation")
)

func badRequest(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "bad_request", message: message}
}

func (e *apiError) write(w http.ResponseWriter) {
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.retryAfter+time.Second-1)/time.Second)))
	}
	writeJSON(w, e.status, map[string]any{"error": map[string]string{"code": e.code, "message": e.message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that left needs no answer
}
