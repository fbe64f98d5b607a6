package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	handler "notionsync/api/sync"
)

// routes are the functions that Vercel would deploy, by path. The path without file name is that of index.go.
func routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/api/sync":          handler.Index,
		"/api/sync/index":    handler.Index,
		"/api/sync/trigger":  handler.Trigger,
		"/api/sync/worker":   handler.Worker,
		"/api/sync/callback": handler.Callback,
		"/api/sync/status":   handler.Status,
		"/api/sync/webhook":  handler.Webhook,
		"/api/sync/check":    handler.Check,
	}
}

// vercelConfig is what counts here of vercel.json.
type vercelConfig struct {
	OutputDirectory string `json:"outputDirectory"`
	Headers         []struct {
		Source  string `json:"source"`
		Headers []struct{ Key, Value string }
	} `json:"headers"`
}

// siteHandler routes as Vercel does: the functions, with a slash at the end or without; the static files; with each the
// headers that vercel.json gives them. dir is the project's.
func siteHandler(dir string) (http.Handler, error) {
	text, err := os.ReadFile(filepath.Join(dir, vercelFile))
	if err != nil {
		return nil, err
	}
	var config vercelConfig
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", vercelFile, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(os.DirFS(filepath.Join(dir, config.OutputDirectory))))
	mux.HandleFunc("/api/", http.NotFound)
	for path, route := range routes() {
		mux.Handle(path, route)
		mux.Handle(path+"/{$}", route)
	}
	return config.withHeaders(mux), nil
}

// withHeaders sets the headers of vercel.json. Its sources are of two kinds, those for functions and those for
// everything else; Go has no lookahead to match them with.
func (c vercelConfig) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, rule := range c.Headers {
			if strings.HasPrefix(rule.Source, "/api/") == strings.HasPrefix(r.URL.Path, "/api/") {
				for _, h := range rule.Headers {
					w.Header().Set(h.Key, h.Value)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

const vercelFile = "vercel.json"

// projectDir is the nearest directory with a vercel.json, from the working directory upwards.
func projectDir() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, vercelFile))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", problem{fmt.Sprintf("no %s in %s or above", vercelFile, start), "run it in the project's directory"}
		}
	}
}
