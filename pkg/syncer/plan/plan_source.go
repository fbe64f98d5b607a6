package plan

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// planSource waits for Notion's window as long as the plan's time allows, and counts the requests that are made. What a
// dry run does not ask for goes through.
type planSource struct {
	model.Source
	until time.Time
	made  atomic.Int64              // requests that a job would make too
	shown func(blocks []page.Block) // told of every block that is listed
}

// Database implements Source.
func (s *planSource) Database(ctx context.Context, id string) (db model.Database, err error) {
	err = s.ask(ctx, func() (err error) { db, err = s.Source.Database(ctx, id); return })
	return db, err
}

// Rows implements Source.
func (s *planSource) Rows(ctx context.Context, q model.Query) (rows model.Rows, err error) {
	err = s.ask(ctx, func() (err error) { rows, err = s.Source.Rows(ctx, q); return })
	return rows, err
}

// Children implements Source.
func (s *planSource) Children(ctx context.Context, id, cursor string) (list model.Children, err error) {
	err = s.ask(ctx, func() (err error) { list, err = s.Source.Children(ctx, id, cursor); return })
	s.shown(list.Blocks)
	return list, err
}

// Page implements Source.
func (s *planSource) Page(ctx context.Context, id string) (o page.Object, err error) {
	err = s.ask(ctx, func() (err error) { o, err = s.Source.Page(ctx, id); return })
	return o, err
}

// Block implements Source.
func (s *planSource) Block(ctx context.Context, id string) (b page.Block, err error) {
	err = s.ask(ctx, func() (err error) { b, err = s.Source.Block(ctx, id); return })
	return b, err
}

// uncounted lists blocks with a request that a job would not make.
func (s *planSource) uncounted(ctx context.Context, id, cursor string) (list model.Children, err error) {
	err = s.wait(ctx, func() (err error) { list, err = s.Source.Children(ctx, id, cursor); return })
	s.shown(list.Blocks)
	return list, err
}

// ask makes a request and counts it.
func (s *planSource) ask(ctx context.Context, request func() error) error {
	err := s.wait(ctx, request)
	if wait := (*model.Wait)(nil); !errors.As(err, &wait) {
		s.made.Add(1)
	}
	return err
}

// wait makes a request, and again after the wait that it is told, if there is time for that.
func (s *planSource) wait(ctx context.Context, request func() error) error {
	for {
		err := request()
		var wait *model.Wait
		if !errors.As(err, &wait) || time.Now().Add(wait.After).After(s.until) {
			return err
		}
		if err := work.Sleep(ctx, wait.After); err != nil {
			return err
		}
	}
}
