package convergence

import (
	"fmt"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// The pages and databases of every world, by name. other is a database that is no collection.
var (
	firstPages     = []string{"A", "B", "C", "P", "A1", "A11", "B1", "T1", "T2"}
	firstDatabases = []string{"pages", "posts", "other", "T"}
)

// World is a workspace whose pages have names.
type World struct {
	*notionsim.Workspace
	Collections []Collection
	Named       map[string]bool // pages that events have named, if all has gone well with events
	id          map[string]string
	source      map[string]string // of databases
}

// NewWorld makes the workspace that scripts begin with: the collection pages, whose rows say their slugs, with A, B and C;
// the collection posts, whose slugs come from titles, with P; A1 below A, A11 below A1, B1 below B; and the database T in
// B with T1 and T2.
func NewWorld(now func() time.Time) *World {
	w := &World{
		Workspace: notionsim.New(now), Named: map[string]bool{}, id: map[string]string{}, source: map[string]string{},
	}
	slug, live := notionsim.Column{Name: "Slug", Type: "rich_text"}, notionsim.Column{Name: LiveProperty, Type: "checkbox"}
	w.database("pages", "", slug, live)
	w.database("posts", "", live)
	w.database("other", "", slug)
	for i, name := range []string{"A", "B", "C"} {
		w.Edit(Step{Do: DoRow, Of: name, To: "pages", N: i})
	}
	w.Edit(Step{Do: DoRow, Of: "P", To: "posts"})
	w.Edit(Step{Do: DoChild, Of: "A1", To: "A"})
	w.Edit(Step{Do: DoChild, Of: "A11", To: "A1"})
	w.Edit(Step{Do: DoChild, Of: "B1", To: "B"})
	w.Edit(Step{Do: DoInner, Of: "T", To: "B"})
	w.Edit(Step{Do: DoRow, Of: "T1", To: "T", N: 7})
	w.Edit(Step{Do: DoRow, Of: "T2", To: "T", N: 3})
	for _, name := range []string{"pages", "posts"} {
		w.Collections = append(w.Collections, Collection{Name: name, Database: w.id[name]})
	}
	return w
}

func (w *World) database(name, in string, columns ...notionsim.Column) error {
	id, source, err := w.AddDatabase(in, name, columns...)
	if err == nil {
		w.id[name], w.source[name] = id, source
	}
	return err
}

// ID is the id of what has that name; empty: there is nothing.
func (w *World) ID(name string) string { return w.id[name] }

// Edit carries out a step that is an edit and reports whether that was possible.
func (w *World) Edit(s Step) bool {
	id := w.id[s.Of]
	if (id == "") != (s.Do == DoRow || s.Do == DoChild || s.Do == DoInner) {
		return false
	}
	var err error
	switch s.Do {
	case DoRow, DoChild, DoInner:
		err = w.make(s)
		id = w.id[s.Of]
	case DoText:
		rich := notionsim.Text(fmt.Sprint("text ", s.N, " "))
		if to := w.id[s.To]; to != "" {
			rich = notionsim.Join(rich, notionsim.PageMention(to, s.To))
		}
		err = w.EditBlocks(id, notionsim.Paragraph(rich))
	case DoRename:
		err = w.SetTitle(id, s.To)
	case DoSlug:
		err = w.SetProperty(id, "Slug", slugOf(s.N))
	case DoLive:
		err = w.SetProperty(id, LiveProperty, s.Yes)
	case DoMove:
		err = w.move(s, id)
	case DoTrash:
		err = w.Trash(id)
	case DoRestore:
		err = w.Restore(id)
	case DoShare:
		w.Share(id)
	case DoUnshare:
		w.Unshare(id)
	default:
		return false
	}
	if err != nil {
		return false
	}
	w.Named[id] = true
	return true
}

// make adds something and remembers its name.
func (w *World) make(s Step) (err error) {
	in, id := w.id[s.To], ""
	if in == "" || (w.source[s.To] != "") != (s.Do == DoRow) {
		return notionsim.ErrUnknown
	}
	body := notionsim.Paragraph(notionsim.Text("first text of " + s.Of))
	switch s.Do {
	case DoRow:
		values := map[string]any{}
		if s.To != "posts" {
			values["Slug"] = slugOf(s.N)
		}
		if s.To == "pages" || s.To == "posts" {
			values[LiveProperty] = true
		}
		id, err = w.AddRow(w.source[s.To], s.Of, values, body)
	case DoChild:
		id, err = w.AddChildPage(in, s.Of, body)
	case DoInner:
		return w.database(s.Of, in, notionsim.Column{Name: "Slug", Type: "rich_text"})
	}
	if err == nil {
		w.id[s.Of] = id
	}
	return err
}

// move puts a page elsewhere, but not into itself. A row gets a slug at its new place.
func (w *World) move(s Step, id string) error {
	to := w.id[s.To]
	if to == "" || w.inside(to, id) {
		return notionsim.ErrUnknown
	}
	if source := w.source[s.To]; source != "" {
		if err := w.Move(id, source); err != nil || s.To == "posts" {
			return err
		}
		return w.SetProperty(id, "Slug", slugOf(s.N))
	}
	return w.Move(id, to)
}

// inside reports whether something is a page or stands in it.
func (w *World) inside(id, page string) bool {
	above := map[string]string{}
	for _, p := range w.Pages() {
		above[p.ID] = p.ParentID
	}
	for _, db := range w.Databases() {
		above[db.ID] = db.ParentID
		for _, source := range db.SourceIDs {
			above[source] = db.ID
		}
	}
	for ; id != ""; id = above[id] {
		if id == page {
			return true
		}
	}
	return false
}
