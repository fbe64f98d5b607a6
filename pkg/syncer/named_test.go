package syncer_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// pageEvent is an event about a page that stands in a page or database.
func pageEvent(action, of, parentType, parent string) model.Event {
	return model.Event{Object: "page", Action: action, Of: of, Parent: model.EventParent{Type: parentType, ID: parent}}
}

// takeEvents delivers the messages that events have caused, when they are due.
func (r *rig) takeEvents(w *world) {
	r.t.Helper()
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
}

// A page and its subpage, both new and both named by events, are both published by the one job that takes both events.
func TestNamed_NewPageWithNewSubpage(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	p := w.page("P", "p")
	c := w.child(p, "C", paragraph("hello"))
	d := w.child(c, "D")
	for _, e := range []model.Event{
		pageEvent("created", d, "page", c), pageEvent("created", c, "page", p), pageEvent("created", p, "database", w.pageDB),
	} {
		r.note(e)
	}
	r.takeEvents(w)
	r.published(map[string]string{"a": a, "b": b, "p": p, "p/c": c, "p/c/d": d})
}

// A published page that is moved below a page just made moves with it: it is missing at no time.
func TestNamed_MovedBelowANewPage(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	p := w.page("P", "p")
	w.tick()
	w.must(w.Move(b, p))
	r.note(pageEvent("created", p, "database", w.pageDB))
	r.note(pageEvent("moved", b, "page", p))
	r.takeEvents(w)
	r.published(map[string]string{"a": a, "p": p, "p/b": b})
	if v := r.newest(); v.Metrics.PagesRemoved != 0 {
		t.Errorf("%d pages are removed, want the page to move", v.Metrics.PagesRemoved)
	}
}

// The event of the page above may be lost, or come later: the page above is looked for then.
func TestNamed_BelowAPageThatNobodyNamed(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	p := w.page("P", "p")
	q := w.child(p, "Q")
	w.tick()
	w.must(w.Move(b, q))
	r.note(event("", "properties_updated", b))
	r.takeEvents(w)
	r.published(map[string]string{"a": a, "p": p, "p/q": q, "p/q/b": b})
}

// A full sync that has taken over pages asked for by name is not done before these are where they belong.
func TestNamed_FullSyncWithNamedPages(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	p := w.page("P", "p")
	c := w.child(p, "C")
	w.tick()
	w.must(w.Move(b, p))
	_, _, err := r.Trigger(t.Context(), model.TriggerMessage{Force: true, Pages: []string{b, c}})
	w.must(err)
	full, folded, err := r.Trigger(t.Context(), model.TriggerMessage{})
	w.must(err)
	if !folded || !full.Scope.Full {
		t.Fatalf("the job is %+v, want a full one with the named pages in it", full)
	}
	r.deliverAll()
	r.published(map[string]string{"a": a, "p": p, "p/b": b, "p/c": c})
	if kids := r.bundles()["p"].Meta.ChildPages; len(kids) != 2 {
		t.Errorf("p shows the child pages %+v, want two", kids)
	}
}

// An inner database that nobody knows yet is found by the page that holds it, whether an event names that page or not.
func TestNamed_MovedIntoANewInnerDatabase(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{true, false} {
		w, r, a, b := synced(t)
		w.tick()
		inner, source, err := w.AddDatabase(a, "Inner")
		w.must(err)
		w.must(w.Move(b, source))
		if named {
			r.note(model.Event{Object: "database", Action: "created", Of: inner, Parent: model.EventParent{Type: "page", ID: a}})
		}
		r.note(pageEvent("moved", b, "database", inner))
		r.takeEvents(w)
		r.published(map[string]string{"a": a, "a/b": b})
	}
}

