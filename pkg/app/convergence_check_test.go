package app_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"notionsync/pkg/sim/convergence"
	"notionsync/pkg/sim/notionsim"
)

// change is called before each change that a function makes in Redis, and each message. It reports whether the function is
// killed there.
func (r *convergenceRun) change(_ int64, _ *instance, spared bool) bool {
	r.observe()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	if r.kill == 0 || r.changes < r.kill || spared {
		return false
	}
	r.kill = 0
	r.say("a function is killed")
	return true
}

// request is called before Notion answers.
func (r *convergenceRun) request() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	r.amid = slices.DeleteFunc(r.amid, func(a amid) bool {
		if a.at > r.requests {
			return false
		}
		r.edit(a.step)
		return true
	})
}

var notionID = regexp.MustCompile(`"notionId":"([^"]*)"`)

// observe looks whether a page is missing that has lived all the time.
func (r *convergenceRun) observe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := map[string]string{}
	for _, key := range r.redis.Keys() {
		slug, ok := strings.CutPrefix(key, "page:")
		if !ok {
			continue
		}
		raw, _ := r.redis.Get(key)
		if id := notionID.FindStringSubmatch(raw); id != nil {
			now[id[1]] = slug
		}
	}
	for id, slug := range r.shown {
		if now[id] == "" && !r.excused[id] && len(r.found) == 0 {
			r.say("%s is gone from %q", r.title(id), slug)
			r.found = []string{"a page that lived all the time went missing:", fmt.Sprintf("%s (%q) is missing", r.title(id), slug)}
		}
	}
	for id, slug := range now {
		if r.shown[id] != slug {
			r.say("%s is at %q", r.title(id), slug)
		}
	}
	r.shown = now
}

func (r *convergenceRun) title(id string) string {
	for _, p := range r.world.Pages() {
		if p.ID == id {
			return p.Title
		}
	}
	return id
}

// calm waits until all events have been sent and all jobs are done. No trouble comes any more but late edits.
func (r *convergenceRun) calm() {
	r.mu.Lock()
	r.kill = 0
	for _, a := range r.amid { // their sync has not asked for as much
		r.edit(a.step)
	}
	r.amid = nil
	r.mu.Unlock()
	for range 2 {
		r.events.Wait()
		r.settle()
	}
	r.observe()
}

func (r *convergenceRun) site() convergence.Site {
	strs := map[string]string{}
	for _, key := range r.redis.Keys() {
		if value, err := r.redis.Get(key); err == nil {
			strs[key] = value
		}
	}
	site, err := convergence.Read(strs)
	if err != nil {
		r.t.Fatal(err)
	}
	return site
}

// eventsRight compares each page that an event has named, if no event was lost and nothing happened that has none.
func (r *convergenceRun) eventsRight() {
	if !r.quiet || len(r.found) > 0 {
		return
	}
	site := r.site()
	want := convergence.Expected(r.world.Workspace, r.collections(), site, false)
	living := convergence.Living(r.world.Workspace, r.collections())
	sent := map[string]bool{} // a page that is made and deleted in one moment leaves no event
	for _, event := range r.events.Attempts() {
		sent[event.Entity] = true
	}
	named := maps.Clone(r.world.Named)
	maps.DeleteFunc(named, func(id string, _ bool) bool { // what a brake has left may go by itself, or stay
		return !sent[id] || !living[id] && (want.Stays[id] != "" || want.Open[id] != "" || r.left[id])
	})
	if d := convergence.Differences(want, site, named); len(d) > 0 {
		r.found = append([]string{"after the jobs of the events:"}, d...)
	}
}

// converge syncs everything once, undisturbed, after which all must be right.
func (r *convergenceRun) converge(forced bool) {
	if len(r.found) > 0 {
		return
	}
	before := r.site()
	path := triggerPath
	if forced {
		path += "?force=1"
	}
	a := r.get(path)
	id := a.text(r.t, "jobId")
	r.settle()
	r.observe()
	r.mu.Lock()
	r.say("full sync, forced: %t", forced)
	r.mu.Unlock()
	if len(r.found) > 0 {
		return
	}
	if v := r.job(id); v.State != "done" {
		if v.State == "failed" && !r.listable() {
			return // so it says in the contract
		}
		r.found = []string{"a full sync that nothing disturbed ended as " + v.State + ":", v.reason()}
		return
	}
	site := r.site()
	want := convergence.Expected(r.world.Workspace, r.collections(), before, forced)
	if d := convergence.Differences(want, site, nil); len(d) > 0 {
		r.found = append([]string{"after a full sync:"}, d...)
		r.found = append(r.found, "warnings: "+strings.Join(r.job(id).Warnings, "; "))
		return
	}
	r.events.Misbehave(notionsim.WebhookFaults{}) // what was to be lost and is not yet would be, unnoticed
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = true
	clear(r.excused)
	clear(r.left)
	at := site.Addresses()
	living := convergence.Living(r.world.Workspace, r.collections())
	for _, p := range r.world.Pages() {
		r.excused[p.ID] = !living[p.ID]
		r.left[p.ID] = !living[p.ID] && at[p.ID] != ""
	}
	clear(r.world.Named)
}
