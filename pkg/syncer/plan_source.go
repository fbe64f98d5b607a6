package syncer

import (
	"context"
	"errors"
	"time"

	"notionsync/pkg/page"
)

// planSource waits for Notion's window as long as the plan's time allows. What a plan does not ask for goes through.
type planSource struct {
	Source
	until time.Time
}

// Database implements Source.
func (s *planSource) Database(ctx context.Context, id string) (db Database, err error) {
	err = s.ask(ctx, func(ctx context.Context) (err error) { db, err = s.Source.Database(ctx, id); return })
	return db, err
}

// Rows implements Source.
func (s *planSource) Rows(ctx context.Context, q Query) (rows Rows, err error) {
	err = s.ask(ctx, func(ctx context.Context) (err error) { rows, err = s.Source.Rows(ctx, q); return })
	return rows, err
}

// Children implements Source.
func (s *planSource) Children(ctx context.Context, id, cursor string) (list Children, err error) {
	err = s.ask(ctx, func(ctx context.Context) (err error) { list, err = s.Source.Children(ctx, id, cursor); return })
	return list, err
}

// Page implements Source.
func (s *planSource) Page(ctx context.Context, id string) (o page.Object, err error) {
	err = s.ask(ctx, func(ctx context.Context) (err error) { o, err = s.Source.Page(ctx, id); return })
	return o, err
}

// ask makes a request, and again after the wait that it is told, if there is time for that. The error is errBudget when
// there is not.
func (s *planSource) ask(ctx context.Context, request func(context.Context) error) error {
	ctx, cancel := context.WithDeadlineCause(ctx, s.until, errBudget)
	defer cancel()
	for {
		err := request(ctx)
		var wait *Wait
		if !errors.As(err, &wait) || time.Now().Add(wait.After).After(s.until) {
			return err
		}
		if err := sleep(ctx, wait.After); err != nil {
			return err
		}
	}
}
