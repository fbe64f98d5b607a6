package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/syncer/model"
)

// sample is what stands in a rehearsal for each id, slug and name.
const sample = "check"

// samples are names of all kinds of keys.
func (k keys) samples() []string {
	names := []string{
		k.page(sample), k.index(sample + ":index"), k.index("db:" + sample), k.lease(), k.running(), k.waiting(), k.jobs(), k.pages(),
		k.slugs(), k.items(), k.failed(), k.databases(), k.facts(), k.files(), k.links(), k.window(), k.events(), k.due(), k.since(),
		k.recent(), k.call(), k.list(sample + ":index"), k.list("db:" + sample), k.built(sample, sample), k.job(sample), k.todo(sample),
		k.entries(sample), k.seen(sample), k.drafts(sample), k.complete(sample), k.parts(sample), k.errors(sample), k.warnings(sample),
		k.objects(sample, 1), k.builtList(sample, sample),
	}
	for _, kind := range []string{newsSlugs, newsRemoved, newsIndexes} {
		names = append(names, k.news(kind))
	}
	for _, set := range []model.Set{model.SetChanged, model.SetLists, model.SetMissing} {
		names = append(names, k.owed(string(set)), k.set(sample, string(set)))
	}
	return names
}

// Rehearse does all that a sync does in Redis, with every command and every script, on keys of its own which it deletes
// again. That the keys of a sync may be used, several at once, it finds out without touching them.
func (s *Store) Rehearse(ctx context.Context) (err error) {
	if err := s.mayUse(ctx, s.keys.samples()); err != nil {
		return err
	}
	stage := *s
	stage.keys = keys{s.keys.prefix + "sync:check:" + rand.Text() + ":"} // others may rehearse, too
	stage.reads = stage.newReads()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openingTime)
		defer cancel()
		_, left := stage.do(ctx, "DEL", anys(stage.keys.samples())...)
		err = cmp.Or(err, left)
	}()
	for _, act := range []func(context.Context) error{stage.rehearseJob, stage.rehearseReads, stage.rehearseEvents, stage.rehearseWindow} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// nothing is a script that does nothing: what it is given tells whether it may be used.
var nothing = redis.NewScript(-1, "return #KEYS")

// mayUse asks for keys all together, and where that is denied for each, to say which.
func (s *Store) mayUse(ctx context.Context, names []string) error {
	args := anys(names)
	_, err := s.evalOn(ctx, nothing, args, slices.Concat([]any{len(args)}, args))
	var denied *diagnosis.Error
	if !errors.As(err, &denied) || denied.ID != diagnosis.RedisKey {
		return err
	}
	for _, name := range args {
		if _, err := s.evalOn(ctx, nothing, []any{name}, []any{1, name}); err != nil {
			return err
		}
	}
	return err
}

