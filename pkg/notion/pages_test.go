package notion_test

import (
	"errors"
	"testing"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

func TestPage(t *testing.T) {
	t.Parallel()
	const body = ` {"object":"page","id":"` + id1 + `",` + minuteRead + `,"is_archived":true,` +
		`"parent":{"type":"data_source_id","data_source_id":"` + id2 + `","database_id":"` + id1 + `"},` +
		`"properties":{"Where":{"id":"a","type":"place","place":null}},"request_id":"r"}` + "\n"
	got, err := connect(t, serve(t, answer{body: body}).URL).Page(t.Context(), id1)
	if err != nil || string(got.Raw) != body || !got.Gone || got.Parent.ID != id2 || got.Parent.DatabaseID != id1 {
		t.Errorf("Page() = %+v, %v, want the page verbatim", got, err)
	}
	if _, err := connect(t, serve(t, answer{body: emptyList}).URL).Page(t.Context(), id1); err == nil {
		t.Error("Page() answered by a list: no error, want one")
	}
}

func TestProperty(t *testing.T) {
	t.Parallel()
	const (
		item   = `{"object":"property_item","type":"relation","id":"%60","relation":{"id":"` + id2 + `"}}`
		listed = `{"object":"list","results":[` + item + `],"has_more":true,"next_cursor":"c2","type":"property_item"}`
	)
	tests := []struct {
		name, property, cursor, body string
		uri, next                    string
	}{
		{"a list", "%60%5B%3E%7B", "", listed, "/properties/%60%5B%3E%7B?page_size=100", "c2"},
		{"its next page", "Qy~%3E", "a b&c", listed, "/properties/Qy~%3E?page_size=100&start_cursor=a+b%26c", "c2"},
		{"one value", "title", "", item, "/properties/title?page_size=100", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, answer{body: tt.body})
			got, err := connect(t, srv.URL).Property(t.Context(), id1, tt.property, tt.cursor)
			if err != nil || len(got.Items) != 1 || string(got.Items[0]) != item || got.Next != tt.next {
				t.Errorf("Property() = %s, %v, want one item verbatim and next %q", got.Items, err, tt.next)
			}
			if uri := srv.seen()[0].uri; uri != "/v1/pages/"+id1+tt.uri {
				t.Errorf("Property(): sent to %q, want …%q", uri, tt.uri)
			}
		})
	}
}

func TestProperty_badIDsAreRefusedWithoutARequest(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: emptyList})
	for _, id := range []string{"", ".", "..", "%2e%2E", "a/b", "a?b", "a#b", "a b", "%6", "%zz", "é", "a\n"} {
		if _, err := connect(t, srv.URL).Property(t.Context(), id1, id, ""); !errors.Is(err, model.ErrRefused) {
			t.Errorf("Property(%q): error %v, want ErrRefused", id, err)
		}
	}
	if n := len(srv.seen()); n != 0 {
		t.Errorf("Property() of bad ids: %d requests, want none", n)
	}
}

// A page that Notion shows only in part is an error that a retry may cure: nothing is to be made of it.
func TestPage_notWhole(t *testing.T) {
	t.Parallel()
	o, err := connect(t, serve(t, answer{body: `{"object":"page","id":"` + id1 + `"}`}).URL).Page(t.Context(), id1)
	if !errors.Is(err, page.ErrShape) || errors.Is(err, model.ErrRefused) || o.ID != "" {
		t.Errorf("Page() shown in part = %+v, %v; want page.ErrShape", o, err)
	}
}
