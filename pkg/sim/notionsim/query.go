package notionsim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"sort"
	"strconv"
)

// queryBody is what POST …/query takes.
type queryBody struct {
	filter   json.RawMessage
	sorts    []sorting
	rawSorts json.RawMessage
	cursor   string
	size     int
	archived bool
}

// parseQuery reads a body, refusing members that Notion does not know.
func parseQuery(body []byte, v Version) (queryBody, *apiError) {
	q := queryBody{size: maxPage}
	if len(bytes.TrimSpace(body)) == 0 {
		return q, nil
	}
	fields, err := decodeFields(body)
	if err != nil {
		return q, &apiError{status: 400, code: "invalid_json", message: "Error parsing JSON body."}
	}
	for _, f := range fields {
		ok := true
		switch {
		case f.key == "filter":
			q.filter = f.value
		case f.key == "sorts":
			q.rawSorts = f.value
			ok = json.Unmarshal(f.value, &q.sorts) == nil
		case f.key == "start_cursor":
			ok = json.Unmarshal(f.value, &q.cursor) == nil && f.value[0] == '"'
		case f.key == "page_size":
			if ok = json.Unmarshal(f.value, &q.size) == nil; ok {
				if e := checkSize("body", q.size); e != nil {
					return q, e
				}
			}
		case f.key == "is_archived" && v != V20220628:
			ok = json.Unmarshal(f.value, &q.archived) == nil
		case f.key == "result_type" && v != V20220628:
			ok = string(f.value) == `"page"` || string(f.value) == `"data_source"`
		default:
			return q, errInvalid("body failed validation: body." + f.key + " should be not present, instead was `" +
				string(f.value) + "`.")
		}
		if !ok {
			return q, errInvalid("body failed validation: body." + f.key + " should be valid, instead was `" +
				string(f.value) + "`.")
		}
	}
	return q, nil
}

// query lists rows of a data source.
func (s *Server) query(to route, v Version, params url.Values, body []byte) (object, *apiError) {
	src, e := s.queried(to, v)
	if e != nil {
		return object{}, e
	}
	if e := checkQuery(params, "filter_properties", "filter_properties[]"); e != nil {
		return object{}, e
	}
	q, e := parseQuery(body, v)
	if e != nil {
		return object{}, e
	}
	only, e := s.only(src.asProperties(), params)
	if e != nil {
		return object{}, e
	}
	rows, e := s.workspace.result(src, q)
	if e != nil {
		return object{}, e
	}
	page := listing{kind: "page_or_data_source", incomplete: len(rows) > s.options.RowLimit}
	if v == V20220628 {
		page.kind = "page_or_database"
	}
	mark := q.fingerprint(src)
	at, e := parseCursor(q.cursor, mark)
	if e != nil {
		return object{}, e
	}
	from := at.position(s.workspace, q.sorts, rows)
	room := min(q.size, max(0, s.options.RowLimit-at.Listed))
	end := min(len(rows), from+room)
	for _, p := range rows[from:end] {
		page.results = append(page.results, s.workspace.renderPage(p, v, only))
	}
	if end < len(rows) && at.Listed+(end-from) < s.options.RowLimit {
		page.next = s.workspace.cursorAt(rows[end], q.sorts, at.Listed+end-from, mark).String()
	}
	return page.render(), nil
}

// queried is the data source that a query is about. Each style of query has its versions.
func (s *Server) queried(to route, v Version) (*source, *apiError) {
	if !to.old {
		return s.source(to.id, v)
	}
	if v != V20220628 {
		return nil, errURL()
	}
	db, e := s.database(to.id)
	if e != nil {
		return nil, e
	}
	if e := single(db); e != nil {
		return nil, e
	}
	return db.sources[0], nil
}

func (s *source) asProperties() []property {
	props := make([]property, 0, len(s.columns))
	for _, c := range s.columns {
		props = append(props, property{name: c.Name, id: c.ID, kind: c.Type})
	}
	return props
}

func (q queryBody) fingerprint(s *source) string {
	h := hash(hash(hash(23, s.id), string(q.filter)), string(q.rawSorts)+strconv.FormatBool(q.archived))
	return strconv.FormatUint(h, 36)
}

// cursor names the row that comes next by what it is sorted by, so that a listing goes on at the right place although
// rows were added, removed or edited since. Clients see it as an opaque string that works for the same query only.
type cursor struct {
	Query  string    `json:"q"`
	Keys   []sortKey `json:"k"`
	ID     string    `json:"id"`
	Listed int       `json:"n"` // rows listed before
}

func (w *Workspace) cursorAt(p *page, sorts []sorting, listed int, mark string) cursor {
	return cursor{Query: mark, Keys: w.sortKeys(p, sorts), ID: p.id, Listed: listed}
}

func (c cursor) String() string { return base64.RawURLEncoding.EncodeToString(marshal(c)) }

func parseCursor(s, mark string) (cursor, *apiError) {
	var c cursor
	if s == "" {
		return c, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Query != mark || c.ID == "" {
		return c, errCursor(s)
	}
	return c, nil
}

// position is where the listing goes on.
func (c cursor) position(w *Workspace, sorts []sorting, rows []*page) int {
	if c.ID == "" {
		return 0
	}
	return sort.Search(len(rows), func(i int) bool {
		return compareKeys(sorts, w.sortKeys(rows[i], sorts), rows[i].id, c.Keys, c.ID) >= 0
	})
}

// resultCache holds the rows of recent queries, valid until something is edited.
type resultCache struct {
	edits   uint64
	results map[string][]*page
}

const cachedQueries = 32

// result is all rows that a query finds, in order.
func (w *Workspace) result(s *source, q queryBody) ([]*page, *apiError) {
	match, e := w.compile(s, q.filter)
	if e != nil {
		return nil, e
	}
	if e := checkSorts(s, q.sorts); e != nil {
		return nil, e
	}
	if s.cache.edits != w.edits || len(s.cache.results) >= cachedQueries {
		s.cache = resultCache{edits: w.edits, results: map[string][]*page{}}
	}
	key := q.fingerprint(s)
	if rows, ok := s.cache.results[key]; ok && !relative(q.filter) {
		return rows, nil
	}
	rows := make([]*page, 0, len(s.rows))
	if !w.inTrash(s.id) {
		for _, p := range s.rows {
			if !p.trashed && p.archived == q.archived && !w.hidden[p.id] && match(p) {
				rows = append(rows, p)
			}
		}
	}
	if !byCreation(q.sorts) {
		w.sortRows(rows, q.sorts)
	}
	s.cache.results[key] = rows
	return rows, nil
}
