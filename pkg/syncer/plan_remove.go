package syncer

import (
	"context"
	"errors"
	"maps"
	"slices"

	"notionsync/pkg/page"
)

// removals finds the known pages that nothing has shown, and reads each, as a sync does before it removes one.
func (p *planner) removals(ctx context.Context) error {
	var missing []*Record
	published := 0
	for cursor := ""; ; {
		recs, next, err := p.Store.ScanRecords(ctx, cursor)
		if err != nil {
			return err
		}
		if err := p.mend(ctx, recs); err != nil {
			return err
		}
		for _, rec := range recs {
			if rec.Slug != "" {
				published++
			}
			if p.pages[rec.ID] != nil || rec.Slug == "" {
				continue
			}
			listed, err := p.listed(ctx, rec)
			if err != nil {
				return err
			}
			if listed[0] {
				missing = append(missing, rec)
			} else {
				p.meet(asItIs(rec))
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if n := len(missing); n > brakeCount && n*brakeShare > published && !p.job.Scope.all() {
		p.warn("%d of %d pages would go; that is more than half, so none would be removed; if it is right, "+
			"run a full sync with force=1", n, published)
		for _, rec := range missing {
			p.meet(asItIs(rec))
		}
		return nil
	}
	return p.confirmAll(ctx, missing)
}

// asItIs is a page that stays as it is.
func asItIs(rec *Record) *prospect { return &prospect{next: *rec, was: rec} }

// confirmAll reads pages that nothing has shown, then what stands below those that go.
func (p *planner) confirmAll(ctx context.Context, missing []*Record) error {
	for len(missing) > 0 {
		err := p.each(len(missing), func(i int) error { return p.confirmOne(ctx, missing[i]) })
		if err != nil {
			return err
		}
		missing = slices.DeleteFunc(missing, func(rec *Record) bool { return p.gone[rec.ID] == nil })
		if missing, err = p.standBelow(ctx, missing); err != nil {
			return err
		}
	}
	return nil
}

// standBelow are the known pages directly below others that do not go themselves yet.
func (p *planner) standBelow(ctx context.Context, recs []*Record) ([]*Record, error) {
	var ids []string
	for _, rec := range recs {
		for _, kid := range rec.Kids {
			if !kid.Database {
				ids = append(ids, kid.ID)
				continue
			}
			rows, err := p.Store.Members(ctx, "db:"+kid.ID)
			if err != nil {
				return nil, err
			}
			ids = append(ids, rows...)
		}
	}
	known, err := p.Store.Records(ctx, ids)
	return slices.Collect(maps.Values(known)), err
}

// goes notes that a page goes.
func (p *planner) goes(rec *Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone[rec.ID] = rec
	p.store.complete[outside(rec.ID)] = true
	delete(p.pages, rec.ID)
}

// confirmOne reads a page and decides whether it goes.
func (p *planner) confirmOne(ctx context.Context, rec *Record) error {
	e := entry(workConfirm, classConfirm, rec.ID)
	o, err := p.source.Page(ctx, rec.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		p.meet(asItIs(rec))
		return p.trouble(err, "page "+rec.ID)
	}
	c := &Change{}
	if err == nil && !o.Gone {
		stays, err := p.stays(ctx, c, e, rec, o)
		if ignored := (*sourceError)(nil); errors.As(err, &ignored) {
			p.meet(asItIs(rec))
			return p.trouble(err, "page "+rec.ID)
		}
		if err != nil {
			return err
		}
		if stays {
			return p.stay(ctx, c, rec, o)
		}
	}
	p.goes(rec)
	return nil
}

// stay keeps a page that is alive: in its place, or in another, where it is read.
func (p *planner) stay(ctx context.Context, c *Change, rec *Record, o page.Object) error {
	for _, warning := range c.Warnings {
		p.warn("%s", warning)
	}
	if len(c.Add) == 0 {
		p.meet(asItIs(rec))
		return nil
	}
	t := &target{entry: c.Add[0], object: o, was: rec}
	where, err := p.locate(ctx, t)
	if err != nil || where == nil {
		return err
	}
	t.place(where)
	p.meet(&prospect{next: *t.next, was: rec, read: true, cost: 1})
	return nil
}
