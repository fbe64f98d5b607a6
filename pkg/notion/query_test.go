package notion_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

func TestRows_body(t *testing.T) {
	t.Parallel()
	const (
		leaf  = `{"property":"Public","checkbox":{"equals":false}}`
		other = `{"property":"Name","title":{"contains":"<a>"}}`
		since = `{"timestamp":"created_time","created_time":{"on_or_after":"2026-01-02T03:04:00.000Z"}}`
		until = `{"timestamp":"created_time","created_time":{"on_or_before":"2026-02-02T01:04:00.500Z"}}`
	)
	var (
		at    = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
		later = time.Date(2026, 2, 2, 3, 4, 0, 500e6, time.FixedZone("", 2*60*60))
	)
	tests := []struct {
		name   string
		q      model.Query
		filter string // empty: none
	}{
		{"no filter", model.Query{}, ""},
		{"a null filter", model.Query{Filter: []byte(" null ")}, ""},
		{"the user's alone", model.Query{Filter: []byte(leaf)}, leaf},
		{"the user's or alone", model.Query{Filter: []byte(`{"or":[` + leaf + `]}`)}, `{"or":[` + leaf + `]}`},
		{"since", model.Query{Since: at}, since},
		{"until", model.Query{Until: later}, until},
		{"both", model.Query{Since: at, Until: later}, `{"and":[` + since + `,` + until + `]}`},
		{"both, null filter", model.Query{Since: at, Until: later, Filter: []byte("null")},
			`{"and":[` + since + `,` + until + `]}`},
		{"the user's and since", model.Query{Filter: []byte(leaf), Since: at}, `{"and":[` + leaf + `,` + since + `]}`},
		{"the user's and, and both", model.Query{Filter: []byte(`{"and":[` + leaf + `,` + other + `]}`), Since: at,
			Until: later}, `{"and":[` + leaf + `,` + other + `,` + since + `,` + until + `]}`},
		{"the user's empty and, and since", model.Query{Filter: []byte(`{"and":[]}`), Since: at}, since},
		{"the user's or, and since", model.Query{Filter: []byte(`{"or":[` + leaf + `,` + other + `]}`), Since: at},
			`{"and":[{"or":[` + leaf + `,` + other + `]},` + since + `]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, answer{body: emptyList})
			tt.q.DataSource = id1
			if _, err := connect(t, srv.URL).Rows(t.Context(), tt.q); err != nil {
				t.Fatalf("Rows(): %v", err)
			}
			want := `{"sorts":[{"timestamp":"created_time","direction":"ascending"}],"page_size":100`
			if tt.filter != "" {
				want += `,"filter":` + tt.filter
			}
			if diff := cmp.Diff(parse(t, want+"}"), parse(t, srv.seen()[0].body)); diff != "" {
				t.Errorf("Rows(): body (-want +got):\n%s", diff)
			}
		})
	}
}

func parse(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestRows_filterThatIsNone(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{`[]`, `"x"`, `{"property":`, `{} {}`} {
		srv := serve(t, answer{body: emptyList})
		_, err := connect(t, srv.URL).Rows(t.Context(), model.Query{DataSource: id1, Filter: []byte(filter)})
		if !errors.Is(err, model.ErrRefused) || len(srv.seen()) != 0 {
			t.Errorf("Rows() with filter %s: error %v after %d requests, want ErrRefused after none",
				filter, err, len(srv.seen()))
		}
	}
}

func TestRows_keepsWhatTheLibraryCannotDecode(t *testing.T) {
	t.Parallel()
	row := func(id, properties string) string {
		return fmt.Sprintf(`{"object":"page", "id":%q, %s, "new_field":1e400,"properties":{%s}}`, id, minuteRead, properties)
	}
	results := []string{
		row(id1, `"Where":{"id":"a","type":"place","place":{"lat":1.50,"lon":2}}`),
		row(id2, `"New":{"id":"b","type":"hologram","hologram":{}},"None":null,"Typeless":{"id":"c"},`+
			`"When":{"id":"d","type":"date","date":{"start":"2026-01-02T03:04:05","time_zone":"Europe/Paris"}}`),
	}
	srv := serve(t, answer{body: `{"object":"list","results":[` + strings.Join(results, " , ") +
		`],"has_more":true,"next_cursor":"s:a:b"}`})
	rows, err := connect(t, srv.URL).Rows(t.Context(), rowsOf(id1))
	if err != nil {
		t.Fatalf("Rows(): %v", err)
	}
	if len(rows.Pages) != 2 || rows.Next != "s:a:b" || rows.Incomplete {
		t.Fatalf("Rows() = %d pages, next %q, incomplete %t, want 2, s:a:b, false",
			len(rows.Pages), rows.Next, rows.Incomplete)
	}
	for i, want := range results {
		if got := string(rows.Pages[i].Raw); got != want {
			t.Errorf("Rows(): page %d is %s, want it verbatim: %s", i, got, want)
		}
	}
}

func TestRows_wiki(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: `{"object":"list","results":[{"object":"data_source","id":"` + id2 + `"},` +
		`{"object":"page","id":"` + id1 + `",` + minuteRead + `}],"has_more":false,"next_cursor":null}`})
	rows, err := connect(t, srv.URL).Rows(t.Context(), rowsOf(id1))
	if err != nil || len(rows.Pages) != 1 || rows.Pages[0].ID != id1 {
		t.Errorf("Rows() of a wiki = %v, %v, want the page alone", rows.Pages, err)
	}
}

// A row shown only in part, or with a stamp that nobody can read, is listed as one that is not whole: it keeps no other
// row from being listed.
func TestRows_notWhole(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: `{"object":"list","results":[{"object":"page","id":"` + id1 + `"},` +
		`{"object":"page","id":"` + id2 + `","created_time":"2026-01-02T03:04:00.000Z","last_edited_time":"soon"},` +
		`{"object":"page","id":"` + id2 + `",` + minuteRead + `}],"has_more":false,"next_cursor":null}`})
	rows, err := connect(t, srv.URL).Rows(t.Context(), rowsOf(id1))
	if err != nil || len(rows.Pages) != 3 {
		t.Fatalf("Rows() = %d pages, %v; want 3", len(rows.Pages), err)
	}
	for i, whole := range []bool{false, false, true} {
		if o := rows.Pages[i]; o.Whole() != whole || o.ID == "" {
			t.Errorf("row %d: id %q, whole %t; want %t", i, o.ID, o.Whole(), whole)
		}
	}
}

func TestRows_incomplete(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: `{"object":"list","results":[],"has_more":false,"next_cursor":null,` +
		`"request_status":{"type":"incomplete","incomplete_reason":"query_result_limit_reached"}}`})
	rows, err := connect(t, srv.URL).Rows(t.Context(), rowsOf(id1))
	if err != nil || !rows.Incomplete || rows.Next != "" {
		t.Errorf("Rows() at Notion's limit = %+v, %v, want Incomplete and no cursor", rows, err)
	}
}

func TestLists_refusedCursor(t *testing.T) {
	t.Parallel()
	refused := fail(400, "validation_error", "The start_cursor provided is invalid: stale")
	tests := map[string]func(cursor string) error{
		"Rows": func(cursor string) error {
			q := rowsOf(id1)
			q.Cursor = cursor
			_, err := connect(t, serve(t, refused).URL).Rows(t.Context(), q)
			return err
		},
		"Children": func(cursor string) error {
			_, err := connect(t, serve(t, refused).URL).Children(t.Context(), id1, cursor)
			return err
		},
		"Property": func(cursor string) error {
			_, err := connect(t, serve(t, refused).URL).Property(t.Context(), id1, "title", cursor)
			return err
		},
	}
	for name, call := range tests {
		if err := call("stale"); !errors.Is(err, model.ErrCursor) || errors.Is(err, model.ErrRefused) {
			t.Errorf("%s(stale cursor): error %v, want ErrCursor alone", name, err)
		}
		if err := call(""); errors.Is(err, model.ErrCursor) || !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s(no cursor): error %v, want ErrRefused alone", name, err)
		}
	}
}

func TestLists_lastPageWithACursor(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: `{"object":"list","results":[],"has_more":false,"next_cursor":"c2"}`})
	rows, err := connect(t, srv.URL).Rows(t.Context(), rowsOf(id1))
	if err != nil || rows.Next != "" {
		t.Errorf("Rows() of a last page that names a cursor = next %q, %v, want none", rows.Next, err)
	}
}

// What is not surely the listing asked for must not look like an empty or a finished one: pages would be removed.
func TestLists_malformed(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"no list":             `{}`,
		"another object":      `{"object":"page","id":"` + id1 + `","results":[]}`,
		"no results":          `{"object":"list","has_more":false,"next_cursor":null}`,
		"null results":        `{"object":"list","results":null,"has_more":false}`,
		"more, but no cursor": `{"object":"list","results":[],"has_more":true,"next_cursor":null}`,
		"a row without an id": `{"object":"list","results":[{"object":"page"}],"has_more":false}`,
		"an array":            `[]`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := connect(t, serve(t, answer{body: body}).URL).Rows(t.Context(), rowsOf(id1))
			if !errors.Is(err, page.ErrShape) {
				t.Errorf("Rows() answered %s: error %v, want page.ErrShape", body, err)
			}
			if errors.Is(err, model.ErrRefused) || errors.Is(err, model.ErrNotFound) {
				t.Errorf("Rows() answered %s: error %v is permanent, want one worth a retry", body, err)
			}
		})
	}
}
