package work

import (
	"context"
	"errors"
	"math/rand/v2"

	"notionsync/pkg/syncer/model"
)

// Commit applies a change and, with it, counts what the slice has used so far.
func (inv *Invocation) Commit(ctx context.Context, c *model.Change) error {
	c.Job, c.Phase = inv.Job.ID, inv.Job.Phase
	if c.Count == nil {
		c.Count = model.Counts{}
	}
	inv.keepApart(c)
	SetRevisions(c)
	if c.Begun {
		inv.take(*c.Then) // before anybody can see it
	}
	if inv.TellsSite() {
		c.News = c.MakeNews()
	}
	var used model.Counts
	if c.Task.Key != "" { // else it would be counted again if the commit is repeated
		used = inv.used()
		for name, n := range used {
			c.Count[name] += n
		}
	}
	inv.mu.Lock()
	inv.waiting++
	c.MoreComing = inv.waiting < inv.working
	inv.mu.Unlock()
	err := inv.Lease.Commit(ctx, c)
	inv.mu.Lock()
	inv.waiting--
	inv.mu.Unlock()
	if errors.As(err, new(*model.SlugTaken)) || errors.Is(err, model.ErrValueRefused) || errors.Is(err, model.ErrChanged) {
		inv.giveBackUsed(used) // nothing was written, so nothing was counted
		for name, n := range used {
			c.Count[name] -= n // the change may be committed in another form
		}
	}
	return err
}

// SaveJob stores the job with the function time and requests used since the last commit.
func (inv *Invocation) SaveJob(ctx context.Context) error {
	return inv.Lease.SaveJob(ctx, inv.Job, inv.used())
}

// used is what the slice has used since this was last asked.
func (inv *Invocation) used() model.Counts {
	used := model.Counts{}
	inv.Meter.Drain(used)
	inv.mu.Lock()
	defer inv.mu.Unlock()
	now := inv.Time()
	used[model.CountFunction] = now.Sub(inv.metered).Milliseconds()
	inv.metered = now
	for name, n := range inv.uncounted {
		used[name] += n
	}
	inv.uncounted = nil
	return used
}

// giveBackUsed has something counted with the next commit.
func (inv *Invocation) giveBackUsed(used model.Counts) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.uncounted == nil {
		inv.uncounted = model.Counts{}
	}
	for name, n := range used {
		inv.uncounted[name] += n
	}
}

// SetRevisions gives every task that a change puts on the list a revision of its own, so that a commit can tell whether the
// task it finishes is the one it has worked on.
func SetRevisions(c *model.Change) {
	if c.Then != nil {
		c.Then.Rev = rand.Int64()
	}
	for i := range c.Add {
		c.Add[i].Rev = rand.Int64()
	}
	for _, m := range c.Sightings {
		if m.Task != nil {
			m.Task.Rev = rand.Int64()
		}
		for i := range m.Add {
			m.Add[i].Rev = rand.Int64()
		}
	}
}
