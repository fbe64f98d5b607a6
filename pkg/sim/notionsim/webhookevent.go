package notionsim

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"
)

// webhookEvent is one event, as it is gathered.
type webhookEvent struct {
	id     string
	kind   string // its type, such as page.created
	entity string // id of the object
	parent parent
	table  string // of a row: its database
	at     time.Time
	blocks []string // those that were updated
	props  []string // ids of the properties that were
}

func (e *webhookEvent) join(later webhookEvent) {
	e.at, e.parent = later.at, later.parent
	e.blocks, e.props = append(e.blocks, later.blocks...), append(e.props, later.props...)
}

// cutAction is the object of an event's type if what it says is the action.
func cutAction(kind, action string) (object string, ok bool) { return strings.CutSuffix(kind, action) }

// body is what is POSTed: no content, only what has changed (developers.notion.com, "Webhook events", as of August 2026).
func (e *webhookEvent) body(s *Subscription, attempt int) []byte {
	object, _, _ := strings.Cut(e.kind, ".")
	kind, entity := e.kind, e.entity
	var data, at map[string]any = map[string]any{}, map[string]any{"id": e.parent.id, "type": parentType(e.parent.kind)}
	if e.table != "" {
		at["id"], at["type"] = e.table, "database"
		if s.opts.Version != V20220628 {
			at["data_source_id"] = e.parent.id
		}
	}
	if object == "data_source" && s.opts.Version == V20220628 { // of which that version knows nothing
		kind, entity, object = "database."+strings.TrimPrefix(kind, "data_source."), e.parent.id, "database"
	}
	data["parent"] = at
	switch {
	case strings.HasSuffix(kind, ".content_updated"):
		blocks := []any{}
		for _, id := range e.blocks {
			blocks = append(blocks, map[string]any{"id": id, "type": "block"})
		}
		data["updated_blocks"] = blocks
	case strings.HasSuffix(kind, "_updated"):
		data["updated_properties"] = append([]string{}, e.props...)
	}
	return marshal(map[string]any{
		"id": e.id, "timestamp": e.at.UTC().Format("2006-01-02T15:04:05.000Z"),
		"workspace_id": makeID(19, 1), "workspace_name": "Simulated Workspace",
		"subscription_id": s.id, "integration_id": integrationID,
		"authors":        []any{map[string]any{"id": userID(author), "type": "person"}},
		"attempt_number": attempt, "api_version": string(s.opts.Version),
		"type": kind, "entity": map[string]any{"id": entity, "type": object}, "data": data,
	})
}

// parentType is a parent's type in the words of events.
func parentType(kind string) string {
	switch kind {
	case inPage:
		return "page"
	case inBlock:
		return "block"
	case inSource:
		return "database"
	default:
		return "space"
	}
}

func signedRequest(ctx context.Context, url, token string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "notion-api")
	request.Header.Set("X-Notion-Signature", SignWebhook(token, body))
	return request, nil
}

// emit tells every subscription of an edit. The caller holds w.mu.
func (w *Workspace) emit(e webhookEvent) {
	if len(w.subscriptions) == 0 || !w.shared(e.entity) {
		return
	}
	e.at = w.now()
	for _, s := range w.subscriptions {
		s.add(e)
	}
}

// pageEvent tells of a page.
func (w *Workspace) pageEvent(action string, p *page) { w.emit(w.aboutPage(action, p)) }

func (w *Workspace) aboutPage(action string, p *page) webhookEvent {
	e := webhookEvent{kind: "page." + action, entity: p.id, parent: p.parent}
	if s := w.sources[p.parent.id]; s != nil {
		e.table = s.db.id
	}
	return e
}

// contentEvent tells of blocks that have changed in a page; nil is no page.
func (w *Workspace) contentEvent(p *page, blocks ...string) {
	if p == nil {
		return
	}
	e := w.aboutPage("content_updated", p)
	e.blocks = blocks
	w.emit(e)
}

// propertyEvent tells of a property that has changed. A title is content: so it is described.
func (w *Workspace) propertyEvent(p *page, prop property) {
	if prop.kind == "title" {
		w.contentEvent(p, p.id)
		return
	}
	e := w.aboutPage("properties_updated", p)
	e.props = []string{prop.id}
	w.emit(e)
}

// tableEvent tells of a data source.
func (w *Workspace) tableEvent(action string, s *source, blocks ...string) {
	w.emit(webhookEvent{
		kind: "data_source." + action, entity: s.id, parent: parent{inSource, s.db.id}, blocks: blocks,
	})
}

// databaseEvent tells of a database.
func (w *Workspace) databaseEvent(action string, db *database) {
	w.emit(webhookEvent{kind: "database." + action, entity: db.id, parent: db.parent})
}

// aroundEvent tells of the page or data source in which a page or database appeared or disappeared.
func (w *Workspace) aroundEvent(at parent, id string) {
	if s := w.sources[at.id]; s != nil {
		w.tableEvent("content_updated", s, id)
	} else if p := w.pages[at.id]; p != nil {
		w.contentEvent(p, id)
	} else if b := w.findBlock(at.id); b != nil {
		w.contentEvent(b.owner, id)
	}
}
