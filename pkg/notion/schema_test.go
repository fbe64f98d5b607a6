package notion_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/notion"
	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	_, source, err := w.AddDatabase("", "Posts", notionsim.Column{Name: "Slug", Type: "rich_text"}, notionsim.Column{Name: "Day", Type: "date"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := notion.New(notion.Options{Token: "secret", Transport: w.Server(notionsim.ServerOptions{}).Transport()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Schema(t.Context(), source)
	want := []notion.Property{{Name: "Day", Type: "date"}, {Name: "Name", Type: "title"}, {Name: "Slug", Type: "rich_text"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Schema: %v (-want +got):\n%s", err, diff)
	}
	if _, err := c.Schema(t.Context(), id1); !errors.Is(err, model.ErrNotFound) {
		t.Errorf("Schema of what does not exist: %v, want ErrNotFound", err)
	}
	if _, err := c.Schema(t.Context(), "../users"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("Schema of no id: %v, want ErrRefused", err)
	}
	odd := connect(t, serve(t, answer{body: databaseJSON}).URL)
	if _, err := odd.Schema(t.Context(), id1); !errors.Is(err, page.ErrShape) {
		t.Errorf("Schema answered by a database: %v, want ErrShape", err)
	}
}
