package notionsim

// Need is how many requests it takes at least to read everything that is shared, each kind by itself.
type Need struct {
	Databases  int // one for each, to find its data sources
	Queries    int // one for 100 rows
	Pages      int // the page objects of child pages, which no query brings
	Lists      int // of blocks, one for 100
	Properties int // of which a page object shows a part only, one for 100 values
	Contents   int // pages: what takes the place of Lists where pages are read as Markdown
	Depth      int // of blocks in blocks: so many lists can only be asked for one after the other
}

// Sum is the number of requests for blocks.
func (n Need) Sum() int { return n.Databases + n.Queries + n.Pages + n.Lists + n.Properties }

// SumMarkdown is the number of requests for Markdown.
func (n Need) SumMarkdown() int { return n.Sum() - n.Lists + n.Contents }

// Need counts what it takes to read the workspace's databases, all that is in their pages included.
func (w *Workspace) Need() Need {
	defer w.lock()()
	var n Need
	for _, db := range w.dbOrder {
		if w.inTrash(db.id) || !w.shared(db.id) {
			continue
		}
		n.Databases++
		for _, s := range db.sources {
			rows := 0
			for _, p := range s.rows {
				if !w.inTrash(p.id) && !p.archived && w.shared(p.id) {
					rows++
					w.need(p, &n)
				}
			}
			n.Queries += pagesOf(rows)
		}
	}
	return n
}

// NeedOf is what it takes to read the content of one page, without pages and databases inside it.
func (w *Workspace) NeedOf(pageID string) Need {
	defer w.lock()()
	n := Need{}
	if p := w.pages[pageID]; p != nil {
		w.needContent(p, &n)
	}
	return n
}

// need counts a page and its child pages.
func (w *Workspace) need(p *page, n *Need) {
	for _, child := range w.needContent(p, n) {
		n.Pages++
		w.need(child, n)
	}
}

// needContent counts what is in a page and returns its child pages. What is generated is not kept: a large workspace
// would not fit into memory.
func (w *Workspace) needContent(p *page, n *Need) (children []*page) {
	n.Contents++
	content := p.content
	if !p.loaded && p.made != nil {
		content = p.made.content(p)
	}
	for _, prop := range w.properties(p) {
		if _, more := cut(prop.kind, prop.value); more {
			n.Properties += pagesOf(len(prop.items()))
		}
	}
	seen := map[string]bool{} // a copy shows what its original shows
	originals := map[string][]*block{}
	collectOriginals(content, originals)
	var list func(blocks []*block, depth int)
	list = func(blocks []*block, depth int) {
		live := 0
		for _, b := range blocks {
			if w.trashedItself(b.id) {
				continue
			}
			live++
			below := b.children
			if b.copyOf != "" && below == nil {
				below = originals[b.copyOf]
			}
			switch child := w.pages[b.id]; {
			case child != nil:
				if w.shared(b.id) {
					children = append(children, child)
				}
			case b.kind != "child_database" && (len(below) > 0 || b.copyOf != "") && !seen[b.id]:
				seen[b.id] = true
				list(below, depth+1)
			}
		}
		n.Lists += pagesOf(live)
		n.Depth = max(n.Depth, depth)
	}
	list(content, 1)
	return children
}

func collectOriginals(blocks []*block, into map[string][]*block) {
	for _, b := range blocks {
		into[b.id] = b.children
		collectOriginals(b.children, into)
	}
}

// pagesOf is how many requests it takes to list so many: an empty list takes one, too.
func pagesOf(n int) int { return max(1, (n+maxPage-1)/maxPage) }
