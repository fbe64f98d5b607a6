package plan

import (
	"cmp"
	"encoding/json"
	"slices"

	"notionsync/pkg/syncer/model"
)

// dryJob is what an overlay keeps of its one job, whatever its id.
type dryJob struct {
	job      *model.Job
	counts   model.Counts
	failure  string
	tasks    map[string]model.Task
	todo     map[int][]spot  // class → in order
	met      map[string]bool // pages named, or that stood on the list
	seen     map[string]bool
	drafts   map[string]bool
	complete map[string]bool
	sets     map[model.Set]map[string]bool
	parts    map[string]map[int]map[string]json.RawMessage
	errors   map[string]model.PageError
	warnings []string
}

// spot is a task's place among those of its class.
type spot struct {
	order int64
	key   string
}

func (p spot) compare(other spot) int {
	return cmp.Or(cmp.Compare(p.order, other.order), cmp.Compare(p.key, other.key))
}

func newDryJob() dryJob {
	return dryJob{
		counts: model.Counts{}, tasks: map[string]model.Task{}, todo: map[int][]spot{}, met: map[string]bool{}, seen: map[string]bool{},
		drafts: map[string]bool{}, complete: map[string]bool{}, sets: map[model.Set]map[string]bool{},
		parts: map[string]map[int]map[string]json.RawMessage{}, errors: map[string]model.PageError{},
	}
}

func spotOf(e model.Task) spot { return spot{e.Order, e.Key} }

// enter puts a task on the list, in place of the one that has its key.
func (j *dryJob) enter(e model.Task) {
	j.strike(e.Key)
	e.Skipped, e.Order = "", max(0, e.Order)
	if e.Pending() {
		j.met[e.ID] = true
	}
	j.tasks[e.Key] = e
	list := j.todo[e.Class]
	i, _ := slices.BinarySearchFunc(list, spotOf(e), spot.compare)
	j.todo[e.Class] = slices.Insert(list, i, spotOf(e))
}

// strike takes a task off the list. Most stand at its head, so what stands before them is moved.
func (j *dryJob) strike(key string) {
	e, known := j.tasks[key]
	if !known {
		return
	}
	delete(j.tasks, key)
	list := j.todo[e.Class]
	i, _ := slices.BinarySearchFunc(list, spotOf(e), spot.compare)
	copy(list[1:i+1], list[:i])
	if j.todo[e.Class] = list[1:]; len(list) == 1 {
		delete(j.todo, e.Class)
	}
}

// add puts a task on the list unless it is there.
func (j *dryJob) add(e model.Task) {
	if _, known := j.tasks[e.Key]; known {
		return
	}
	if e.Pending() {
		j.counts[model.CountPending]++
		if e.Skipped != "" {
			j.counts[model.CountSkipped]--
			j.counts[model.CountOf(model.CountSkipped, e.Skipped)]--
		}
	}
	j.enter(e)
}

// meet does what a first sighting asks for. It reports whether that is to have the page read.
func (j *dryJob) meet(m model.Sighting) (toRead bool) {
	met := j.seen
	if m.Draft {
		met = j.drafts
	}
	if met[m.ID] {
		return false
	}
	met[m.ID], j.met[m.ID] = true, true
	switch {
	case m.Draft:
		j.counts[model.CountDrafts]++
	case m.Task != nil:
		j.add(*m.Task)
	default:
		j.counts[model.CountSkipped]++
		j.counts[model.CountOf(model.CountSkipped, m.Kind)]++
		for _, e := range m.Add {
			j.add(e)
		}
	}
	return !m.Draft && m.Task != nil
}

// put adds members to one of the job's sets, or takes them out.
func (j *dryJob) put(set model.Set, ids []string, there bool) {
	if j.sets[set] == nil {
		j.sets[set] = map[string]bool{}
	}
	for _, id := range ids {
		if there {
			j.sets[set][id] = true
		} else {
			delete(j.sets[set], id)
		}
	}
}

// keepParts keeps checkpointed block lists, and drops those of work that needs them no more.
func (j *dryJob) keepParts(c *model.Change) {
	if len(c.Parts) > 0 {
		if j.parts[c.Task.ID] == nil {
			j.parts[c.Task.ID] = map[int]map[string]json.RawMessage{}
		}
		j.parts[c.Task.ID][c.Then.Parts] = c.Parts
	}
	for _, e := range c.DropParts {
		for n := range e.Parts {
			delete(j.parts[e.ID], n+1)
		}
	}
}

// report keeps what the status shows.
func (j *dryJob) report(c *model.Change) {
	for _, text := range c.Warnings {
		if !slices.Contains(j.warnings, text) {
			j.warnings = append(j.warnings, text)
		}
	}
	j.failure = cmp.Or(c.Failure, j.failure)
	for _, e := range c.Errors {
		e.Unknown = false
		j.errors[e.PageID] = e
	}
	for _, id := range c.Cleared {
		delete(j.errors, id)
	}
	for name, n := range c.Count {
		j.counts[name] += n
	}
}
