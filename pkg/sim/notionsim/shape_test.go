package notionsim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
)

// exchange is one recorded request with its answer.
type exchange struct {
	Version  notionsim.Version `json:"notionVersion"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

func readExchange(t *testing.T, name string) exchange {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "api", name+".json"))
	ok(t, err)
	return parse[exchange](t, raw)
}

// shaped is a workspace with one object of each sort that the recordings show.
type shaped struct {
	workspace                                  *notionsim.Workspace
	page, paragraph, paragraphs, table, synced string
	columns, database, source, view, row       string
	relation, button                           string // ids of properties
}

func newShaped(t *testing.T) shaped {
	t.Helper()
	id := must[string](t)
	w := notionsim.New(newClock().now)
	s := shaped{workspace: w, page: id(w.AddChildPage(w.AddPage("Root"), "Test page"))}
	s.synced = id(w.AppendBlock(s.page, notionsim.SyncedCopy(s.page)))
	s.columns = id(w.AppendBlock(s.page, notionsim.Columns([]notionsim.Block{notionsim.Divider()})))
	s.paragraph = id(w.AppendBlock(s.page, notionsim.Paragraph(notionsim.Text("a"))))
	s.table = id(w.AppendBlock(s.page, notionsim.Table(true, []notionsim.Rich{notionsim.Text("a")})))
	s.paragraphs = w.AddPage("Paragraphs", notionsim.Paragraph(notionsim.Text("0")),
		notionsim.Paragraph(notionsim.Text("1")), notionsim.Paragraph(notionsim.Text("2")))
	var err error
	s.database, s.source, err = w.AddDatabase(s.page, "Database", notionsim.Column{Name: "Related", Type: "relation",
		Config: map[string]any{"database_id": "", "data_source_id": "", "type": "x", "dual_property": ""}},
		notionsim.Column{Name: "Press", Type: "button"}, notionsim.Column{Name: "Check", Type: "checkbox"})
	ok(t, err)
	s.view = id(w.AddLinkedView(s.page, "View"))
	related := make([]string, 30)
	for i := range related {
		related[i] = s.page
	}
	s.row = id(w.AddRow(s.source, "Row", map[string]any{"Related": related, "Check": true}))
	props := parse[struct {
		Properties map[string]struct{ ID string }
	}](t, must[json.RawMessage](t)(w.Page(s.row, notionsim.V20260311))).Properties
	s.relation, s.button = props["Related"].ID, props["Press"].ID
	return s
}

// Every answer has the members of a recorded answer of the same endpoint and version, in the same order. In lists that
// goes for the first result too.
func TestServer_shapes(t *testing.T) {
	t.Parallel()
	s := newShaped(t)
	unknown := "00000000-0000-0000-0000-000000000000"
	for _, row := range []struct{ recorded, method, path, body string }{
		{"block-get--ultimate-page-to-markdown--2026-03-11--006", "GET", "blocks/" + s.synced, ""},
		{"block-children-list--ramnes-iterate-paginated-api--2025-09-03--002", "GET",
			"blocks/" + s.paragraphs + "/children?page_size=2", ""},
		{"block-children-list--ultimate-page-advanced--2026-03-11--033", "GET", "blocks/" + s.table + "/children", ""},
		{"block-children-list--ultimate-page-to-markdown--2022-06-28--002", "GET", "blocks/" + s.columns + "/children", ""},
		{"data-source-get--ramnes-data-sources-retrieve--2025-09-03--003", "GET", "data_sources/" + s.source, ""},
		{"data-source-get--ultimate-more-than-max-refs-per-relation-property--2026-03-11--005", "GET",
			"data_sources/" + s.source, ""},
		{"data-sources-query--ultimate-place-property--2026-03-11--005", "POST",
			"data_sources/" + s.source + "/query", "{}"},
		{"data-sources-query--ultimate-query-formula--2025-09-03--005", "POST",
			"data_sources/" + s.source + "/query", ""},
		{"databases-query--ultimate-query-formula--2022-06-28--005", "POST", "databases/" + s.database + "/query", ""},
		{"database-get--ramnes-databases-retrieve--2025-09-03--002", "GET", "databases/" + s.database, ""},
		{"database-get--ultimate-embed-blocks--2026-03-11--001", "GET", "databases/" + s.view, ""},
		{"database-get--ultimate-search-page--2022-06-28--002", "GET", "databases/" + s.database, ""},
		{"database-get-400--ultimate-embed-blocks--2022-06-28--001", "GET", "databases/" + s.view, ""},
		{"page-get--ramnes-is-full-page--2025-09-03--001", "GET", "pages/" + s.page, ""},
		{"page-get--ultimate-more-than-max-refs-per-relation-property--2026-03-11--039", "GET", "pages/" + s.row, ""},
		{"page-get-404--ramnes-build-request-error-integration--2025-09-03--000", "GET", "pages/" + unknown, ""},
		{"page-markdown-get--ramnes-pages-retrieve-markdown--2025-09-03--001", "GET", "pages/" + s.row + "/markdown", ""},
		{"page-property--ultimate-more-than-max-refs-per-relation-property--2026-03-11--040", "GET",
			"pages/" + s.row + "/properties/" + s.relation, ""},
		{"page-property--ultimate-retrieve-property--2026-03-11--007", "GET",
			"pages/" + s.row + "/properties/" + s.button, ""},
		{"search--ultimate-mod-custom-emoji-page--2026-03-11--000", "POST", "search",
			`{"query":"Test","filter":{"property":"object","value":"page"},"page_size":100}`},
		{"user-get--ultimate-info-command-displays-system-and-notion-info--2026-03-11--000", "GET", "users/me", ""},
		{"block-get-400--hkob-block-wrong-format--2025-09-03", "GET", "blocks/AAA", ""},
	} {
		t.Run(row.recorded, func(t *testing.T) {
			t.Parallel()
			want := readExchange(t, row.recorded)
			c := newClient(t, s.workspace.Server(notionsim.ServerOptions{Limit: -1}), want.Version)
			got := c.ask(want.Response.Status, row.method, row.path, row.body)
			sameShape(t, "answer", got, want.Response.Body)
			gotList, wantList := parse[list](t, got), parse[list](t, want.Response.Body)
			if len(wantList.Results) == 0 {
				return
			}
			if len(gotList.Results) == 0 {
				t.Fatalf("%s %s: no results", row.method, row.path)
			}
			sameShape(t, "first result", gotList.Results[0], wantList.Results[0])
			if gotList.More != wantList.More {
				t.Errorf("has_more = %t, want %t", gotList.More, wantList.More)
			}
		})
	}
}

func sameShape(t *testing.T, what string, got, want []byte) {
	t.Helper()
	gotKeys, wantKeys := keysOf(t, got), keysOf(t, want)
	payload := func(key string) bool { // named like a type, which differs
		return slices.Contains([]string{"checkbox", "button"}, key)
	}
	if !slices.EqualFunc(gotKeys, wantKeys, func(a, b string) bool { return a == b || payload(a) && payload(b) }) {
		t.Errorf("%s has members\n%v, want\n%v", what, gotKeys, wantKeys)
	}
	g, w := parse[map[string]json.RawMessage](t, got), parse[map[string]json.RawMessage](t, want)
	if g["parent"] != nil && !slices.Equal(keysOf(t, g["parent"]), keysOf(t, w["parent"])) {
		t.Errorf("%s has parent %s, want one like %s", what, g["parent"], w["parent"])
	}
	for _, key := range []string{"object", "status", "code", "type", "in_trash", "archived"} {
		if string(g[key]) != string(w[key]) && !payload(strings.Trim(string(g[key]), `"`)) {
			t.Errorf("%s has %s %s, want %s", what, key, g[key], w[key])
		}
	}
	for name, raw := range parse[map[string]json.RawMessage](t, orEmpty(w["properties"])) {
		kind := parse[struct{ Type string }](t, raw).Type
		for mine, other := range parse[map[string]json.RawMessage](t, orEmpty(g["properties"])) {
			if parse[struct{ Type string }](t, other).Type == kind && !slices.Equal(keysOf(t, other), keysOf(t, raw)) {
				t.Errorf("property %q is %s, want one like %q: %s", mine, other, name, raw)
			}
		}
	}
}