// rehearseJob is a job that publishes a page and removes it.
func (s *Store) rehearseJob(ctx context.Context) error {
	now := s.now().UTC()
	job, err := s.CreateJob(ctx, &model.Job{Version: model.Version, ID: sample, State: model.Queued, Times: model.Times{TriggeredAt: now}})
	if err != nil {
		return err
	}
	l, err := s.Acquire(ctx)
	if err != nil {
		return err
	}
	task := model.Task{Key: sample, ID: sample, Rev: 1}
	rec := &model.Record{
		ID:         sample,
		Slug:       sample,
		Want:       sample,
		Place:      model.Place{List: sample + ":index"},
		Properties: model.Properties{Created: now},
		Contents:   model.Contents{Links: map[string]string{sample: sample}},
	}
	news := model.News{Slugs: []string{sample}, Indexes: []string{rec.List}}
	put := map[model.Set][]string{model.SetChanged: {sample}}
	publish := &model.Change{
		Job:            sample,
		EvidenceChange: model.EvidenceChange{Inherit: true, Put: put, Complete: []string{sample}},
		ListChange:     model.ListChange{Sightings: []model.Sighting{{ID: sample, Task: &task}, {ID: sample, Draft: true}}},
		PageChange:     model.PageChange{Write: []model.PageWrite{{Record: rec, Bundle: []byte("{}"), Item: []byte(`{"slug":"` + sample + `","id":""}`)}}},
		IndexChange:    model.IndexChange{Databases: []model.InnerDatabase{{ID: sample}}},
		KeptChange:     model.KeptChange{Observed: map[string]string{sample: sample}, Files: map[string]model.KeptFile{sample: {}}},
		News:           news,
		Report:         model.Report{Warnings: []string{sample}, Errors: []model.PageError{{PageID: sample}}, Count: model.Counts{sample: 1}},
	}
	remove := &model.Change{
		Job:            sample,
		ListChange:     model.ListChange{Task: task},
		PageChange:     model.PageChange{Drop: []model.Removal{{Record: rec}}},
		EvidenceChange: model.EvidenceChange{Take: put},
		IndexChange:    model.IndexChange{DropDatabases: []string{sample}, DropIndexes: []string{rec.List}},
		KeptChange:     model.KeptChange{DropFiles: []string{sample}},
		Told:           news,
		Report:         model.Report{Cleared: []string{sample}},
	}
	for _, act := range []func() error{
		func() error { return l.Extend(ctx) },
		func() error { return l.Commit(ctx, publish) },
		func() error { return l.BuildIndex(ctx, model.Index{Name: rec.List, List: rec.List}) },
		func() error {
			return l.Commit(ctx, &model.Change{Job: sample, IndexChange: model.IndexChange{Indexes: []string{rec.List}}})
		},
		func() error { _, err := s.Examine(ctx, []*model.Record{rec}); return err },
		func() error { return l.Commit(ctx, remove) },
		func() error { _, err := s.SwapJob(ctx, job, job); return err },
		func() error { job.State = model.Done; return l.SaveJob(ctx, job, nil) },
		func() error { return l.Release(ctx) },
	} {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

// rehearseReads reads in every way.
func (s *Store) rehearseReads(ctx context.Context) error {
	k := s.keys
	_, err := s.pipeline(ctx,
		[]any{"EXISTS", k.lease()}, []any{"MGET", k.running(), k.waiting()}, []any{"GET", k.page(sample)}, []any{"HGETALL", k.job(sample)},
		[]any{"HGET", k.facts(), sample}, []any{"HMGET", k.pages(), sample}, []any{"HVALS", k.databases()},
		[]any{"HSCAN", k.pages(), 0, "COUNT", 1}, []any{"SCAN", 0, "MATCH", escapeGlob.Replace(k.prefix) + "*", "COUNT", 1},
		[]any{"SMEMBERS", k.failed()}, []any{"SMISMEMBER", k.seen(sample), sample}, []any{"SRANDMEMBER", k.seen(sample), 1},
		[]any{"ZRANGE", k.todo(sample), 0, 0, "WITHSCORES"}, []any{"ZREVRANGE", k.jobs(), 0, 0},
		[]any{"ZCARD", k.due()}, []any{"PTTL", k.lease()}, []any{"PEXPIRE", k.lease(), 1},
	)
	return err
}

// rehearseEvents notes an event and has a job take it over.
func (s *Store) rehearseEvents(ctx context.Context) error {
	now := s.now()
	noted, err := s.Enqueue(ctx, model.Edit{Event: sample, Names: []string{sample}, Now: now})
	if err != nil {
		return err
	}
	if _, err := s.SetPickup(ctx, sample, noted.Round, now, now); err != nil {
		return err
	}
	if _, err := s.Due(ctx, now.Add(time.Second)); err != nil {
		return err
	}
	_, err = s.TakeOver(ctx, &model.Job{ID: sample, Times: model.Times{TriggeredAt: now}}, []string{sample}, now.Add(time.Second), now)
	return err
}

// rehearseWindow takes, blocks and asks the window of requests.
func (s *Store) rehearseWindow(ctx context.Context) error {
	w, err := NewWindow(s, 1, time.Second)
	if err != nil {
		return err
	}
	if _, _, err := w.Take(ctx, 1); err != nil {
		return err
	}
	if _, err := w.Next(ctx); err != nil {
		return err
	}
	if err := w.Block(ctx, time.Millisecond); err != nil {
		return err
	}
	_, err = w.Used(ctx)
	return err
}
