package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	handler "notionsync/api/sync"
	"notionsync/pkg/sim/vercelsim"
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

// siteHandler is the project in dir as Vercel serves it.
func siteHandler(dir string, functions map[string]http.HandlerFunc) (http.Handler, error) {
	return vercelsim.New(dir, functions)
}

// projectDir is the nearest directory with a vercel.json, from the working directory upwards.
func projectDir() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, vercelsim.ConfigFile))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", problem{
				fmt.Sprintf("no %s in %s or above", vercelsim.ConfigFile, start), "run it in the project's directory",
			}
		}
	}
}
