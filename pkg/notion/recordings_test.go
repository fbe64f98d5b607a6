package notion_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"notionsync/pkg/notion"
	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// recording is one exchange with the real API.
type recording struct {
	Request struct {
		Path  string `json:"path"`
		Query struct {
			StartCursor string `json:"start_cursor"`
		} `json:"query"`
		Body struct {
			StartCursor string `json:"start_cursor"`
		} `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"response"`
}

// id is the one in the path, or another where the path has none that a client would send.
func (r recording) id() string {
	if parts := strings.Split(r.Request.Path, "/"); len(parts) > 3 {
		if id, ok := page.ParseID(parts[3]); ok {
			return id
		}
	}
	return id1
}

// recordings are the real answers that stand beside the module in some checkouts, by file name without the suffix.
func recordings(t *testing.T) map[string]recording {
	t.Helper()
	root := os.Getenv("NOTIONSYNC_RECORDINGS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "recordings")
	}
	files, err := filepath.Glob(filepath.Join(root, "api", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recordings of the Notion API in %s (set NOTIONSYNC_RECORDINGS)", root)
	}
	all := make(map[string]recording, len(files))
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("read recording: %v", err)
		}
		var r recording
		if err := json.Unmarshal(content, &r); err != nil {
			// Bodies of some requests are arrays or strings; those endpoints are not among ours.
			var shape *json.UnmarshalTypeError
			if errors.As(err, &shape) {
				continue
			}
			t.Fatalf("recording %s: %v", filepath.Base(file), err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = r
	}
	return all
}

// replay answers with the recording; paths that begin with missing get a 404.
func (r recording) replay(t *testing.T, missing string) *notion.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if missing != "" && strings.HasPrefix(req.URL.Path, missing) {
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte(`{"object":"error","status":404,"code":"object_not_found","message":"x"}`))
			return
		}
		for key, value := range r.Response.Headers {
			w.Header().Set(key, value)
		}
		w.WriteHeader(r.Response.Status)
		w.Write(r.Response.Body)
	}))
	t.Cleanup(srv.Close)
	return connect(t, srv.URL)
}

func TestRecordings_nothingIsLost(t *testing.T) {
	t.Parallel()
	// Each returns the JSON it kept: one element, or the results of a list.
	kept := map[string]func(t *testing.T, r recording) ([]json.RawMessage, string, error){
		"block-children-list": func(t *testing.T, r recording) (raw []json.RawMessage, next string, err error) {
			got, err := r.replay(t, "").Children(t.Context(), r.id(), r.Request.Query.StartCursor)
			for _, b := range got.Blocks {
				raw = append(raw, b.Raw)
			}
			return raw, got.Next, err
		},
		"data-sources-query": rowsKept,
		"databases-query":    rowsKept,
		"page-get": func(t *testing.T, r recording) ([]json.RawMessage, string, error) {
			got, err := r.replay(t, "").Page(t.Context(), r.id())
			return []json.RawMessage{got.Raw}, "", err
		},
		"block-get": func(t *testing.T, r recording) ([]json.RawMessage, string, error) {
			got, err := r.replay(t, "").Block(t.Context(), r.id())
			return []json.RawMessage{got.Raw}, "", err
		},
		"page-property": func(t *testing.T, r recording) ([]json.RawMessage, string, error) {
			property := r.Request.Path[strings.LastIndex(r.Request.Path, "/")+1:]
			got, err := r.replay(t, "").Property(t.Context(), r.id(), property, r.Request.Query.StartCursor)
			return got.Items, got.Next, err
		},
	}
	tested := map[string]int{}
	for name, r := range recordings(t) {
		kind, _, _ := strings.Cut(name, "--")
		call, ours := kept[kind]
		if !ours {
			continue
		}
		tested[kind]++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, next, err := call(t, r)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			want, wantNext := elements(t, r.Response.Body)
			if len(got) != len(want) || next != wantNext {
				t.Fatalf("%s: %d elements, next %q, want %d, %q", kind, len(got), next, len(want), wantNext)
			}
			for i := range want {
				if !bytes.Equal(got[i], want[i]) {
					t.Errorf("%s: element %d is %s, want it verbatim: %s", kind, i, got[i], want[i])
				}
			}
		})
	}
	for kind := range kept {
		if tested[kind] == 0 {
			t.Errorf("no recording of %s was tested", kind)
		}
	}
}

