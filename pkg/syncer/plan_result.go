package syncer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// plan sums up what was found.
func (p *planner) plan(ctx context.Context) (*Plan, error) {
	plan := &Plan{
		Add: []PlannedPage{}, Update: []PlannedPage{}, Remove: []PlannedPage{}, Conflicts: []Conflict{},
		Drafts: len(p.drafts), Complete: p.shortOf == "",
	}
	if err := p.strangers(ctx); err != nil {
		return nil, err
	}
	wanted := map[string][]*prospect{}
	for _, found := range p.pages {
		found.slug = p.slugOf(found, 0)
		wanted[found.slug] = append(wanted[found.slug], found)
	}
	p.readWithParents()
	unknown := 0
	typical := p.typicalCost()
	for _, slug := range slices.Sorted(maps.Keys(wanted)) {
		rivals := wanted[slug]
		slices.SortFunc(rivals, before)
		if len(rivals) > 1 {
			c := Conflict{Slug: slug}
			for _, found := range rivals {
				c.Pages = append(c.Pages, found.next.ID)
			}
			plan.Conflicts = append(plan.Conflicts, c)
		}
		for i, found := range rivals {
			if found.stranger {
				continue
			}
			if i > 0 || found.was != nil && found.was.Slug == slug && !found.read {
				if found.was.published() {
					plan.Unchanged++
				}
				continue
			}
			line := PlannedPage{Slug: slug, Title: found.next.Title, NotionID: found.next.ID}
			if !found.was.published() {
				plan.Add = append(plan.Add, line)
			} else {
				plan.Update = append(plan.Update, line)
			}
			if found.read {
				p.requests += int64(found.cost + cmp.Or(found.reads(), typical))
			}
			if found.read && !p.fresh(found.was, found.next.Edited) {
				unknown++
			}
		}
	}
	for _, rec := range p.gone {
		plan.Remove = append(plan.Remove, PlannedPage{Slug: rec.Slug, Title: rec.Title, NotionID: rec.ID})
	}
	slices.SortFunc(plan.Remove, func(a, b PlannedPage) int { return cmp.Compare(a.Slug, b.Slug) })
	plan.NotionRequests = int(p.requests)
	plan.EstimatedSeconds = p.estimate(ctx, plan.NotionRequests)
	p.explain(unknown)
	return plan, nil
}

// explain adds the warnings that belong to the whole plan.
func (p *planner) explain(unknown int) {
	if unknown > 0 {
		p.warn("child pages and inner databases that are new in the pages to be read (%d of them new or changed) show only when "+
			"those are read", unknown)
	}
	if p.shortOf != "" {
		p.warnings = append([]string{fmt.Sprintf("the plan is not complete, for %s: what was not listed counts as unchanged and "+
			"is not removed, and the forecast is too low; ask again in a minute", p.shortOf)}, p.warnings...)
	}
}

// readWithParents: a row whose slug changes with that of a page that is read itself is listed when it has the new one, and
// so read, too.
func (p *planner) readWithParents() {
	for _, found := range p.pages {
		above := p.pages[found.next.Parent]
		if found.next.Kind == page.KindRow && above != nil && above.read && found.was != nil && found.was.Slug != found.slug {
			found.read = true
		}
	}
}

// strangers adds the pages that have a slug which a limited plan's pages want, though the plan is not about them.
func (p *planner) strangers(ctx context.Context) error {
	if p.job.Scope.Full {
		return nil
	}
	var slugs []string
	for _, found := range p.pages {
		slugs = append(slugs, p.slugOf(found, 0))
	}
	owners, err := p.Store.Owners(ctx, slugs)
	if err != nil {
		return err
	}
	known, err := p.Store.Records(ctx, slices.Collect(maps.Values(owners)))
	if err != nil {
		return err
	}
	for slug, id := range owners {
		if rec := known[id]; p.pages[id] == nil && rec != nil && rec.Slug == slug {
			p.pages[id] = &prospect{next: *rec, was: rec, stranger: true}
		}
	}
	return nil
}

// slugOf is the slug that a page is to have, which may follow from its parent's.
func (p *planner) slugOf(found *prospect, depth int) string {
	r := &found.next
	above := p.pages[r.Parent]
	if r.Kind == page.KindPage || above == nil || depth > maxClimb {
		return r.Want
	}
	return r.wanted(&Record{Slug: p.slugOf(above, depth+1)})
}

// before orders pages that want one slug: the one that has it, then as a sync does.
func before(a, b *prospect) int {
	has := func(f *prospect) bool { return f.was != nil && f.was.Slug == f.slug }
	switch {
	case has(a) != has(b):
		if has(a) {
			return -1
		}
		return 1
	case outranks(&a.next, &b.next):
		return -1
	default:
		return 1
	}
}

// reads is how many requests a page's content took last time; 0 if that is not known.
func (found *prospect) reads() int {
	if found.was == nil {
		return 0
	}
	return found.was.Reads
}

// unknownCost is what is taken for the requests of a page where nothing at all is known: its blocks, those below one of
// them, and a part of the child pages that it will turn out to have (of the demo, 3.7 all in all).
const unknownCost = 3

// typicalCost is how many requests a page's content takes on this site.
func (p *planner) typicalCost() int {
	sum, n := 0, 0
	for _, found := range p.pages {
		if reads := found.reads(); reads > 0 {
			sum, n = sum+reads, n+1
		}
	}
	if n == 0 {
		return unknownCost
	}
	return (sum + n - 1) / n
}

const (
	answerTime  = 400 * time.Millisecond // of Notion, about
	requestsAt  = 32                     // once, at most
	serviceTime = 2 * time.Second        // for what is no request: the queue, Redis, a cold start
)

// estimate is how many seconds so many requests will take if they begin now.
func (p *planner) estimate(ctx context.Context, requests int) int {
	if requests == 0 {
		return 1
	}
	rounds := (requests + requestsAt - 1) / requestsAt
	spent := serviceTime + time.Duration(rounds)*answerTime
	if use := p.WindowUse(ctx); use != nil && use.Limit > 0 {
		if over := requests - max(0, use.Limit-use.Used); over > 0 {
			windows := (over + use.Limit - 1) / use.Limit
			spent += time.Duration(windows*use.Seconds) * time.Second
		}
	}
	return int((spent + time.Second - 1) / time.Second)
}
