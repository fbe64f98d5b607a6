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
	"notionsync/pkg/syncer"
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
	}
	for _, kind := range []string{newsSlugs, newsRemoved, newsIndexes} {
		names = append(names, k.news(kind))
	}
	for _, set := range []syncer.Set{syncer.SetFaces, syncer.SetLists, syncer.SetMissing} {
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
	job, err := s.CreateJob(ctx, &syncer.Job{Version: syncer.Version, ID: sample, State: syncer.Queued, TriggeredAt: now})
	if err != nil {
		return err
	}
	l, err := s.Acquire(ctx)
	if err != nil {
		return err
	}
	entry := syncer.Entry{Key: sample, ID: sample, Rev: 1}
	rec := &syncer.Record{
		ID: sample, Slug: sample, Want: sample, List: sample + ":index", Created: now, Links: map[string]string{sample: sample},
	}
	news := syncer.News{Slugs: []string{sample}, Indexes: []string{rec.List}}
	put := map[syncer.Set][]string{syncer.SetFaces: {sample}}
	publish := &syncer.Change{
		Job: sample, Inherit: true, Meet: []syncer.Meeting{{ID: sample, Entry: &entry}, {ID: sample, Draft: true}}, Put: put,
		Write:    []syncer.PageWrite{{Record: rec, Bundle: []byte("{}"), Item: []byte(`{"slug":"` + sample + `","id":""}`)}},
		Complete: []string{sample}, Databases: []syncer.InnerDatabase{{ID: sample}}, Facts: map[string]string{sample: sample},
		Files: map[string]syncer.KeptFile{sample: {}}, News: news, Warnings: []string{sample}, Errors: []syncer.PageError{{PageID: sample}},
		Count: syncer.Counts{sample: 1},
	}
	remove := &syncer.Change{
		Job: sample, Entry: entry, Drop: []syncer.Removal{{Record: rec}}, Take: put, DropDatabases: []string{sample},
		DropIndexes: []string{rec.List}, DropFiles: []string{sample}, Told: news, Cleared: []string{sample},
	}
	for _, act := range []func() error{
		func() error { return l.Extend(ctx) },
		func() error { return l.Commit(ctx, publish) },
		func() error { return l.BuildIndex(ctx, syncer.Index{Name: rec.List, List: rec.List}) },
		func() error { return l.Commit(ctx, &syncer.Change{Job: sample, Indexes: []string{rec.List}}) },
		func() error { _, err := s.Examine(ctx, []*syncer.Record{rec}); return err },
		func() error { return l.Commit(ctx, remove) },
		func() error { _, err := s.SwapJob(ctx, job, job); return err },
		func() error { job.State = syncer.Done; return l.SaveJob(ctx, job, nil) },
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
		[]any{"SCARD", k.seen(sample)}, []any{"ZRANGE", k.todo(sample), 0, 0, "WITHSCORES"}, []any{"ZREVRANGE", k.jobs(), 0, 0},
		[]any{"ZCARD", k.due()}, []any{"PTTL", k.lease()}, []any{"PEXPIRE", k.lease(), 1},
	)
	return err
}

// rehearseEvents notes an event and has a job take it over.
func (s *Store) rehearseEvents(ctx context.Context) error {
	now := s.now()
	noted, err := s.Note(ctx, syncer.Note{Event: sample, Names: []string{sample}, Now: now})
	if err != nil {
		return err
	}
	if _, err := s.Called(ctx, sample, noted.Round, now, now); err != nil {
		return err
	}
	if _, err := s.Due(ctx, now.Add(time.Second)); err != nil {
		return err
	}
	_, err = s.TakeOver(ctx, &syncer.Job{ID: sample, TriggeredAt: now}, []string{sample}, now.Add(time.Second), now)
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
