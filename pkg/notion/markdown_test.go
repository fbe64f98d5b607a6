package notion_test

import (
	"errors"
	"slices"
	"testing"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{body: `{"object":"page_markdown","id":"` + id1 + `","markdown":"# A\n<unknown url=\"x\"/>",` +
		`"truncated":true,"unknown_block_ids":["` + id2 + `"],"request_id":"r"}`})
	got, err := connect(t, srv.URL).Markdown(t.Context(), id1)
	if err != nil || got.Text != "# A\n<unknown url=\"x\"/>" || !got.Truncated || !slices.Equal(got.Unknown, []string{id2}) {
		t.Errorf("Markdown() = %+v, %v, want the answer", got, err)
	}
	if uri := srv.seen()[0].uri; uri != "/v1/pages/"+id1+"/markdown" {
		t.Errorf("Markdown(): sent to %q", uri)
	}
}

func TestMarkdown_otherAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		answer
		want error
	}{
		{"a page object", answer{body: `{"object":"page","id":"` + id1 + `"}`}, page.ErrShape},
		{"without Markdown", answer{body: `{"object":"page_markdown","id":"` + id1 + `"}`}, page.ErrShape},
		{"of another shape", answer{body: `{"object":"page_markdown","markdown":["a"]}`}, page.ErrShape},
		{"not shared", fail(404, "object_not_found", "Could not find page"), model.ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := connect(t, serve(t, tt.answer).URL).Markdown(t.Context(), id1); !errors.Is(err, tt.want) {
				t.Errorf("Markdown(): error %v, want %v", err, tt.want)
			}
		})
	}
	srv := serve(t, answer{body: emptyList})
	if _, err := connect(t, srv.URL).Markdown(t.Context(), "../users"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("Markdown of a bad id: error %v, want ErrRefused", err)
	}
	if n := len(srv.seen()); n != 0 {
		t.Errorf("Markdown of a bad id: %d requests, want none", n)
	}
}
