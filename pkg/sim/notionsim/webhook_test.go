package notionsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// hook is a webhook that keeps what it gets.
type hook struct {
	t   *testing.T
	url string

	mu       sync.Mutex
	refuse   int // so many requests are answered with 500
	received []received
}

type received struct {
	ID      string
	Type    string
	Attempt int `json:"attempt_number"`
	Entity  struct{ ID, Type string }
	Data    struct {
		Parent  map[string]string
		Blocks  []struct{ ID string } `json:"updated_blocks"`
		Changed []string              `json:"updated_properties"`
	}
	Token string `json:"verification_token"`

	signature string
	body      []byte
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{t: t}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	got := received{signature: r.Header.Get("X-Notion-Signature"), body: body}
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.t.Errorf("webhook got %q: %v", body, err)
	}
	h.received = append(h.received, got)
	if h.refuse > 0 {
		h.refuse--
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// subscribe sends a workspace's events to the hook.
func (h *hook) subscribe(w *notionsim.Workspace, o notionsim.SubscriptionOptions) *notionsim.Subscription {
	h.t.Helper()
	o.URL = h.url
	if o.RetryDelay == nil {
		o.RetryDelay = func(int) time.Duration { return 0 }
	}
	s := w.Subscribe(o)
	h.t.Cleanup(s.Close)
	return s
}

// types are the types and entities of what has come, sorted.
func (h *hook) types() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var types []string
	for _, got := range h.received {
		types = append(types, got.Type+" "+got.Entity.ID)
	}
	slices.Sort(types)
	return types
}

func TestSubscription_events(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	db, source, err := w.AddDatabase("", "Posts", notionsim.Column{Name: "Tag", Type: "rich_text"})
	ok(t, err)
	_, other, err := w.AddDatabase("", "Other")
	ok(t, err)
	row, err := w.AddRow(source, "Row", nil)
	ok(t, err)
	kid, err := w.AddChildPage(row, "Kid")
	ok(t, err)
	block, err := w.AppendBlock(row, notionsim.Paragraph(notionsim.Text("x")))
	ok(t, err)
	hidden := w.AddPage("Hidden")
	w.Unshare(hidden)

	for _, step := range []struct {
		name string
		edit func() error
		want []string
	}{
		{"a property", func() error { return w.SetProperty(row, "Tag", "x") }, []string{"page.properties_updated " + row}},
		{"a title", func() error { return w.SetTitle(row, "New") }, []string{"page.content_updated " + row}},
		{"an icon", func() error { return w.SetIcon(row, "🚀") }, []string{"page.content_updated " + row}},
		{"blocks", func() error { return w.UpdateBlock(block, map[string]any{}) }, []string{"page.content_updated " + row}},
		{"trash", func() error { return w.Trash(row) },
			[]string{"data_source.content_updated " + source, "page.deleted " + row}},
		{"restore", func() error { return w.Restore(row) },
			[]string{"data_source.content_updated " + source, "page.undeleted " + row}},
		{"trash of a child page", func() error { return w.Trash(kid) },
			[]string{"page.content_updated " + row, "page.deleted " + kid}},
		{"move", func() error { return w.Move(row, other) },
			[]string{"data_source.content_updated " + other, "data_source.content_updated " + source, "page.moved " + row}},
		{"a column", func() error { return w.AddColumn(source, notionsim.Column{Name: "Day", Type: "date"}) },
			[]string{"data_source.schema_updated " + source}},
		{"trash of a database", func() error { return w.Trash(db) }, []string{"database.deleted " + db}},
		{"archive", func() error { return w.Archive(row, true) }, nil},
		{"a page that is not shared", func() error { return w.SetTitle(hidden, "x") }, nil},
	} {
		h := newHook(t)
		s := h.subscribe(w, notionsim.SubscriptionOptions{})
		ok(t, step.edit())
		s.Wait()
		if got := h.types(); !slices.Equal(got, step.want) {
			t.Errorf("%s: events %q, want %q", step.name, got, step.want)
		}
		s.Close()
	}
}

