package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// newsBatch is how many of each the site is told at once: a message must stay below a megabyte, which is the least that
// QStash's plans allow, and be quickly worked through by the site.
const newsBatch = 500

// tell tells the site what it has not been told yet, through the queue, which tries again if the site does not answer.
// Under a lease, for otherwise what is written meanwhile could be taken for told. The error wraps ErrPublish if the queue
// did not take it now. What it refuses for good stays where it is, until the settings are right, and is a warning.
func (s *Syncer) tell(ctx context.Context, lease model.Lease, job *model.Job) error {
	for s.TellsSite() {
		news, err := s.Store.News(ctx, newsBatch)
		if err != nil || news.Empty() {
			return err
		}
		body, err := s.newsBody(ctx, news)
		if err != nil {
			return err
		}
		_, err = s.Queue.Publish(ctx, model.Message{
			URL: s.Revalidate, Bearer: s.RevalidateSecret, Body: body, DedupID: "news-" + newID(),
		})
		var refusal interface{ Permanent() bool }
		if errors.As(err, &refusal) && refusal.Permanent() {
			return lease.Commit(ctx, &model.Change{Job: job.ID, Phase: job.Phase, Report: model.Report{Warnings: []string{
				fmt.Sprintf("the site is not told what has changed, REVALIDATE_URL is refused: %v", err),
			}}})
		}
		if err != nil {
			return fmt.Errorf("%w: %w", model.ErrPublish, err)
		}
		if err := lease.Commit(ctx, &model.Change{Job: job.ID, Phase: job.Phase, Told: news}); err != nil {
			return err
		}
	}
	return nil
}

// tellLater tells what could not be told at a job's end. Whoever has the lease tells it too.
func (s *Syncer) tellLater(ctx context.Context, job *model.Job) error {
	if !slices.Contains(job.Outbox, model.SendNews) {
		return nil
	}
	lease, err := s.Store.Acquire(ctx)
	if errors.Is(err, model.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer work.Release(ctx, lease)
	return s.tell(ctx, lease, job)
}

// newsBody is what the site is told: collections by their names, the rows of an inner database by the page that shows
// them.
func (s *Syncer) newsBody(ctx context.Context, n model.News) (json.RawMessage, error) {
	body := struct {
		Slugs       []string `json:"slugs"`
		Collections []string `json:"collections"`
		Removed     []string `json:"removed"`
	}{append([]string{}, n.Slugs...), []string{}, append([]string{}, n.Removed...)}
	var holders []string
	for _, name := range n.Indexes {
		if collection, ok := strings.CutSuffix(name, ":index"); ok {
			body.Collections = append(body.Collections, collection)
		} else if id, ok := strings.CutPrefix(name, "db:"); ok {
			holders = append(holders, id)
		}
	}
	shown, err := s.shownOn(ctx, holders)
	if err != nil {
		return nil, err
	}
	for _, slug := range shown {
		if !slices.Contains(body.Removed, slug) {
			body.Slugs = append(body.Slugs, slug)
		}
	}
	for _, list := range []*[]string{&body.Slugs, &body.Collections, &body.Removed} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return json.Marshal(body)
}

// shownOn returns the slugs of the pages that contain inner databases.
func (s *Syncer) shownOn(ctx context.Context, databases []string) ([]string, error) {
	if len(databases) == 0 {
		return nil, nil
	}
	inner, err := s.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	var pages, slugs []string
	for _, db := range inner {
		if slices.Contains(databases, db.ID) {
			pages = append(pages, db.Page)
		}
	}
	known, err := s.Store.Records(ctx, pages)
	if err != nil {
		return nil, err
	}
	for _, rec := range known {
		if rec.Slug != "" {
			slugs = append(slugs, rec.Slug)
		}
	}
	return slugs, nil
}
