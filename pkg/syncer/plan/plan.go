package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/publish"
)

// Plan is what a sync would do if it ran now. Its lists are cut where they are too long for an answer; Counts says how
// long they are.
type Plan struct {
	Add              []PlannedPage `json:"add"`
	Update           []PlannedPage `json:"update"` // to be read anew, or to be published under another slug
	Remove           []PlannedPage `json:"remove"`
	Unchanged        int           `json:"unchanged"`
	Drafts           int           `json:"drafts"`
	Conflicts        []Conflict    `json:"conflicts"`
	Counts           PlanCounts    `json:"counts"`
	NotionRequests   int           `json:"notionRequests"`   // of the sync
	EstimatedSeconds int           `json:"estimatedSeconds"` // of the sync
	Complete         bool          `json:"complete"`         // all was listed that a sync would list
}

// PlanCounts say how many there are of what a Plan lists.
type PlanCounts struct {
	Add       int `json:"add"`
	Update    int `json:"update"`
	Remove    int `json:"remove"`
	Moves     int `json:"moves"`     // none: no redirects are written
	Scheduled int `json:"scheduled"` // none: no page has a time to come
	Conflicts int `json:"conflicts"`
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

// Make says what a sync of the same scope would do, and warnings. It is a dry run: the engine works on a job of that
// scope over an overlay, which keeps all that it writes in memory, and a forecast stands in place of reading content. What
// is new below pages that are new, or have changed, it cannot know. It changes nothing, takes no lease, and needs no Queue.
// When its time is used up it says what it has found until then, with a warning: what was not listed counts as unchanged,
// and is not removed.
//
// It is no method of Syncer: net/rpc, which comes with Vercel's bridge, has the linker keep every exported method, and all
// functions would carry what only one of them needs.
func Make(ctx context.Context, s *syncer.Syncer, message model.TriggerMessage) (*Plan, []string, error) {
	schedule, err := model.CurrentSchedule(ctx, s.Store)
	if err != nil {
		return nil, nil, err
	}
	p := newPlanner(s.Options, model.NewScope(message.Force, message.Failed, message.Pages))
	if schedule.Running != "" {
		p.warn("a sync is running; this is what it has left to do, as far as it can be seen now")
	}
	if err := p.run(ctx); err != nil {
		return nil, nil, err
	}
	return p.result(ctx)
}

// planner makes a plan.
type planner struct {
	model.Options // of the dry run
	job           *model.Job
	store         *overlay
	source        *planSource
	forecast      *forecast
	warnings      []string // of its own, beside the job's
	shortOf       string   // why not all was listed; empty: all was
}

func newPlanner(o model.Options, scope model.Scope) *planner {
	p := &planner{Options: o, store: newOverlay(o.Store), job: o.NewJob("plan", "", scope, time.Time{})}
	p.forecast = &forecast{blocks: map[string]page.Block{}, read: map[string]bool{}}
	p.source = &planSource{Source: o.Source, until: time.Now().Add(o.Budget), shown: p.forecast.saw}
	p.forecast.source = p.source
	p.Store, p.Source, p.Queue, p.Media = p.store, p.source, nil, nil
	return p
}

func (p *planner) warn(format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf(format, args...))
}

// run works on the job until it is done or the plan's time is used up.
func (p *planner) run(ctx context.Context) error {
	until := p.Time().Add(p.Budget)
	err := syncer.DryRun(ctx, p.Options, p.store, p.job, p.forecast, func(inv *publish.Room) bool {
		switch {
		case inv.Waits:
			p.shortOf = "Notion's window of requests was used up"
		case !p.Time().Before(until):
			p.shortOf = fmt.Sprintf("its time of %s was used up", p.Budget)
		case !inv.Progress:
			p.shortOf = "Notion did not answer"
		}
		return p.shortOf == ""
	})
	if err == nil && p.job.State == model.Failed {
		err = &model.FatalError{Err: errors.New(p.job.Error)}
	}
	return err
}

const (
	answerTime  = 400 * time.Millisecond // of Notion, about
	requestsAt  = 32                     // once, at most
	serviceTime = 2 * time.Second        // for what is no request: the queue, Redis, a cold start
)

// estimate is how many seconds so many requests will take if they begin now.
func (p *planner) estimate(ctx context.Context, requests int) int {
	if requests == 0 {
		return 1
	}
	rounds := (requests + requestsAt - 1) / requestsAt
	spent := serviceTime + time.Duration(rounds)*answerTime
	if use := p.WindowUse(ctx); use != nil && use.Limit > 0 {
		if over := requests - max(0, use.Limit-use.Used); over > 0 {
			windows := (over + use.Limit - 1) / use.Limit
			spent += time.Duration(windows*use.Seconds) * time.Second
		}
	}
	return int((spent + time.Second - 1) / time.Second)
}

// explain adds the warnings that belong to the whole plan.
func (p *planner) explain() {
	if unknown := p.forecast.differ; unknown > 0 {
		p.warn("child pages and inner databases that are new in the pages to be read (%d of them new or changed) show only when "+
			"those are read", unknown)
	}
	if p.shortOf != "" {
		p.warnings = slices.Insert(p.warnings, 0, fmt.Sprintf("the plan is not complete, for %s: what was not listed counts as "+
			"unchanged and is not removed, and the forecast is too low; ask again in a minute", p.shortOf))
	}
}

// unknownCost is what is taken for the requests of a page where nothing at all is known: its blocks, those below one of
// them, and a part of the child pages that it will turn out to have (of the demo, 3.7 all in all).
const unknownCost = 3

// typicalCost is how many requests a page's content takes on this site.
func typicalCost(reads, pages int) int {
	return cmp.Or((reads+max(1, pages)-1)/max(1, pages), unknownCost)
}
