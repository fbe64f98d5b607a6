package convergence

import (
	"fmt"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// The pages and databases of every world, by name. other is a database that is no collection.
var (
	firstPages     = []string{"A", "B", "C", "P", "A1", "A11", "B1", "T1", "T2", "C1", "C2", "C3"}
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
// the collection posts, whose slugs come from titles, with P; A1 below A, A11 below A1, B1 below B, C1 to C3 below
// C; and the database T in B with T1 and T2.
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
	for _, name := range []string{"C1", "C2", "C3"} {
		w.Edit(Step{Do: DoChild, Of: name, To: "C"})
	}
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
	makes := s.Do == DoRow || s.Do == DoChild || s.Do == DoInner
	if (id == "") != makes {
		return false
	}
	edit := w.change
	if makes {
		edit = w.make
	}
	if edit(s, id) != nil {
		return false
	}
	w.Named[w.id[s.Of]] = true
	return true
}

// change edits what is there already.
func (w *World) change(s Step, id string) error {
	switch s.Do {
	case DoText:
		rich := notionsim.Text(fmt.Sprint("text ", s.N, " "))
		if to := w.id[s.To]; to != "" {
			rich = notionsim.Join(rich, notionsim.PageMention(to, s.To))
		}
		return w.EditBlocks(id, notionsim.Paragraph(rich))
	case DoRename:
		return w.SetTitle(id, s.To)
	case DoSlug:
		return w.SetProperty(id, "Slug", slugOf(s.N))
	case DoLive:
		return w.SetProperty(id, LiveProperty, s.Yes)
	case DoMove:
		return w.move(s, id)
	case DoTrash:
		return w.Trash(id)
	case DoRestore:
		return w.Restore(id)
	case DoShare:
		w.Share(id)
		return nil
	case DoUnshare:
		w.Unshare(id)
		return nil
	default:
		return fmt.Errorf("convergence: %q is no edit", s.Do)
	}
}

// make adds something and remembers its name.
func (w *World) make(s Step, id string) (err error) {
	in := w.id[s.To]
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
