package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/store"
)

// answer is what a route said.
type answer struct {
	status int
	header http.Header
	body   string // without the line break at its end
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// text is a field of the body, empty if it is absent or no string.
func (a answer) text(t *testing.T, name string) string {
	t.Helper()
	s, _ := a.fields(t)[name].(string)
	return s
}

// send makes a request to the site.
func (d *deployment) send(r *http.Request) answer {
	d.t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return answer{res.StatusCode, res.Header, strings.TrimSuffix(string(body), "\n")}
}

// request is a request by somebody who knows nothing.
func (d *deployment) request(method, path, body string) *http.Request {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// get calls a route with the secret.
func (d *deployment) get(path string) answer {
	d.t.Helper()
	r := d.request(http.MethodGet, path, "")
	r.Header.Set("Authorization", "Bearer "+cronSecret)
	return d.send(r)
}

// post calls a route with the secret and a body.
func (d *deployment) post(path, contentType, body string) answer {
	d.t.Helper()
	r := d.request(http.MethodPost, path, body)
	r.Header.Set("Authorization", "Bearer "+cronSecret)
	r.Header.Set("Content-Type", contentType)
	return d.send(r)
}

// settle waits until QStash has nothing left to deliver.
func (d *deployment) settle() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 60*time.Second)
	defer cancel()
	if err := d.qstash.Wait(ctx); err != nil {
		d.t.Fatal(err)
	}
}

// store opens the deployment's Redis.
func (d *deployment) store() *store.Store {
	d.t.Helper()
	s, err := store.New(d.env["REDIS_URL"], d.env["SYNC_KEY_PREFIX"])
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = s.Close() })
	return s
}

// traces is everything that a request could have left behind.
func (d *deployment) traces() string {
	return fmt.Sprintf("%d requests to Notion, %d messages\n%s",
		len(d.notion.Requests()), len(d.qstash.Messages()), d.redis.Dump())
}
