package syncer

// ObjectsTogether is how many page objects are kept in one place, some ten pages of a listing: those of all rows of a large
// database would be more than a store takes as one value (Upstash: 100 MB a record, read 2026-08).
const ObjectsTogether = 1000

// keepApart has the page objects that a change brings kept apart from their entries.
func (sl *slice) keepApart(c *Change) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	place := int(sl.objects)/ObjectsTogether + 1
	for _, m := range c.Meet {
		if m.Entry != nil && len(m.Entry.Object) > 0 && m.Entry.Objects == 0 {
			m.Entry.Objects = place
			c.Count[CountObjects]++
			sl.objects++
		}
	}
}
