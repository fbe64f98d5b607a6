package queue

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// parseBase repairs and checks the address of QStash. Its errors do not hold it: people paste tokens into it.
func parseBase(address string) (*url.URL, error) {
	address = strings.TrimRight(cmp.Or(address, DefaultURL), "/")
	address = strings.TrimSuffix(address, "/publish")
	address = strings.TrimRight(strings.TrimSuffix(address, "/v2"), "/")
	base, err := parseHTTP(address)
	if err == nil && (base.RawQuery != "" || base.ForceQuery) {
		err = errors.New("has a query")
	}
	if err != nil {
		return nil, fmt.Errorf("queue: base URL %w", err)
	}
	return base, nil
}

// parseHTTP parses an absolute http(s) URL. Its errors do not hold the URL.
func parseHTTP(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("is not an absolute http(s) URL")
	case u.User != nil:
		return nil, errors.New("has a user or password")
	case strings.Contains(address, "#"):
		return nil, errors.New("has a fragment, which is lost on the way")
	}
	return u, nil
}

// checkOwn checks a destination of our own. A query is refused, for what QStash then signs is not documented.
func (q *Queue) checkOwn(address string) error {
	u, err := parseHTTP(address)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return errors.New("has a query")
	}
	return q.checkOnTheWire(address)
}

// checkOutside checks any other destination. Its query becomes that of the publish call, where QStash takes keys that
// begin with upstash- for settings and qstash_token for the credential; all others it hands on.
func (q *Queue) checkOutside(address string) error {
	u, err := parseHTTP(address)
	if err != nil {
		return err
	}
	for key := range strings.FieldsFuncSeq(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		key, _, _ = strings.Cut(key, "=")
		if plain, err := url.QueryUnescape(key); err == nil {
			key = plain
		}
		key = strings.ToLower(key)
		if key == "qstash_token" || strings.HasPrefix(key, "upstash-") {
			return errors.New("has a query that QStash would take for its own")
		}
	}
	return q.checkOnTheWire(address)
}

// CheckURL says what keeps messages from being published to a URL outside, as the end of a sentence that begins with
// what names the URL; nil if nothing does. It does not hold the URL, which may be a secret.
func CheckURL(address string) error {
	base, err := parseBase("")
	if err != nil {
		return err
	}
	return (&Queue{base: base}).checkOutside(address)
}

// checkOnTheWire refuses what would not arrive byte for byte: the destination stands raw in the path of the publish
// call, and what QStash signs is what it got. Spaces and letters outside ASCII are escaped by net/http, for instance.
func (q *Queue) checkOnTheWire(destination string) error {
	target, err := q.target(publishPath + destination)
	if err != nil || target.RequestURI() != q.base.EscapedPath()+publishPath+destination {
		return errors.New("has characters that must be percent-encoded")
	}
	return nil
}

// target is the URL of a route of QStash.
func (q *Queue) target(path string) (*url.URL, error) {
	u, err := url.Parse(q.base.String() + path)
	if err != nil {
		return nil, errors.New("is not a URL")
	}
	return u, nil
}
