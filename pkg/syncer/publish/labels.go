package publish

import (
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// labels has the record know which pages the content calls by their titles, and which blocks it links to; Around finds the
// titles.
func (c *content) labels(r *model.Record) {
	r.Labels = map[string]string{}
	for _, id := range append(page.LabelTargets(c.blocks), page.NativeLabelTargets(c.text)...) {
		r.Labels[id] = ""
	}
	r.Points = page.BlockTargets(c.blocks)
	delete(r.Points, r.ID)
}

// anchored are the records of pages that lack an anchor for a block that one of the others links to, with it.
func anchored(others, known map[string]*model.Record) []*model.Record {
	wanted := map[string][]string{}
	for _, other := range others {
		for id, blocks := range other.Points {
			wanted[id] = append(wanted[id], blocks...)
		}
	}
	var lacking []*model.Record
	for id, blocks := range wanted {
		rec := known[id]
		if !rec.Published() {
			continue
		}
		next := *rec
		next.Anchors = slices.Concat(rec.Anchors, blocks)
		slices.Sort(next.Anchors)
		if next.Anchors = slices.Compact(next.Anchors); len(next.Anchors) > len(rec.Anchors) {
			lacking = append(lacking, &next)
		}
	}
	return lacking
}
