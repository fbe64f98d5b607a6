package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sync syncs, and shows how far it has come.
func (c *command) sync(ctx context.Context) error {
	s, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	c.about(s)
	var answer struct{ JobID string }
	if err := s.client.get(ctx, "/api/sync/trigger", c.scope, &answer); err != nil {
		return wayOut(err)
	}
	w := watcher{client: s.client, show: c.screen.progress, say: c.screen.printf}
	if s.setup.deployment() != "" {
		w.unheard = "do address and Redis belong to the deployment?"
	}
	job, err := c.watch(ctx, &w, answer.JobID)
	c.screen.endProgress()
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; " + s.setup.afterwards())
	case err != nil:
		return err
	}
	show := report{screen: c.screen, setup: s.setup}
	show.ended(job)
	return job.failure()
}

// watch follows a job with a progress bar.
func (c *command) watch(ctx context.Context, w *watcher, id string) (*job, error) {
	return w.follow(ctx, id, func(j *job, elapsed time.Duration) {
		stage, detail := w.describe(j, elapsed)
		w.show(stage, c.bar(j)+detail)
	})
}

const barWidth = 20

// bar is how far a job has come, for a terminal. What is found on the way makes it longer.
func (c *command) bar(j *job) string {
	if !c.screen.live || j.Progress.Discovered == 0 {
		return ""
	}
	done := j.Progress.Discovered - j.Progress.Pending
	full := done * barWidth / j.Progress.Discovered
	return fmt.Sprintf("[%s%s] ", strings.Repeat("#", full), strings.Repeat("-", barWidth-full))
}
