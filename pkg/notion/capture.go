package notion

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"notionsync/pkg/page"
)

// call travels in the context of one request, from the method that makes it through the library to the transport, and
// brings the answer back: the library has no place for either. Only one goroutine uses it at a time.
type call struct {
	kind  string // for OnRequest
	asked string // for errors: what was asked for, with its id

	// path and query, if set, replace the library's. It knows neither data sources nor page properties; the call of its
	// own that comes nearest makes the request, so that token and headers are put on in one place only.
	path  string // below /v1/, escaped
	query url.Values

	cursor  bool                   // a cursor is sent, so it may be refused
	lighter func() ([]byte, error) // a body that asks for less, for the attempt after one that was too much

	content []byte // sent in place of the library's body if set
	answer  []byte // the body of the 200, verbatim
}

type callKey struct{}

// emptyAnswer is what the library gets to decode, whatever Notion said; the body is read from the call, and only there.
// It has a type because Block.Get panics without one.
func emptyAnswer(req *http.Request) *http.Response {
	return &http.Response{
		Status:     "200 OK",
		StatusCode: http.StatusOK,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     make(http.Header),
		Body:       io.NopCloser(strings.NewReader(`{"type":"unsupported"}`)),
		Request:    req,
	}
}

// list is the envelope of everything that comes in pages. Elements are the bytes Notion sent.
type list struct {
	Object        string            `json:"object"`
	Results       []json.RawMessage `json:"results"`
	NextCursor    string            `json:"next_cursor"`
	HasMore       bool              `json:"has_more"`
	RequestStatus struct {
		Type string `json:"type"`
	} `json:"request_status"`
}

// decodeList reads a list. It is strict where leniency would end a listing early and have its pages removed. The error
// wraps page.ErrShape.
func decodeList(body []byte) (list, error) {
	var l list
	if err := json.Unmarshal(body, &l); err != nil {
		return list{}, fmt.Errorf("%w: %w", page.ErrShape, err)
	}
	if l.Object != "list" || l.Results == nil {
		return list{}, fmt.Errorf("%w: object %q, want a list of results", page.ErrShape, l.Object)
	}
	if l.HasMore && l.NextCursor == "" {
		return list{}, fmt.Errorf("%w: a list that has more but no cursor to it", page.ErrShape)
	}
	return l, nil
}

// next is the cursor of the page after this one, empty on the last.
func (l list) next() string {
	if !l.HasMore {
		return ""
	}
	return l.NextCursor
}
