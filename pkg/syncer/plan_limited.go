package syncer

import (
	"context"
	"errors"

	"notionsync/pkg/page"
)

// limited looks at the pages that were asked for by name, or that failed last time.
func (p *planner) limited(ctx context.Context) error {
	refs := p.job.Scope.Pages
	if p.job.Scope.Failed {
		failed, err := p.Store.FailedPages(ctx)
		if err != nil {
			return err
		}
		for _, id := range failed {
			refs = append(refs, Ref{Ref: id, Force: true})
		}
	}
	return p.counted(func() error {
		err := p.each(len(p.Collections), func(i int) error {
			col := p.Collections[i]
			if known, err := p.facts.sources(ctx, p.Store, col.Name); err != nil || len(known) > 0 {
				return err
			}
			sources, err := p.sourcesOf(ctx, col.ID)
			if err != nil {
				return p.trouble(err, "collection "+col.Name)
			}
			p.facts.noteSources(col.Name, sources)
			return nil
		})
		if err != nil {
			return err
		}
		return p.each(len(refs), func(i int) error { return p.one(ctx, refs[i]) })
	})
}

// one looks at a single page.
func (p *planner) one(ctx context.Context, ref Ref) error {
	slug := page.TrimSlug(ref.Ref)
	owners, err := p.Store.Owners(ctx, []string{slug})
	if err != nil {
		return err
	}
	id := owners[slug]
	if id == "" {
		id, _ = page.ParseID(ref.Ref)
	}
	if id == "" {
		p.warn("page %q: no published page has this slug, and it is no Notion id or URL", ref.Ref)
		return nil
	}
	known, err := p.Store.Records(ctx, []string{id})
	if err != nil {
		return err
	}
	t := &target{entry: entry(workPage, classFetch, id), was: known[id]}
	read := p.now()
	if t.object, err = p.source.Page(ctx, id); errors.Is(err, ErrNotFound) || t.was == nil && permanent(err) {
		what, err := p.noPage(ctx, id, err)
		if ignored := (*sourceError)(nil); errors.As(err, &ignored) {
			return p.trouble(err, "page "+id)
		}
		if err == nil {
			p.warn("%s", what)
		}
		return err
	} else if err != nil {
		return p.trouble(err, "page "+id)
	}
	t.entry.Read = read
	where, err := p.locate(ctx, t)
	if err != nil {
		return p.trouble(err, "page "+id)
	}
	return p.placeOne(ctx, t, where, ref)
}

// placeOne decides about a page that was read.
func (p *planner) placeOne(ctx context.Context, t *target, where *place, ref Ref) error {
	leave := func() error {
		if t.was == nil {
			p.warn("page %s is in the trash, a draft, or in no collection that is synced", t.entry.ID)
			return nil
		}
		return p.confirmAll(ctx, []*Record{t.was})
	}
	if t.object.Gone || where == nil {
		return leave()
	}
	if where.parent != "" {
		above, err := p.Store.Records(ctx, []string{where.parent})
		if err != nil {
			return err
		}
		if t.parent = above[where.parent]; !t.parent.published() {
			return nil // it stands under a page that is not published
		}
	}
	if draft := t.place(where); draft {
		p.mu.Lock()
		p.drafts[t.entry.ID] = true
		p.mu.Unlock()
		return leave()
	}
	p.meet(&prospect{next: *t.next, was: t.was, read: ref.Force || p.stale(t.was, t.next) || !t.unchanged()})
	return nil
}

// locate is where a page stands; nil: nowhere that is known.
func (p *planner) locate(ctx context.Context, t *target) (*place, error) {
	s, err := p.standing(ctx, t.object, Entry{})
	return s.place, err
}