func orEmpty(raw []byte) []byte {
	if raw == nil {
		return []byte("{}")
	}
	return raw
}

// The texts of errors are those that Notion sends; clients tell errors apart by them where the code does not.
func TestServer_errorTexts(t *testing.T) {
	t.Parallel()
	s := newShaped(t)
	second := must[string](t)(s.workspace.AddDataSource(s.database, "Second"))
	page := "Provided ID " + s.page + " is a page, not a database. Use the retrieve page API instead."
	for _, row := range []struct {
		name          string
		version       notionsim.Version
		token         string
		method, path  string
		body          string
		status        int
		code, message string
	}{
		{"no version", "", "secret", "GET", "users/me", "", 400, "missing_version",
			"Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`."},
		{"no token", notionsim.V20250903, "", "GET", "users/me", "", 401, "unauthorized", "API token is invalid."},
		{"another token", notionsim.V20250903, "wrong", "GET", "users/me", "", 401, "unauthorized", "API token is invalid."},
		{"malformed id", notionsim.V20250903, "secret", "GET", "pages/AAA", "", 400, "validation_error",
			"path failed validation: path.page_id should be a valid uuid, instead was `\"AAA\"`."},
		{"id of version 1", notionsim.V20260311, "secret", "GET", "pages/12345678-1234-1234-1234-123456789abc", "", 400,
			"validation_error", "path failed validation: path.page_id should be a valid uuid, instead was " +
				"`\"12345678-1234-1234-1234-123456789abc\"`."},
		{"another id of version 1", notionsim.V20260311, "secret", "GET", "blocks/f3f2e850b5d411efac7e96584d5248b2", "", 400,
			"validation_error",
			"path failed validation: path.block_id should be a valid uuid, instead was `\"f3f2e850b5d411efac7e96584d5248b2\"`."},
		{"no such route", notionsim.V20250903, "secret", "GET", "invalid", "", 400, "invalid_request_url",
			"Invalid request URL."},
		{"query of the old style", notionsim.V20250903, "secret", "POST", "databases/" + s.database + "/query", "{}", 400,
			"invalid_request_url", "Invalid request URL."},
		{"data source of an old version", notionsim.V20220628, "secret", "GET", "data_sources/" + s.source, "", 400,
			"invalid_request_url", "Invalid request URL."},
		{"page as a database", notionsim.V20250903, "secret", "GET", "databases/" + s.page, "", 400,
			"validation_error", page},
		{"several sources", notionsim.V20220628, "secret", "POST", "databases/" + s.database + "/query", "{}", 400,
			"validation_error", "Databases with multiple data sources are not supported in this API version."},
		{"linked view", notionsim.V20220628, "secret", "POST", "databases/" + s.view + "/query", "{}", 400,
			"validation_error",
			"Database with ID " + s.view + " does not contain any data sources accessible by this API bot."},
		{"cursor", notionsim.V20250903, "secret", "POST", "data_sources/" + s.source + "/query", `{"start_cursor":"x"}`, 400,
			"validation_error", "The start_cursor provided is invalid: x"},
		{"page size", notionsim.V20250903, "secret", "POST", "data_sources/" + s.source + "/query", `{"page_size":101}`, 400,
			"validation_error", "body failed validation: body.page_size should be ≤ `100`, instead was `101`."},
		{"unknown member", notionsim.V20250903, "secret", "POST", "data_sources/" + s.source + "/query", `{"in_trash":true}`,
			400, "validation_error", "body failed validation: body.in_trash should be not present, instead was `true`."},
		{"not JSON", notionsim.V20250903, "secret", "POST", "data_sources/" + s.source + "/query", `{"`, 400, "invalid_json",
			"Error parsing JSON body."},
		{"unknown property", notionsim.V20250903, "secret", "POST", "data_sources/" + s.source + "/query",
			`{"filter":{"property":"Nope","checkbox":{"equals":true}}}`, 400, "validation_error",
			"Could not find property with name or id: Nope"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, s.workspace.Server(notionsim.ServerOptions{Token: "secret"}), row.version)
			c.token = row.token
			got := parse[struct {
				Object, Code, Message string
				RequestID             string `json:"request_id"`
				Additional            struct {
					Type    string   `json:"error_type"`
					Sources []string `json:"child_data_source_ids"`
				} `json:"additional_data"`
			}](t, c.ask(row.status, row.method, row.path, row.body))
			if got.Object != "error" || got.Code != row.code || got.Message != row.message || got.RequestID == "" {
				t.Errorf("%s %s: %+v, want code %s and message\n%s", row.method, row.path, got, row.code, row.message)
			}
			if row.name == "several sources" && (got.Additional.Type != "multiple_data_sources_for_database" ||
				!slices.Equal(got.Additional.Sources, []string{s.source, second})) {
				t.Errorf("additional_data = %+v", got.Additional)
			}
		})
	}
}

