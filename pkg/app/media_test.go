package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"notionsync/pkg/sim/blobsim"
	"notionsync/pkg/sim/notionsim"
)

// illustrated is a workspace with one page of n uploaded files.
func illustrated(n int) *notionsim.Workspace {
	world, pages, _ := collections()
	var blocks []notionsim.Block
	for i := range n {
		url := world.AddFile(fmt.Sprintf("note-%02d.txt", i), "text/plain", fmt.Appendf(nil, "note %02d", i))
		blocks = append(blocks, notionsim.Media("file", url, notionsim.Text("A note")))
	}
	if _, err := world.AddRow(pages, "Home", map[string]any{"slug": "home"}, blocks...); err != nil {
		panic(err)
	}
	return aged(world)
}

// s3Server is an S3 store that knows one key. puts counts what it is asked to store, refused or not.
func s3Server(t *testing.T) (url string, puts *atomic.Int64) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	store := gofakes3.New(backend).Server()
	puts = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			puts.Add(1)
		}
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !reads && !strings.Contains(r.Header.Get("Authorization"), " Credential=key-id/") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>InvalidAccessKeyId</Code><Message>unknown</Message></Error>")
			return
		}
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, puts
}

func s3Variables(endpoint string) []string {
	return []string{
		"S3_ENDPOINT", endpoint, "S3_BUCKET", "files", "S3_ACCESS_KEY_ID", "key-id", "S3_SECRET_ACCESS_KEY", s3Secret,
		"MEDIA_ALLOW_PRIVATE", "1",
	}
}

// shown returns the links to mirrored files in the page home.
func (d *deployment) shown() []string {
	d.t.Helper()
	raw, err := d.redis.Get("page:home")
	if err != nil {
		d.t.Fatal(err)
	}
	var b struct {
		Meta struct {
			Media map[string]struct {
				ContentType string
				Bytes       int
			}
		}
	}
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		d.t.Fatal(err)
	}
	for link, m := range b.Meta.Media {
		if m.ContentType != "text/plain" || m.Bytes != 7 || !strings.Contains(raw, `"url":"`+link+`"`) {
			d.t.Errorf("meta.media[%q] = %+v, want the type and size of a note that a block shows", link, m)
		}
	}
	return slices.Collect(maps.Keys(b.Meta.Media))
}

// Files are mirrored to whichever store is configured, by a direct sync and by the worker, once.
func TestFiles_mirrored(t *testing.T) {
	t.Parallel()
	const n = 5
	stores := map[string]func(*testing.T) []string{
		"S3": func(t *testing.T) []string {
			endpoint, _ := s3Server(t)
			return s3Variables(endpoint)
		},
		"Vercel Blob": func(t *testing.T) []string {
			sim := httptest.NewServer(blobsim.New(blobsim.Options{Token: blobSecret, ServeFiles: true}))
			t.Cleanup(sim.Close)
			return []string{
				"BLOB_READ_WRITE_TOKEN", blobSecret, "VERCEL_BLOB_API_URL", sim.URL + blobsim.Path, "MEDIA_ALLOW_PRIVATE", "1",
			}
		},
	}
	ways := map[string]func(d *deployment, query string) jobView{
		"directly": func(d *deployment, query string) jobView {
			return d.finished(d.get(directPath+query).text(t, "jobId"))
		},
		"in the background": func(d *deployment, query string) jobView { return d.finished(d.trigger(query)) },
	}
	for store, open := range stores {
		for way, sync := range ways {
			t.Run(store+" "+way, func(t *testing.T) {
				t.Parallel()
				d := deploy(t, illustrated(n), open(t)...)
				v := sync(d, "")
				links := d.shown()
				if len(links) != n || v.Metrics.MediaMirrored != n {
					t.Fatalf("%d files are mirrored, metrics %+v, warnings %q, want %d", len(links), v.Metrics, v.Warnings, n)
				}
				for _, link := range links {
					r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
					if err != nil {
						t.Fatal(err)
					}
					a := d.send(r)
					if a.status != http.StatusOK || !strings.HasPrefix(a.body, "note ") {
						t.Errorf("GET %s answers %s, want a note", link, a)
					}
				}
				if v := sync(d, "?force=1"); v.Metrics.MediaMirrored != 0 || v.Metrics.MediaReused != n || len(v.Warnings) != 0 {
					t.Errorf("a forced sync: metrics %+v, warnings %q, want all reused", v.Metrics, v.Warnings)
				}
			})
		}
	}
}

// A wrong key costs a few requests, not one for every file, and the job says what is wrong; nothing else suffers.
func TestFiles_wrongKey(t *testing.T) {
	t.Parallel()
	endpoint, puts := s3Server(t)
	d := deploy(t, illustrated(30), append(s3Variables(endpoint), "S3_ACCESS_KEY_ID", "another")...)
	v := d.finished(d.get(directPath).text(t, "jobId"))
	if v.Metrics.MediaFailed != 30 || v.Metrics.PagesFailed != 0 || len(v.Warnings) != 1 ||
		!strings.Contains(v.Warnings[0], "S3 refuses the key: put: status 403, InvalidAccessKeyId") {
		t.Errorf("job %+v, want 30 files failed with one warning about the key", v)
	}
	if n := puts.Load(); n == 0 || n > 4 {
		t.Errorf("the store was asked %d times, want a few", n)
	}
	d.redeploy(s3Variables(endpoint)...)
	if d.get(directPath); len(d.shown()) != 30 {
		t.Errorf("%d files are mirrored once the key is right, want 30", len(d.shown()))
	}
}
