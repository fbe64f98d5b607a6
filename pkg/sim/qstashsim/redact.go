package qstashsim

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
)

// redaction says what Upstash-Redact-Fields hides from the API. Deliveries show everything.
type redaction struct {
	body    bool
	headers bool            // all of them
	names   map[string]bool // or these, in canonical form
}

// parseRedaction reads a comma-separated list of body, header or headers, and header[Name] or headers[Name]. The
// documentation has both spellings.
func parseRedaction(list string) redaction {
	r := redaction{names: map[string]bool{}}
	for field := range strings.SplitSeq(list, ",") {
		field = strings.TrimSpace(field)
		kind, name, _ := strings.Cut(strings.TrimSuffix(field, "]"), "[")
		switch {
		case kind == "body":
			r.body = true
		case kind != "header" && kind != "headers":
		case name == "":
			r.headers = true
		default:
			r.names[textproto.CanonicalMIMEHeaderKey(name)] = true
		}
	}
	return r
}

func (r redaction) header(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		for _, v := range values {
			if r.headers || r.names[name] {
				v = redacted([]byte(v))
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

func (r redaction) bytes(b []byte) []byte {
	if r.body {
		return []byte(redacted(b))
	}
	return b
}

func redacted(value []byte) string { return fmt.Sprintf("REDACTED:%x", sha256.Sum256(value)) }