func TestServer_idsWithoutDashes(t *testing.T) {
	t.Parallel()
	s := newShaped(t)
	c := unlimited(t, s.workspace)
	for _, path := range []string{"pages/" + s.page, "blocks/" + s.paragraph, "databases/" + s.database} {
		plain := strings.ReplaceAll(path, "-", "")
		if got, want := idOf(t, c.get(plain)), idOf(t, c.get(path)); got != want {
			t.Errorf("GET %s: id %s, want %s", plain, got, want)
		}
	}
}

// Properties come in the order of their decoded ids, the title last, in schemas and pages.
func TestServer_propertyOrder(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	_, source, err := w.AddDatabase("", "Ordered", notionsim.Column{Name: "Title", Type: "title"},
		notionsim.Column{Name: "C", Type: "url", ID: "zzzz"}, notionsim.Column{Name: "A", Type: "url", ID: "%3Czz"},
		notionsim.Column{Name: "B", Type: "url", ID: "Azzz"})
	ok(t, err)
	row := must[string](t)(w.AddRow(source, "Row", nil))
	c := unlimited(t, w)
	for _, path := range []string{"data_sources/" + source, "pages/" + row} {
		props := parse[map[string]json.RawMessage](t, c.get(path))["properties"]
		if got := keysOf(t, props); !slices.Equal(got, []string{"A", "B", "C", "Title"}) {
			t.Errorf("GET %s: properties %v, want A, B, C, Title", path, got)
		}
	}
}
