package notion

import (
	"context"
	"encoding/json"
	"fmt"

	"notionsync/pkg/page"
)

// Bot is the integration's own user.
type Bot struct {
	ID        string
	Name      string
	Workspace string // empty where Notion does not tell
}

// Me asks who the token belongs to: the one call that needs nothing shared with the integration, so what it proves is
// the token. Errors are those of model.Source.
func (c *Client) Me(ctx context.Context) (Bot, error) {
	k := &call{kind: "user", asked: "the integration's own user"}
	body, err := c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.User.Me(ctx)
		return err
	})
	if err != nil {
		return Bot{}, err
	}
	var user struct {
		Object string `json:"object"`
		ID     string `json:"id"`
		Name   string `json:"name"`
		Bot    struct {
			WorkspaceName string `json:"workspace_name"`
		} `json:"bot"`
	}
	if err := json.Unmarshal(body, &user); err != nil {
		return Bot{}, fmt.Errorf("notion: %s: %w: %w", k.asked, page.ErrShape, err)
	}
	if user.Object != "user" || user.ID == "" {
		return Bot{}, fmt.Errorf("notion: %s: %w: object %q with id %q", k.asked, page.ErrShape, user.Object, user.ID)
	}
	return Bot{ID: user.ID, Name: user.Name, Workspace: user.Bot.WorkspaceName}, nil
}
