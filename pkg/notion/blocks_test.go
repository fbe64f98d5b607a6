package notion_test

import (
	"strings"
	"testing"
)

func TestChildren_keepsWhatTheLibraryCannotDecode(t *testing.T) {
	t.Parallel()
	blocks := []string{
		`{"object":"block","id":"` + id1 + `","type":"heading_4",` + minuteRead + `,"has_children":true,` +
			`"heading_4":{"rich_text":[],"is_toggleable":true}}`,
		`{"object":"block", "id":"` + id2 + `", "type":"hologram", "hologram":{"depth":1.0,"a":{"z":1,"b":2}}}`,
		`{"object":"block","id":"33333333-3333-4333-8333-333333333333"}`,
		`{"object":"block","id":"44444444-4444-4444-8444-444444444444","type":null}`,
	}
	srv := serve(t, answer{body: `{"object":"list","results":[` + strings.Join(blocks, ",\n") +
		`],"has_more":true,"next_cursor":"c2","type":"block","block":{}}`})
	got, err := connect(t, srv.URL).Children(t.Context(), id1, "c1")
	if err != nil {
		t.Fatalf("Children(): %v", err)
	}
	if len(got.Blocks) != len(blocks) || got.Next != "c2" {
		t.Fatalf("Children() = %d blocks, next %q, want %d, c2", len(got.Blocks), got.Next, len(blocks))
	}
	for i, want := range blocks {
		if raw := string(got.Blocks[i].Raw); raw != want {
			t.Errorf("Children(): block %d is %s, want it verbatim: %s", i, raw, want)
		}
	}
	if b := got.Blocks[0]; b.Type != "heading_4" || !b.HasChildren || b.Edited.IsZero() {
		t.Errorf("Children(): block 0 = %+v, want heading_4 with children and times", b)
	}
	if uri, want := srv.seen()[0].uri, "/v1/blocks/"+id1+"/children?page_size=100&start_cursor=c1"; uri != want {
		t.Errorf("Children(): sent to %q, want %q", uri, want)
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	const synced = `{"object":"block","id":"` + id1 + `","type":"synced_block",` + minuteRead + `,"has_children":true,` +
		`"synced_block":{"synced_from":{"type":"block_id","block_id":"` + id2 + `"}},"in_trash":true}`
	got, err := connect(t, serve(t, answer{body: synced}).URL).Block(t.Context(), id1)
	if err != nil || string(got.Raw) != synced || got.SyncedFrom != id2 || !got.Gone {
		t.Errorf("Block() = %+v, %v, want the synced block verbatim", got, err)
	}
	if _, err := connect(t, serve(t, answer{body: emptyList}).URL).Block(t.Context(), id1); err == nil {
		t.Error("Block() answered by a list: no error, want one")
	}
}
