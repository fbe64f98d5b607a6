package notionsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// RecordingsTitle is the title of the database that [LoadRecordings] makes.
const RecordingsTitle = "Recordings"

// RecordedPage is one recording: what a complete sync of the page has to end with.
type RecordedPage struct {
	Name string // of the file, without .json
	ID   string
	// Page is the page object as the server answers it since 2025-09-03, without request id: as recorded but for
	// the parent, and ids that another recording has too.
	Page json.RawMessage
	// Blocks are the recorded blocks with nested ones under children, ids changed likewise. Child pages have none
	// here: what was recorded below them is content of their own, which [Workspace.Blocks] shows.
	Blocks json.RawMessage
}

// recordedAt stamps what is made up around the recordings.
var recordedAt = time.Date(2026, 7, 1, 9, 30, 0, 0, time.UTC)

// LoadRecordings makes a workspace of the recorded pages in dir: one database, [RecordingsTitle], with a data source
// for each set of properties among them, and each page a row with its blocks verbatim. Child pages and databases exist:
// made up, with nothing but what the recordings have below them, the databases without data sources.
//
// Where a recording has an id that another one uses for something else, its page and blocks get ids made from the
// recording's name, everywhere in it. Titles are not changed: several pages have the same; [Workspace.AddColumn] can
// give them slugs.
func LoadRecordings(dir string) (*Workspace, []RecordedPage, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, nil, fmt.Errorf("notionsim: no recordings in %q", dir)
	}
	w := New(nil)
	l := &loader{w: w, families: map[string]*source{}, seen: map[string]json.RawMessage{}}
	l.db = &database{id: makeID(hash(29, RecordingsTitle), 1), parent: parent{kind: inWorkspace},
		title: RecordingsTitle, created: recordedAt, edited: recordedAt, by: author}
	w.addDatabase(l.db)
	pages := make([]RecordedPage, 0, len(files))
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("notionsim: read recording: %w", err)
		}
		page, err := l.add(strings.TrimSuffix(filepath.Base(name), ".json"), raw)
		if err != nil {
			return nil, nil, fmt.Errorf("notionsim: recording %q: %w", filepath.Base(name), err)
		}
		pages = append(pages, page)
	}
	return w, pages, nil
}

// loader fills a workspace with recordings.
type loader struct {
	w        *Workspace
	db       *database
	families map[string]*source         // by the properties' names and types
	seen     map[string]json.RawMessage // what stands under each id, with children
}

// recording is a file's content.
type recording struct {
	Page   json.RawMessage   `json:"page"`
	Blocks []json.RawMessage `json:"blocks"`
}

func (l *loader) add(name string, raw []byte) (RecordedPage, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return RecordedPage{}, err
	}
	var in recording
	if err := json.Unmarshal(compact.Bytes(), &in); err != nil {
		return RecordedPage{}, err
	}
	ids := map[string]json.RawMessage{}
	if err := collect(in, ids); err != nil {
		return RecordedPage{}, err
	}
	if renamed := l.renames(name, ids); len(renamed) > 0 {
		in.Page = replaceAll(in.Page, renamed)
		for i := range in.Blocks {
			in.Blocks[i] = replaceAll(in.Blocks[i], renamed)
		}
		ids = map[string]json.RawMessage{}
		if err := collect(in, ids); err != nil {
			return RecordedPage{}, err
		}
	}
	for id, what := range ids {
		l.seen[id] = what
	}
	p, err := l.page(in.Page)
	if err != nil {
		return RecordedPage{}, err
	}
	if p.content, err = l.blocks(in.Blocks, p, parent{inPage, p.id}); err != nil {
		return RecordedPage{}, err
	}
	l.w.addPage(p)
	l.w.register(p, p.content)
	blocks, err := shallow(in.Blocks)
	if err != nil {
		return RecordedPage{}, err
	}
	return RecordedPage{Name: name, ID: p.id, Page: l.w.renderPage(p, V20250903, nil), Blocks: blocks}, nil
}

// collect finds the ids of a recording with what stands under them.
func collect(in recording, ids map[string]json.RawMessage) error {
	var page head
	if err := json.Unmarshal(in.Page, &page); err != nil {
		return err
	}
	ids[page.ID] = in.Page
	var walk func([]json.RawMessage) error
	walk = func(blocks []json.RawMessage) error {
		for _, raw := range blocks {
			var b head
			if err := json.Unmarshal(raw, &b); err != nil {
				return err
			}
			ids[b.ID] = raw
			if err := walk(b.Children); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(in.Blocks)
}

// renames gives new ids to a recording that disagrees with an earlier one about what an id stands for: to all ids that
// both have, so that nothing is shared between them.
func (l *loader) renames(name string, ids map[string]json.RawMessage) map[string]string {
	taken, clash := []string{}, false
	for id, what := range ids {
		if other, ok := l.seen[id]; ok {
			taken = append(taken, id)
			clash = clash || !bytes.Equal(other, what) || l.w.pages[id] != nil
		}
	}
	if !clash {
		return nil
	}
	renamed := make(map[string]string, len(taken))
	for _, id := range taken {
		renamed[id] = makeID(hash(31, name), hash(0, id))
	}
	return renamed
}

func replaceAll(raw json.RawMessage, ids map[string]string) json.RawMessage {
	for from, to := range ids {
		raw = bytes.ReplaceAll(raw, []byte(from), []byte(to))
		raw = bytes.ReplaceAll(raw, []byte(undashed(from)), []byte(undashed(to)))
	}
	return raw
}