func rowsKept(t *testing.T, r recording) (raw []json.RawMessage, next string, err error) {
	q := model.Query{DataSource: r.id(), Cursor: r.Request.Body.StartCursor}
	got, err := r.replay(t, "").Rows(t.Context(), q)
	for _, p := range got.Pages {
		raw = append(raw, p.Raw)
	}
	return raw, got.Next, err
}

// elements are the results of a list, else the body itself.
func elements(t *testing.T, body json.RawMessage) (raw []json.RawMessage, next string) {
	t.Helper()
	var l struct {
		Object     string            `json:"object"`
		Results    []json.RawMessage `json:"results"`
		NextCursor string            `json:"next_cursor"`
	}
	if err := json.Unmarshal(body, &l); err != nil {
		t.Fatalf("recorded body: %v", err)
	}
	if l.Object != "list" {
		return []json.RawMessage{body}, ""
	}
	return l.Results, l.NextCursor
}

func TestRecordings_databases(t *testing.T) {
	t.Parallel()
	for name, r := range recordings(t) {
		kind, _, _ := strings.Cut(name, "--")
		if kind != "database-get" && kind != "data-source-get" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want struct {
				ID    string `json:"id"`
				Title []struct {
					PlainText string `json:"plain_text"`
				} `json:"title"`
				Parent struct {
					DatabaseID string `json:"database_id"`
				} `json:"parent"`
				Sources []model.DataSource `json:"data_sources"`
			}
			if err := json.Unmarshal(r.Response.Body, &want); err != nil {
				t.Fatalf("recorded body: %v", err)
			}
			var title strings.Builder
			for _, text := range want.Title {
				title.WriteString(text.PlainText)
			}
			missing := ""
			if kind == "data-source-get" {
				missing = "/v1/databases/"
				want.Sources = []model.DataSource{{ID: want.ID, Name: title.String()}}
				want.ID = want.Parent.DatabaseID
			}
			got, err := r.replay(t, missing).Database(t.Context(), r.id())
			if err != nil {
				t.Fatalf("Database(): %v", err)
			}
			if got.ID == "" || got.ID != want.ID || got.Title != title.String() || len(got.Sources) != len(want.Sources) {
				t.Fatalf("Database() = %+v, want id %s, title %q, sources %v", got, want.ID, title.String(), want.Sources)
			}
			for i, source := range want.Sources {
				if got.Sources[i] != source {
					t.Errorf("Database(): source %d is %+v, want %+v", i, got.Sources[i], source)
				}
			}
		})
	}
}

func TestRecordings_errors(t *testing.T) {
	t.Parallel()
	sentinels := map[string]error{
		"unauthorized":        model.ErrUnauthorized,
		"object_not_found":    model.ErrNotFound,
		"validation_error":    model.ErrRefused,
		"invalid_request_url": model.ErrRefused,
	}
	tested := 0
	for name, r := range recordings(t) {
		if r.Response.Status < 400 {
			continue
		}
		tested++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want struct{ Code, Message string }
			if err := json.Unmarshal(r.Response.Body, &want); err != nil {
				t.Fatalf("recorded body: %v", err)
			}
			for method, call := range calls {
				err := call(t.Context(), r.replay(t, ""), r.id())
				if sentinel := sentinels[want.Code]; sentinel == nil || !errors.Is(err, sentinel) {
					t.Errorf("%s(): error %v, want %v", method, err, sentinel)
				}
				e, ok := errors.AsType[*notion.Error](err)
				if !ok || e.Status != r.Response.Status || e.Code != want.Code || e.Message != want.Message {
					t.Errorf("%s(): error %+v, want %d %s: %s", method, e, r.Response.Status, want.Code, want.Message)
				}
			}
		})
	}
	if tested == 0 {
		t.Error("no recorded error was tested")
	}
}
