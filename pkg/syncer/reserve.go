package syncer

import (
	"context"
	"errors"

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
		noted.Failed = was.Failed
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
	first := map[string]*Record{}
	noted := map[string]*Record{}
	var slugs []string
	for _, rec := range c.Note {
		noted[rec.ID] = rec
		if best := first[rec.Want]; rec.Slug != rec.Want && lost[rec.Want] < mostClaims && (best == nil || outranks(rec, best)) {
			first[rec.Want] = rec
			slugs = append(slugs, rec.Want)
		}
	}
	c.Claim, c.Yield = map[string]string{}, map[string]string{}
	if len(slugs) == 0 {
		return nil
	}
	owners, err := sl.Store.Owners(ctx, slugs)
	if err != nil {
		return err
	}
	holders := map[string]*Record{}
	var others []string
	for slug, rec := range first {
		if id := owners[slug]; id != "" && id != rec.ID {
			others = append(others, id)
		}
	}
	if len(others) > 0 {
		if holders, err = sl.Store.Records(ctx, others); err != nil {
			return err
		}
	}
	for slug, rec := range first {
		id := owners[slug]
		holder := holders[id]
		if now := noted[id]; now != nil {
			holder = now
		}
		switch {
		case id == rec.ID, holder.keeps(slug, rec):
			continue
		case id != "":
			c.Yield[slug] = id
		}
		c.Claim[slug] = rec.ID
	}
	return nil
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