// What above a page cannot be read says nothing about where the page stands: it stays. What certainly is no part of the site
// takes it away.
func TestNamed_GoesOnlyWhereItIsCertain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		above func(w *world, r *rig) (parent string)
		stays bool
	}{
		{"below a page of the workspace", func(w *world, r *rig) string { return w.AddPage("Outside") }, false},
		{"two levels below a page of the workspace", func(w *world, r *rig) string {
			return w.child(w.child(w.AddPage("Outside"), "One"), "Two")
		}, false},
		{"in a database of the workspace", func(w *world, r *rig) string {
			_, source, err := w.AddDatabase("", "Foreign")
			w.must(err)
			return source
		}, false},
		{"in a database of a page of the workspace", func(w *world, r *rig) string {
			_, source, err := w.AddDatabase(w.AddPage("Outside"), "Foreign")
			w.must(err)
			return source
		}, false},
		{"below a draft", func(w *world, r *rig) string { return w.page("Draft", "") }, false},
		{"below a page that is not shared", func(w *world, r *rig) string {
			id := w.AddPage("Hidden")
			r.notion.Fail(notionsim.Rule{Kind: "page", ID: id, Fault: notionsim.Error(http.StatusNotFound, "object_not_found", "No.")})
			return id
		}, true},
		{"below a page that is refused", func(w *world, r *rig) string {
			id := w.page("Broken", "broken")
			r.notion.Fail(notionsim.Rule{Kind: "children", ID: id, Fault: notionsim.Error(http.StatusBadRequest, "validation_error", "No.")})
			return id
		}, true},
		{"in a database that cannot be read", func(w *world, r *rig) string {
			db, source, err := w.AddDatabase("", "Foreign")
			w.must(err)
			for _, id := range []string{db, source} {
				r.notion.Fail(notionsim.Rule{Kind: "database", ID: id, Fault: notionsim.Error(http.StatusNotFound, "object_not_found", "No.")})
			}
			return source
		}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, r, a, b := synced(t)
			above := row.above(w, r)
			w.tick()
			w.must(w.Move(b, above))
			r.note(event("", "moved", b))
			r.takeEvents(w)
			if v := r.newest(); v.State != model.Done {
				t.Errorf("the job is %+v, want it done", v)
			}
			want := map[string]string{"a": a}
			if row.stays {
				want["b"] = b
			}
			r.published(want)
		})
	}
}

// Whatever pages are made and moved, in whatever order their events come and fall into jobs, and in however many slices these
// work: when they are done, everything is where it belongs.
func TestNamed_AtRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) { // the convergence suite in package app goes on from here
		w, r, a, b := synced(t)
		m := &mover{world: w, dice: rand.New(rand.NewPCG(seed, 3)), slugs: map[string]string{a: "a", b: "b"}, above: map[string]string{}, holders: map[string]string{}}
		m.pages = []string{a, b}
		if seed%4 == 3 {
			r.budget(time.Nanosecond) // a slice for each piece of work
		}
		for range 1 + m.dice.IntN(3) {
			var events []model.Event
			for range 1 + m.dice.IntN(6) {
				w.tick()
				events = append(events, m.step())
			}
			m.dice.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			for i, e := range events {
				r.note(e)
				if m.dice.IntN(8) == 0 && i > 0 {
					r.takeEvents(w)
				}
			}
			if m.dice.IntN(3) == 0 {
				r.trigger(model.TriggerMessage{})
			}
			w.clock = w.clock.Add(time.Minute)
			r.deliverAll()
			if r.published(m.want()); t.Failed() {
				t.Fatalf("seed %d, after %q", seed, m.done)
			}
		}
	}
}

// mover makes pages and inner databases and moves pages about, and knows where everything stands.
type mover struct {
	*world
	dice    *rand.Rand
	pages   []string
	sources []string
	slugs   map[string]string // of collection pages, and the last part of others'
	above   map[string]string // page → page above it; absent: a collection page
	holders map[string]string // data source → page that holds its database
	tables  []string          // databases of sources
	done    []string
}

