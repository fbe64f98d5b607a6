package syncer_test

import (
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// Wherever a job fails, the next one leaves the site as the failed one would have: indexes, links, parents and children
// that show something of what the failed job had changed, and who has a slug that two pages asked for.
func TestRegression_AfterAFailedJob(t *testing.T) {
	t.Parallel()
	build := func() (*world, *rig) {
		w := newWorld(t)
		top, other := w.page("Top", "top"), w.page("Other", "other")
		kid := w.child(top, "Kid")
		w.child(kid, "Low")
		w.page("Linker", "linker", linkTo(kid), linkTo(other))
		_, source, err := w.AddDatabase(other, "Inner")
		w.must(err)
		row, err := w.AddRow(source, "Row", nil)
		w.must(err)
		post := w.post("Post")
		r := w.rig()
		r.sync(model.TriggerMessage{})

		w.slug(top, "summit")
		w.title(kid, "Child")
		w.title(other, "Another")
		w.title(row, "Line")
		w.title(post, "Letter")
		w.child(other, "Wanted")
		w.page("Late", "other/wanted") // younger, but a collection page goes before a child page
		var tables []string
		for _, holder := range []string{top, other} {
			_, source, err := w.AddDatabase(holder, "Table", notionsim.Column{Name: "slug", Type: "rich_text"})
			w.must(err)
			tables = append(tables, source)
		}
		for i, table := range append(tables, tables[1], tables[0]) { // whichever is read first, one of its rows is younger
			w.tick()
			_, err = w.AddRow(table, fmt.Sprint("Claim ", i), map[string]any{"slug": fmt.Sprint("/claim-", i/2)})
			w.must(err)
		}
		return w, r
	}
	_, whole := build()
	whole.sync(model.TriggerMessage{})
	want := whole.site()
	for slices := 1; ; slices += 3 { // the chaos in package app fails jobs everywhere
		_, r := build()
		r.opts.Workers, r.opts.Budget = 1, time.Nanosecond
		r.renew()
		job, _ := r.trigger(model.TriggerMessage{})
		for range slices {
			if m, ok := r.queue.pop(); ok {
				if _, err := r.deliver(m); err != nil {
					t.Fatal(err)
				}
			}
		}
		if r.view(job.ID).State == model.Done {
			if slices < 20 {
				t.Errorf("the job is done in %d slices, want many to fail it after", slices)
			}
			return
		}
		if err := r.Fail(t.Context(), job.ID, 0, "as told"); err != nil {
			t.Fatal(err)
		}
		r.queue.list = nil
		r.budget(time.Minute)
		r.sync(model.TriggerMessage{})
		r.sound()
		if sameSite(t, r.site(), want); t.Failed() {
			t.Fatal(fmt.Sprint("failed after slice ", slices))
		}
	}
}

// A slug that was reserved for a page is free once the page wants another, though the job that reserved it has failed.
func TestRegression_ReservedSlugGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "first")
	r := w.rig(slow)
	job, _ := r.trigger(model.TriggerMessage{})
	for owner := ""; owner == ""; owner = r.redis.HGet("sync:slugs", "first") {
		m, ok := r.queue.pop()
		if !ok {
			t.Fatal("the job has ended without listing the page")
		}
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Fail(t.Context(), job.ID, 0, "as told"); err != nil {
		t.Fatal(err)
	}
	r.queue.list = nil
	w.slug(a, "second")
	r.budget(time.Minute)
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"second": a})
	if owner := r.redis.HGet("sync:slugs", "first"); owner != "" {
		t.Errorf("slug first is still reserved for %s", owner)
	}
}
