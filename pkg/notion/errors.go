package notion

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"notionsync/pkg/syncer/model"
)

// Codes and reasons the client acts on, from developers.notion.com, "Status codes" and "Request limits" (read 2026-08).
const (
	codeNotFound   = "object_not_found"
	codeValidation = "validation_error"
	codeRestricted = "restricted_resource"

	reasonBlocked = "public_api_request_blocked"
)

// Error is an answer that is not a 200 with JSON. With errors.Is it is one of:
//
//   - model.ErrUnauthorized: 401;
//   - model.ErrNotFound: 404 object_not_found;
//   - model.ErrCursor: a 400 that finds fault with the cursor sent;
//   - model.ErrRefused: other 4xx in Notion's JSON, 3xx (no redirect is followed with the token), and a 429 or 529 that
//     says the request is blocked for good;
//   - none of them, and so worth a retry: 408, 409, 5xx, a 200 that is not JSON, and a 4xx other than 401 that is not
//     Notion's JSON: there the network in front of Notion speaks, which may have refused a good request.
//
// Where Notion, or the network in front of it, asks for fewer requests (429, 529, an edge block), the methods of
// [Client] return *model.Wait with this error's text as its reason.
type Error struct {
	Status     int
	Code       string        // Notion's; empty if the answer was not Notion's JSON
	Message    string        // Notion's, or the text of a page of HTML; one short line
	RequestID  string        // for Notion's support
	ErrorType  string        // additional_data.rate_limit_reason, or error_type
	RetryAfter time.Duration // 0: not said

	kind      string // of the call, see Options.OnRequest
	badCursor bool
	edge      bool // refused by the network in front of Notion, which has not seen the request
}

// newError reads an answer. Notion's edge answers in HTML, or not at all, so nothing is taken for granted.
func newError(k *call, resp *http.Response, body []byte) *Error {
	var said struct {
		Code       string         `json:"code"`
		Message    string         `json:"message"`
		RequestID  string         `json:"request_id"`
		Additional map[string]any `json:"additional_data"`
	}
	isJSON := json.Unmarshal(body, &said) == nil
	header := resp.Header.Get("X-Notion-Request-Id")
	e := &Error{
		Status:     resp.StatusCode,
		Code:       said.Code,
		Message:    oneLine(said.Message),
		RequestID:  orElse(header, said.RequestID),
		ErrorType:  orElse(text(said.Additional["rate_limit_reason"]), text(said.Additional["error_type"])),
		RetryAfter: retryAfter(orElse(resp.Header.Get("Retry-After"), text(said.Additional["retry_after"]))),
		kind:       k.kind,
	}
	if !isJSON {
		e.Message = plainText(body)
	}
	e.badCursor = k.cursor && e.Status == http.StatusBadRequest && e.Code == codeValidation &&
		strings.Contains(strings.ToLower(e.Message), "cursor")
	e.edge = e.Status == http.StatusForbidden && e.Code == "" && header == "" && resp.Header.Get("Cf-Ray") != ""
	return e
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// Error says the status, what Notion said, and what its reader can do about it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(e.Status))
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if what := orElse(e.Message, http.StatusText(e.Status)); what != "" {
		b.WriteString(": " + strings.TrimSuffix(what, "."))
	}
	if e.ErrorType != "" {
		b.WriteString(" (" + e.ErrorType + ")")
	}
	if hint := e.hint(); hint != "" {
		b.WriteString("; " + hint)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " [request %s]", e.RequestID)
	}
	return b.String()
}

func (e *Error) hint() string {
	switch {
	case e.Is(model.ErrUnauthorized):
		return "the integration's token is wrong or was revoked"
	case e.Is(model.ErrNotFound):
		return "if it exists, share it with the integration: open it in Notion, ••• → Connections"
	case e.Code == codeRestricted && e.kind == "user":
		return `the integration lacks the capability "Read user information", see its settings in Notion`
	case e.Code == codeRestricted:
		return `the integration lacks the capability "Read content", see its settings in Notion`
	case e.Status >= 300 && e.Status < 400:
		return "redirects are not followed, check the base URL"
	case e.edge:
		return "refused by the network in front of Notion, not by Notion"
	}
	return ""
}

// Is matches the sentinels of model.Source.
func (e *Error) Is(target error) bool {
	sentinel := e.sentinel()
	return sentinel != nil && sentinel == target
}

// sentinel is nil where a retry may help.
func (e *Error) sentinel() error {
	switch {
	case e.badCursor:
		return model.ErrCursor
	case e.Status == http.StatusUnauthorized:
		return model.ErrUnauthorized
	case e.Status == http.StatusNotFound && e.Code == codeNotFound:
		return model.ErrNotFound
	case e.ErrorType == reasonBlocked:
		return model.ErrRefused
	case e.limited(), e.Status == http.StatusRequestTimeout, e.Status == http.StatusConflict:
		return nil
	case e.Status >= 300 && e.Status < 400, e.Status >= 400 && e.Status < 500 && e.Code != "":
		return model.ErrRefused
	}
	return nil
}

// statusOverload is Notion's service_overload, to be handled exactly like a 429.
const statusOverload = 529

// limited reports whether Notion asks for fewer requests, from everybody and not just from this one.
func (e *Error) limited() bool {
	return e.edge || e.Status == http.StatusTooManyRequests || e.Status == statusOverload
}

// refusal is a model.ErrRefused of our own: what no retry cures, though Notion has not said so.
type refusal string

func (r refusal) Error() string { return string(r) }

// Is matches model.ErrRefused.
func (r refusal) Is(target error) bool { return target == model.ErrRefused }
