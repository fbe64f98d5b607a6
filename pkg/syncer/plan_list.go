package syncer

import (
	"context"
	"errors"
	"fmt"

	"notionsync/pkg/page"
)

// full lists what a full sync lists: every collection, then, level by level, what stands below pages that are known.
func (p *planner) full(ctx context.Context) error {
	if err := p.counted(func() error { return p.collections(ctx) }); err != nil {
		return err
	}
	listed := len(p.Collections) == 0
	for _, col := range p.Collections {
		ok, err := p.collectionListed(ctx, col.Name)
		if err != nil {
			return err
		}
		listed = listed || ok
	}
	if !listed && p.shortOf == "" {
		return &FatalError{fmt.Errorf("no collection could be listed: %w", p.failure)}
	}
	if err := p.below(ctx); err != nil {
		return err
	}
	return p.counted(func() error { return p.removals(ctx) })
}

func (p *planner) collections(ctx context.Context) error {
	found := make([][]string, len(p.Collections)) // data sources
	err := p.each(len(found), func(i int) (err error) {
		col := p.Collections[i]
		if found[i], err = p.sourcesOf(ctx, col.ID); err != nil {
			return p.trouble(err, "collection "+col.Name)
		}
		p.facts.noteSources(col.Name, found[i])
		return nil
	})
	if err != nil {
		return err
	}
	var rows []Entry
	for i, col := range p.Collections {
		for _, id := range found[i] {
			e := rowsEntry(id, classDiscover, col.Name, "", col.Name+":index")
			if another, err := p.listedAs(ctx, e); err != nil {
				return err
			} else if another != "" {
				p.warn("%s", shared(e, another))
			} else {
				rows = append(rows, e)
			}
		}
	}
	return p.each(len(rows), func(i int) error { return p.rowsOf(ctx, rows[i]) })
}

// sourcesOf finds the data sources of a database.
func (p *planner) sourcesOf(ctx context.Context, id string) ([]string, error) {
	db, err := withSources(ctx, p.source, id)
	ids := make([]string, len(db.Sources))
	for i, source := range db.Sources {
		ids[i] = source.ID
	}
	return ids, err
}

// unlisted sees to an error of the Source about what an entry lists.
func (p *planner) unlisted(ctx context.Context, e Entry, why error) error {
	what, err := p.tableName(ctx, e)
	if err != nil {
		return err
	}
	return p.trouble(why, what)
}

// rowsOf lists a data source to its end.
func (p *planner) rowsOf(ctx context.Context, e Entry) error {
	col, _ := p.collection(e.Collection)
	q := Query{DataSource: e.ID}
	if e.Parent == "" {
		q.Filter = col.Filter
	}
	for {
		res, err := p.source.Rows(ctx, q)
		if errors.Is(err, ErrCursor) && q.Cursor != "" {
			q.Cursor = ""
			continue
		}
		if err != nil {
			return p.unlisted(ctx, e, err)
		}
		if err := p.meetRows(ctx, e, res.Pages); err != nil {
			return err
		}
		switch {
		case res.Next != "":
			q.Cursor = res.Next
		case res.Incomplete && res.Pages[len(res.Pages)-1].Created.After(q.Since):
			q.Since, q.Cursor = res.Pages[len(res.Pages)-1].Created, ""
		case res.Incomplete:
			return nil // over 10,000 rows of one minute: nothing of them is removed
		default:
			p.listedToEnd(e.ID)
			return nil
		}
	}
}

// meetRows compares rows with what is known of them.
func (p *planner) meetRows(ctx context.Context, e Entry, rows []page.Object) error {
	ids := make([]string, len(rows))
	for i, o := range rows {
		ids[i] = o.ID
	}
	known, err := p.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range rows {
		t := &target{entry: e, object: o, was: known[o.ID]}
		draft := t.place(&place{kind: kindOf(e), collection: e.Collection, parent: e.Parent, source: e.ID, list: e.List})
		switch {
		case o.Gone:
		case draft:
			p.mu.Lock()
			p.drafts[o.ID] = true
			p.mu.Unlock()
		default:
			p.meet(&prospect{next: *t.next, was: t.was, read: p.stale(t.was, t.next)})
		}
	}
	return nil
}

func kindOf(e Entry) string {
	if e.Parent == "" {
		return page.KindPage
	}
	return page.KindRow
}

// stale reports whether a page is to be read; its slug is looked at later.
func (p *planner) stale(was, next *Record) bool {
	return p.job.Scope.all() || !p.fresh(was, next.Edited) || was.Slug == "" || was.Kind != next.Kind ||
		was.Collection != next.Collection || was.List != next.List || was.Parent != next.Parent ||
		next.Kind == page.KindPage && was.Slug != next.Want
}

// meet notes a page that was listed. What is met twice counts once.
func (p *planner) meet(found *prospect) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pages[found.next.ID] == nil {
		p.pages[found.next.ID] = found
	}
}

