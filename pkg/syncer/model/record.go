package model

import (
	"slices"
	"time"

	"notionsync/pkg/page"
)

// Record is what is remembered of one page between jobs.
type Record struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"` // where it is published; empty: nowhere
	Want string `json:"want"`           // the slug it should have
	Place
	Properties
	Reading
	Contents

	Raw string `json:"-"` // as it was stored when it was read; empty: there was none
}

// Properties are what a record keeps of the page object.
type Properties struct {
	Title     string    `json:"title"`
	Icon      *string   `json:"icon,omitempty"`
	SlugValue *string   `json:"slugValue,omitempty"` // the slug property of a row, as it stands there
	Created   time.Time `json:"created"`
	Edited    time.Time `json:"edited"`
}

// Reading is how a page was read last.
type Reading struct {
	Fetched time.Time `json:"fetched,omitzero"` // when that began; zero: it was never read
	Failed  bool      `json:"failed,omitempty"`
	Unkept  bool      `json:"unkept,omitempty"`  // it shows links that expire
	Reads   int       `json:"reads,omitempty"`   // requests that its content took; 0: unknown
	Content string    `json:"content,omitempty"` // what was asked for of its content; empty: blocks
	In      string    `json:"in,omitempty"`      // a child page read as Markdown: the page or block directly above it
}

// Contents are what a page's bundle shows of other pages and of files.
type Contents struct {
	Children    []Child           `json:"kids,omitempty"`
	Links       map[string]string `json:"links,omitempty"`     // page linked to → slug the bundle gives for it; empty: none; original of a copy → empty
	Labels      map[string]string `json:"labels,omitempty"`    // page that the Markdown calls by its title → that title; empty: Notion's own words
	Points      BlockLinks        `json:"points,omitempty"`    // page linked to → its blocks that the links lead to
	Anchors     []string          `json:"anchors,omitempty"`   // its blocks that links on other pages lead to
	Originals   []string          `json:"originals,omitempty"` // synced blocks that other pages may show copies of
	ParentShown Summary           `json:"under,omitzero"`      // the parent as the bundle shows it
	Files       []string          `json:"files,omitempty"`     // mirrored files
}

// Summary is what other pages show of a page.
type Summary struct {
	Slug  string  `json:"slug,omitempty"`
	Title string  `json:"title,omitempty"`
	Icon  *string `json:"icon,omitempty"`
}

// Summary is how others should show the page now.
func (r *Record) Summary() Summary { return Summary{Slug: r.Slug, Title: r.Title, Icon: r.Icon} }

// Equal reports whether both look the same.
func (f Summary) Equal(g Summary) bool {
	sameIcon := f.Icon == nil && g.Icon == nil || f.Icon != nil && g.Icon != nil && *f.Icon == *g.Icon
	return f.Slug == g.Slug && f.Title == g.Title && sameIcon
}

// Child is a child page or inner database that stands in a page's blocks.
type Child struct {
	ID       string  `json:"id"`
	Database bool    `json:"database,omitempty"`
	List     string  `json:"list"`    // the page or block directly under which it stands: whose children list shows its stamp
	Shown    Summary `json:"summary"` // as the bundle shows it
}

// Contains reports whether a child page or inner database is known to stand in the page's blocks.
func (r *Record) Contains(id string) bool {
	return r != nil && slices.ContainsFunc(r.Children, func(k Child) bool { return k.ID == id })
}

// ClockSkew is how far a function's clock may be ahead of Notion's.
const ClockSkew = 10 * time.Second

// Fresh reports whether a page with this stamp is as it was when it was read. Notion's stamps are rounded down to the
// minute, so a page read within the minute of its last edit may have changed again under the same stamp.
func (r *Record) Fresh(edited time.Time) bool {
	return r != nil && !r.Failed && r.Edited.Equal(edited) && !r.Fetched.Before(edited.Add(time.Minute+ClockSkew))
}

// Published reports whether the page is on the site.
func (r *Record) Published() bool { return r != nil && r.Slug != "" }

// Remade reports whether the page is on the site, but its record was made from its bundle: what it contains is not known until
// it is read, see restore.
func (r *Record) Remade() bool { return r.Published() && r.Fetched.IsZero() }

// InnerDatabase is a database that stands inside a page.
type InnerDatabase struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Page       string   `json:"page"`                 // the page that contains it
	Collection string   `json:"collection,omitempty"` // set: its rows are those of this collection
	Sources    []string `json:"sources"`
}

// Equal reports whether both are known alike.
func (d InnerDatabase) Equal(other InnerDatabase) bool {
	return d.ID == other.ID && d.Title == other.Title && d.Page == other.Page && d.Collection == other.Collection &&
		slices.Equal(d.Sources, other.Sources)
}

// Wanted is the slug that a page below parent should have.
func (r *Record) Wanted(parent *Record) string {
	switch {
	case r.Kind == page.KindPage || parent == nil:
		return r.Want
	case r.Kind == page.KindRow && r.SlugValue != nil:
		return page.JoinRowSlug(parent.Slug, *r.SlugValue, r.Title, r.ID)
	default:
		return page.ChildSlug(parent.Slug, r.Title, r.ID)
	}
}
