package syncer

import (
	"context"
	"fmt"
)

// giveUpListing ends work that was to list a collection, or a database inside a page.
func (inv *Invocation) giveUpListing(ctx context.Context, c *Change, e Task, failed error) error {
	what, err := inv.tableName(ctx, e)
	if err != nil {
		return err
	}
	c.Warnings = []string{fmt.Sprintf("%s could not be listed, nothing of it is removed: %v", what, failed)}
	if e.Parent == "" {
		c.Failure = failed.Error()
	}
	return nil
}
