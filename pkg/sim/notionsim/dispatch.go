package notionsim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxPage is the largest and the default page_size.
const maxPage = 100

// dispatch answers one request. The workspace is locked; the request id is added to the result later.
func (s *Server) dispatch(to route, v Version, r *http.Request, body []byte) (object, *apiError) {
	switch to.kind {
	case KindDatabase:
		return s.getDatabase(to.id, v)
	case KindDataSource:
		return s.getSource(to.id, v)
	case KindQuery:
		return s.query(to, v, r.URL.Query(), body)
	case KindPage:
		return s.getPage(to.id, v, r.URL.Query())
	case KindProperty:
		return s.getProperty(to, r.URL.Query())
	case KindMarkdown:
		return s.getMarkdown(to.id, v, r.URL.Query())
	case KindBlock:
		return s.getBlock(to.id, v)
	case KindChildren:
		return s.getChildren(to.id, v, r.URL.Query())
	case KindSearch:
		return s.search(v, body)
	case KindUser:
		return me(), nil
	}
	return object{}, errURL()
}

// reopen turns a rendered object back into one that takes further members.
func reopen(raw []byte) object { return object{buf: raw[: len(raw)-1 : len(raw)-1]} }

func (s *Server) getDatabase(rawID string, v Version) (object, *apiError) {
	db, e := s.database(rawID)
	if e != nil {
		return object{}, e
	}
	if v == V20220628 {
		if e := single(db); e != nil {
			return object{}, e
		}
	}
	return reopen(s.workspace.renderDatabase(db, v)), nil
}

// database finds a database by an id of a request.
func (s *Server) database(rawID string) (*database, *apiError) {
	id, ok := parseID(rawID)
	if !ok {
		return nil, errID("database_id", rawID)
	}
	w := s.workspace
	if w.pages[id] != nil && w.shared(id) {
		return nil, errInvalid("Provided ID " + id + " is a page, not a database. Use the retrieve page API instead.")
	}
	db := w.databases[id]
	if db == nil || !w.shared(id) {
		return nil, errNotFound("database", id)
	}
	return db, nil
}

// single refuses what versions before data sources cannot show.
func single(db *database) *apiError {
	switch len(db.sources) {
	case 0:
		return errNoSources(db.id)
	case 1:
		return nil
	}
	return errSources(db)
}

func (s *Server) getSource(rawID string, v Version) (object, *apiError) {
	src, e := s.source(rawID, v)
	if e != nil {
		return object{}, e
	}
	return reopen(s.workspace.renderSource(src, v)), nil
}

func (s *Server) source(rawID string, v Version) (*source, *apiError) {
	if v == V20220628 {
		return nil, errURL()
	}
	id, ok := parseID(rawID)
	if !ok {
		return nil, errID("data_source_id", rawID)
	}
	src := s.workspace.sources[id]
	if src == nil || !s.workspace.shared(id) {
		return nil, errNotFound("database", id)
	}
	return src, nil
}

func (s *Server) getPage(rawID string, v Version, query url.Values) (object, *apiError) {
	p, e := s.page(rawID)
	if e != nil {
		return object{}, e
	}
	if e := checkQuery(query, "filter_properties", "filter_properties[]"); e != nil {
		return object{}, e
	}
	only, e := s.only(s.workspace.properties(p), query)
	if e != nil {
		return object{}, e
	}
	return reopen(s.workspace.renderPage(p, v, only)), nil
}

func (s *Server) page(rawID string) (*page, *apiError) {
	id, ok := parseID(rawID)
	if !ok {
		return nil, errID("page_id", rawID)
	}
	w := s.workspace
	if w.databases[id] != nil && w.shared(id) {
		return nil, errInvalid("Provided ID " + id +
			" is a database, not a page. Use the retrieve database API instead.")
	}
	p := w.pages[id]
	if p == nil || !w.shared(id) {
		return nil, errNotFound("page", id)
	}
	return p, nil
}

