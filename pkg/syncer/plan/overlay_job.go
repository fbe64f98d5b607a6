package plan

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"notionsync/pkg/syncer/model"
)

// Job implements Store.
func (o *overlay) Job(ctx context.Context, id string) (*model.Job, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.job == nil || o.job.ID != id {
		return o.Store.Job(ctx, id)
	}
	job := *o.job
	job.Counts, job.Failure = maps.Clone(o.counts), o.failure
	return &job, nil
}

// Troubles implements Store.
func (o *overlay) Troubles(_ context.Context, _ string, limit int) ([]model.PageError, []string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	errs := []model.PageError{}
	for _, id := range slices.Sorted(maps.Keys(o.errors)) {
		if len(errs) < limit {
			errs = append(errs, o.errors[id])
		}
	}
	return errs, append([]string{}, o.warnings...), nil
}

// Todo implements Store.
func (o *overlay) Todo(_ context.Context, _ string, limit int) ([]model.Task, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.todo) == 0 {
		return nil, nil
	}
	list := o.todo[slices.Min(slices.Collect(maps.Keys(o.todo)))]
	var tasks []model.Task
	for _, at := range list[:max(0, min(limit, len(list)))] {
		tasks = append(tasks, o.tasks[at.key])
	}
	return tasks, nil
}

// Seen implements Store.
func (o *overlay) Seen(_ context.Context, _ string, ids []string) ([]bool, error) {
	return o.among(&o.seen, ids), nil
}

// Complete implements Store.
func (o *overlay) Complete(_ context.Context, _ string, ids []string) ([]bool, error) {
	return o.among(&o.complete, ids), nil
}

func (o *overlay) among(set *map[string]bool, ids []string) []bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []bool
	for _, id := range ids {
		found = append(found, (*set)[id])
	}
	return found
}

// Sample implements Store.
func (o *overlay) Sample(_ context.Context, _ string, set model.Set, limit int) ([]string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ids := slices.Sorted(maps.Keys(o.sets[set]))
	return ids[:min(limit, len(ids))], nil
}

// Parts implements Store.
func (o *overlay) Parts(_ context.Context, _, page string, times int) (map[string]json.RawMessage, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	parts := map[string]json.RawMessage{}
	for n := range times {
		maps.Copy(parts, o.parts[page][n+1])
	}
	return parts, nil
}

// Held implements Store: the lease is the dry run's own.
func (o *overlay) Held(context.Context) (bool, error) { return true, nil }

// errDry is what a dry run would be told that did what only a job of the real store does.
var errDry = errors.New("plan: a dry run writes nothing")

// Acquire implements Store.
func (o *overlay) Acquire(context.Context) (model.Lease, error) { return o, nil }

// CreateJob implements Store.
func (o *overlay) CreateJob(context.Context, *model.Job) (*model.Job, error) { return nil, errDry }

// SwapJob implements Store.
func (o *overlay) SwapJob(context.Context, *model.Job, *model.Job) (bool, error) {
	return false, errDry
}

// SetWaiting implements Store.
func (o *overlay) SetWaiting(context.Context, model.Waiting, model.Waiting) (bool, error) {
	return false, errDry
}

// Enqueue implements Store.
func (o *overlay) Enqueue(context.Context, model.Edit) (model.EditQueue, error) {
	return model.EditQueue{}, errDry
}

// SetPickup implements Store.
func (o *overlay) SetPickup(context.Context, string, int64, time.Time, time.Time) (bool, error) {
	return false, errDry
}

// Due implements Store.
func (o *overlay) Due(context.Context, time.Time) ([]string, error) { return nil, errDry }

// TakeOver implements Store.
func (o *overlay) TakeOver(context.Context, *model.Job, []string, time.Time, time.Time) (*model.Job, error) {
	return nil, errDry
}
