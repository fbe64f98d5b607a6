package syncer

import "notionsync/pkg/page"

// requestSlug notes the slug that a page is to have, unless it is published there and wants nothing else.
func (c *Change) requestSlug(was, next *Record) {
	if was.published() && was.Slug == next.Want && was.Want == next.Want {
		return
	}
	c.releaseClaim(was, next.Want)
	noted := *next
	if was.published() {
		noted = *was
		noted.Want, noted.Kind = next.Want, next.Kind
	} else if was != nil {
		noted.Failed, noted.Raw = was.Failed, was.Raw
	}
	c.Remember = append(c.Remember, &noted)
}

// releaseClaim gives up what is reserved for a page that wants another slug now.
func (c *Change) releaseClaim(was *Record, want string) {
	if was == nil || was.Want == was.Slug || was.Want == want {
		return
	}
	if c.Unclaim == nil {
		c.Unclaim = map[string]string{}
	}
	c.Unclaim[was.Want] = was.ID
}

// foremost is, by slug, the noted page that outranks all others that want it and is not published there.
func (c *Change) foremost() map[string]*Record {
	first := map[string]*Record{}
	for _, rec := range c.Remember {
		if best := first[rec.Want]; rec.Slug != rec.Want && (best == nil || outranks(rec, best)) {
			first[rec.Want] = rec
		}
	}
	return first
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
