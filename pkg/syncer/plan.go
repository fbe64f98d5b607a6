package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Plan is what a sync would do if it ran now.
type Plan struct {
	Add              []PlannedPage `json:"add"`
	Update           []PlannedPage `json:"update"` // to be read anew, or to be published under another slug
	Remove           []PlannedPage `json:"remove"`
	Unchanged        int           `json:"unchanged"`
	Drafts           int           `json:"drafts"`
	Conflicts        []Conflict    `json:"conflicts"`
	NotionRequests   int           `json:"notionRequests"`   // of the sync
	EstimatedSeconds int           `json:"estimatedSeconds"` // of the sync
	Complete         bool          `json:"complete"`         // all was listed that a sync would list
}

// PlannedPage is one page of a Plan.
type PlannedPage struct {
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	NotionID string `json:"notionId"`
}

// Conflict is a slug that several pages want. The first of them gets it.
type Conflict struct {
	Slug  string   `json:"slug"`
	Pages []string `json:"pages"` // Notion ids
}

// MakePlan says what a sync of the same scope would do, and warnings. It lists what such a sync lists, and reads what it would
// remove, but no page's content: what is new below pages that are new, or have changed, it cannot know. It changes
// nothing, takes no lease, and needs no Queue. When its time is used up it says what it has found until then, with a
// warning: what was not listed counts as unchanged, and is not removed.
//
// It is no method of Syncer: net/rpc, which comes with Vercel's bridge, has the linker keep every exported method, and all
// functions would carry what only one of them needs.
func MakePlan(ctx context.Context, s *Syncer, first First) (*Plan, []string, error) {
	p := s.newPlanner(NewScope(first.Force, first.Failed, first.Pages))
	turn, err := s.turn(ctx)
	if err != nil {
		return nil, nil, err
	}
	if turn.Running != "" {
		p.warn("a sync is running; this is what it has left to do, as far as it can be seen now")
	}
	if p.job.Scope.Full {
		err = p.full(ctx)
	} else {
		err = p.limited(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	plan, err := p.plan(ctx)
	return plan, p.warnings, err
}

// planner makes a plan. It works like a slice, over a store that it does not write to.
type planner struct {
	*slice
	store  *planStore
	source *planSource

	pages    map[string]*prospect // that would be published afterwards
	drafts   map[string]bool
	gone     map[string]*Record // that would be removed
	requests int64              // that a sync would make
	warnings []string
	shortOf  string // why not all was listed; empty: all was
	failure  error  // why a collection could not be listed, the last one
}

// prospect is a page as it would be after the sync.
type prospect struct {
	next Record // ID, Want, Kind, Title, Parent, SlugValue, Created
	was  *Record
	read bool // its content is to be read
	cost int  // requests that reading it takes before its content
	slug string

	stranger bool // the plan is not about it
}

func (s *Syncer) newPlanner(scope Scope) *planner {
	p := &planner{
		pages: map[string]*prospect{}, drafts: map[string]bool{}, gone: map[string]*Record{},
	}
	p.store = &planStore{Store: s.Store, planner: p, complete: map[string]bool{}}
	p.source = &planSource{Source: s.Source, until: time.Now().Add(s.Budget)}
	dry := *s
	dry.Store, dry.Source = p.store, p.source
	p.slice = dry.newSlice(&Job{ID: "plan", Scope: scope}, nil, s.now())
	return p
}

// planStore is the store as it would be: with what was listed, and without what would be removed.
type planStore struct {
	Store
	planner  *planner
	complete map[string]bool
}

// Complete implements Store.
func (s *planStore) Complete(_ context.Context, _ string, ids []string) ([]bool, error) {
	s.planner.mu.Lock()
	defer s.planner.mu.Unlock()
	done := make([]bool, len(ids))
	for i, id := range ids {
		done[i] = s.complete[id]
	}
	return done, nil
}

// Records implements Store.
func (s *planStore) Records(ctx context.Context, ids []string) (map[string]*Record, error) {
	known, err := s.Store.Records(ctx, ids)
	s.planner.mu.Lock()
	defer s.planner.mu.Unlock()
	maps.DeleteFunc(known, func(id string, _ *Record) bool { return s.planner.gone[id] != nil })
	return known, err
}

func (p *planner) listedToEnd(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.store.complete[id] = true
}

func (p *planner) warn(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.warnings, text) {
		p.warnings = append(p.warnings, text)
	}
}

// trouble sees to an error of the Source. It returns what ends the plan.
func (p *planner) trouble(err error, what string) error {
	p.mu.Lock()
	short := func(reason string) {
		if p.shortOf == "" {
			p.shortOf = reason
		}
	}
	var wait *Wait
	switch {
	case errors.Is(err, ErrUnauthorized):
		p.mu.Unlock()
		return &FatalError{fmt.Errorf("%w: check NOTION_API_KEY", err)}
	case errors.As(err, &wait):
		short("Notion's window of requests was used up")
	case errors.Is(err, errBudget):
		short(fmt.Sprintf("its time of %s was used up", p.Budget))
	case !permanent(err):
		short("Notion did not answer")
	}
	p.failure = err
	p.mu.Unlock()
	if !errors.As(err, &wait) && !errors.Is(err, errBudget) {
		p.warn("%s could not be listed, nothing of it is removed: %v", what, err)
	}
	return nil
}

// each runs n tasks at once, or as many of them as there are workers. The first error counts.
func (p *planner) each(n int, task func(i int) error) error {
	var group sync.WaitGroup
	var once sync.Once
	var failed error
	slots := make(chan struct{}, p.Workers)
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			if err := task(i); err != nil {
				once.Do(func() { failed = err })
			}
			<-slots
		})
	}
	group.Wait()
	return failed
}

// counted runs a stage of the plan whose requests a sync makes too.
func (p *planner) counted(stage func() error) error {
	before := p.Meter.Total()
	err := stage()
	p.requests += p.Meter.Total() - before
	return err
}
