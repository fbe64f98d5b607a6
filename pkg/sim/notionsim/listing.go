package notionsim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
)

// listing is one page of a list.
type listing struct {
	kind       string // block, property_item, page_or_data_source, page_or_database
	results    []json.RawMessage
	next       string
	incomplete bool            // Notion stopped at its limit of rows
	about      json.RawMessage // what stands under the name of the kind; {} if nil
}

func (l listing) render() object {
	var o object
	o.str("object", "list")
	o.raw("results", array(l.results))
	if l.next == "" {
		o.raw("next_cursor", []byte("null"))
	} else {
		o.str("next_cursor", l.next)
	}
	o.bool("has_more", l.next != "")
	o.str("type", l.kind)
	if l.about == nil {
		l.about = json.RawMessage("{}")
	}
	o.raw(l.kind, l.about)
	if l.incomplete {
		o.raw("request_status",
			[]byte(`{"type":"incomplete","incomplete_reason":"query_result_limit_reached"}`))
	}
	return o
}

// pagination reads the parameters of a GET listing.
func pagination(query url.Values) (size int, cursor string, e *apiError) {
	if e := checkQuery(query, "page_size", "start_cursor"); e != nil {
		return 0, "", e
	}
	size = maxPage
	if raw := query.Get("page_size"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil {
			return 0, "", errInvalid("query failed validation: query.page_size should be a number, instead was `" +
				string(quote(raw)) + "`.")
		}
		if e := checkSize("query", n); e != nil {
			return 0, "", e
		}
		size = n
	}
	return size, query.Get("start_cursor"), nil
}

// checkSize: Notion says where the number stood, in the query or in the body.
func checkSize(where string, n int) *apiError {
	bound := ""
	switch {
	case n < 1:
		bound = "≥ `1`"
	case n > maxPage:
		bound = "≤ `100`"
	default:
		return nil
	}
	return errInvalid(where + " failed validation: " + where + ".page_size should be " + bound + ", instead was `" +
		strconv.Itoa(n) + "`.")
}

// checkQuery refuses parameters that an endpoint does not have, as Notion does since 2021-08-16.
func checkQuery(query url.Values, known ...string) *apiError {
	for name := range query {
		if !slices.Contains(known, name) {
			return errInvalid("query failed validation: query." + name + " should be not present, instead was `" +
				string(quote(query.Get(name))) + "`.")
		}
	}
	return nil
}
