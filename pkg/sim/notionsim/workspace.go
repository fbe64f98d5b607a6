package notionsim

import (
	"encoding/json"
	"errors"
	"sort"
	"strings"
	"sync"
	"time"
)

// ErrUnknown: the workspace has no object with that id, or none of the kind that was asked for.
var ErrUnknown = errors.New("notionsim: no such object")

// Workspace is the content of one Notion workspace, shared with one connection. Its methods lock it; they are safe for
// concurrent use, with each other and with servers made from it.
type Workspace struct {
	mu     sync.Mutex
	now    func() time.Time
	salt   uint64
	serial uint64
	edits  uint64 // grows with every edit: what was computed before is stale
	still  int    // calls of WithoutStamps under way

	pages         map[string]*page
	blocks        map[string]*block // all but child pages and databases
	databases     map[string]*database
	sources       map[string]*source
	pageOrder     []*page
	dbOrder       []*database
	hidden        map[string]bool // ids of what is not shared, with everything below
	files         map[string]file
	subscriptions []*Subscription
	subscribed    int
	late          func(blockID string) // builds the page that a generated block stands in
}

// parent says where a page, block or database stands.
type parent struct{ kind, id string }

const (
	inWorkspace = "workspace"
	inPage      = "page_id"
	inBlock     = "block_id"
	inSource    = "data_source_id"
)

// page is a page object: a row, a page in a page or one at the top of the workspace.
type page struct {
	id              string
	parent          parent
	created, edited time.Time
	by              string // the user who made and edited it
	icon, cover     json.RawMessage
	trashed         bool
	archived        bool
	values          map[string]json.RawMessage // by property id
	recorded        []field                    // a recorded page object, served member by member
	props           []property                 // of a recorded page, verbatim
	content         []*block
	made            maker  // builds values and content of a generated page when they are asked for
	number          int    // of a generated page
	loaded          bool   // content is there
	block           *block // the child_page block that stands for it in its parent, if any
}

// maker builds a generated page on demand, always the same.
type maker interface {
	title(*page) string
	values(*page) map[string]json.RawMessage
	content(*page) []*block
}

// block is any block. Child pages and databases are represented by one too, with the id of the page or database.
type block struct {
	id, kind        string
	parent          parent
	owner           *page
	created, edited time.Time
	by              string
	trashed         bool
	payload         json.RawMessage
	copyOf          string          // a synced copy: the original
	raw             json.RawMessage // a recorded block, served verbatim
	children        []*block
}

// database is a container of data sources.
type database struct {
	id              string
	parent          parent
	title           string
	icon, cover     json.RawMessage
	inline          bool
	created, edited time.Time
	by              string
	trashed         bool
	sources         []*source
	block           *block
}

// source is one table of rows.
type source struct {
	id      string
	db      *database
	name    string
	columns []Column
	rows    []*page // by creation, then id
	cache   resultCache
}

// New makes an empty workspace whose edits are stamped with now, time.Now if nil.
func New(now func() time.Time) *Workspace {
	if now == nil {
		now = time.Now
	}
	return &Workspace{
		now:       now,
		salt:      1,
		pages:     map[string]*page{},
		blocks:    map[string]*block{},
		databases: map[string]*database{},
		sources:   map[string]*source{},
		hidden:    map[string]bool{},
		files:     map[string]file{},
	}
}

func (w *Workspace) lock() func() {
	w.mu.Lock()
	return w.mu.Unlock
}

func (w *Workspace) newID() string {
	w.serial++
	return makeID(w.salt, w.serial)
}

// minute is the stamp that Notion gives at the time t.
func minute(t time.Time) time.Time { return t.UTC().Truncate(time.Minute) }

// load builds the content of a generated page.
func (w *Workspace) load(p *page) {
	if p.loaded {
		return
	}
	p.loaded = true
	if p.made != nil {
		p.content = p.made.content(p)
		w.register(p, p.content)
	}
}

// register makes blocks findable by id. Of two blocks with one id, as in recorded synced copies, the first is found.
func (w *Workspace) register(p *page, blocks []*block) {
	for _, b := range blocks {
		switch b.kind {
		case "child_page":
			if child := w.pages[b.id]; child != nil {
				child.block = b
			}
		case "child_database":
			if db := w.databases[b.id]; db != nil {
				db.block = b
			}
		default:
			if w.blocks[b.id] == nil {
				w.blocks[b.id] = b
			}
		}
		b.owner = p
		w.register(p, b.children)
	}
}

func (w *Workspace) findBlock(id string) *block {
	if b := w.blocks[id]; b != nil {
		return b
	}
	if w.late != nil {
		w.late(id)
	}
	return w.blocks[id]
}

func (w *Workspace) addPage(p *page) {
	w.pages[p.id] = p
	w.pageOrder = append(w.pageOrder, p)
	if s := w.sources[p.parent.id]; s != nil {
		s.insert(p)
	}
	w.edits++
}

func (w *Workspace) addDatabase(db *database) {
	w.databases[db.id] = db
	w.dbOrder = append(w.dbOrder, db)
	for _, s := range db.sources {
		w.sources[s.id] = s
	}
	w.edits++
}

// insert keeps the rows ordered by creation. Rows arrive in that order nearly always.
func (s *source) insert(p *page) {
	i := len(s.rows)
	if i > 0 && older(p, s.rows[i-1]) {
		i = sort.Search(i, func(i int) bool { return older(p, s.rows[i]) })
	}
	s.rows = append(s.rows, nil)
	copy(s.rows[i+1:], s.rows[i:])
	s.rows[i] = p
}

func (s *source) remove(p *page) {
	for i, row := range s.rows {
		if row == p {
			s.rows = append(s.rows[:i:i], s.rows[i+1:]...)
			return
		}
	}
}

// older orders rows by creation, those of one minute by id.
func older(a, b *page) bool {
	if !a.created.Equal(b.created) {
		return a.created.Before(b.created)
	}
	return strings.Compare(a.id, b.id) < 0
}