// only reads filter_properties: ids or names of the properties wanted, nil for all.
func (s *Server) only(props []property, query url.Values) (map[string]bool, *apiError) {
	wanted := slices.Concat(query["filter_properties"], query["filter_properties[]"])
	if len(wanted) == 0 {
		return nil, nil
	}
	only := map[string]bool{}
	for _, name := range wanted {
		known := slices.ContainsFunc(props, func(p property) bool {
			return name == p.id || name == p.name || name == decoded(p.id)
		})
		if !known {
			return nil, errInvalid("Could not find property with name or id: " + name)
		}
		only[name] = true
	}
	return only, nil
}

func (s *Server) getBlock(rawID string, v Version) (object, *apiError) {
	b, e := s.block(rawID)
	if e != nil {
		return object{}, e
	}
	return reopen(s.workspace.renderBlock(b, v)), nil
}

func (s *Server) block(rawID string) (*block, *apiError) {
	id, ok := parseID(rawID)
	if !ok {
		return nil, errID("block_id", rawID)
	}
	b := s.workspace.asBlock(id)
	if b == nil || !s.workspace.shared(id) {
		return nil, errNotFound("block", id)
	}
	return b, nil
}

func (s *Server) getChildren(rawID string, v Version, query url.Values) (object, *apiError) {
	b, e := s.block(rawID)
	if e != nil {
		return object{}, e
	}
	size, cursor, e := pagination(query)
	if e != nil {
		return object{}, e
	}
	var list []*block
	if !s.options.CopiesEmpty || b.copyOf == "" {
		list, _ = s.workspace.children(b.id)
	}
	from := 0
	if cursor != "" {
		from = slices.IndexFunc(list, func(b *block) bool { return b.id == cursor })
		if from < 0 {
			return object{}, errCursor(cursor)
		}
	}
	page := listing{kind: "block"}
	for _, b := range list[from:min(len(list), from+size)] {
		page.results = append(page.results, s.workspace.renderBlock(b, v))
	}
	if from+size < len(list) {
		page.next = list[from+size].id
	}
	return page.render(), nil
}

func (s *Server) getProperty(to route, query url.Values) (object, *apiError) {
	p, e := s.page(to.id)
	if e != nil {
		return object{}, e
	}
	size, cursor, e := pagination(query)
	if e != nil {
		return object{}, e
	}
	props := s.workspace.properties(p)
	i := slices.IndexFunc(props, func(p property) bool { return decoded(p.id) == to.property })
	if i < 0 {
		return object{}, errNotFound("property", to.property)
	}
	prop := props[i]
	if !prop.listed() {
		var o object
		o.str("object", "property_item")
		o.str("type", prop.kind)
		o.str("id", prop.id)
		o.raw(prop.kind, prop.value)
		return o, nil
	}
	items := prop.items()
	from, e := itemCursor(prop, cursor, len(items))
	if e != nil {
		return object{}, e
	}
	page := listing{kind: "property_item", results: items[from:min(len(items), from+size)]}
	next := ""
	if from+size < len(items) {
		page.next = itemCursorAt(prop, from+size)
		next = nextURL(p.id, prop.id, page.next, size)
	}
	page.about = prop.footer(next)
	return page.render(), nil
}

// itemCursorAt is the cursor of the n-th item of a property.
func itemCursorAt(prop property, n int) string {
	return strconv.FormatUint(hash(17, prop.id)%0xffff, 36) + "." + strconv.Itoa(n)
}

func itemCursor(prop property, cursor string, items int) (int, *apiError) {
	if cursor == "" {
		return 0, nil
	}
	_, number, _ := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > items || itemCursorAt(prop, n) != cursor {
		return 0, errCursor(cursor)
	}
	return n, nil
}

// me is the bot that the connection is.
func me() object {
	var o, bot object
	bot.raw("owner", []byte(`{"type":"workspace","workspace":true}`))
	bot.str("workspace_name", "Simulated Workspace")
	bot.str("workspace_id", makeID(19, 1))
	bot.raw("workspace_limits", []byte(`{"max_file_upload_size_in_bytes":5242880}`))
	o.str("object", "user")
	o.str("id", integrationID)
	o.str("name", integrationName)
	o.raw("avatar_url", []byte("null"))
	o.str("type", "bot")
	o.raw("bot", bot.end())
	return o
}
