package notion_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

const (
	databaseJSON = `{"object":"database","id":"` + id1 + `","in_trash":false,` +
		`"title":[{"plain_text":"All "},{"plain_text":"posts"}],"parent":{"type":"workspace","workspace":true},` +
		`"data_sources":[{"id":"` + id2 + `","name":"Posts"},{"id":"` + id1 + `","name":""}]}`
	dataSourceJSON = `{"object":"data_source","id":"` + id2 + `","title":[{"plain_text":"Posts"}],"in_trash":true,` +
		`"parent":{"type":"database_id","database_id":"` + id1 + `"},"properties":{"X":{"id":"x","type":"hologram"}}}`
)

func TestDatabase(t *testing.T) {
	t.Parallel()
	notFound := fail(404, "object_not_found", "Could not find database with ID: x.")
	invalid := fail(400, "validation_error", "path failed validation: x is a data source.")
	asSource := model.Database{ID: id1, Title: "Posts", Gone: true,
		Sources: []model.DataSource{{ID: id2, Name: "Posts"}}}
	tests := []struct {
		name    string
		answers []answer
		want    model.Database
		err     error
		text    string // in the error
		asked   int    // requests
	}{
		{"a database", []answer{{body: databaseJSON}}, model.Database{ID: id1, Title: "All posts",
			Parent:  page.Parent{Type: "workspace"},
			Sources: []model.DataSource{{ID: id2, Name: "Posts"}, {ID: id1}}}, nil, "", 1},
		{"a linked view", []answer{{body: `{"object":"database","id":"` + id1 + `","title":[],"data_sources":[]}`}},
			model.Database{ID: id1, Sources: []model.DataSource{}}, nil, "", 1},
		{"in the trash", []answer{{body: `{"object":"database","id":"` + id1 + `","in_trash":true}`}},
			model.Database{ID: id1, Gone: true}, nil, "", 1},
		{"a data source", []answer{notFound, {body: dataSourceJSON}}, asSource, nil, "", 2},
		{"a data source, taken for malformed", []answer{invalid, {body: dataSourceJSON}}, asSource, nil, "", 2},
		{"a data source under another", []answer{notFound, {body: strings.ReplaceAll(dataSourceJSON,
			`"database_id"`, `"data_source_id"`)}}, model.Database{ID: id2, Title: "Posts", Gone: true,
			Sources: asSource.Sources}, nil, "", 2},
		{"neither", []answer{notFound, fail(404, "object_not_found", "No such source.")}, model.Database{},
			model.ErrNotFound, "share it with the integration", 2},
		{"malformed for both", []answer{invalid, notFound}, model.Database{}, model.ErrRefused, "x is a data source", 2},
		{"no access at all", []answer{fail(401, "unauthorized", "API token is invalid.")}, model.Database{},
			model.ErrUnauthorized, "token is wrong or was revoked", 1},
		{"token lost in between", []answer{notFound, fail(401, "unauthorized", "x")}, model.Database{},
			model.ErrUnauthorized, "data source", 2},
		{"another object", []answer{{body: emptyList}}, model.Database{}, page.ErrShape, `object "list"`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, tt.answers...)
			got, err := connect(t, srv.URL).Database(t.Context(), id1)
			if !errors.Is(err, tt.err) {
				t.Fatalf("Database(): error %v, want %v", err, tt.err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Database(): error %q, want it to hold %q", err, tt.text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Database() (-want +got):\n%s", diff)
			}
			seen := srv.seen()
			if len(seen) != tt.asked {
				t.Fatalf("Database(): %d requests, want %d", len(seen), tt.asked)
			}
			if seen[0].uri != "/v1/databases/"+id1 {
				t.Errorf("Database(): first asked %q, want databases", seen[0].uri)
			}
			if tt.asked == 2 && seen[1].uri != "/v1/data_sources/"+id1 {
				t.Errorf("Database(): then asked %q, want data_sources", seen[1].uri)
			}
		})
	}
}

func TestDatabase_transientSecondAnswer(t *testing.T) {
	t.Parallel()
	srv := serve(t, fail(404, "object_not_found", "x"), fail(500, "internal_server_error", "Oops."))
	_, err := connect(t, srv.URL).Database(t.Context(), id1)
	if err == nil || errors.Is(err, model.ErrNotFound) {
		t.Errorf("Database() with the data source unknown for now: error %v, want one worth a retry", err)
	}
}
