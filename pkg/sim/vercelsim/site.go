// Package vercelsim serves the project as Vercel does: functions at their paths, the static files that vercel.json names,
// and with each the headers that vercel.json gives it.
package vercelsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// ConfigFile is what a project's settings are in.
const ConfigFile = "vercel.json"

// config is what counts here of vercel.json.
type config struct {
	OutputDirectory string `json:"outputDirectory"`
	Headers         []struct {
		Source  string `json:"source"`
		Headers []struct{ Key, Value string }
	} `json:"headers"`
}

// New serves the project in dir. The functions are named by path and answer with a slash at the end, too.
func New[F http.Handler](dir string, functions map[string]F) (http.Handler, error) {
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	if err != nil {
		return nil, err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(os.DirFS(filepath.Join(dir, c.OutputDirectory))))
	mux.HandleFunc("/api/", http.NotFound)
	for path, function := range functions {
		mux.Handle(path, function)
		mux.Handle(path+"/{$}", function)
	}
	return c.withHeaders(mux), nil
}

// withHeaders sets the headers of vercel.json. Its sources are of two kinds, those for functions and those for
// everything else; Go has no lookahead to match them with.
func (c config) withHeaders(next http.Handler) http.Handler {
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
