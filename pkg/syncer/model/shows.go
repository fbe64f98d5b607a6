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
	for _, kid := range r.Children {
		if kid.Shown.Slug != "" {
			targets[kid.ID] = kid.Shown.Slug
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
	for _, kid := range r.Children {
		if !kid.Database && kid.Shown.Slug != "" {
			m.ChildPages = append(m.ChildPages, page.Child{
				ID: kid.ID, Title: kid.Shown.Title, Slug: kid.Shown.Slug, Icon: kid.Shown.Icon,
			})
		}
	}
}
