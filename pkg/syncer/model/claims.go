package model

import "notionsync/pkg/page"

// RequestSlug remembers the slug that a page is to have, unless it is published there and wants nothing else.
func (c *Change) RequestSlug(was, next *Record) {
	if was.Published() && was.Slug == next.Want && was.Want == next.Want {
		return
	}
	c.ReleaseClaim(was, next.Want)
	noted := *next
	if was.Published() {
		noted = *was
		noted.Want, noted.Kind = next.Want, next.Kind
	} else if was != nil {
		noted.Failed, noted.Raw = was.Failed, was.Raw
	}
	c.Remember = append(c.Remember, &noted)
}

// ReleaseClaim gives up what is reserved for a page that wants another slug now.
func (c *Change) ReleaseClaim(was *Record, want string) {
	if was == nil || was.Want == was.Slug || was.Want == want {
		return
	}
	joinMaps(&c.Unclaim, map[string]string{was.Want: was.ID})
}

// Foremost is, by slug, the page to be remembered that outranks all others that want it and is not published there.
func (c *Change) Foremost() map[string]*Record {
	first := map[string]*Record{}
	for _, rec := range c.Remember {
		if best := first[rec.Want]; rec.Slug != rec.Want && (best == nil || Outranks(rec, best)) {
			first[rec.Want] = rec
		}
	}
	return first
}

// Keeps reports whether a page that has a slug, or has it reserved, keeps it though another wants it.
func (r *Record) Keeps(slug string, other *Record) bool {
	return r != nil && (r.Slug == slug || r.Want == slug && !Outranks(other, r))
}

// Outranks reports whether a goes before b where both want a slug at which nobody is published.
func Outranks(a, b *Record) bool {
	if aPage, bPage := a.Kind == page.KindPage, b.Kind == page.KindPage; aPage != bPage {
		return aPage
	}
	if !a.Created.Equal(b.Created) {
		return a.Created.Before(b.Created)
	}
	return a.ID < b.ID
}
