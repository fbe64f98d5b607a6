package syncer_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func TestRun_Retries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	r := w.rig()
	broken := func(times int) {
		r.notion.Fail(notionsim.Rule{Kind: "children", ID: a, Times: times, Fault: notionsim.HTML(http.StatusBadGateway)})
	}
	broken(5) // the client tries four times by itself
	v := r.sync(model.TriggerMessage{})
	if v.Slices != 2 || v.Metrics.PagesFailed != 0 || v.Progress.Synced != 2 {
		t.Errorf("%d slices, progress %+v, want the page tried again in a second slice", v.Slices, v.Progress)
	}
	r.published(map[string]string{"a": a, "b": b})
	broken(0)
	v = r.sync(model.TriggerMessage{Force: true})
	if v.Slices != 3 || v.Metrics.PagesFailed != 1 || len(*v.Errors) != 1 || (*v.Errors)[0].PageID != a {
		t.Errorf("%d slices, %d failed, errors %+v, want page a given up after three rounds", v.Slices, v.Metrics.PagesFailed, *v.Errors)
	}
	r.published(map[string]string{"a": a, "b": b})
}

func TestRun_Outage(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	want := map[string]string{}
	for i := range 20 {
		slug := fmt.Sprint("p", i)
		want[slug] = world.page(slug, slug)
	}
	r := world.rig(func(o *model.Options) { o.Workers = 4; o.GiveUp = 3 * time.Hour })
	remove := r.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusServiceUnavailable)})
	job, _ := r.trigger(model.TriggerMessage{})
	var delays []time.Duration
	deliver := func() {
		t.Helper()
		m, ok := r.queue.pop()
		if !ok {
			t.Fatal("no message left")
		}
		delays = append(delays, m.Delay)
		world.clock = world.clock.Add(m.Delay)
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		asked := len(r.notion.Requests())
		deliver()
		if n := len(r.notion.Requests()) - asked; i > 0 && n > 4 {
			t.Errorf("slice %d made %d requests, want one, which the client repeats three times", i+1, n)
		}
		next := world.clock.Add(time.Hour + r.queue.list[0].Delay)
		warned{r.view(job.ID)}.about(t, "Notion does not answer", "503", "next try is at "+next.Format("2006-01-02T15:04"), "gives up at")
	}
	for i := 2; i < len(delays); i++ {
		if delays[i] < delays[i-1] || delays[i] > time.Hour {
			t.Errorf("pauses are %v, want them growing up to an hour", delays)
		}
	}
	if v := r.view(job.ID); v.Metrics.PagesFailed != 0 {
		t.Errorf("%d pages failed, want none: it is not their fault", v.Metrics.PagesFailed)
	}
	remove()
	for len(r.queue.list) > 0 {
		deliver()
	}
	r.published(want)
	if v := r.view(job.ID); len(*v.Warnings) != 0 {
		t.Errorf("warnings are %q, want none any more", *v.Warnings)
	}

	r.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusServiceUnavailable)})
	job, _ = r.trigger(model.TriggerMessage{Force: true})
	for len(r.queue.list) > 0 {
		deliver()
	}
	if v := r.view(job.ID); v.State != model.Failed || !strings.Contains(deref(v.Error), "503") {
		t.Errorf("job is %s, %q, want failed with the reason after three hours", v.State, deref(v.Error))
	} else if len(*v.Warnings) != 0 {
		t.Errorf("warnings are %q, want none: the job tries no more", *v.Warnings)
	}
	r.published(want)
}

// While a job tries again, and has got something done, nothing is said of the outage before.
func TestRun_OutageOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 10 {
		w.page(fmt.Sprint("P", i), fmt.Sprint("p", i))
	}
	r := w.rig(func(o *model.Options) { o.Workers = 1 })
	remove := r.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusServiceUnavailable)})
	job, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	warned{r.view(job.ID)}.about(t, "Notion does not answer")
	remove()
	r.budget(time.Nanosecond)
	m, _ = r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	if v := r.view(job.ID); v.State != model.Running || len(*v.Warnings) != 0 {
		t.Errorf("job is %s, warnings are %q; want it running without any", v.State, *v.Warnings)
	}
}

func TestRun_WrongToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Fault: notionsim.Error(http.StatusUnauthorized, "unauthorized", "API token is invalid.")})
	job, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	_, err := r.deliver(m)
	var fatal *model.FatalError
	if !errors.As(err, &fatal) {
		t.Errorf("Run: %v, want a FatalError", err)
	}
	if v := r.view(job.ID); v.State != model.Failed || !strings.Contains(deref(v.Error), "NOTION_API_KEY") {
		t.Errorf("job is %s, %q, want failed and the variable named", v.State, deref(v.Error))
	}
}

func TestRun_LongRetryAfterIsHandedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	r := w.rig()
	r.notion.Fail(notionsim.Rule{Kind: "children", Times: 1, Fault: notionsim.RateLimited(90*time.Second, "")})
	r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	// Counted from Notion's answer: what the slice's end took is part of it. The queue rounds up to whole seconds.
	if m, _ = r.queue.pop(); m.Delay <= 89*time.Second || m.Delay > 90*time.Second {
		t.Errorf("continuation is delayed by %s, want what is left of the 90 s that Notion asked for", m.Delay)
	}
	w.clock = w.clock.Add(m.Delay)
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	r.published(map[string]string{"a": a})
}

// A job whose list can't be worked off, whatever it tries, waits longer each time and gives up in the end.
func TestRun_WithoutEffectIsNoProgress(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	world.page("A", "a")
	r := world.rig(func(o *model.Options) { o.GiveUp = 3 * time.Hour })
	remove := r.notion.Fail(notionsim.Rule{Kind: "children", Fault: notionsim.Status(http.StatusServiceUnavailable)})
	job, _ := r.trigger(model.TriggerMessage{})
	for n := range 40 {
		m, ok := r.queue.pop()
		if !ok {
			break
		}
		world.clock = world.clock.Add(m.Delay)
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
		if n == 0 { // a revision that no commit will ever find as it has read it
			remove()
			entries := "sync:job:" + job.ID + ":entries"
			fields, err := r.redis.HKeys(entries)
			world.must(err)
			for _, field := range fields {
				r.redis.HSet(entries, field, "0"+r.redis.HGet(entries, field))
			}
		}
	}
	if v := r.view(job.ID); v.State != model.Failed || v.Error == nil || !strings.Contains(*v.Error, "no progress") {
		t.Errorf("the job is %s: %v, want failed without progress", v.State, v.Error)
	}
}

// A job that another version of this program has stored starts over, all of it, though the queue refuses at first.
func TestRun_OtherVersion(t *testing.T) {
	t.Parallel()
	_, r, a, b := synced(t)
	job, _ := r.trigger(model.TriggerMessage{Pages: []string{a}, Force: true})
	r.trigger(model.TriggerMessage{Pages: []string{b}})
	m, _ := r.queue.pop()
	key := "sync:job:" + job.ID
	doc := r.redis.HGet(key, "doc")
	older := strings.Replace(doc, fmt.Sprintf(`"version":%d`, model.Version), `"version":1`, 1)
	if older == doc {
		t.Fatalf("the job is stored as %s, want its version in it", doc)
	}
	r.redis.HSet(key, "doc", older)
	r.queue.refuse = true
	if _, err := r.deliver(m); !errors.Is(err, model.ErrPublish) {
		t.Fatalf("delivery = %v, want ErrPublish", err)
	}
	r.queue.refuse = false
	for range 2 {
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
	}
	if v := r.view(job.ID); v.State != model.Failed || !strings.Contains(deref(v.Error), "starts over") {
		t.Errorf("the job is %s, %q; want it failed, and why", v.State, deref(v.Error))
	}
	r.deliverAll()
	if v := r.newest(); v.ID == job.ID || v.State != model.Done || !slices.Equal(v.Pages, []string{a, b}) || v.Progress.Synced != 1 || v.Progress.Skipped != 1 {
		t.Errorf("its successor is %+v, want both pages, one of them by force", v)
	}
}

// A job that nobody comes for any more is woken by whatever joins the job behind it, a webhook event too.
func TestRun_StalledJobIsWokenByAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	w.page("B", "b")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	r.budget(1)
	running, _ := r.trigger(model.TriggerMessage{Force: true})
	for range 2 {
		m, _ := r.queue.pop() // the second is its continuation, which is lost
		if m.id == running.ID {
			if _, err := r.deliver(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.trigger(model.TriggerMessage{})
	r.deliverAll()
	if v := r.view(running.ID); v.State != model.Running {
		t.Fatalf("the job is %s, want it to run", v.State)
	}
	w.tick()
	r.note(event("e1", "content_updated", a))
	r.takeEvents(w)
	if v := r.view(running.ID); v.State != model.Done {
		t.Errorf("the job is %s, want it done", v.State)
	}
	if v := r.newest(); v.State != model.Done {
		t.Errorf("the job behind it is %s, want it done", v.State)
	}
}
