package queue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// Error is QStash's refusal, or an answer that is not QStash's. It holds no token, no bypass secret and no URL outside.
type Error struct {
	Status  int    // of the answer
	Message string // what QStash said
	Fix     string // what to do about it, empty if that is not known
}

func (e *Error) Error() string {
	text := fmt.Sprintf("QStash answered %d: %s", e.Status, e.Message)
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// Permanent reports whether the same message would be refused again.
func (e *Error) Permanent() bool {
	return e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError &&
		e.Status != http.StatusTooManyRequests
}

// refused makes an error of an answer that is not 2xx.
func (q *Queue) refused(got *reply, req request) *Error {
	message := q.clean(said(got), req)
	return &Error{Status: got.status, Message: message, Fix: fix(got, message, req.outside)}
}

// notQStash makes an error of a success that QStash would put otherwise, such as a proxy's page.
func notQStash(status int) *Error {
	return &Error{
		Status:  status,
		Message: "something else than QStash's JSON",
		Fix:     "QSTASH_URL must be QStash's own address",
	}
}

// maxMessage is how many bytes of a message are kept.
const maxMessage = 300

// said finds the words in an answer: {"error": …}, or else whatever stands there, such as a proxy's HTML, as one line.
func said(got *reply) string {
	var parsed struct {
		Error string `json:"error"`
	}
	text := string(got.body)
	if json.Unmarshal(got.body, &parsed) == nil && parsed.Error != "" {
		text = parsed.Error
	}
	words := strings.FieldsFunc(strings.ToValidUTF8(text, " "), func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' })
	if text = strings.Join(words, " "); text == "" {
		return http.StatusText(got.status)
	}
	return text
}

// clean takes secrets out of a text from outside, and cuts it short.
func (q *Queue) clean(text string, req request) string {
	secrets := []string{q.opts.Token, "[token]"}
	if q.opts.Bypass != "" {
		secrets = append(secrets, q.opts.Bypass, "[bypass secret]")
	}
	if req.secret != "" {
		secrets = append(secrets, req.secret, "[secret]")
	}
	if u, err := url.Parse(req.outside); err == nil && req.outside != "" {
		secrets = append(secrets, req.outside, u.Host)
		if uri := u.RequestURI(); uri != "/" {
			secrets = append(secrets, uri, "/…")
		}
	}
	text = strings.NewReplacer(secrets...).Replace(text)
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// fix says what to do about the refusals that are known. The texts are those reported for the hosted service.
func fix(got *reply, message, outside string) string {
	switch got.status {
	case http.StatusBadRequest:
		unfit := strings.Contains(message, "loopback") || strings.Contains(message, "invalid scheme") ||
			strings.Contains(message, "unable to resolve host")
		switch {
		case unfit && outside != "":
			return "the address must be one that the internet can reach"
		case unfit:
			return "NEXT_PUBLIC_SITE_URL must be a public address, and QSTASH_URL, if set, QStash's address alone"
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		return "copy QSTASH_TOKEN again from the Upstash console, not the read-only one, " +
			"and QSTASH_URL with it: each region has a token of its own"
	case http.StatusNotFound, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "QSTASH_URL must be QStash's own address, where nothing redirects"
	case http.StatusPreconditionFailed:
		return "a limit of the Upstash plan is reached: see the Upstash console"
	case http.StatusTooManyRequests:
		if got.header.Get("RateLimit-Limit") != "" || got.header.Get("RateLimit-Reset") != "" {
			return "the Upstash plan's messages of the day are used up: wait until tomorrow, or take a larger plan"
		}
		return "too many requests a second: try again in a moment"
	}
	return ""
}
