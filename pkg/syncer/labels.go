package syncer

import (
	"maps"
	"slices"

	"notionsync/pkg/page"
)

// blockLinks are blocks of pages that are linked to, by page.
type blockLinks map[string][]string

// labels has the record know which pages the content calls by their titles, and which blocks it links to; around finds the
// titles.
func (c *content) labels(r *Record) {
	r.Labels = map[string]string{}
	for _, id := range append(page.LabelTargets(c.blocks), page.NativeLabelTargets(c.text)...) {
		r.Labels[id] = ""
	}
	r.Points = page.BlockTargets(c.blocks)
	delete(r.Points, r.ID)
}

// calls has the record say what the pages are called that it calls by their titles.
func (r *Record) calls(known map[string]*Record) {
	labels := map[string]string{}
	for id := range r.Labels {
		switch rec := known[id]; {
		case id == r.ID:
			labels[id] = r.Title
		case rec != nil && r.Links[id] != "":
			labels[id] = rec.Title
		default:
			labels[id] = ""
		}
	}
	r.Labels = labels
}

// titles are what the Markdown calls other pages: those that it mentions or links by their titles, and the child pages.
func (r *Record) titles() map[string]string {
	titles := map[string]string{}
	for _, kid := range r.Kids {
		if kid.Face.Slug != "" {
			titles[kid.ID] = kid.Face.Title
		}
	}
	maps.Copy(titles, r.Labels)
	return titles
}

// misleads reports whether the bundle gives another page a slug, or the Markdown a title, that it no longer has.
func (r *Record) misleads(known map[string]*Record) bool {
	for id, slug := range r.Links {
		now := Face{}
		if rec := known[id]; rec.published() {
			now = rec.Face()
		}
		title, labelled := r.Labels[id]
		if id != r.ID && (slug != now.Slug || labelled && title != now.Title) {
			return true
		}
	}
	return false
}

// site is what the page's Markdown says of the site.
func (r *Record) site() page.Site {
	return page.Site{Slugs: r.targets(), Titles: r.titles(), Anchors: r.Anchors}
}

// anchored are the records of pages that lack an anchor for a block that one of the others links to, with it.
func anchored(others, known map[string]*Record) []*Record {
	wanted := map[string][]string{}
	for _, other := range others {
		for id, blocks := range other.Points {
			wanted[id] = append(wanted[id], blocks...)
		}
	}
	var lacking []*Record
	for id, blocks := range wanted {
		rec := known[id]
		if !rec.published() {
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
