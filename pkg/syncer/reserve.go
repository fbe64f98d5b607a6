package syncer

import (
	"context"
	"errors"
	"maps"
	"slices"

	"notionsync/pkg/page"
)

// wants notes the slug that a page is to have, unless it is published there and wants nothing else.
func (c *Change) wants(was, next *Record) {
	if was.published() && was.Slug == next.Want && was.Want == next.Want {
		return
	}
	c.unclaim(was, next.Want)
	noted := *next
	if was.published() {
		noted = *was
		noted.Want, noted.Kind = next.Want, next.Kind
	} else if was != nil {
		noted.Failed, noted.Raw = was.Failed, was.Raw
	}
	c.Note = append(c.Note, &noted)
}

// unclaim gives up what is reserved for a page that wants another slug now.
func (c *Change) unclaim(was *Record, want string) {
	if was == nil || was.Want == was.Slug || was.Want == want {
		return
	}
	if c.Unclaim == nil {
		c.Unclaim = map[string]string{}
	}
	c.Unclaim[was.Want] = was.ID
}

// commitReserving commits a change after it has reserved the slugs that the pages in its Note want. If another change has
// reserved one of them in between, it is decided anew who goes first.
func (sl *slice) commitReserving(ctx context.Context, c *Change) error {
	lost := map[string]int{}
	for {
		if err := sl.reserve(ctx, c, lost); err != nil {
			return err
		}
		err := sl.commit(ctx, c)
		var taken *SlugTaken
		if !errors.As(err, &taken) || c.Claim[taken.Slug] == "" {
			return err
		}
		lost[taken.Slug]++
	}
}

// mostClaims is how often a slug is asked for that others reserve in the same moment.
const mostClaims = 10

// reserve claims slugs where nobody is published. Of the pages that want one it is the one that outranks the others: what
// is reserved for a page yields to it, whichever was found first. The others are settled when it is known what becomes of
// the slug's holder.
func (sl *slice) reserve(ctx context.Context, c *Change, lost map[string]int) error {
	c.Claim, c.Yield = map[string]string{}, map[string]string{}
	first := c.foremost()
	maps.DeleteFunc(first, func(slug string, _ *Record) bool { return lost[slug] >= mostClaims })
	if len(first) == 0 {
		return nil
	}
	owners, err := sl.Store.Owners(ctx, slices.Collect(maps.Keys(first)))
	if err != nil {
		return err
	}
	holders, err := sl.holders(ctx, c, first, owners)
	if err != nil {
		return err
	}
	for slug, rec := range first {
		id := owners[slug]
		switch {
		case id == rec.ID, holders[id].keeps(slug, rec):
			continue
		case id != "":
			c.Yield[slug] = id
		}
		c.Claim[slug] = rec.ID
	}
	return nil
}

// foremost is, by slug, the noted page that outranks all others that want it and is not published there.
func (c *Change) foremost() map[string]*Record {
	first := map[string]*Record{}
	for _, rec := range c.Note {
		if best := first[rec.Want]; rec.Slug != rec.Want && (best == nil || outranks(rec, best)) {
			first[rec.Want] = rec
		}
	}
	return first
}

// holders are the pages, by id, that have slugs which others want, as they are after a change.
func (sl *slice) holders(ctx context.Context, c *Change, want map[string]*Record, owners map[string]string) (map[string]*Record, error) {
	var others []string
	for slug, id := range owners {
		if want[slug] != nil && want[slug].ID != id {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return nil, nil
	}
	holders, err := sl.Store.Records(ctx, others)
	for _, rec := range c.Note {
		if holders[rec.ID] != nil {
			holders[rec.ID] = rec
		}
	}
	return holders, err
}

// keeps reports whether a page that has a slug, or has it reserved, keeps it though another wants it.
func (r *Record) keeps(slug string, other *Record) bool {
	return r != nil && (r.Slug == slug || r.Want == slug && !outranks(other, r))
}

// outranks reports whether a goes before b where both want a slug at which nobody is published.
func outranks(a, b *Record) bool {
	if aPage, bPage := a.Kind == page.KindPage, b.Kind == page.KindPage; aPage != bPage {
		return aPage
	}
	if !a.Created.Equal(b.Created) {
		return a.Created.Before(b.Created)
	}
	return a.ID < b.ID
}
