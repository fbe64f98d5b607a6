package app

import (
	"fmt"
	"log/slog"
	"os"

	"notionsync/pkg/notion"
	"notionsync/pkg/qsverify"
	"notionsync/pkg/queue"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// parts builds what a route needs from the configuration. Nothing here connects to anything: what failed once would stay
// with a warm instance.
type parts struct {
	config  *Config
	log     *slog.Logger
	outside outside
}

func newParts(environ []string) *parts {
	c := Load(environ)
	return &parts{config: c, log: NewLogger(os.Stderr, c)}
}

// queue returns nil where the queue is not configured at all and optional.
func (p *parts) queue(optional bool) (*queue.Queue, error) {
	c := p.config
	if err := c.Check(NeedQueue, NeedSigning); err != nil {
		if config, ok := err.(*ConfigError); ok && optional && config.OnlyMissing() {
			return nil, nil
		}
		return nil, err
	}
	return queue.New(queue.Options{
		Token: c.QStashToken.Reveal(), BaseURL: string(c.QStashURL), WorkerURL: c.WorkerURL(),
		CallbackURL: c.CallbackURL(), Bypass: c.ProtectionBypass.Reveal(), Logger: p.log,
		Transport: p.outside.transport,
	})
}

func (p *parts) store() (*store.Store, error) {
	if err := p.config.Check(NeedRedis); err != nil {
		return nil, err
	}
	return store.New(p.config.RedisURL.Reveal(), p.config.KeyPrefix, store.Options{Dial: p.outside.dial, Now: p.outside.now})
}

// window is the memory of requests to Notion; an error where the limit is malformed.
func (p *parts) window(s *store.Store) (*store.Window, error) {
	return store.NewWindow(s, p.config.NotionRate.Requests, p.config.NotionRate.Window)
}

// jobs returns a syncer that triggers, shows and ends jobs, but runs none.
func (p *parts) jobs(q *queue.Queue) (*syncer.Syncer, error) {
	s, err := p.store()
	if err != nil {
		return nil, err
	}
	return syncer.New(p.options(s, q))
}

func (p *parts) options(s *store.Store, q *queue.Queue) model.Options {
	c := p.config
	o := model.Options{
		Store:   s,
		Logger:  p.log,
		Limits:  model.Limits{Budget: c.Budget, GiveUp: c.GiveUp},
		Content: string(c.Content),
		Notices: model.Notices{Notice: c.EndHook.Reveal(), FailureNotice: c.FailureHook.Reveal(), Revalidate: c.RevalidateURL.Reveal(), RevalidateSecret: c.RevalidateSecret.Reveal()},
		Now:     p.outside.now,
	}
	if w, err := p.window(s); err == nil { // else what it is not needed for goes on without
		o.Window = w
	}
	if q != nil { // a nil *Queue would not be a nil Queue
		o.Queue = q
	}
	for _, col := range c.Collections {
		o.Collections = append(o.Collections, model.Collection{Name: col.Name, ID: col.Database, Filter: col.Filter})
	}
	return o
}

// engine returns a syncer that runs slices.
func (p *parts) engine(q *queue.Queue) (*syncer.Syncer, error) {
	c := p.config
	if err := c.Check(NeedNotion, NeedRedis, NeedSync, NeedMedia, NeedNotify); err != nil {
		return nil, err
	}
	s, err := p.store()
	if err != nil {
		return nil, err
	}
	window, err := p.window(s)
	if err != nil {
		return nil, err
	}
	o := p.options(s, q)
	if o.Media, err = p.media(); err != nil {
		return nil, err
	}
	o.Meter = new(model.Meter)
	o.Source, err = notion.New(notion.Options{
		Token: c.NotionToken.Reveal(), BaseURL: string(c.NotionBaseURL), Window: window,
		OnRequest: o.Meter.Add, Logger: p.log, Transport: p.outside.transport,
	})
	if err != nil {
		return nil, err
	}
	return syncer.New(o)
}

func (p *parts) verifier(url func() string) (*qsverify.Verifier, error) {
	if err := p.config.Check(NeedSigning); err != nil {
		return nil, err
	}
	c := p.config
	v, err := qsverify.New(c.QStashCurrentKey.Reveal(), c.QStashNextKey.Reveal(), url(), qsverify.Options{Now: p.outside.now})
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	return v, nil
}
