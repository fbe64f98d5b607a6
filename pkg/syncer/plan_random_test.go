package syncer_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

// Whatever people have done to a site's pages, a plan says what the sync that follows then does: which slugs are added,
// updated and removed, which conflicts there are, and how many requests it takes, but for content that only reading shows.
func TestPlan_SaysWhatTheSyncDoes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			p := newPeople(t, seed)
			r := p.rig()
			r.sync(model.TriggerMessage{})
			done := p.edit(1 + p.rand.IntN(8))
			first := model.TriggerMessage{Force: p.rand.IntN(10) == 0}
			plan, _ := r.plan(first)
			before := r.records()
			r.notion.Reset()
			v := r.sync(first)
			diff := difference(before, r.records(), plan)
			for name, list := range map[string][]string{
				"add": slugsOf(plan.Add), "update": slugsOf(plan.Update), "remove": slugsOf(plan.Remove),
			} {
				slices.Sort(list)
				if !slices.Equal(list, diff.slugs[name]) {
					t.Errorf("the plan says %s %q, the sync did %q", name, list, diff.slugs[name])
				}
			}
			if planned, met := conflictsOf(plan), conflictsIn(*v.Warnings, diff); !maps.Equal(planned, met) {
				t.Errorf("the plan says conflicts %v, the sync met %v", planned, met)
			}
			if made := r.notion.Counts()[""]; plan.NotionRequests < made-diff.requests || plan.NotionRequests > made+diff.requests {
				t.Errorf("the plan says %d requests, the sync made %d, of which %d cannot be known", plan.NotionRequests, made, diff.requests)
			}
			if t.Failed() {
				t.Logf("after %q", done)
			}
		})
	}
}

// people edit a world.
type people struct {
	*world
	rand  *rand.Rand
	pages []string // in the collection
	kids  []string
	rows  []string
}

func newPeople(t *testing.T, seed uint64) *people {
	t.Helper()
	p := &people{world: newWorld(t), rand: rand.New(rand.NewPCG(seed, 11))}
	for i := range 3 + p.rand.IntN(6) {
		p.pages = append(p.pages, p.page(fmt.Sprint("Page ", i), p.anySlug()))
	}
	for i := range p.rand.IntN(6) {
		p.kids = append(p.kids, p.child(p.one(append(p.pages, p.kids...)), fmt.Sprint("Kid ", i%4)))
	}
	for range p.rand.IntN(3) {
		_, source, err := p.AddDatabase(p.one(p.pages), "Table", notionsim.Column{Name: "slug", Type: "rich_text"})
		p.must(err)
		for i := range p.rand.IntN(4) {
			id, err := p.AddRow(source, fmt.Sprint("Row ", i), map[string]any{"slug": p.anySlug()})
			p.must(err)
			p.rows = append(p.rows, id)
		}
	}
	p.tick()
	return p
}

func (p *people) one(of []string) string { return of[p.rand.IntN(len(of))] }

func (p *people) anySlug() string { return fmt.Sprint("s", p.rand.IntN(12)) }

// edit does some things, and says which.
func (p *people) edit(n int) (done []string) {
	for range n {
		p.tick()
		all := slices.Concat(p.pages, p.kids, p.rows)
		id := p.one(all)
		switch what := p.rand.IntN(8); {
		case what == 0:
			done = append(done, "edit "+id)
			_ = p.EditBlocks(id, paragraph("new"))
		case what == 1:
			done = append(done, "title of "+id)
			_ = p.SetTitle(id, fmt.Sprint("Kid ", p.rand.IntN(4)))
		case what == 2 && len(p.pages) > 0:
			id = p.one(p.pages)
			slug := p.anySlug()
			done = append(done, "slug of "+id+" "+slug)
			_ = p.SetProperty(id, "Slug", slug)
		case what == 3:
			done = append(done, "trash "+id)
			_ = p.Trash(id)
		case what == 4:
			to := p.one(p.pages)
			if slices.Contains(p.kids, id) && id != to {
				done = append(done, "move "+id+" below "+to)
				_ = p.Move(id, to)
			}
		case what == 5:
			done = append(done, "new page")
			p.pages = append(p.pages, p.page("New", p.anySlug()))
		case what == 6 && len(p.rows) > 0:
			id = p.one(p.rows)
			done = append(done, "slug of row "+id)
			_ = p.SetProperty(id, "slug", p.anySlug())
		case what == 7:
			id = p.one(p.pages)
			done = append(done, "draft "+id)
			_ = p.SetProperty(id, "Slug", "")
		}
	}
	p.tick()
	return done
}

