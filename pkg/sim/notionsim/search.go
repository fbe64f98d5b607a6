package notionsim

import (
	"encoding/json"
	"slices"
	"strings"
)

// searchBody is what POST search takes.
type searchBody struct {
	Query  string `json:"query"`
	Filter *struct {
		Property string `json:"property"`
		Value    string `json:"value"`
	} `json:"filter"`
	Sort *struct {
		Timestamp string `json:"timestamp"`
		Direction string `json:"direction"`
	} `json:"sort"`
	Cursor string `json:"start_cursor"`
	Size   int    `json:"page_size"`
}

// search finds pages by title, and databases or data sources as the version has it. An old version does not see
// databases with several data sources, none sees linked views.
func (s *Server) search(v Version, body []byte) (object, *apiError) {
	q := searchBody{Size: maxPage}
	if len(body) > 0 && json.Unmarshal(body, &q) != nil {
		return object{}, &apiError{status: 400, code: "invalid_json", message: "Error parsing JSON body."}
	}
	if e := checkSize("body", q.Size); e != nil {
		return object{}, e
	}
	tables := "data_source"
	if v == V20220628 {
		tables = "database"
	}
	wanted := ""
	if q.Filter != nil {
		if q.Filter.Property != "object" || q.Filter.Value != "page" && q.Filter.Value != tables {
			return object{}, errInvalid("body failed validation: body.filter.value should be `\"page\"` or `" +
				string(quote(tables)) + "`, instead was `" + string(quote(q.Filter.Value)) + "`.")
		}
		wanted = q.Filter.Value
	}
	var hits []hit
	if wanted != tables {
		hits = s.workspace.searchPages(q.Query)
	}
	if wanted != "page" {
		hits = append(hits, s.workspace.searchTables(q.Query, v)...)
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if q.Sort != nil && q.Sort.Direction == "ascending" {
			a, b = b, a
		}
		if c := strings.Compare(b.edited, a.edited); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	from := 0
	if q.Cursor != "" {
		if from = slices.IndexFunc(hits, func(h hit) bool { return h.id == q.Cursor }); from < 0 {
			return object{}, errCursor(q.Cursor)
		}
	}
	page := listing{kind: "page_or_" + tables}
	for _, h := range hits[from:min(len(hits), from+q.Size)] {
		page.results = append(page.results, h.render(v))
	}
	if from+q.Size < len(hits) {
		page.next = hits[from+q.Size].id
	}
	return page.render(), nil
}

// hit is something that a search found.
type hit struct {
	id, edited string
	render     func(Version) json.RawMessage
}

func (w *Workspace) searchPages(query string) []hit {
	var hits []hit
	for _, p := range w.pageOrder {
		if !w.inTrash(p.id) && w.shared(p.id) && matches(w.titleOf(p), query) {
			hits = append(hits, hit{p.id, stamp(p.edited), func(v Version) json.RawMessage {
				return w.renderPage(p, v, nil)
			}})
		}
	}
	return hits
}

func (w *Workspace) searchTables(query string, v Version) []hit {
	var hits []hit
	for _, db := range w.dbOrder {
		if w.inTrash(db.id) || !w.shared(db.id) || !matches(db.title, query) || v == V20220628 && len(db.sources) != 1 {
			continue
		}
		if v == V20220628 {
			hits = append(hits, hit{db.id, stamp(db.edited), func(v Version) json.RawMessage {
				return w.renderDatabase(db, v)
			}})
			continue
		}
		for _, s := range db.sources {
			hits = append(hits, hit{s.id, stamp(db.edited), func(v Version) json.RawMessage {
				return w.renderSource(s, v)
			}})
		}
	}
	return hits
}

func matches(title, query string) bool {
	return strings.Contains(strings.ToLower(title), strings.ToLower(query))
}