func TestSubscription_payload(t *testing.T) {
	t.Parallel()
	for version, want := range map[notionsim.Version]map[string]string{
		notionsim.V20250903: {"type": "database", "data_source_id": "source", "id": "db"},
		notionsim.V20220628: {"type": "database", "id": "db"},
	} {
		w := notionsim.New(nil)
		db, source, err := w.AddDatabase("", "Posts")
		ok(t, err)
		h := newHook(t)
		s := h.subscribe(w, notionsim.SubscriptionOptions{Version: version, Token: "secret_x"})
		row, err := w.AddRow(source, "Row", nil)
		ok(t, err)
		s.Wait()
		i := slices.IndexFunc(h.received, func(r received) bool { return r.Type == "page.created" })
		if i < 0 {
			t.Fatalf("%s: events %q, want page.created", version, h.types())
		}
		got := h.received[i]
		for key, name := range map[string]string{"db": db, "source": source} {
			for field, value := range got.Data.Parent {
				if value == name {
					got.Data.Parent[field] = key
				}
			}
		}
		if got.Entity.ID != row || got.Entity.Type != "page" || got.Attempt != 1 || got.ID == "" {
			t.Errorf("%s: event %+v, want the row's first attempt", version, got)
		}
		for field, value := range want {
			if got.Data.Parent[field] != value {
				t.Errorf("%s: parent %v, want %v", version, got.Data.Parent, want)
			}
		}
		if len(got.Data.Parent) != len(want) {
			t.Errorf("%s: parent %v, want %v", version, got.Data.Parent, want)
		}
		if got.signature != notionsim.SignWebhook("secret_x", got.body) || got.signature == notionsim.SignWebhook("x", got.body) {
			t.Errorf("%s: signature %q is not that of the body", version, got.signature)
		}
		wantTable := "data_source.content_updated " + source
		if version == notionsim.V20220628 {
			wantTable = "database.content_updated " + db
		}
		if !slices.Contains(h.types(), wantTable) {
			t.Errorf("%s: events %q, want %q among them", version, h.types(), wantTable)
		}
	}
}

// Events of one type about one page are gathered into one; a page that comes and goes meanwhile leaves none.
func TestSubscription_gathers(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	page := w.AddPage("Page")
	h := newHook(t)
	s := h.subscribe(w, notionsim.SubscriptionOptions{Gather: 50 * time.Millisecond})
	for range 5 {
		_, err := w.AppendBlock(page, notionsim.Paragraph(notionsim.Text("x")))
		ok(t, err)
	}
	ok(t, w.Trash(w.AddPage("Gone in a moment")))
	s.Wait()
	if got := h.types(); !slices.Equal(got, []string{"page.content_updated " + page}) {
		t.Fatalf("events %q, want one", got)
	}
	if n := len(h.received[0].Data.Blocks); n != 5 {
		t.Errorf("it names %d blocks, want all five", n)
	}
}

func TestSubscription_retries(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	page := w.AddPage("Page")
	for refuse, want := range map[int]int{0: 1, 3: 4, 7: 8, 20: 8} {
		h := newHook(t)
		h.refuse = refuse
		s := h.subscribe(w, notionsim.SubscriptionOptions{})
		ok(t, w.Touch(page))
		s.Wait()
		s.Close()
		if len(h.received) != want {
			t.Errorf("after %d refusals the event was sent %d times, want %d", refuse, len(h.received), want)
		}
		for i, got := range h.received {
			if got.Attempt != i+1 || got.ID != h.received[0].ID {
				t.Errorf("attempt %d has the number %d and the id %q, want %q", i+1, got.Attempt, got.ID, h.received[0].ID)
			}
		}
		if attempts := s.Attempts(); len(attempts) != want || attempts[0].Type != "page.content_updated" {
			t.Errorf("Attempts = %+v, want %d", attempts, want)
		}
	}
}

func TestSubscription_Misbehave(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	page := w.AddPage("Page")
	h := newHook(t)
	s := h.subscribe(w, notionsim.SubscriptionOptions{})
	touch := func(want int) {
		t.Helper()
		before := len(h.types())
		ok(t, w.Touch(page))
		s.Wait()
		if got := len(h.types()) - before; got != want {
			t.Errorf("the event was sent %d times, want %d", got, want)
		}
	}
	s.Misbehave(notionsim.WebhookFaults{Lose: 1})
	touch(0)
	touch(1)
	s.Misbehave(notionsim.WebhookFaults{Twice: true})
	touch(2)
	if n := len(h.received); h.received[n-1].ID != h.received[n-2].ID {
		t.Errorf("the second has the id %q, want %q", h.received[n-1].ID, h.received[n-2].ID)
	}
	s.Misbehave(notionsim.WebhookFaults{Reorder: time.Millisecond})
	touch(1)
}

func TestSubscription_Handshake(t *testing.T) {
	t.Parallel()
	w := notionsim.New(nil)
	h := newHook(t)
	s := h.subscribe(w, notionsim.SubscriptionOptions{})
	if a := s.Handshake(); a.Status != http.StatusOK || a.Err != nil {
		t.Fatalf("Handshake = %+v, want 200", a)
	}
	got := h.received[0]
	if !strings.HasPrefix(s.Token(), "secret_") || got.Token != s.Token() || got.signature != notionsim.SignWebhook(s.Token(), got.body) {
		t.Errorf("the handshake is %s, signed %q; want the token %q, signed with itself", got.body, got.signature, s.Token())
	}
}
