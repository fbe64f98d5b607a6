package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

const (
	fieldDoc     = "doc"     // of a job's hash: its document
	fieldFailure = "failure" // why a collection could not be listed
	fieldAt      = "at"      // when it last got something done, ms
	fieldPhase   = "phase"   // the phase it was in then
	counter      = "n:"      // before the name of each counter
	objectsIn    = "o:"      // before a number: how many tasks have their page objects in the hash of this number
)

// Job returns a job with its counters.
func (s *Store) Job(ctx context.Context, id string) (*model.Job, error) {
	fields, err := redis.StringMap(s.do(ctx, "HGETALL", s.keys.job(id)))
	if err != nil {
		return nil, err
	}
	return jobOf(id, fields)
}

func jobOf(id string, fields map[string]string) (*model.Job, error) {
	raw, ok := fields[fieldDoc]
	if !ok {
		return nil, model.ErrUnknownJob
	}
	job, ok := decode[model.Job]([]byte(raw))
	if !ok || job.ID != id {
		job = model.Job{ID: id, State: model.Queued} // damaged: of no version that is known
	}
	job.Raw, job.Counts, job.Failure = raw, model.Counts{}, fields[fieldFailure]
	for name, value := range fields {
		if name, ok := strings.CutPrefix(name, counter); ok {
			n, _ := strconv.ParseInt(value, 10, 64)
			job.Counts[name] = max(0, n) // below it, the rest of the hash was lost under way
		}
	}
	if ms, err := strconv.ParseInt(fields[fieldAt], 10, 64); err == nil && ms > job.UpdatedAt.UnixMilli() {
		job.UpdatedAt = fromMillis(ms)
		if phase := fields[fieldPhase]; phase != "" {
			job.Phase = model.Phase(phase)
		}
	}
	return &job, nil
}

// Jobs returns the newest jobs, newest first.
func (s *Store) Jobs(ctx context.Context, limit int) ([]*model.Job, error) {
	ids, err := redis.Strings(s.do(ctx, "ZREVRANGE", s.keys.jobs(), 0, limit-1))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var commands [][]any
	for _, id := range ids {
		commands = append(commands, []any{"HGETALL", s.keys.job(id)})
	}
	replies, err := s.pipeline(ctx, commands...)
	if err != nil {
		return nil, err
	}
	var jobs []*model.Job
	for i, reply := range replies {
		fields, err := redis.StringMap(reply, nil)
		if err != nil {
			return nil, err
		}
		if job, err := jobOf(ids[i], fields); err == nil { // else its time is over
			jobs = append(jobs, job)
		}
	}
	return jobs, nil
}

// CreateJob stores a job unless its id is known.
func (s *Store) CreateJob(ctx context.Context, j *model.Job) (*model.Job, error) {
	key := s.keys.job(j.ID)
	forgotten := s.now().Add(-jobTTL).UnixMilli()
	_, err := s.pipeline(ctx,
		[]any{"HSETNX", key, fieldDoc, encode(j)},
		[]any{"EXPIRE", key, int(jobTTL.Seconds())},
		[]any{"ZADD", s.keys.jobs(), "NX", j.TriggeredAt.UnixMilli(), j.ID},
		[]any{"ZREMRANGEBYSCORE", s.keys.jobs(), "-inf", forgotten},
	)
	if err != nil {
		return nil, err
	}
	return s.Job(ctx, j.ID)
}

// SwapJob stores next in place of old.
func (s *Store) SwapJob(ctx context.Context, old, next *model.Job) (bool, error) {
	raw := encode(next)
	ok, err := s.swap(ctx, s.keys.job(old.ID), fieldDoc, old.Raw, string(raw))
	if ok {
		next.Raw = string(raw)
	}
	return ok, err
}

func (s *Store) swap(ctx context.Context, key, field, old, next string) (bool, error) {
	return redis.Bool(s.eval(ctx, swap, 1, []any{key, field, old, next}))
}

// Schedule says whose turn it is.
func (s *Store) Schedule(ctx context.Context) (model.Schedule, error) {
	values, err := redis.Strings(s.do(ctx, "MGET", s.keys.running(), s.keys.waiting()))
	if err != nil {
		return model.Schedule{}, err
	}
	waiting, _ := decode[model.Waiting]([]byte(values[1]))
	waiting.Raw = values[1]
	return model.Schedule{Running: values[0], Waiting: waiting}, nil
}

// SetWaiting replaces the waiting job.
func (s *Store) SetWaiting(ctx context.Context, old, next model.Waiting) (bool, error) {
	raw := ""
	if next.ID != "" || next.By != "" {
		raw = string(encode(next))
	}
	return s.swap(ctx, s.keys.waiting(), "", old.Raw, raw)
}

// Troubles returns a job's page errors and warnings.
func (s *Store) Troubles(ctx context.Context, id string, limit int) ([]model.PageError, []string, error) {
	replies, err := s.pipeline(ctx,
		[]any{"HVALS", s.keys.errors(id)},
		[]any{"ZRANGE", s.keys.warnings(id), 0, maxWarnings - 1},
	)
	if err != nil {
		return nil, nil, err
	}
	raws, err := redis.ByteSlices(replies[0], nil)
	if err != nil {
		return nil, nil, err
	}
	errs := []model.PageError{}
	for _, raw := range raws {
		if e, ok := decode[model.PageError](raw); ok && len(errs) < limit {
			errs = append(errs, e)
		}
	}
	warnings, err := redis.Strings(replies[1], nil)
	if warnings == nil {
		warnings = []string{}
	}
	return errs, warnings, err
}

const maxWarnings = 500 // shown of a job
