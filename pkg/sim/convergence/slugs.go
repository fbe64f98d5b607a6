package convergence

import (
	"strings"
	"unicode"
)

// addresses decides which page has which slug. before is where pages were published.
type addresses struct {
	*tree
	before  map[string]string // page → slug
	stuck   map[string]bool   // published pages that stay where they were
	without map[string]bool   // pages that get no address: somebody else has it
	orphans map[string]bool   // published pages that stay because what they stand in has no address
	at      map[string]string // page → slug
}

// resolve finds who gets what. At first everybody who has an address is taken to leave it for the one he wants, so that
// two pages can swap. Who can't have what he wants stays, which may put somebody else into the same position; so it goes
// on until nothing changes.
func (a *addresses) resolve() {
	for {
		a.aim()
		losers := a.losers()
		published := false
		for _, id := range losers {
			if a.before[id] != "" {
				a.stuck[id], published = true, true
			}
		}
		switch {
		case published:
			clear(a.without) // whoever lost against one of these may have its address
		case len(losers) > 0:
			for _, id := range losers {
				a.without[id] = true
			}
		default:
			return
		}
	}
}

// aim gives each page the slug that it wants, parents first.
func (a *addresses) aim() {
	a.at, a.orphans = map[string]string{}, map[string]bool{}
	for id := range a.stuck {
		a.at[id] = a.before[id]
	}
	for _, p := range a.places {
		if !p.lives() || p.hidden || a.stuck[p.ID] || a.without[p.ID] {
			continue
		}
		above := a.at[p.parent]
		switch {
		case p.parent == "" || above != "":
			a.at[p.ID] = wanted(p, above)
		case a.before[p.ID] != "":
			a.orphans[p.ID] = true
			a.at[p.ID] = a.before[p.ID]
		}
	}
}

// losers are those who want what somebody else has the better right to.
func (a *addresses) losers() (losers []string) {
	holder := map[string]string{}
	for id := range a.at {
		if a.fixed(id) {
			holder[a.at[id]] = id
		}
	}
	for _, p := range a.places {
		slug := a.at[p.ID]
		if rival := a.byID[holder[slug]]; slug != "" && !a.fixed(p.ID) && (holder[slug] == "" || rival != nil && a.beats(p, rival)) {
			holder[slug] = p.ID
		}
	}
	for _, p := range a.places {
		if slug := a.at[p.ID]; slug != "" && holder[slug] != p.ID && !a.fixed(p.ID) {
			losers = append(losers, p.ID)
		}
	}
	return losers
}

// fixed reports whether a page stays where it was, whatever it wants.
func (a *addresses) fixed(id string) bool { return a.stuck[id] || a.orphans[id] }

// beats: the page that has the slug keeps it; a new one goes to collection pages before others, then to the one created
// first.
func (a *addresses) beats(p, rival *place) bool {
	slug := a.at[p.ID]
	switch {
	case a.fixed(rival.ID) || a.before[rival.ID] == slug:
		return false
	case a.before[p.ID] == slug:
		return true
	case (p.kind == kindPage) != (rival.kind == kindPage):
		return p.kind == kindPage
	case !p.Created.Equal(rival.Created):
		return p.Created.Before(rival.Created)
	default:
		return p.ID < rival.ID
	}
}

// wanted is the slug that a page would have if nobody else wanted it.
func wanted(p *place, above string) string {
	own := strings.Trim(p.slug, " /")
	switch {
	case p.kind == kindPage && own != "":
		return own
	case p.kind != kindChild && strings.Contains(p.slug, "/") && own == "":
		return "index"
	case p.kind == kindPage:
		return titleSlug(p)
	case p.kind == kindRow && own != "" && strings.Contains(p.slug, "/"):
		return own
	case p.kind == kindRow && own != "":
		return above + "/" + own
	default:
		return above + "/" + titleSlug(p)
	}
}

// titleSlug is the slug of the plain titles that scripts give.
func titleSlug(p *place) string {
	words := strings.FieldsFunc(strings.ToLower(p.Title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return strings.ReplaceAll(p.ID, "-", "")
	}
	return strings.Join(words, "-")
}
