package plan

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strings"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// result reads off the overlay what the dry run has come to.
func (p *planner) result(ctx context.Context) (*Plan, []string, error) {
	plan := &Plan{
		Add: []PlannedPage{}, Update: []PlannedPage{}, Remove: []PlannedPage{}, Conflicts: []Conflict{},
		Drafts: int(p.store.counts[model.CountDrafts]), Complete: p.listedAll(),
	}
	changed, err := p.changes(ctx, plan)
	if err != nil {
		return nil, nil, err
	}
	if err := p.conflicts(ctx, plan); err != nil {
		return nil, nil, err
	}
	typical, err := p.lookAround(ctx, plan, changed)
	if err != nil {
		return nil, nil, err
	}
	plan.NotionRequests = int(p.source.made.Load()) + p.forecast.known + p.forecast.first*typical
	plan.EstimatedSeconds = p.estimate(ctx, plan.NotionRequests)
	plan.cut()
	p.explain()
	failed, warnings, err := p.store.Troubles(ctx, p.job.ID, syncer.MaxErrors)
	for _, e := range failed {
		p.warn("page %s could not be read: %s", e.PageID, e.Error)
	}
	return plan, fitting(append(p.warnings, warnings...)), err
}

// listedAll reports whether every collection was listed to its end.
func (p *planner) listedAll() bool {
	for id := range p.store.complete {
		if strings.HasPrefix(id, work.ShortOf("")) {
			return false
		}
	}
	return p.shortOf == "" && p.store.failure == ""
}

// changes fills in what is added, updated and removed: the difference between what is known of pages before the dry run
// and after it. It returns the pages among those published before that do not stay as they are.
func (p *planner) changes(ctx context.Context, plan *Plan) (changed map[string]bool, err error) {
	changed = map[string]bool{}
	ids := slices.Collect(maps.Keys(p.store.records))
	known, err := p.store.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	for id, now := range p.store.records {
		was := known[id]
		list, shown := (*[]PlannedPage)(nil), now
		switch {
		case !was.Published() && !now.Published():
		case !was.Published():
			list = &plan.Add
		case !now.Published():
			list, shown = &plan.Remove, was
		case was.Slug != now.Slug || !was.Fetched.Equal(now.Fetched):
			list = &plan.Update
		}
		if list != nil {
			changed[id] = true
			*list = append(*list, PlannedPage{Slug: shown.Slug, Title: shown.Title, NotionID: id})
		}
	}
	for _, list := range [][]PlannedPage{plan.Add, plan.Update, plan.Remove} {
		sort.Slice(list, func(i, j int) bool { return list[i].Slug < list[j].Slug })
	}
	return changed, nil
}

// conflicts fills in the slugs that were denied to pages, since others have them.
func (p *planner) conflicts(ctx context.Context, plan *Plan) error {
	wanting := map[string][]string{}
	for id, slug := range p.store.denied {
		wanting[slug] = append(wanting[slug], id)
	}
	owners, err := p.store.Owners(ctx, slices.Collect(maps.Keys(wanting)))
	if err != nil {
		return err
	}
	for _, slug := range slices.Sorted(maps.Keys(wanting)) {
		owner, known := owners[slug]
		rivals := slices.DeleteFunc(wanting[slug], func(id string) bool { return id == owner || p.store.records[id] == nil })
		if !known || len(rivals) == 0 {
			continue
		}
		slices.SortFunc(rivals, func(a, b string) int {
			if model.Outranks(p.store.records[a], p.store.records[b]) {
				return -1
			}
			return 1
		})
		plan.Conflicts = append(plan.Conflicts, Conflict{Slug: slug, Pages: append([]string{owner}, rivals...)})
	}
	return nil
}

// lookAround counts the pages that stay as they are, of all in a full plan, else of those that the dry run has seen, and
// returns how many requests a page's content takes on this site.
func (p *planner) lookAround(ctx context.Context, plan *Plan, changed map[string]bool) (typical int, err error) {
	reads, pages := 0, 0
	look := func(rec *model.Record) {
		if rec.Published() && !changed[rec.ID] {
			plan.Unchanged++
		}
		if rec.Reads > 0 {
			reads, pages = reads+rec.Reads, pages+1
		}
	}
	if !p.job.Scope.Full {
		known, err := p.store.Store.Records(ctx, slices.Collect(maps.Keys(p.store.met)))
		for _, rec := range known {
			look(rec)
		}
		return typicalCost(reads, pages), err
	}
	for cursor := ""; ; {
		recs, next, err := p.store.Store.ScanRecords(ctx, cursor)
		if err != nil {
			return 0, err
		}
		for _, rec := range recs {
			look(rec)
		}
		if cursor = next; cursor == "" {
			return typicalCost(reads, pages), nil
		}
	}
}

const (
	maxListed      = 1000    // entries of a list in an answer
	maxListedBytes = 800_000 // of such a list: with all of them an answer stays below the 4.5 MB that a function's may be
)

// cut counts what the plan lists, and cuts what is too long for an answer.
func (plan *Plan) cut() {
	plan.Counts = PlanCounts{
		Add: len(plan.Add), Update: len(plan.Update), Remove: len(plan.Remove), Conflicts: len(plan.Conflicts),
	}
	plan.Add, plan.Update, plan.Remove = fitting(plan.Add), fitting(plan.Update), fitting(plan.Remove)
	for i, c := range plan.Conflicts {
		plan.Conflicts[i].Pages = c.Pages[:min(maxListed, len(c.Pages))]
	}
	plan.Conflicts = fitting(plan.Conflicts)
}

// fitting is as much of a list as goes into an answer.
func fitting[T any](list []T) []T {
	size := 0
	for i, item := range list[:min(maxListed, len(list))] {
		text, _ := json.Marshal(item) // texts and lists of them always have a JSON form
		if size += len(text) + 1; size > maxListedBytes {
			return list[:i]
		}
	}
	return list[:min(maxListed, len(list))]
}