func (m *mover) step() (e model.Event) {
	name, at := fmt.Sprint("n", len(m.done)), m.pages[m.dice.IntN(len(m.pages))]
	defer func() { m.done = append(m.done, fmt.Sprintf("%s %s of %s", e.Action, e.Object, e.Of)) }()
	switch n := m.dice.IntN(6); {
	case n == 0:
		return pageEvent("created", m.add(m.page(name, name), name, ""), "database", m.pageDB)
	case n == 1:
		return pageEvent("created", m.add(m.child(at, name), name, at), "page", at)
	case n == 2:
		db, source, err := m.AddDatabase(at, name)
		m.must(err)
		m.sources, m.tables, m.holders[source] = append(m.sources, source), append(m.tables, db), at
		return model.Event{Object: "database", Action: "created", Of: db, Parent: model.EventParent{Type: "page", ID: at}}
	case n == 3 && len(m.sources) > 0:
		i := m.dice.IntN(len(m.sources))
		id, err := m.AddRow(m.sources[i], name, nil)
		m.must(err)
		return pageEvent("created", m.add(id, name, m.holders[m.sources[i]]), "database", m.tables[i])
	default:
		return m.move(at, n == 4 && len(m.sources) > 0)
	}
}

func (m *mover) add(id, name, above string) string {
	m.pages = append(m.pages, id)
	m.slugs[id] = name
	if above != "" {
		m.above[id] = above
	}
	return id
}

// move moves a page below another, or into an inner database of another, but never below itself.
func (m *mover) move(id string, intoTable bool) model.Event {
	to, above := m.pages[m.dice.IntN(len(m.pages))], ""
	e := pageEvent("moved", id, "page", to)
	if above = to; intoTable {
		i := m.dice.IntN(len(m.sources))
		to, above = m.sources[i], m.holders[m.sources[i]]
		e = pageEvent("moved", id, "database", m.tables[i])
	}
	for up := above; up != ""; up = m.above[up] {
		if up == id {
			return pageEvent("properties_updated", id, "", "")
		}
	}
	m.must(m.Move(id, to))
	m.above[id] = above
	return e
}

func (m *mover) want() map[string]string {
	want := map[string]string{}
	for _, id := range m.pages {
		slug := m.slugs[id]
		for up := m.above[id]; up != ""; up = m.above[up] {
			slug = m.slugs[up] + "/" + slug
		}
		want[slug] = id
	}
	return want
}

// A page that has come to stand below one that is then found in the trash goes with that one, in the same job.
func TestNamed_PlacedBelowAPageThatGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	sub := w.child(a, "Sub")
	w.child(sub, "Low")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Move(sub, b))
	r.notion.Fail(notionsim.Rule{Kind: notionsim.KindPage, ID: b, Times: 1, Fault: notionsim.Meanwhile(func() { w.must(w.Trash(b)) })})
	r.sync(model.TriggerMessage{Pages: []string{sub}})
	r.published(map[string]string{"a": a})
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": a})
}

// A page that has an address and is moved below a new page that wants this address makes room for it: the new page is
// published there, the other below it. It is missing at no time, and in a full sync the same comes of it.
func TestNamed_MovedBelowThePageThatWantsItsSlug(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		t.Run(fmt.Sprintf("full %t", full), func(t *testing.T) {
			t.Parallel()
			w, r, a, b := synced(t)
			sub := w.child(b, "Sub")
			r.sync(model.TriggerMessage{})
			p := w.page("P", "b")
			w.tick()
			w.must(w.Move(b, p))
			if !full {
				r.note(pageEvent("created", p, "database", w.pageDB))
				r.note(pageEvent("moved", b, "page", p))
				r.takeEvents(w)
			} else if v := r.sync(model.TriggerMessage{}); len(*v.Warnings) > 0 {
				t.Errorf("warnings are %q, want none", *v.Warnings)
			}
			r.published(map[string]string{"a": a, "b": p, "b/b": b, "b/b/sub": sub})
			r.sync(model.TriggerMessage{})
			r.published(map[string]string{"a": a, "b": p, "b/b": b, "b/b/sub": sub})
		})
	}
}
