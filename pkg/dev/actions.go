package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// actions are what keys do.
type actions struct {
	stage  *stage
	client *client
	show   *report

	watching sync.Mutex // held while a sync is watched
	running  sync.WaitGroup
}

func (a *actions) keys(ctx context.Context) []key {
	keys := []key{
		{'s', "syncs", func() { a.sync(ctx, false) }},
		{'f', "syncs all pages anew", func() { a.sync(ctx, true) }},
		{'k', "kills the worker in the middle of a slice", a.stage.worker.kill},
	}
	if world := a.show.setup.world(); world != nil {
		keys = append(keys, key{'e', "edits the demo's front page", func() { a.edit(world) }})
	}
	return keys
}

// sync runs a sync in the background and shows it, unless one is being shown.
func (a *actions) sync(ctx context.Context, force bool) {
	if !a.watching.TryLock() {
		a.show.screen.printf("One sync at a time is shown here; the dashboard shows them all.\n")
		return
	}
	a.running.Go(func() {
		defer a.watching.Unlock()
		job, err := a.watch(ctx, force)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = job.failure()
		}
		if err != nil {
			a.show.problem(err)
		}
	})
}

// watch runs a sync to its end, and shows it. The caller holds a.watching.
func (a *actions) watch(ctx context.Context, force bool) (*job, error) {
	w := watcher{client: a.client, show: a.show.screen.progress, say: a.show.screen.printf, force: force}
	if a.show.setup.real[partQStash] {
		w.unheard = "is the tunnel still there?"
	}
	job, err := w.sync(ctx)
	a.show.screen.endProgress()
	if err == nil {
		a.show.ended(job)
	}
	return job, err
}

// edit changes a page so that it can be seen.
func (a *actions) edit(world *notionsim.Workspace) {
	page := world.Pages()[0]
	text := fmt.Sprintf("Edited at %s.", time.Now().Format(time.TimeOnly))
	if _, err := world.AppendBlock(page.ID, notionsim.Paragraph(notionsim.Text(text))); err != nil {
		a.show.problem(err)
		return
	}
	a.show.screen.printf("The page “%s” has a new paragraph: %s It is on the site in some eleven seconds, or a minute after its last edit.\n",
		page.Title, text)
	a.stage.playground.Note("edit", fmt.Sprintf("“%s” has a new paragraph: %s", page.Title, text))
}
