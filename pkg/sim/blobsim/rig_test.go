package blobsim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/blobsim"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// rig is a server and what a client needs to call it.
type rig struct {
	*blobsim.Server
	url string
}

func start(t *testing.T, opts blobsim.Options) rig {
	t.Helper()
	if opts.Now == nil {
		opts.Now = func() time.Time { return noon }
	}
	sim := blobsim.New(opts)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return rig{sim, server.URL}
}

// header is what @vercel/blob sends with a put, with changes: pairs of name and value, an empty value removes.
func header(changes ...string) http.Header {
	h := http.Header{}
	h.Set("Authorization", "Bearer "+blobsim.DefaultToken)
	h.Set("x-api-version", "12")
	h.Set("x-vercel-blob-store-id", "BlobSimStore")
	h.Set("x-vercel-blob-access", "public")
	for i := 0; i < len(changes); i += 2 {
		h.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			h.Del(changes[i])
		}
	}
	return h
}

type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // the connection broke
}

// call makes a request of the API, or of the whole server if path begins with a host.
func (r rig) call(t *testing.T, method, path string, h http.Header, body string) answer {
	t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = r.url + blobsim.Path + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = h
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: content, err: err}
}

func (r rig) put(t *testing.T, pathname, body string, changes ...string) answer {
	t.Helper()
	return r.call(t, http.MethodPut, "/?"+url.Values{"pathname": {pathname}}.Encode(), header(changes...), body)
}

// read decodes an answer that must be a success.
func (a answer) read(t *testing.T, v any) {
	t.Helper()
	if a.err != nil || a.status != http.StatusOK {
		t.Fatalf("status %d, error %v, body %s; want 200", a.status, a.err, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("Unmarshal(%s): %v", a.body, err)
	}
}

// code is the code of an error answer.
func (a answer) code(t *testing.T) string {
	t.Helper()
	var body struct {
		Error struct{ Code, Message string }
	}
	if err := json.NewDecoder(bytes.NewReader(a.body)).Decode(&body); err != nil || body.Error.Message == "" {
		t.Fatalf("the answer %s is no error of the API: %v", a.body, err)
	}
	return body.Error.Code
}