// records are what the engine remembers.
func (r *rig) records() map[string]*model.Record {
	r.t.Helper()
	recs, _, err := r.store.ScanRecords(r.t.Context(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[string]*model.Record{}
	for _, rec := range recs {
		if rec.Slug != "" {
			all[rec.ID] = rec
		}
	}
	return all
}

// outcome is what a sync has done.
type outcome struct {
	slugs      map[string][]string // added, updated, removed, but for what is unforeseen
	unforeseen map[string]bool     // child pages and rows that are new below a page whose content was not known
	requests   int                 // as many may be made more or less for content that was not known
}

func difference(before, after map[string]*model.Record, plan *plan.Plan) outcome {
	diff := outcome{slugs: map[string][]string{"add": {}, "update": {}, "remove": {}}, unforeseen: map[string]bool{}}
	planned := map[string]bool{}
	for _, p := range slices.Concat(plan.Add, plan.Update) {
		planned[p.NotionID] = true
	}
	for range after { // from a page to those below it
		for id, now := range after {
			was := before[id]
			moved := was == nil && now.Kind != page.KindPage || was != nil && was.Parent != now.Parent || diff.unforeseen[now.Parent]
			diff.unforeseen[id] = diff.unforeseen[id] || !planned[id] && moved
		}
	}
	for id, now := range after {
		was := before[id]
		switch {
		case diff.unforeseen[id]:
			diff.requests += 3 + now.Reads
			continue
		case was == nil:
			diff.slugs["add"] = append(diff.slugs["add"], now.Slug)
			diff.requests += max(3, now.Reads)
		case was.Slug != now.Slug || !was.Fetched.Equal(now.Fetched):
			diff.slugs["update"] = append(diff.slugs["update"], now.Slug)
			if !was.Edited.Equal(now.Edited) {
				diff.requests += 1 + max(was.Reads, now.Reads)
			}
			if was.Parent != now.Parent {
				diff.requests += 4 // found in the content of the one, or by way of the other
			}
		}
	}
	for id, was := range before {
		if after[id] == nil {
			diff.slugs["remove"] = append(diff.slugs["remove"], was.Slug)
		}
	}
	for _, list := range diff.slugs {
		slices.Sort(list)
	}
	return diff
}

// conflictsOf are the pages of a plan's conflicts, by slug.
func conflictsOf(plan *plan.Plan) map[string]string {
	conflicts := map[string]string{}
	for _, c := range plan.Conflicts {
		conflicts[c.Slug] = strings.Join(slices.Sorted(slices.Values(c.Pages)), " ")
	}
	return conflicts
}

var conflictText = regexp.MustCompile(`^slug "(.*)" is wanted by two pages: (\S+) \(.*\) has it, (\S+) \(`)

// conflictsIn are the pages of the conflicts that a sync has warned of, by slug.
func conflictsIn(warnings []string, diff outcome) map[string]string {
	pages := map[string]map[string]bool{}
	for _, text := range warnings {
		if m := conflictText.FindStringSubmatch(text); m != nil && !diff.unforeseen[m[2]] && !diff.unforeseen[m[3]] {
			if pages[m[1]] == nil {
				pages[m[1]] = map[string]bool{}
			}
			pages[m[1]][m[2]], pages[m[1]][m[3]] = true, true
		}
	}
	conflicts := map[string]string{}
	for slug, ids := range pages {
		conflicts[slug] = strings.Join(slices.Sorted(maps.Keys(ids)), " ")
	}
	return conflicts
}
