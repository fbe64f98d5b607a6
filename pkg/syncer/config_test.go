package syncer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// secretive is a world with a page that its collection's filter shows and one that it does not.
func secretive(t *testing.T) (w *world, live string, pages func(name string) []model.Collection) {
	t.Helper()
	w = newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Live", Type: "checkbox"}))
	live = w.page("Live", "live")
	w.must(w.SetProperty(live, "Live", true))
	w.page("Secret", "secret")
	filter := json.RawMessage(`{"property":"Live","checkbox":{"equals":true}}`)
	return w, live, func(name string) []model.Collection {
		return []model.Collection{{Name: name, ID: w.pageDB, Filter: filter}}
	}
}

// A job that is under way when a deployment renames its collection, changes a filter, or what is asked for of a page's
// content, starts over: nothing is published that no filter has ever shown.
func TestRun_ChangedConfigurationStartsOver(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(o *model.Options){
		"renamed": func(o *model.Options) { o.Collections[0].Name = "docs" },
		"another filter": func(o *model.Options) {
			o.Collections[0].Filter = json.RawMessage(`{"property":"Live","checkbox":{"does_not_equal":false}}`)
		},
		"content": func(o *model.Options) { o.Content = "markdown" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, live, pages := secretive(t)
			r := w.rig(func(o *model.Options) { o.Collections, o.Budget = pages("pages"), time.Millisecond })
			job, _ := r.trigger(model.TriggerMessage{})
			m, _ := r.queue.pop()
			_, err := r.deliver(m) // finds the data source, and no more
			w.must(err)
			r.opts.Collections = pages("pages")
			change(&r.opts)
			r.budget(time.Minute)
			r.deliverAll()
			if v := r.view(job.ID); v.State != model.Failed || !strings.Contains(deref(v.Error), "starts over") {
				t.Errorf("the job is %s, %q; want it failed, and why", v.State, deref(v.Error))
			}
			if v := r.newest(); v.ID == job.ID || v.State != model.Done || !v.Full {
				t.Errorf("the newest job is %+v, want another full one that is done", v)
			}
			r.published(map[string]string{"live": live})
		})
	}
}

// The same where a direct sync goes on with what another has left, without a queue.
func TestDirect_ChangedConfigurationStartsOver(t *testing.T) {
	t.Parallel()
	w, live, pages := secretive(t)
	r := w.rig(func(o *model.Options) { o.Queue, o.Collections, o.Budget = nil, pages("pages"), time.Millisecond })
	old, done, err := r.Direct(t.Context(), model.TriggerMessage{})
	w.must(err)
	if done {
		t.Fatal("the first call has done everything, want a part of it")
	}
	r.opts.Collections = pages("docs")
	r.budget(time.Minute)
	job, done, err := r.Direct(t.Context(), model.TriggerMessage{})
	w.must(err)
	if !done || job.ID == old.ID || job.State != model.Done {
		t.Errorf("the second call's job is %s, %s, done %t; want another one, done", job.ID, job.State, done)
	}
	if v := r.view(old.ID); v.State != model.Failed || !strings.Contains(deref(v.Error), "starts over") {
		t.Errorf("the first job is %s, %q; want it failed, and why", v.State, deref(v.Error))
	}
	r.published(map[string]string{"live": live})
}
