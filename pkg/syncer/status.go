package syncer

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"notionsync/pkg/syncer/model"
)

// View is a job as the status route and the notifications show it.
type View struct {
	ID      string      `json:"id"`
	State   model.State `json:"state"`
	Phase   model.Phase `json:"phase"`
	Stalled bool        `json:"stalled,omitempty"`
	Asked
	Moments
	Slices     int                `json:"slices"`
	Progress   Progress           `json:"progress"`
	Metrics    Metrics            `json:"metrics"`
	ETASeconds *int64             `json:"etaSeconds"`
	Error      *string            `json:"error"`
	Errors     *[]model.PageError `json:"errors,omitempty"`
	Warnings   *[]string          `json:"warnings,omitempty"`
}

// Asked is what a job was asked for.
type Asked struct {
	Full    bool     `json:"full"` // else only Pages, Sources and, with Failed, what failed last time
	Force   bool     `json:"force"`
	Failed  bool     `json:"failed,omitempty"`
	Pages   []string `json:"pages"`
	Sources []string `json:"sources,omitempty"` // data sources whose rows are listed, of a job that is no full one
}

// Moments are those of a job's life; null: not yet.
type Moments struct {
	TriggeredAt time.Time  `json:"triggeredAt"`
	StartedAt   *time.Time `json:"startedAt"`
	UpdatedAt   *time.Time `json:"updatedAt"`
	FinishedAt  *time.Time `json:"finishedAt"`
}

// Progress counts pages of every kind. Discovered is the sum of the others but Removed.
type Progress struct {
	Discovered int64 `json:"discovered"`
	Synced     int64 `json:"synced"`
	Skipped    int64 `json:"skipped"`
	Failed     int64 `json:"failed"`
	Removed    int64 `json:"removed"`
	Pending    int64 `json:"pending"`
}

// Metrics are what a job has done and used. Pages are those of collections; child pages and rows of inner databases have
// their own counters, failures and removals are of every kind.
type Metrics struct {
	DurationMS             int64            `json:"durationMs"` // from start to end, or to now
	FunctionMS             int64            `json:"functionMs"` // of invocations
	NotionRequests         int64            `json:"notionRequests"`
	Requests               map[string]int64 `json:"requests"` // by kind
	PagesProcessed         int64            `json:"pagesProcessed"`
	PagesSynced            int64            `json:"pagesSynced"`
	PagesSkipped           int64            `json:"pagesSkipped"`
	PagesFailed            int64            `json:"pagesFailed"`
	PagesRemoved           int64            `json:"pagesRemoved"`
	Drafts                 int64            `json:"drafts"`
	ChildPagesSynced       int64            `json:"childPagesSynced"`
	DatabaseChildrenSynced int64            `json:"databaseChildrenSynced"`
	MediaMirrored          int64            `json:"mediaMirrored"`
	MediaReused            int64            `json:"mediaReused"`
	MediaFailed            int64            `json:"mediaFailed"`
}

const (
	MaxErrors = 100 // page errors in a status
	maxJobs   = 20  // jobs in a status
)

// View shows one job. ErrUnknownJob if nobody knows it.
func (s *Syncer) View(ctx context.Context, id string) (*View, error) {
	job, err := s.Store.Job(ctx, id)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, job)
	if err != nil {
		return nil, err
	}
	errs, warnings, err := s.Store.Troubles(ctx, id, MaxErrors)
	if err != nil {
		return nil, err
	}
	if text := s.unanswered(job); text != "" {
		warnings = append([]string{text}, warnings...)
	}
	v.Errors, v.Warnings = &errs, &warnings
	return v, nil
}

// unanswered says that a job waits because Notion does not answer, or because the window in Redis does not let it be asked;
// empty if it does not wait. Whether the try that is under way fares better shows at its end.
func (s *Syncer) unanswered(job *model.Job) string {
	if job.State != model.Running || job.Outages == 0 {
		return ""
	}
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	verb, next := "does", "the next try is at "+at(job.DueAt)
	if !s.Time().Before(job.DueAt) {
		verb, next = "did", "the job has tried again since "+at(job.DueAt)
	}
	what := fmt.Sprintf("Notion %s not answer (last: %s)", verb, cmp.Or(job.Trouble, "nothing at all"))
	if strings.Contains(job.Trouble, model.ErrWindow.Error()) {
		what = "Redis is in the way, not Notion (" + job.Trouble + ")"
	}
	return fmt.Sprintf("%s; %s, and gives up at %s", what, next, at(job.ProgressAt.Add(s.GiveUp)))
}

