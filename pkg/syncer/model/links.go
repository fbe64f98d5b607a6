package model

import "notionsync/pkg/page"

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

// LinkTargets are the pages that the Markdown links to: those linked to and the child pages.
func (r *Record) LinkTargets() map[string]string {
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
