package model

import "slices"

// Scope is what a job was asked to cover.
type Scope struct {
	Full   bool  `json:"full"`             // everything; else only Pages and, with Failed, what failed last time
	Force  bool  `json:"force,omitempty"`  // asked for by force: if Full, unchanged pages are read too
	Failed bool  `json:"failed,omitempty"` // the pages that failed last time
	Pages  []Ref `json:"pages,omitempty"`
	// Sources are data sources of collections whose rows are listed, though the job is no full one.
	Sources []string `json:"sources,omitempty"`
	// Again is set where the job takes the place of one whose to-do list Redis has lost.
	Again bool `json:"again,omitempty"`
}

// Ref names one page: a slug, a Notion id or a Notion URL.
type Ref struct {
	Ref      string `json:"ref"`
	Force    bool   `json:"force,omitempty"`
	Event    bool   `json:"event,omitempty"` // named by an event, which may well be about a page that is none of ours
	Failures int    `json:"round,omitempty"` // of an event: how many jobs for it have failed to read the page
}

// NewScope is the scope of one trigger. Without pages and failed it is a full one.
func NewScope(force, failed bool, pages []string) Scope {
	s := Scope{Failed: failed, Full: !failed && len(pages) == 0, Force: force}
	for _, ref := range pages {
		s.Pages = append(s.Pages, Ref{Ref: ref, Force: force})
	}
	return s
}

// Join is the scope that covers both. A full one is forced only if a full forced sync was asked for, any other if both
// are: pages asked for by force stay single forced pages.
func (s Scope) Join(t Scope) Scope {
	joined := Scope{Full: s.Full || t.Full, Failed: s.Failed || t.Failed, Again: s.Again && t.Again, Pages: slices.Clone(s.Pages)}
	joined.Sources = slices.Clone(s.Sources)
	for _, id := range t.Sources {
		if !slices.Contains(joined.Sources, id) {
			joined.Sources = append(joined.Sources, id)
		}
	}
	if joined.Force = s.Force && t.Force; joined.Full {
		joined.Force = s.All() || t.All()
	}
	for _, ref := range t.Pages {
		i := slices.IndexFunc(joined.Pages, func(r Ref) bool { return r.Ref == ref.Ref })
		if i < 0 {
			joined.Pages = append(joined.Pages, ref)
		} else {
			joined.Pages[i].Force = joined.Pages[i].Force || ref.Force
		}
	}
	return joined
}

// Triggers are the triggers that make the scope, but for what events have named. Of a damaged job nothing is known: a full
// one.
func (s Scope) Triggers() []TriggerMessage {
	var forced, plain []string
	for _, ref := range s.Pages {
		switch {
		case ref.Event:
		case ref.Force:
			forced = append(forced, ref.Ref)
		default:
			plain = append(plain, ref.Ref)
		}
	}
	var firsts []TriggerMessage
	if s.OrAll().Full {
		firsts = append(firsts, TriggerMessage{Force: s.Force})
	}
	if s.Failed {
		firsts = append(firsts, TriggerMessage{Failed: true, Force: s.Force && !s.Full})
	}
	if len(forced) > 0 {
		firsts = append(firsts, TriggerMessage{Pages: forced, Force: true})
	}
	if len(plain) > 0 {
		firsts = append(firsts, TriggerMessage{Pages: plain})
	}
	return firsts
}

// OrAll is a full scope in place of an empty one, which is that of a damaged job.
func (s Scope) OrAll() Scope {
	s.Full = s.Full || !s.Failed && len(s.Pages) == 0 && len(s.Sources) == 0
	return s
}

// EditNames are the names by which events have named what is in the scope, but for everything.
func (s Scope) EditNames() []string {
	var names []string
	for _, ref := range s.Pages {
		if ref.Event {
			names = append(names, NameAgain(ref.Ref, ref.Failures))
		}
	}
	for _, id := range s.Sources {
		names = append(names, NameSource+id)
	}
	return names
}

// All reports whether every page is to be read, changed or not.
func (s Scope) All() bool { return s.Full && s.Force }