// below looks at what stands below known pages. Of a page that is not read itself a sync makes the same requests; of one
// that is read, its lists of child pages come with its content.
func (p *planner) below(ctx context.Context) error {
	done := map[string]bool{}
	for {
		var level []*prospect
		for id, found := range p.pages {
			if !done[id] {
				done[id] = true
				level = append(level, found)
			}
		}
		if len(level) == 0 {
			return nil
		}
		var tables, lists, within []Entry
		for _, found := range level {
			if found.was == nil {
				continue
			}
			for _, e := range p.checks(found.was) {
				switch {
				case e.Kind == workDatabase:
					tables = append(tables, e)
				case found.read:
					within = append(within, e)
				default:
					lists = append(lists, e)
				}
			}
		}
		err := p.counted(func() error {
			if err := p.each(len(tables), func(i int) error { return p.tableOf(ctx, tables[i]) }); err != nil {
				return err
			}
			return p.each(len(lists), func(i int) error { return p.listOf(ctx, lists[i]) })
		})
		if err != nil {
			return err
		}
		if err := p.each(len(within), func(i int) error { return p.listOf(ctx, within[i]) }); err != nil {
			return err
		}
	}
}

// tableOf lists the rows of an inner database, unless they are those of a collection.
func (p *planner) tableOf(ctx context.Context, e Entry) error {
	sources, err := p.sourcesOf(ctx, e.ID)
	if err != nil {
		return p.unlisted(ctx, e, err)
	}
	return p.each(len(sources), func(i int) error {
		owner, err := p.facts.collectionOf(ctx, p.Syncer, sources[i])
		if err != nil || owner != "" {
			return err
		}
		return p.rowsOf(ctx, rowsEntry(sources[i], classDiscover, e.Collection, e.Parent, "db:"+e.ID))
	})
}

// listOf compares the child pages in one list of blocks with what is known of them.
func (p *planner) listOf(ctx context.Context, e Entry) error {
	if e.Kind == workCheck {
		return p.checkOf(ctx, e)
	}
	shown := map[string]bool{}
	for {
		read := p.now()
		res, err := p.source.Children(ctx, e.ID, e.Cursor)
		if errors.Is(err, ErrCursor) && e.Cursor != "" {
			e.Cursor = ""
			continue
		}
		if err != nil {
			return p.trouble(err, "child pages of page "+e.Parent)
		}
		var kids []foundKid
		for _, b := range res.Blocks {
			if isKid(b) && b.Type == "child_page" {
				kids = append(kids, foundKid{Block: b, list: e.ID, read: read})
				shown[b.ID] = true
				e.Left--
			}
		}
		if err := p.meetKids(ctx, e, kids); err != nil {
			return err
		}
		if e.Left <= 0 || res.Next == "" {
			p.listedToEnd(e.ID)
			return p.restOf(ctx, e, shown)
		}
		e.Cursor = res.Next
	}
}

// restOf asks one by one for the child pages that their list has not shown, where pages are read as Markdown: it does not
// tell for sure in which list they stand.
func (p *planner) restOf(ctx context.Context, e Entry, shown map[string]bool) error {
	if p.asked() != page.ContentMarkdown {
		return nil
	}
	known, err := p.Store.Records(ctx, []string{e.Parent})
	if err != nil || known[e.Parent] == nil {
		return err
	}
	var rest []Entry
	for _, kid := range known[e.Parent].Kids {
		if !kid.Database && kid.List == e.ID && !shown[kid.ID] {
			rest = append(rest, checkEntry(kid.ID, e.Parent, e.Collection))
		}
	}
	return p.each(len(rest), func(i int) error { return p.checkOf(ctx, rest[i]) })
}

// checkOf asks for one child page by itself.
func (p *planner) checkOf(ctx context.Context, e Entry) error {
	read := p.now()
	o, err := p.source.Page(ctx, e.ID)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && (o.Gone || !standsIn(o, e.Parent)):
		p.listedToEnd(checked(e.ID))
		return nil
	case err != nil:
		return p.trouble(err, "page "+e.ID)
	}
	return p.meetKids(ctx, e, []foundKid{checkedKid(o, read)})
}

// meetKids compares child pages with what is known of them. Once the stamps of their blocks are not trusted any more each
// is read, as a sync does.
func (p *planner) meetKids(ctx context.Context, e Entry, kids []foundKid) error {
	ids := make([]string, len(kids))
	for i, kid := range kids {
		ids[i] = kid.ID
	}
	known, err := p.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	distrust, err := p.facts.get(ctx, p.Store, FactStamps)
	if err != nil {
		return err
	}
	for _, kid := range kids {
		found := &prospect{was: known[kid.ID], next: Record{
			ID: kid.ID, Kind: page.KindChild, Collection: e.Collection, Parent: e.Parent, Title: kid.Title,
			Created: kid.Created, Edited: kid.Edited,
		}}
		if distrust != "" && kid.object == nil {
			o, err := p.source.Page(ctx, kid.ID)
			if err != nil {
				return p.trouble(err, "page "+kid.ID)
			}
			found.next.Edited, found.next.Title = o.Edited, o.Title()
		}
		if found.read = p.stale(found.was, &found.next); found.read && distrust == "" && kid.object == nil {
			found.cost = 1 // its page object
		}
		p.meet(found)
	}
	return nil
}
