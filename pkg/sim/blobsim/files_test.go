package blobsim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"notionsync/pkg/sim/blobsim"
)

func TestHead(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	var stored struct{ URL string }
	r.put(t, "a b.txt", "four", "x-cache-control-max-age", "60").read(t, &stored)
	for _, name := range []string{"a b.txt", stored.URL} {
		var got struct {
			Size                     int
			CacheControl, UploadedAt string
		}
		r.call(t, http.MethodGet, "?url="+url.QueryEscape(name), header(), "").read(t, &got)
		if got.Size != 4 || got.CacheControl != "public, max-age=60" || got.UploadedAt != "2026-08-01T12:00:00Z" {
			t.Errorf("head of %q answered %+v", name, got)
		}
	}
	if a := r.call(t, http.MethodGet, "?url=b", header(), ""); a.status != 404 || a.code(t) != "not_found" {
		t.Errorf("head of a missing file answered %d %s, want 404 not_found", a.status, a.body)
	}
}

type listing struct {
	Blobs   []struct{ Pathname string }
	Folders []string
	Cursor  string
	HasMore bool
}

func (l listing) names() (names []string) {
	for _, b := range l.Blobs {
		names = append(names, b.Pathname)
	}
	return names
}

func TestList(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	for _, name := range []string{"b/2", "a", "b/1", "b/c/3", "d"} {
		r.put(t, name, "").read(t, new(any))
	}
	tests := []struct {
		query   string
		want    []string
		folders []string
	}{
		{"", []string{"a", "b/1", "b/2", "b/c/3", "d"}, nil},
		{"prefix=b/", []string{"b/1", "b/2", "b/c/3"}, nil},
		{"mode=folded", []string{"a", "d"}, []string{"b/"}},
		{"mode=folded&prefix=b/", []string{"b/1", "b/2"}, []string{"b/c/"}},
		{"prefix=x", nil, nil},
	}
	for _, tt := range tests {
		var got listing
		r.call(t, http.MethodGet, "?"+tt.query, header(), "").read(t, &got)
		if !slices.Equal(got.names(), tt.want) || !slices.Equal(got.Folders, tt.folders) || got.HasMore {
			t.Errorf("list %s answered %+v, want %v and folders %v", tt.query, got, tt.want, tt.folders)
		}
	}
	var walked []string
	for cursor := ""; ; {
		var got listing
		r.call(t, http.MethodGet, "?limit=2&cursor="+url.QueryEscape(cursor), header(), "").read(t, &got)
		walked = append(walked, got.names()...)
		if cursor = got.Cursor; !got.HasMore {
			break
		}
	}
	if !slices.Equal(walked, tests[0].want) {
		t.Errorf("list two by two gave %v, want %v", walked, tests[0].want)
	}
	if a := r.call(t, http.MethodGet, "?limit=x", header(), ""); a.status != 400 {
		t.Errorf("list with limit=x answered %d, want 400", a.status)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for _, serve := range []bool{false, true} {
		r := start(t, blobsim.Options{ServeFiles: serve})
		var stored struct{ URL string }
		r.put(t, "a b", "").read(t, &stored)
		r.put(t, "c", "").read(t, new(any))
		r.put(t, "d", "").read(t, new(any))
		body := fmt.Sprintf(`{"urls":[%q,"c","missing"]}`, stored.URL)
		r.call(t, http.MethodPost, "/delete", header(), body).read(t, new(any))
		if files := r.Files(); len(files) != 1 || files[0].Pathname != "d" {
			t.Errorf("after delete the store holds %v, want d", files)
		}
	}
}

func TestServeFiles(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{ServeFiles: true})
	var stored struct{ URL string }
	r.put(t, "media/ü b.txt", "hello", "x-content-type", "text/plain; charset=utf-8").read(t, &stored)
	a := r.call(t, http.MethodGet, stored.URL, http.Header{}, "")
	if string(a.body) != "hello" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("GET %s answered %d %q, type %q", stored.URL, a.status, a.body, a.header.Get("Content-Type"))
	}
	if a := r.call(t, http.MethodHead, stored.URL, http.Header{}, ""); a.status != 200 || len(a.body) != 0 {
		t.Errorf("HEAD answered %d %q, want 200 and no body", a.status, a.body)
	}
	if a := r.call(t, http.MethodGet, r.url+blobsim.FilesPath+"missing", http.Header{}, ""); a.status != 404 {
		t.Errorf("GET of a missing file answered %d, want 404", a.status)
	}
}
