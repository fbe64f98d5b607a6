package work

import "notionsync/pkg/syncer/model"

// ObjectsTogether is how many page objects are kept in one place, some ten pages of a listing: those of all rows of a large
// database would be more than a store takes as one value (Upstash: 100 MB a record, read 2026-08).
const ObjectsTogether = 1000

// keepApart has the page objects that a change brings kept apart from their tasks.
func (inv *Invocation) keepApart(c *model.Change) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	place := int(inv.Objects)/ObjectsTogether + 1
	for _, m := range c.Sightings {
		if m.Task != nil && len(m.Task.Object) > 0 && m.Task.Objects == 0 {
			m.Task.Objects = place
			c.Count[model.CountObjects]++
			inv.Objects++
		}
	}
}
