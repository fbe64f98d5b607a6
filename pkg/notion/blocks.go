package notion

import (
	"context"
	"fmt"

	"github.com/jomei/notionapi"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// Children lists up to 100 blocks that stand directly under a page or block. Blocks of unknown types, and of no type at
// all (of which Notion shows the id only), are among them.
func (c *Client) Children(ctx context.Context, blockID, cursor string) (model.Children, error) {
	id, err := parseID("block", blockID)
	if err != nil {
		return model.Children{}, err
	}
	k := &call{kind: "children", asked: fmt.Sprintf("blocks under %q", id), cursor: cursor != ""}
	body, err := c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.Block.GetChildren(ctx, notionapi.BlockID(id), &notionapi.Pagination{
			StartCursor: notionapi.Cursor(cursor),
			PageSize:    pageSize,
		})
		return err
	})
	if err != nil {
		return model.Children{}, err
	}
	children, err := decodeChildren(body)
	if err != nil {
		return model.Children{}, fmt.Errorf("notion: %s: %w", k.asked, err)
	}
	return children, nil
}

// Block reads one block, without what stands below it.
func (c *Client) Block(ctx context.Context, id string) (page.Block, error) {
	id, err := parseID("block", id)
	if err != nil {
		return page.Block{}, err
	}
	k := &call{kind: "block", asked: fmt.Sprintf("block %q", id)}
	body, err := c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.Block.Get(ctx, notionapi.BlockID(id))
		return err
	})
	if err != nil {
		return page.Block{}, err
	}
	block, err := page.DecodeBlock(body)
	if err != nil {
		return page.Block{}, fmt.Errorf("notion: %s: %w", k.asked, err)
	}
	return block, nil
}

func decodeChildren(body []byte) (model.Children, error) {
	l, err := decodeList(body)
	if err != nil {
		return model.Children{}, err
	}
	children := model.Children{Blocks: make([]page.Block, len(l.Results)), Next: l.next()}
	for i, raw := range l.Results {
		if children.Blocks[i], err = page.DecodeBlock(raw); err != nil {
			return model.Children{}, err
		}
	}
	return children, nil
}