// Status shows the job with an id, or without one the running job, else the newest; nil if there is none. Beside it,
// the newest jobs.
func (s *Syncer) Status(ctx context.Context, id string) (*View, []*View, error) {
	jobs, err := s.Store.Jobs(ctx, maxJobs)
	if err != nil {
		return nil, nil, err
	}
	views := make([]*View, len(jobs))
	for i, job := range jobs {
		if views[i], err = s.view(ctx, job); err != nil {
			return nil, nil, err
		}
	}
	if id == "" {
		schedule, err := model.CurrentSchedule(ctx, s.Store)
		if err != nil {
			return nil, nil, err
		}
		if id = schedule.Running; id == "" && len(jobs) > 0 {
			id = jobs[0].ID
		}
	}
	if id == "" {
		return nil, views, nil
	}
	one, err := s.View(ctx, id)
	return one, views, err
}

func (s *Syncer) view(ctx context.Context, job *model.Job) (*View, error) {
	stalled := false
	if !job.Ended() {
		schedule, err := model.CurrentSchedule(ctx, s.Store)
		if err != nil {
			return nil, err
		}
		if stalled, err = s.stalled(ctx, job, schedule); err != nil {
			return nil, err
		}
	}
	n := job.Counts
	v := &View{
		ID:      job.ID,
		State:   job.State,
		Phase:   job.Phase,
		Stalled: stalled,
		Asked:   Asked{Full: job.Scope.Full, Force: job.Scope.Force, Failed: job.Scope.Failed, Pages: []string{}, Sources: job.Scope.Sources},
		Moments: Moments{TriggeredAt: job.TriggeredAt, StartedAt: moment(job.StartedAt), UpdatedAt: moment(job.UpdatedAt), FinishedAt: moment(job.FinishedAt)},
		Slices:  job.Slice,
		Progress: Progress{
			Synced: n[model.CountSynced], Skipped: n[model.CountSkipped], Failed: n[model.CountFailed], Removed: n[model.CountRemoved],
			Pending: n[model.CountPending],
		},
		Metrics: s.Metrics(job),
	}
	v.Progress.Discovered = v.Progress.Synced + v.Progress.Skipped + v.Progress.Failed + v.Progress.Pending
	for _, ref := range job.Scope.Pages {
		v.Pages = append(v.Pages, ref.Ref)
	}
	if job.State == model.Failed {
		v.Error = &job.Error
	}
	if job.StartedAt.IsZero() {
		v.Slices = 0 // the first is due
	}
	var err error
	v.ETASeconds, err = s.eta(ctx, job, v.Progress)
	return v, err
}

// Metrics are a job's metrics so far.
func (s *Syncer) Metrics(job *model.Job) Metrics {
	n := job.Counts
	m := Metrics{
		FunctionMS: n[model.CountFunction], NotionRequests: n[model.CountRequests], Requests: map[string]int64{},
		PagesSynced: n[model.CountOf(model.CountSynced, "page")], PagesSkipped: n[model.CountOf(model.CountSkipped, "page")],
		PagesFailed: n[model.CountFailed], PagesRemoved: n[model.CountRemoved], Drafts: n[model.CountDrafts],
		ChildPagesSynced:       n[model.CountOf(model.CountSynced, "childPage")],
		DatabaseChildrenSynced: n[model.CountOf(model.CountSynced, "databaseRow")],
		MediaMirrored:          n[model.CountMirrored], MediaReused: n[model.CountReused], MediaFailed: n[model.CountUnkept],
	}
	m.PagesProcessed = m.PagesSynced + m.PagesSkipped + n[model.CountOf(model.CountFailed, "page")]
	for name, count := range n {
		if kind, ok := model.CutRequests(name); ok {
			m.Requests[kind] = count
		}
	}
	if !job.StartedAt.IsZero() {
		end := job.FinishedAt
		if end.IsZero() {
			end = s.Time()
		}
		m.DurationMS = end.Sub(job.StartedAt).Milliseconds()
	}
	return m
}

// eta is how long a running job is likely to take: the pages to go at the pace of those done. It is nil while there is
// nothing to tell it by, and while nobody works on the slice that is due.
func (s *Syncer) eta(ctx context.Context, job *model.Job, p Progress) (*int64, error) {
	done := p.Synced + p.Skipped + p.Failed
	if job.State != model.Running || job.Phase == model.Discover || done == 0 {
		return nil, nil
	}
	if !s.Time().Before(job.DueAt) {
		if held, err := s.Store.Held(ctx); err != nil || !held {
			return nil, err
		}
	}
	spent := s.Time().Sub(job.StartedAt)
	left := int64((spent * time.Duration(p.Pending) / time.Duration(done)).Seconds())
	return &left, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
