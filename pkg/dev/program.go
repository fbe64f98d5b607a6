package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
)

// program is one run.
//
// It can run once in a process: the routes read the environment on their first request and keep what they made of it.
type program struct {
	addr          string // host:port; empty: localhost and the port in PORT, or 3000
	once, verbose bool
	environ       []string // as of os.Environ
	out, err      io.Writer
}

// Run serves until ctx ends, or with once until the first sync has ended; when it returns, so has all that it started,
// but for a slice of a job that did not end in time.
// An interrupted run is no error, unless it was to sync once and has not.
func (p *program) Run(ctx context.Context) error {
	screen := newScreen(p.out, p.err)
	// What requests say of being cut short by Ctrl-C is no news.
	log := screen.log(func() bool { return ctx.Err() != nil && !p.verbose })
	logTo(log, p.verbose, false)
	dir, err := projectDir()
	if err != nil {
		return err
	}
	env, err := readEnvironment(p.environ, dir)
	if err != nil {
		return err
	}
	l, err := listen(ctx, cmp.Or(p.addr, "localhost:"+cmp.Or(env.get("PORT"), "3000")))
	if err != nil {
		return err
	}
	defer l.Close()
	s, err := plan(env, l.url(), l.isLocal())
	if err != nil {
		return err
	}
	defer s.close()
	config, err := s.start()
	if err != nil {
		return err
	}
	if !p.once {
		defer screen.printf("\nStopped.\n")
	}
	client := newClient(l.url(), config.CronSecret.Reveal())
	defer client.close()
	show := &report{screen: screen, setup: s, config: config, url: l.url()}
	stage, err := p.raise(ctx, l, dir, show, client, log)
	if err != nil {
		return err
	}
	defer stage.close()
	if public := string(config.SiteURL); s.real[partQStash] && !isLoopback(public) {
		if err := leadsHere(ctx, public, stage.sign, l.url()); err != nil {
			return err
		}
	}

	show.parts()
	act := &actions{stage: stage, client: client, show: show}
	if !p.once {
		show.keyboard = readKeys(ctx, os.Stdin, act.keys(ctx))
	}
	synced := p.firstSync(ctx, act)
	if p.once {
		return synced
	}
	if ctx.Err() == nil {
		if synced != nil {
			show.problem(synced)
		}
		show.commands()
		<-ctx.Done()
	}
	act.running.Wait()
	return nil
}

// logTo has the routes log to w, as text. shown says that all their answers are shown to people anyway.
func logTo(w io.Writer, verbose, shown bool) {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	slog.SetDefault(slog.New(&selective{slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}), shown && !verbose}))
}

// selective leaves out what nobody wants to see of a log.
type selective struct {
	slog.Handler
	shown bool // answers are: no line of a request says more
}

// Handle implements slog.Handler. Looks at the status that were answered are left out in any case: this program takes
// five a second.
func (h *selective) Handle(ctx context.Context, r slog.Record) error {
	path := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "path" {
			path = a.Value.String()
		}
		return path == ""
	})
	if path == "/api/sync/status" && r.Level < slog.LevelWarn || path != "" && h.shown {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// firstSync runs a sync through the routes, and shows it and what a site would now read.
func (p *program) firstSync(ctx context.Context, a *actions) error {
	a.watching.Lock()
	defer a.watching.Unlock()
	job, err := a.watch(ctx, false)
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted before the sync was done")
	case err != nil:
		return err
	}
	if job.State == stateDone {
		if err := a.show.pages(ctx); err != nil {
			return err
		}
	}
	return job.failure()
}
