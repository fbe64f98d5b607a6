package app_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/sim/convergence"
	"notionsync/pkg/sim/notionsim"
)

// convergenceRun is a deployment over a world of convergence, and what is known of how it goes.
type convergenceRun struct {
	*cloud
	world  *convergence.World
	events *notionsim.Subscription

	mu       sync.Mutex
	filter   map[string]string // by collection
	dropped  map[string]bool   // collections that are configured no longer
	shown    map[string]string
	excused  map[string]bool // did not live at some moment since all was right
	left     map[string]bool // did not live when all was right: what of it was on the site a brake has left there
	amid     []amid
	requests int   // to Notion
	kill     int64 // the function that makes this change; 0: none
	changes  int64
	quiet    bool // nothing has happened that no event tells of, since all was right
	log      []string
	found    []string // what is wrong: when it was seen, then each difference
}

// amid is an edit that comes in the middle of a sync.
type amid struct {
	at   int // requests
	step convergence.Step
}

func newConvergence(t *testing.T, script convergence.Script) *convergenceRun {
	t.Helper()
	world := convergence.NewWorld(time.Now)
	time.Sleep(time.Hour)
	r := &convergenceRun{world: world, filter: map[string]string{}, dropped: map[string]bool{}, shown: map[string]string{}, excused: map[string]bool{}, left: map[string]bool{}, quiet: true}
	r.cloud = newCloud(t, world.Workspace, cloudSettings{latency: 200 * time.Millisecond, env: map[string]string{
		"NOTION_OTHER_DB": "-", "NOTION_WEBHOOK_SECRET": eventSecret, "SYNC_BUDGET": fmt.Sprint(script.Budget, "s"),
	}})
	r.killAt = r.change
	r.notion.Fail(notionsim.Rule{Fault: notionsim.Meanwhile(r.request)})
	r.events = world.Subscribe(notionsim.SubscriptionOptions{
		URL: "https://" + siteHost + webhookPath, Token: eventSecret, Gather: time.Second,
		Client: &http.Client{Transport: gateway{r.cloud}},
	})
	t.Cleanup(r.events.Close)
	r.converge(false)
	r.log = nil
	return r
}

// play carries out the steps, until something is wrong.
func (r *convergenceRun) play(steps []convergence.Step) {
	var later *convergence.Step
	for i := range steps {
		if len(r.found) > 0 {
			return
		}
		step := steps[i]
		if later != nil {
			r.mu.Lock()
			r.amid = append(r.amid, amid{r.requests + later.N, step})
			r.mu.Unlock()
			later = nil
			continue
		}
		if step.Do == convergence.DoAmid {
			later = &step
			continue
		}
		r.step(step)
		r.observe()
	}
}

func (r *convergenceRun) step(s convergence.Step) {
	switch s.Do {
	case convergence.DoPause:
		time.Sleep(time.Duration(s.N) * time.Second)
	case convergence.DoSync:
		r.trigger(s)
	case convergence.DoKill:
		r.mu.Lock()
		r.kill = r.changes + int64(s.N) + 1
		r.mu.Unlock()
	case convergence.DoEvents:
		r.spoilEvents(s.To)
	case convergence.DoForget:
		r.calm()
		r.forget(uint64(s.N))
	case convergence.DoSettle:
		r.calm()
		r.eventsRight()
	case convergence.DoConverge:
		r.calm()
		r.converge(s.Yes)
	default:
		r.mu.Lock()
		r.edit(s)
		r.mu.Unlock()
	}
}

// edit carries out an edit, or changes the configuration. The caller holds r.mu.
func (r *convergenceRun) edit(s convergence.Step) {
	switch s.Do {
	case convergence.DoFilter, convergence.DoDrop:
		if s.Do == convergence.DoFilter {
			r.filter[s.Of] = s.To
		} else {
			clear(r.dropped) // a site has a collection at least
			r.dropped[s.Of] = s.Yes
		}
		r.configure()
		r.quiet = false
	default:
		if !r.world.Edit(s) {
			return
		}
		if s.Do == convergence.DoShare || s.Do == convergence.DoUnshare {
			r.quiet = false
		}
	}
	r.say("%s", s)
	living := convergence.Living(r.world.Workspace, r.collections())
	for _, p := range r.world.Pages() {
		if !living[p.ID] {
			r.excused[p.ID] = true
		}
	}
}

func (r *convergenceRun) say(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf("%8.1fs ", time.Since(epoch).Seconds()-3600)+fmt.Sprintf(format, args...))
}

func (r *convergenceRun) collections() (list []convergence.Collection) {
	for _, c := range r.world.Collections {
		c.Filter, c.Dropped = r.filter[c.Name], r.dropped[c.Name]
		list = append(list, c)
	}
	return list
}

// listable reports whether a collection can be listed.
func (r *convergenceRun) listable() bool {
	shared := map[string]bool{}
	for _, db := range r.world.Databases() {
		shared[db.ID] = db.Shared
	}
	return slices.ContainsFunc(r.collections(), func(c convergence.Collection) bool { return !c.Dropped && shared[c.Database] })
}

// configure deploys what the configuration says now.
func (r *convergenceRun) configure() {
	environ := slices.DeleteFunc(slices.Clone(r.environ), func(v string) bool {
		return collectionVariable.MatchString(v)
	})
	for _, c := range r.collections() {
		name := "NOTION_" + strings.ToUpper(c.Name)
		if c.Dropped {
			continue
		}
		environ = append(environ, name+"_DB="+c.Database)
		switch c.Filter {
		case convergence.FilterLive:
			environ = append(environ, name+`_FILTER={"property":"`+convergence.LiveProperty+`","checkbox":{"equals":true}}`)
		case convergence.FilterNothing:
			environ = append(environ, name+`_FILTER={"property":"Name","title":{"equals":"no page is called so"}}`)
		}
	}
	r.deploy(environ)
}

var collectionVariable = regexp.MustCompile(`^NOTION_\w+_(DB|FILTER)=`)

func (r *convergenceRun) trigger(s convergence.Step) {
	path := triggerPath
	switch s.To {
	case "forced":
		path += "?force=1"
	case "failed":
		path += "?failed=1"
	case "direct":
		path = directPath
	case "page":
		if r.world.ID(s.Of) == "" {
			return
		}
		path += "?page=" + r.world.ID(s.Of)
	}
	a, err := r.try(path)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.say("%s: %d %v", s, a.status, err)
}

func (r *convergenceRun) spoilEvents(how string) {
	f := map[string]notionsim.WebhookFaults{
		"lost": {Lose: 3}, "twice": {Twice: true}, "late": {Reorder: 90 * time.Second},
	}[how]
	r.events.Misbehave(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = r.quiet && f.Lose == 0
}

// forget deletes keys of ours at random: one, half of them, or all.
func (r *convergenceRun) forget(seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 4))
	ours := slices.DeleteFunc(r.redis.Keys(), func(key string) bool { return !strings.HasPrefix(key, "sync:") })
	dice.Shuffle(len(ours), func(i, j int) { ours[i], ours[j] = ours[j], ours[i] })
	ours = ours[:[]int{min(1, len(ours)), len(ours) / 2, len(ours)}[dice.IntN(3)]]
	for _, key := range ours {
		r.redis.Del(key)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = false
	slices.Sort(ours)
	r.say("forgotten: %s", strings.Join(ours, " "))
}
