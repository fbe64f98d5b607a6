package syncer_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// However a workspace is edited, what job after job has brought up to date is what a first sync would write.
func TestSync_RandomEdits(t *testing.T) {
	t.Parallel()
	seeds := uint64(6)
	if large() {
		seeds = 300
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			e := newEditor(t, seed)
			r := e.rig()
			r.sync(model.TriggerMessage{})
			for range 8 {
				for range 1 + e.dice.IntN(5) {
					e.edit()
				}
				v := r.sync(model.TriggerMessage{})
				r.sound()
				fresh := e.rig()
				if warned := append(*v.Warnings, *fresh.sync(model.TriggerMessage{}).Warnings...); slices.ContainsFunc(warned, dependsOnThePast) {
					return
				}
				sameSite(t, withoutStamps(r.site()), withoutStamps(fresh.site()))
				if t.Failed() {
					t.Fatalf("edits were %s", strings.Join(e.done, ", "))
				}
			}
		})
	}
}

// dependsOnThePast: a slug stays with the page that has it, and a brake keeps what a first sync would not find.
func dependsOnThePast(warning string) bool {
	return strings.Contains(warning, "wanted by two pages") || strings.Contains(warning, "more than half")
}

var kidStamps = regexp.MustCompile(`"last_edited_time":"[^"]*"|"has_children":(true|false)`)

// withoutStamps leaves out what a page's block says of a child page beyond its title: that is as it was when the page was
// read.
func withoutStamps(site map[string]string) map[string]string {
	for key, value := range site {
		if strings.HasPrefix(key, "page:") {
			site[key] = kidStamps.ReplaceAllString(value, "")
		}
	}
	return site
}

// editor edits a world at random, the same way for the same seed.
type editor struct {
	*world
	dice      *rand.Rand
	serial    int
	sources   []string
	originals []string
	holds     map[string]string // page → an original in it
	done      []string
}

func newEditor(t *testing.T, seed uint64) *editor {
	w := newWorld(t)
	e := &editor{world: w, dice: rand.New(rand.NewPCG(seed, 7)), sources: []string{w.pages, w.posts}, holds: map[string]string{}}
	for range 4 {
		w.page(e.name(), e.name())
	}
	return e
}

// name is a title that no other page has.
func (e *editor) name() string {
	e.serial++
	return fmt.Sprint([]string{"Alpha", "Über", "東京", "B c"}[e.dice.IntN(4)], " ", e.serial)
}

// any is a page that is alive.
func (e *editor) any() string {
	var alive []string
	for _, p := range e.Pages() {
		if !p.Trashed {
			alive = append(alive, p.ID)
		}
	}
	if len(alive) == 0 {
		return e.page(e.name(), e.name())
	}
	return alive[e.dice.IntN(len(alive))]
}

func (e *editor) edit() {
	e.tick()
	edits := []struct {
		name string
		do   func(id string)
	}{
		{"title", func(id string) { e.must(e.SetTitle(id, e.name())) }},
		{"icon", func(id string) { e.must(e.SetIcon(id, []string{"🦊", "🐚", ""}[e.dice.IntN(3)])) }},
		{"slug", func(id string) { _ = e.SetProperty(id, "Slug", e.name()) }}, // not every page has one
		{"trash", func(id string) { e.must(e.Trash(id)) }},
		{"restore", func(string) { e.restore() }},
		{"child", func(id string) { e.child(id, e.name(), paragraph("hello")) }},
		{"child", func(id string) { e.child(id, e.name(), linkTo(e.any())) }},
		{"database", e.database},
		{"row", e.row},
		{"row", e.row},
		{"link", func(id string) { e.append(id, linkTo(e.any())) }},
		{"content", func(id string) { e.must(e.EditBlocks(id, paragraph("new"), linkTo(e.any()))) }},
		{"move", func(id string) { e.move(id) }},
		{"to posts", func(id string) { e.must(e.Move(id, e.posts)) }},
		{"original", e.original},
		{"copy", func(id string) {
			if len(e.originals) > 0 {
				e.append(id, notionsim.SyncedCopy(e.originals[e.dice.IntN(len(e.originals))]))
			}
		}},
		{"more in an original", func(id string) {
			if original := e.holds[id]; original != "" { // unless it is gone
				_, _ = e.AppendBlock(original, paragraph(e.name()))
			}
		}},
	}
	edit, id := edits[e.dice.IntN(len(edits))], e.any()
	edit.do(id)
	e.done = append(e.done, edit.name+" "+id)
}

func (e *editor) append(id string, b notionsim.Block) {
	_, err := e.AppendBlock(id, b)
	e.must(err)
}

func (e *editor) restore() {
	for _, p := range e.Pages() {
		if p.Trashed && e.dice.IntN(3) == 0 {
			e.must(e.Restore(p.ID))
			return
		}
	}
}

func (e *editor) database(id string) {
	_, source, err := e.AddDatabase(id, e.name(), notionsim.Column{Name: "slug", Type: "rich_text"})
	e.must(err)
	e.sources = append(e.sources, source)
	e.row(id)
}

func (e *editor) row(id string) {
	source := e.sources[e.dice.IntN(len(e.sources))]
	props := map[string]any{}
	if source == e.pages {
		props["Slug"] = e.name()
	}
	_, err := e.AddRow(source, e.name(), props, linkTo(id))
	e.must(err)
}

func (e *editor) original(id string) {
	e.serial++
	original := fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", e.serial)
	e.append(id, notionsim.Synced(original, paragraph("shared"), linkTo(e.any())))
	e.originals, e.holds[id] = append(e.originals, original), original
}

// move puts a page under another one, unless that stands below it.
func (e *editor) move(id string) {
	parents := map[string]string{}
	for _, p := range e.Pages() {
		parents[p.ID] = p.ParentID
	}
	for _, db := range e.Databases() {
		for _, source := range db.SourceIDs {
			parents[source] = db.ParentID
		}
	}
	to := e.any()
	for up := to; up != ""; up = parents[up] {
		if up == id {
			return
		}
	}
	e.must(e.Move(id, to))
}
