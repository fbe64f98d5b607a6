package playground

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// shelf keeps the list of the site's pages for as long as nothing happens that could change it: reading it takes a
// command for each page, and the Redis may be a real one.
type shelf struct {
	site Site

	mu    sync.Mutex
	list  []SitePage
	as    int // of which entry of the journal
	valid bool
}

func (s *shelf) pages(ctx context.Context, last int, busy bool) ([]SitePage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.valid && s.as == last {
		return s.list, nil
	}
	list, err := s.site.Pages(ctx)
	if err != nil {
		s.valid = false
		return []SitePage{}, err
	}
	s.list, s.as, s.valid = list, last, !busy
	return list, nil
}

// markdown makes HTML of a page. Raw HTML in it is left out; links within the site stay in the playground.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(inside{}, 0))),
)

type inside struct{}

// Transform implements parser.ASTTransformer.
func (inside) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) { // nothing below fails
		if link, ok := node.(*ast.Link); ok && entering && bytes.HasPrefix(link.Destination, []byte("/")) {
			slug, _, _ := strings.Cut(string(link.Destination[1:]), "#")
			if plain, err := url.PathUnescape(slug); err == nil {
				slug = plain
			}
			link.Destination = []byte("/site?slug=" + url.QueryEscape(slug))
		}
		return ast.WalkContinue, nil
	})
}

// callout is the first line of one, as GitHub writes them, in HTML.
var callout = regexp.MustCompile(`(<blockquote>\n<p>)\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]`)

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<link rel="stylesheet" href="/site.css">
<h1>{{.Title}}</h1>
{{.Body}}
</html>
`))

// sitePage shows a page as a very simple site might. Its scripts, had it any, would not run.
func (p *Playground) sitePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; img-src * data:; frame-ancestors 'self'; base-uri 'none'; sandbox")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	title, source, err := p.opts.Site.Page(r.Context(), r.URL.Query().Get("slug"))
	if err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, ErrNoPage) {
			status, title, source = http.StatusNotFound, "No such page", "The site has no page here, or not any more."
		} else {
			title, source = "It can’t be read", err.Error()
		}
		w.WriteHeader(status)
	}
	var body bytes.Buffer
	if err := markdown.Convert([]byte(source), &body); err != nil {
		body.Reset()
		template.HTMLEscape(&body, []byte(source))
	}
	_ = pageTemplate.Execute(w, map[string]any{ // who has gone away need not be told
		"Title": title, "Body": template.HTML(callout.ReplaceAll(body.Bytes(), []byte("$1<strong>$2</strong><br>"))),
	})
}
