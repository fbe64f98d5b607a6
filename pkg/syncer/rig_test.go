package syncer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/notion"
	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// rig is the engine over an embedded Redis and a simulated Notion, with a queue that keeps messages until they are
// delivered by hand.
type rig struct {
	t      *testing.T
	redis  *miniredis.Miniredis
	world  *notionsim.Workspace
	notion *notionsim.Server
	queue  *fakeQueue
	store  *store.Store
	opts   model.Options
	*syncer.Syncer
}

func newRig(t *testing.T, world *notionsim.Workspace, change ...func(*model.Options)) *rig {
	t.Helper()
	r := &rig{t: t, redis: miniredis.RunT(t), world: world, queue: &fakeQueue{}}
	r.notion = world.Server(notionsim.ServerOptions{Limit: -1})
	var err error
	if r.store, err = store.New("redis://"+r.redis.Addr(), ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	r.opts = model.Options{Store: r.store, Queue: r.queue, Meter: new(model.Meter)}
	for _, db := range world.Databases() {
		if name := map[string]string{
			notionsim.PagesTitle: "pages", notionsim.PostsTitle: "posts", notionsim.RecordingsTitle: "recordings",
		}[db.Title]; name != "" {
			r.opts.Collections = append(r.opts.Collections, model.Collection{Name: name, ID: db.ID})
		}
	}
	for _, f := range change {
		f(&r.opts)
	}
	r.useServer(r.notion)
	return r
}

// useServer lets the engine read from another server over the same world.
func (r *rig) useServer(server *notionsim.Server) {
	r.t.Helper()
	r.notion = server
	client, err := notion.New(notion.Options{
		Token: "secret", Transport: server.Transport(), OnRequest: r.opts.Meter.Add,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.opts.Source = client
	r.renew()
}

// renew replaces the syncer, as a fresh process would.
func (r *rig) renew() {
	r.t.Helper()
	s, err := syncer.New(r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Syncer = s
}

// sync triggers a job and delivers messages until none is left. It fails the test unless the job ends as done.
func (r *rig) sync(first model.TriggerMessage) *syncer.View {
	r.t.Helper()
	job, _, err := r.Trigger(r.t.Context(), first)
	if err != nil {
		r.t.Fatalf("Trigger: %v", err)
	}
	r.deliverAll()
	v, err := r.View(r.t.Context(), job.ID)
	if err != nil {
		r.t.Fatalf("View: %v", err)
	}
	if v.State != model.Done {
		r.t.Fatalf("job ended %s, want done; error %v", v.State, deref(v.Error))
	}
	return v
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// deliverAll delivers messages in order until none is left.
func (r *rig) deliverAll() {
	r.t.Helper()
	for range 1000 {
		m, ok := r.queue.pop()
		if !ok {
			return
		}
		if _, err := r.deliver(m); err != nil {
			r.t.Fatalf("delivery of %s: %v", m.Body, err)
		}
	}
	r.t.Fatal("messages without end")
}

func (r *rig) deliver(m delivered) (*model.Job, error) {
	d := model.Delivery{}
	var c model.Continuation
	if err := json.Unmarshal(m.Body, &c); err != nil {
		return nil, err
	}
	if d.Job, d.Slice = c.Job, c.Slice; c.Job == "" {
		d.Trigger = new(model.TriggerMessage)
		if err := json.Unmarshal(m.Body, d.Trigger); err != nil {
			return nil, err
		}
		d.Job, d.Slice = m.id, 1
	}
	return r.Run(r.t.Context(), d)
}

// bundles returns what is published, by slug.
func (r *rig) bundles() map[string]page.Bundle {
	r.t.Helper()
	found := map[string]page.Bundle{}
	for _, key := range r.redis.Keys() {
		if len(key) < 5 || key[:5] != "page:" {
			continue
		}
		raw, err := r.redis.Get(key)
		if err != nil {
			r.t.Fatal(err)
		}
		var b page.Bundle
		if err := json.Unmarshal([]byte(raw), &b); err != nil {
			r.t.Fatalf("%s: %v", key, err)
		}
		found[key[5:]] = b
	}
	return found
}

type index struct {
	ID       string      `json:"id"`
	Title    string      `json:"title"`
	Items    []page.Item `json:"items"`
	SyncedAt string      `json:"syncedAt"`
}

func (r *rig) index(key string) index {
	r.t.Helper()
	raw, err := r.redis.Get(key)
	if err != nil {
		r.t.Fatalf("%s: %v", key, err)
	}
	var ix index
	if err := json.Unmarshal([]byte(raw), &ix); err != nil {
		r.t.Fatalf("%s: %v\n%s", key, err, raw)
	}
	return ix
}

func (ix index) slugs() []string {
	var slugs []string
	for _, item := range ix.Items {
		slugs = append(slugs, item.Slug)
	}
	return slugs
}

func slugs(bundles map[string]page.Bundle) []string { return slices.Sorted(maps.Keys(bundles)) }

// fakeQueue keeps messages. A deduplication id that was used publishes nothing.
type fakeQueue struct {
	mu            sync.Mutex
	n             int
	list          []delivered
	told          []model.Message // for URLs outside
	used          map[string]string
	refuse        bool
	refuseOutside error
}

type delivered struct {
	model.Message
	id string
}

var errQueueDown = errors.New("queue is down")

func (q *fakeQueue) Publish(_ context.Context, m model.Message) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refuse {
		return "", errQueueDown
	}
	if m.URL != "" && q.refuseOutside != nil {
		return "", q.refuseOutside
	}
	if id := q.used[m.DedupID]; id != "" {
		return id, nil
	}
	q.n++
	id := "msg_" + strconv.Itoa(q.n)
	if m.DedupID != "" {
		if q.used == nil {
			q.used = map[string]string{}
		}
		q.used[m.DedupID] = id
	}
	if m.URL != "" {
		q.told = append(q.told, m)
	} else {
		q.list = append(q.list, delivered{m, id})
	}
	return id, nil
}

func (q *fakeQueue) pop() (delivered, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return delivered{}, false
	}
	m := q.list[0]
	q.list = q.list[1:]
	return m, true
}

func (q *fakeQueue) String() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := ""
	for _, m := range q.list {
		s += fmt.Sprintf("%s %s after %s\n", m.id, m.Body, m.Delay.Round(time.Second))
	}
	return s
}

type pageItem = page.Item

func compareCreated(a, b page.Item) int { return strings.Compare(a.CreatedTime, b.CreatedTime) }

func paragraph(text string) notionsim.Block {
	return notionsim.Block{Type: "paragraph", Payload: map[string]any{
		"rich_text": []any{map[string]any{
			"type": "text", "text": map[string]any{"content": text, "link": nil}, "plain_text": text, "href": nil,
			"annotations": map[string]any{
				"bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default",
			},
		}},
		"color": "default",
	}}
}
