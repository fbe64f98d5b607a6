package place

import (
	"context"
	"errors"
	"maps"
	"slices"

	"notionsync/pkg/syncer/model"
)

// CommitReserving commits a change after it has reserved the slugs that the pages in its Remember want. If another change has
// reserved one of them in between, it is decided anew who goes first.
func (inv *Room) CommitReserving(ctx context.Context, c *model.Change) error {
	lost := map[string]int{}
	for {
		if err := inv.reserve(ctx, c, lost); err != nil {
			return err
		}
		err := inv.Commit(ctx, c)
		var taken *model.SlugTaken
		if !errors.As(err, &taken) || c.Claim[taken.Slug] == "" {
			return err
		}
		lost[taken.Slug]++
	}
}

// mostClaims is how often a slug is asked for that others reserve in the same moment.
const mostClaims = 10

// reserve claims slugs where nobody is published. Of the pages that want one it is the one that outranks the others: what
// is reserved for a page yields to it, whichever was found first. The others are decided about when it is known what becomes of
// the slug's owner.
func (inv *Room) reserve(ctx context.Context, c *model.Change, lost map[string]int) error {
	c.Claim, c.Yield = map[string]string{}, map[string]string{}
	first := c.Foremost()
	maps.DeleteFunc(first, func(slug string, _ *model.Record) bool { return lost[slug] >= mostClaims })
	if len(first) == 0 {
		return nil
	}
	owners, err := inv.Store.Owners(ctx, slices.Collect(maps.Keys(first)))
	if err != nil {
		return err
	}
	holders, err := inv.holders(ctx, c, first, owners)
	if err != nil {
		return err
	}
	for slug, rec := range first {
		id := owners[slug]
		switch {
		case id == rec.ID, holders[id].Keeps(slug, rec):
			continue
		case id != "":
			c.Yield[slug] = id
		}
		c.Claim[slug] = rec.ID
	}
	return nil
}

// holders are the pages, by id, that have slugs which others want, as they are after a change.
func (inv *Room) holders(ctx context.Context, c *model.Change, want map[string]*model.Record, owners map[string]string) (map[string]*model.Record, error) {
	var others []string
	for slug, id := range owners {
		if want[slug] != nil && want[slug].ID != id {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return nil, nil
	}
	holders, err := inv.Store.Records(ctx, others)
	for _, rec := range c.Remember {
		if holders[rec.ID] != nil {
			holders[rec.ID] = rec
		}
	}
	return holders, err
}
