package qstashsim

import (
	"net/http"
	"unicode/utf8"
)

// apiMessage is a message as the API shows it, without what Upstash-Redact-Fields hides.
type apiMessage struct {
	MessageID       string      `json:"messageId"`
	URL             string      `json:"url"`
	Method          string      `json:"method"`
	Header          http.Header `json:"header"`
	Body            string      `json:"body,omitempty"`
	BodyBase64      []byte      `json:"bodyBase64,omitempty"` // of a body that is not UTF-8
	MaxRetries      int         `json:"maxRetries"`
	NotBefore       int64       `json:"notBefore"` // unix milliseconds
	CreatedAt       int64       `json:"createdAt"`
	Callback        string      `json:"callback,omitempty"`
	FailureCallback string      `json:"failureCallback,omitempty"`
	CallerIP        string      `json:"callerIP"`
}

func (m *message) forAPI() apiMessage {
	out := apiMessage{
		MessageID:  m.ID,
		URL:        m.URL,
		Method:     m.Method,
		Header:     m.redact.header(m.Header),
		MaxRetries: m.MaxRetries,
		NotBefore:  m.NotBefore.UnixMilli(),
		CreatedAt:  m.CreatedAt.UnixMilli(),
		CallerIP:   m.CallerIP,
	}
	out.Body, out.BodyBase64 = textOrBytes(m.redact.bytes(m.Body))
	if m.callback != nil {
		out.Callback = m.callback.url
	}
	if m.failureCallback != nil {
		out.FailureCallback = m.failureCallback.url
	}
	return out
}

// deadLetter is a failed message with the last answer it got.
type deadLetter struct {
	apiMessage
	DLQID              string      `json:"dlqId"`
	ResponseStatus     int         `json:"responseStatus,omitempty"`
	ResponseHeader     http.Header `json:"responseHeader,omitempty"`
	ResponseBody       string      `json:"responseBody,omitempty"`
	ResponseBodyBase64 []byte      `json:"responseBodyBase64,omitempty"`
}

func (m *message) deadLetter() deadLetter {
	last := m.Attempts[len(m.Attempts)-1]
	out := deadLetter{
		apiMessage:     m.forAPI(),
		DLQID:          m.DLQID,
		ResponseStatus: last.Status,
		ResponseHeader: last.Header,
	}
	out.ResponseBody, out.ResponseBodyBase64 = textOrBytes(last.Body)
	return out
}

func textOrBytes(b []byte) (string, []byte) {
	if utf8.Valid(b) {
		return string(b), nil
	}
	return "", b
}
