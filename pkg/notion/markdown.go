package notion

import (
	"context"
	"encoding/json"
	"fmt"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// Markdown reads the content of a page, or of one block of it, as Markdown of Notion's own making.
func (c *Client) Markdown(ctx context.Context, id string) (model.Markdown, error) {
	id, err := parseID("page", id)
	if err != nil {
		return model.Markdown{}, err
	}
	k := &call{kind: "markdown", asked: fmt.Sprintf("Markdown of %q", id), path: "pages/" + id + "/markdown"}
	body, err := c.getPage(ctx, k, id) // the library has no such call
	if err != nil {
		return model.Markdown{}, err
	}
	var answer struct {
		Object    string   `json:"object"`
		Markdown  *string  `json:"markdown"`
		Truncated bool     `json:"truncated"`
		Unknown   []string `json:"unknown_block_ids"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return model.Markdown{}, fmt.Errorf("notion: %s: %w: %w", k.asked, page.ErrShape, err)
	}
	if answer.Object != "page_markdown" || answer.Markdown == nil {
		return model.Markdown{}, fmt.Errorf("notion: %s: %w: object %q, want Markdown", k.asked, page.ErrShape, answer.Object)
	}
	return model.Markdown{Text: *answer.Markdown, Truncated: answer.Truncated, Unknown: answer.Unknown}, nil
}
