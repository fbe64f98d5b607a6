package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed walk.mjs
var walkScript []byte

// nodePackages are what people use today, at the versions of August 2026.
var nodePackages = []string{"@notionhq/client@5.26.0", "notion-to-md@3.1.9"}

// node is an installation of Node with the packages, in a folder of its own.
type node struct {
	dir     string
	path    string
	version string
}

var errNoNode = errors.New("no node, or no npm, is installed")

// installNode installs the packages into a temporary folder. The caller removes it with close.
func installNode(ctx context.Context) (*node, error) {
	path, err := exec.LookPath("node")
	if err != nil {
		return nil, errNoNode
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errNoNode
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("node --version: %w", err)
	}
	n := &node{path: path, version: string(version[:max(0, len(version)-1)])}
	if n.dir, err = os.MkdirTemp("", "bench-node-"); err != nil {
		return nil, err
	}
	args := append([]string{"install", "--prefix", n.dir, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"}, nodePackages...)
	if out, err := exec.CommandContext(ctx, npm, args...).CombinedOutput(); err != nil {
		n.close()
		return nil, fmt.Errorf("npm install: %w: %.300s", err, out)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "walk.mjs"), walkScript, 0o600); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *node) close() { _ = os.RemoveAll(n.dir) }

// walk reads the whole collection with one of the packages, and nothing else: it writes nowhere.
func (n *node) walk(ctx context.Context, w *world, what string) (result, error) {
	r := result{pages: w.plan.pages, what: what, scale: w.plan.scale, commands: commands{run: -1}}
	w.notion.Reset()
	counting := w.countRequests(&r)
	child := exec.CommandContext(ctx, n.path, filepath.Join(n.dir, "walk.mjs"), what, w.url, secret, w.database)
	child.Stderr = os.Stderr
	out, err := child.Output()
	counting()
	if err != nil {
		return r, fmt.Errorf("%s: %w", what, err)
	}
	var said struct {
		Pages int
		MS    float64
		RSS   int64
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return r, fmt.Errorf("%s said %q: %w", what, out, err)
	}
	if said.Pages != w.plan.pages {
		return r, fmt.Errorf("%s read %d pages of %d", what, said.Pages, w.plan.pages)
	}
	r.wall, r.function, r.rss = time.Duration(said.MS*1e6), time.Duration(said.MS*1e6), said.RSS
	return r, nil
}
