package notionsim

import (
	"net/http"
	"net/url"
	"strings"
)

// The kinds of requests, as they are counted and matched.
const (
	KindDatabase   = "database" // GET databases/{id}
	KindDataSource = "data_source"
	KindQuery      = "query" // POST data_sources/{id}/query or databases/{id}/query
	KindPage       = "page"
	KindProperty   = "property" // GET pages/{id}/properties/{property}
	KindBlock      = "block"
	KindChildren   = "children" // GET blocks/{id}/children
	KindSearch     = "search"
	KindMarkdown   = "markdown" // GET pages/{id}/markdown
	KindUser       = "user"     // GET users/me
	KindOther      = "other"
)

// route is what a request asks for.
type route struct {
	kind     string
	id       string // as it stands in the path
	property string // decoded
	old      bool   // a query of databases/{id}
}

// parseRoute reads the escaped path: a property id may contain an escaped slash.
func parseRoute(r *http.Request) route {
	segments := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = plain
		}
	}
	if segments[0] != "v1" {
		return route{kind: KindOther}
	}
	segments = segments[1:]
	pattern := r.Method
	for i, s := range segments {
		if i%2 == 1 && !(s == "me") {
			s = "*"
		}
		pattern += " " + s
	}
	at := func(i int) string {
		if i < len(segments) {
			return segments[i]
		}
		return ""
	}
	switch pattern {
	case "GET databases *":
		return route{kind: KindDatabase, id: at(1)}
	case "GET data_sources *":
		return route{kind: KindDataSource, id: at(1)}
	case "POST databases * query":
		return route{kind: KindQuery, id: at(1), old: true}
	case "POST data_sources * query":
		return route{kind: KindQuery, id: at(1)}
	case "GET pages *":
		return route{kind: KindPage, id: at(1)}
	case "GET pages * properties *":
		return route{kind: KindProperty, id: at(1), property: at(3)}
	case "GET pages * markdown":
		return route{kind: KindMarkdown, id: at(1)}
	case "GET blocks *":
		return route{kind: KindBlock, id: at(1)}
	case "GET blocks * children":
		return route{kind: KindChildren, id: at(1)}
	case "POST search":
		return route{kind: KindSearch}
	case "GET users me":
		return route{kind: KindUser}
	}
	return route{kind: KindOther}
}
