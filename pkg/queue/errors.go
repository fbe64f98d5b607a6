package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"notionsync/pkg/diagnosis"
)

// Error is QStash's refusal, or an answer that is not QStash's. It holds no token, no bypass secret and no URL outside.
type Error struct {
	Status    int    // of the answer
	Message   string // what QStash said
	Diagnosis diagnosis.Diagnosis
}

// Said is the error without what to do.
func (e *Error) Said() error { return fmt.Errorf("QStash answered %d: %s", e.Status, e.Message) }

func (e *Error) Error() string {
	text := e.Said().Error()
	if advice := e.Diagnosis.Advice(); advice != "" {
		text += "; " + advice
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
	return &Error{Status: got.status, Message: message, Diagnosis: diagnosis.Of(diagnose(got, message, req.outside != ""))}
}

// notQStash makes an error of a success that QStash would put otherwise, such as a proxy's page.
func notQStash(status int) *Error {
	return &Error{
		Status: status, Message: "something else than QStash's JSON", Diagnosis: diagnosis.Of(diagnosis.QStashAddress),
	}
}

// Diagnose returns what an error of this package says about QStash; the zero value if it says nothing.
func Diagnose(err error) diagnosis.Diagnosis {
	var refused *Error
	switch {
	case errors.As(err, &refused):
		return refused.Diagnosis
	case errors.As(err, new(*unreachable)):
		return diagnosis.Of(diagnosis.QStashNoAnswer)
	case errors.Is(err, errEnvironment):
		return diagnosis.Of(diagnosis.QStashSpaces)
	}
	return diagnosis.Diagnosis{}
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

// refusals are words of QStash's refusals and what they mean, in lower case. The first that an answer holds counts. They
// are those reported for the hosted service.
var refusals = []struct {
	words string
	id    diagnosis.ID
}{
	{"disabled", diagnosis.QStashDisabled}, {"suspended", diagnosis.QStashDisabled}, {"deactivated", diagnosis.QStashDisabled},
	{"invalid destination", diagnosis.QStashDestination},
	{"readonly", diagnosis.QStashReadOnly}, {"read-only", diagnosis.QStashReadOnly}, {"read only", diagnosis.QStashReadOnly},
	{"in this region", diagnosis.QStashRegion},
	{"quota", diagnosis.QStashLimit},
}

// diagnose tells answers apart that are not 2xx: refusals by QStash's words, else by the status.
func diagnose(got *reply, message string, outside bool) diagnosis.ID {
	if id := byStatus(got); got.status < 400 || got.status >= 500 || id == diagnosis.QStashDay || id == diagnosis.QStashBurst {
		return id
	}
	for _, known := range refusals {
		if strings.Contains(strings.ToLower(message), known.words) {
			if outside && known.id == diagnosis.QStashDestination {
				return diagnosis.QStashOutside
			}
			return known.id
		}
	}
	return byStatus(got)
}

func byStatus(got *reply) diagnosis.ID {
	switch got.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return diagnosis.QStashToken
	case http.StatusNotFound:
		return diagnosis.QStashAddress
	case http.StatusPreconditionFailed:
		return diagnosis.QStashLimit
	case http.StatusTooManyRequests:
		if got.header.Get("RateLimit-Limit") != "" || got.header.Get("RateLimit-Reset") != "" {
			return diagnosis.QStashDay
		}
		return diagnosis.QStashBurst
	}
	switch {
	case got.status < 400:
		return diagnosis.QStashAddress // that redirects
	case got.status >= 500:
		return diagnosis.QStashTrouble
	}
	return diagnosis.QStashRefusal
}
