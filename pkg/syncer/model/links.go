package model

import (
	"maps"

	"notionsync/pkg/page"
)

// ResolvedLinks are the resolved links alone.
func (r *Record) ResolvedLinks() map[string]string {
	links := map[string]string{}
	for id, slug := range r.Links {
		if slug != "" {
			links[id] = slug
		}
	}
	return links
}

// targets are the pages that the Markdown links to: those linked to and the child pages.
func (r *Record) targets() map[string]string {
	targets := r.ResolvedLinks()
	for _, child := range r.Children {
		if child.Shown.Slug != "" {
			targets[child.ID] = child.Shown.Slug
		}
	}
	return targets
}

// Describe fills in what a page's meta says beyond its page object.
func (r *Record) Describe(m *page.Meta, links map[string]string) {
	m.Slug, m.Collection, m.Kind, m.Links = r.Slug, r.Collection, r.Kind, links
	m.ParentSlug, m.ParentTitle = nil, nil
	if r.Parent != "" {
		m.ParentSlug, m.ParentTitle = &r.ParentShown.Slug, &r.ParentShown.Title
	}
	m.ChildPages = []page.Child{}
	for _, child := range r.Children {
		if !child.Database && child.Shown.Slug != "" {
			m.ChildPages = append(m.ChildPages, page.Child{
				ID: child.ID, Title: child.Shown.Title, Slug: child.Shown.Slug, Icon: child.Shown.Icon,
			})
		}
	}
}

// BlockLinks are blocks of pages that are linked to, by page.
type BlockLinks map[string][]string

// Calls has the record say what the pages are called that it calls by their titles.
func (r *Record) Calls(known map[string]*Record) {
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

// Titles are what the Markdown calls other pages: those that it mentions or links by their titles, and the child pages.
func (r *Record) Titles() map[string]string {
	titles := map[string]string{}
	for _, child := range r.Children {
		if child.Shown.Slug != "" {
			titles[child.ID] = child.Shown.Title
		}
	}
	maps.Copy(titles, r.Labels)
	return titles
}

// Misleads reports whether the bundle gives another page a slug, or the Markdown a title, that it no longer has.
func (r *Record) Misleads(known map[string]*Record) bool {
	for id, slug := range r.Links {
		now := Summary{}
		if rec := known[id]; rec.Published() {
			now = rec.Summary()
		}
		title, labelled := r.Labels[id]
		if id != r.ID && (slug != now.Slug || labelled && title != now.Title) {
			return true
		}
	}
	return false
}

// Site is what the page's Markdown says of the site.
func (r *Record) Site() page.Site {
	return page.Site{Slugs: r.targets(), Titles: r.Titles(), Anchors: r.Anchors}
}
