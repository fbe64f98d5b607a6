package model

import (
	"maps"
	"slices"
)

// Join adds to c another change of the same job, which finishes another task.
func (c *Change) Join(d *Change) {
	c.ListChange.join(d.ListChange)
	c.PageChange.join(d.PageChange)
	c.SlugChange.join(d.SlugChange)
	c.EvidenceChange.join(d.EvidenceChange)
	c.IndexChange.join(d.IndexChange)
	c.KeptChange.join(d.KeptChange)
	c.Report.join(d.Report)
}

// PutIn adds members to one of the job's sets.
//
//go:noinline
func (c *EvidenceChange) PutIn(set Set, ids ...string) {
	joinLists(&c.Put, map[Set][]string{set: ids})
}

// Tally counts n more of what has this name.
//
//go:noinline
func (r *Report) Tally(name string, n int64) {
	if r.Count == nil {
		r.Count = Counts{}
	}
	r.Count[name] += n
}

func (l *ListChange) join(m ListChange) {
	if l.Task.Key == "" {
		l.Task, l.Then, l.Begun = m.Task, m.Then, m.Begun
	} else {
		l.Also = append(l.Also, m.Task)
	}
	l.Also = append(l.Also, m.Also...)
	l.Add = append(l.Add, m.Add...)
	l.Sightings = append(l.Sightings, m.Sightings...)
}

func (p *PageChange) join(q PageChange) {
	p.Write = append(p.Write, q.Write...)
	p.Drop = append(p.Drop, q.Drop...)
	p.Remember = append(p.Remember, q.Remember...)
}

func (s *SlugChange) join(t SlugChange) {
	joinMaps(&s.Unclaim, t.Unclaim)
	joinMaps(&s.Claim, t.Claim)
	joinMaps(&s.Yield, t.Yield)
	joinMaps(&s.Give, t.Give)
}

func (c *EvidenceChange) join(d EvidenceChange) {
	c.Complete = append(c.Complete, d.Complete...)
	c.Inherit = c.Inherit || d.Inherit
	joinLists(&c.Put, d.Put)
	joinLists(&c.Take, d.Take)
}

func (i *IndexChange) join(j IndexChange) {
	i.Databases = append(i.Databases, j.Databases...)
	i.DropDatabases = append(i.DropDatabases, j.DropDatabases...)
	i.Lists = append(i.Lists, j.Lists...)
	i.Links = append(i.Links, j.Links...)
	i.Linked = i.Linked || j.Linked
	i.Indexes = append(i.Indexes, j.Indexes...)
	i.DropIndexes = append(i.DropIndexes, j.DropIndexes...)
}

func (k *KeptChange) join(l KeptChange) {
	joinMaps(&k.Parts, l.Parts)
	k.DropParts = append(k.DropParts, l.DropParts...)
	joinMaps(&k.Observed, l.Observed)
	joinMaps(&k.Files, l.Files)
	k.DropFiles = append(k.DropFiles, l.DropFiles...)
}

func (r *Report) join(s Report) {
	for name, n := range s.Count {
		r.Tally(name, n)
	}
	r.Warnings = append(r.Warnings, s.Warnings...)
	if r.Failure == "" {
		r.Failure = s.Failure
	}
	r.Errors = append(r.Errors, s.Errors...)
	r.Cleared = append(r.Cleared, s.Cleared...)
}

// joinMaps adds the entries of more to a map that may be nil.
func joinMaps[K comparable, V any](to *map[K]V, more map[K]V) {
	if *to == nil && len(more) > 0 {
		*to = map[K]V{}
	}
	maps.Copy(*to, more)
}

// joinLists adds what the lists of more hold to the lists of a map that may be nil.
func joinLists[K comparable](to *map[K][]string, more map[K][]string) {
	if *to == nil && len(more) > 0 {
		*to = map[K][]string{}
	}
	for key, list := range more {
		(*to)[key] = slices.Concat((*to)[key], list)
	}
}
