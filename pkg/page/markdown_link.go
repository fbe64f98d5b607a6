package page

import (
	"cmp"
	"net/url"
	"strings"
	"unicode"
)

const notionOrigin = "https://www.notion.so"

// title is what a page is called on the site, empty if that is not known.
func (r renderer) title(id string) string {
	id, _ = dashed(id)
	return r.site.Titles[id]
}

// label is what a run shows: of a mentioned page, what it is called now.
func (r renderer) label(run richText) string {
	id, _ := run.mentioned()
	return cmp.Or(r.title(id), run.plain())
}

// slug is where a page or database stands on the site.
func (r renderer) slug(id string) (slug string, known bool) {
	id, _ = dashed(id)
	slug, known = r.site.Slugs[id]
	return slug, known
}

// href is where a run leads: to the site's own page if there is one, and there to the same block.
func (r renderer) href(run richText) string {
	href := run.link()
	id, ok := run.target()
	if !ok {
		return href
	}
	if slug, known := r.slug(id); known {
		if block, ok := linkedBlock(href); ok {
			return slugPath(slug) + "#" + anchorPrefix + bareID(block)
		}
		return slugPath(slug)
	}
	if strings.HasPrefix(href, "/") {
		return notionOrigin + href
	}
	return href
}

// slugPath is the path of a page of the site.
func slugPath(slug string) string {
	var path strings.Builder
	path.WriteByte('/')
	for _, r := range slug {
		if r > unicode.MaxASCII { // readable, and any browser encodes it
			path.WriteRune(r)
			continue
		}
		path.WriteString((&url.URL{Path: string(r)}).EscapedPath())
	}
	return path.String()
}

// link is a link in a line of its own.
func link(label, href string) string {
	if strings.TrimSpace(label) == "" {
		label = href
	}
	label = strings.Join(strings.Fields(normalized.Replace(label)), " ")
	return markdownText([]piece{{text: label, marks: []mark{{kind: linked, href: href}}}}, oneLine)
}

// oneWord is a URL without white space and control characters, which can't stand in one.
func oneWord(href string) string {
	var out strings.Builder
	for _, r := range href {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			out.WriteString(url.PathEscape(string(r)))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// destination is a URL between the parentheses of a link.
func destination(href string) string {
	var out strings.Builder
	href = oneWord(href)
	for i, r := range href {
		switch {
		case r == '&' && reference.MatchString(href[i:]):
			out.WriteString("&amp;") // cmark looks for references before escapes, goldmark for numeric ones twice
			continue
		case strings.ContainsRune(`()<>\|`, r):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}
