package notionsim

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// integrationID and integrationName are the connection that the server plays.
const (
	integrationID   = "7775f3a3-893f-43fa-b625-460c61094c78"
	integrationName = "notionsim"
)

// apiError is an answer of the API that is no success.
type apiError struct {
	status     int
	code       string
	message    string
	additional json.RawMessage
	retryAfter time.Duration // header Retry-After, none if 0
}

func (e *apiError) write(w http.ResponseWriter, requestID string) {
	var o object
	o.str("object", "error")
	o.raw("status", marshal(e.status))
	o.str("code", e.code)
	o.str("message", e.message)
	if e.additional != nil {
		o.raw("additional_data", e.additional)
	}
	o.str("request_id", requestID)
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", seconds(e.retryAfter))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Notion-Request-Id", requestID)
	w.WriteHeader(e.status)
	_, _ = w.Write(o.end())
}

// seconds rounds up: a client that waits as long as told is let in.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

func errUnauthorized() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: "unauthorized", message: "API token is invalid."}
}

// errRateLimited: the documentation of August 2026 has the reasons and the header, a public issue the message.
func errRateLimited(wait time.Duration, reason string) *apiError {
	if reason == "" {
		reason = "public_api_request_rate_limit"
	}
	var more object
	more.str("rate_limit_reason", reason)
	if wait > 0 {
		more.str("retry_after", seconds(wait))
	}
	return &apiError{
		status: http.StatusTooManyRequests, code: "rate_limited",
		message:    "You have been rate limited. Please try again in a few minutes.",
		additional: more.end(), retryAfter: wait,
	}
}

func errInvalid(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "validation_error", message: message}
}

func errURL() *apiError {
	return &apiError{status: http.StatusBadRequest, code: "invalid_request_url", message: "Invalid request URL."}
}

// errID: param is the name in Notion's own routes, page_id for /v1/pages/{id}.
func errID(param, got string) *apiError {
	return errInvalid("path failed validation: path." + param + " should be a valid uuid, instead was `" +
		string(quote(got)) + "`.")
}

// errNotFound is the answer for what does not exist and for what is not shared. Data sources are called databases.
func errNotFound(kind, id string) *apiError {
	var more object
	more.str("integration_id", integrationID)
	return &apiError{
		status: http.StatusNotFound, code: "object_not_found",
		message: "Could not find " + kind + " with ID: " + id + ". Make sure the relevant pages and databases are " +
			`shared with your integration "` + integrationName + `".`,
		additional: more.end(),
	}
}

func errCursor(cursor string) *apiError {
	return errInvalid("The start_cursor provided is invalid: " + cursor)
}

func errNoSources(id string) *apiError {
	return errInvalid("Database with ID " + id + " does not contain any data sources accessible by this API bot.")
}

// errSources is what versions before data sources say about a database that has several.
func errSources(db *database) *apiError {
	ids := make([]string, 0, len(db.sources))
	for _, s := range db.sources {
		ids = append(ids, s.id)
	}
	var more object
	more.str("error_type", "multiple_data_sources_for_database")
	more.str("database_id", db.id)
	more.raw("child_data_source_ids", marshal(ids))
	more.str("minimum_api_version", string(V20250903))
	e := errInvalid("Databases with multiple data sources are not supported in this API version.")
	e.additional = more.end()
	return e
}

func checkVersion(v Version) *apiError {
	switch v {
	case V20220628, V20250903, V20260311:
		return nil
	case "":
		e := errInvalid("Notion-Version header failed validation: Notion-Version header should be defined, " +
			"instead was `undefined`.")
		e.code = "missing_version"
		return e
	}
	known := []string{string(V20220628), string(V20250903), string(V20260311)}
	return errInvalid("Notion-Version header failed validation: Notion-Version header should be `\"" +
		strings.Join(known, "\"` or `\"") + "\"`, instead was `" + string(quote(string(v))) + "`.")
}
