package store

import (
	"context"
	"strconv"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

// eventMemory is how long an event is recognised. Notion sends one again for about a day (facts: developers.notion.com,
// "Event types & delivery", read 2026-08).
const eventMemory = 26 * time.Hour

const (
	maxDue    = 2000             // notes that one job takes over
	maxMillis = 1 << 52          // beyond it a time is nobody's
	recentTTL = 10 * time.Minute // that a job has taken something over is of interest for a minute
)

// Enqueue adds what an event has named.
func (s *Store) Enqueue(ctx context.Context, n model.Edit) (model.EditQueue, error) {
	k := s.keys
	args := []any{
		k.events(), k.due(), k.since(), k.recent(), k.call(), n.Event, n.Now.UnixMilli(),
		n.Quiet.Milliseconds(), n.Most.Milliseconds(), n.Again.Milliseconds(), int(jobTTL.Seconds()),
	}
	for _, name := range n.Names {
		args = append(args, name)
	}
	answer, err := redis.Int64s(s.eval(ctx, enqueue, 5, args))
	if err != nil || len(answer) != 4 {
		return model.EditQueue{}, orReply(err)
	}
	noted := model.EditQueue{Known: answer[0] == 1, Round: answer[3]}
	if answer[1] > 0 {
		noted.Due = fromMillis(answer[1])
	}
	if answer[2] > 0 {
		noted.Pickup = fromMillis(answer[2])
	}
	return noted, nil
}

// SetPickup remembers that a message will ask for what is due.
func (s *Store) SetPickup(ctx context.Context, event string, round int64, at, now time.Time) (bool, error) {
	return redis.Bool(s.eval(ctx, pickup, 2, []any{
		s.keys.events(), s.keys.call(), event, at.UnixMilli(), now.UnixMilli(), int(eventMemory.Seconds()),
		int(jobTTL.Seconds()), round,
	}))
}

// Due returns what is due by a time.
func (s *Store) Due(ctx context.Context, by time.Time) ([]string, error) {
	return redis.Strings(s.eval(ctx, due, 2, []any{s.keys.due(), s.keys.call(), by.UnixMilli(), maxDue}))
}

// TakeOver stores a job and strikes off what it takes over. ErrUnknownJob if another job has taken over all of that.
func (s *Store) TakeOver(ctx context.Context, j *model.Job, names []string, by, now time.Time) (*model.Job, error) {
	k := s.keys
	args := []any{
		k.job(j.ID), k.jobs(), k.due(), k.since(), k.recent(), encode(j), j.ID, j.TriggeredAt.UnixMilli(),
		int(jobTTL.Seconds()), by.UnixMilli(), now.UnixMilli(), int(recentTTL.Seconds()),
	}
	for _, name := range names {
		args = append(args, name)
	}
	if _, err := s.eval(ctx, takeOver, 5, args); err != nil {
		return nil, err
	}
	return s.Job(ctx, j.ID)
}

// Edits returns what is noted.
func (s *Store) Edits(ctx context.Context) (*model.Edits, error) {
	due := s.keys.due()
	first, err := redis.Strings(s.do(ctx, "ZRANGE", due, 0, 0, "WITHSCORES"))
	if err != nil || len(first) != 2 {
		return nil, err
	}
	at, err := strconv.ParseFloat(first[1], 64)
	if err != nil || at > maxMillis {
		return nil, nil // a stranger's: no reason to show nothing else
	}
	n, err := redis.Int(s.do(ctx, "ZCARD", due))
	if err != nil || n == 0 {
		return nil, err
	}
	return &model.Edits{Waiting: n, DueAt: fromMillis(int64(at))}, nil
}

// orReply is err, or where there is none that the reply was not what was asked for.
func orReply(err error) error {
	if err == nil {
		return errReply
	}
	return err
}
