package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../api/sync/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %q, %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		if strings.HasSuffix(name, "_test") {
			continue
		}
		if routes()["/api/sync/"+name] == nil {
			t.Errorf("%s is deployed by Vercel, but is no route here", file)
		}
	}
}

func TestSiteHandler(t *testing.T) {
	t.Parallel()
	handler, err := siteHandler("../..", routes())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		method, path string
		status       int
		kind, csp    string
	}{
		{"GET", "/", http.StatusOK, "text/html; charset=utf-8", "default-src 'self'"},
		{"GET", "/app.js", http.StatusOK, "text/javascript; charset=utf-8", "default-src 'self'"},
		{"GET", "/go.mod", http.StatusNotFound, "text/plain; charset=utf-8", "default-src 'self'"},
		{"GET", "/api/unknown", http.StatusNotFound, "text/plain; charset=utf-8", ""},
		{"GET", "/api/sync/worker", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
		{"GET", "/api/sync/callback/", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
		{"POST", "/api/sync/status", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
		{"PUT", "/api/sync", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
		{"PUT", "/api/sync/", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
		{"PUT", "/api/sync/index", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
		{"PUT", "/api/sync/trigger", http.StatusMethodNotAllowed, "application/json; charset=utf-8", ""},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(row.method, row.path, nil))
		h := w.Header()
		if w.Code != row.status || h.Get("Content-Type") != row.kind || h.Get("X-Robots-Tag") != "noindex" ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), row.csp) ||
			(row.csp == "") != (h.Get("Content-Security-Policy") == "") {
			t.Errorf("%s %s = %d with %v, want %d, %s and the headers of vercel.json", row.method, row.path, w.Code, h,
				row.status, row.kind)
		}
	}
}
