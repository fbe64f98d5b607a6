// Package vercel checks what the real "vercel build" made of the project, and runs it: each function is started as AWS
// Lambda would start it and has to answer. .ci/run builds a copy of the tree and then runs this package on it.
//
// The build output follows Vercel's Build Output API, version 3 (https://vercel.com/docs/build-output-api/v3), and what
// Vercel CLI 60.0.0 writes locally.
package vercel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repo is the source tree; go test runs in the package's directory.
const repo = "../.."

// maxBinary is the largest a function may be, in bytes: size is cold-start time.
const maxBinary = 12_000_000

// minDuration is the least maxDuration, in seconds, that leaves room for the default SYNC_BUDGET of 45 s, the 5 s that
// requests in flight get on top, and the checkpoint.
const minDuration = 60

// built is the copy of the tree in which vercel build ran.
var built = os.Getenv("NOTIONSYNC_BUILD")

func TestMain(m *testing.M) {
	if built == "" || os.Getenv("NOTIONSYNC_TEST_REDIS_URL") == "" {
		fmt.Fprintln(os.Stderr, "set NOTIONSYNC_BUILD to a tree after vercel build, NOTIONSYNC_TEST_REDIS_URL to a Redis")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// function is one function of the build.
type function struct {
	Name   string // as its source file is named, without api/ and .go: sync/index
	Binary string

	Runtime     string            `json:"runtime"`
	Handler     string            `json:"handler"`
	MaxDuration int               `json:"maxDuration"`
	Files       map[string]string `json:"filePathMap"` // from names in the function to paths relative to the tree
}

// functions reads the build's functions, sorted by name.
func functions(t *testing.T) []function {
	t.Helper()
	root := filepath.Join(built, ".vercel/output/functions/api")
	var found []function
	err := filepath.WalkDir(root, func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(dir, ".func") {
			return err
		}
		rel, err := filepath.Rel(root, strings.TrimSuffix(dir, ".func"))
		if err != nil {
			return err
		}
		f := function{Name: filepath.ToSlash(rel)}
		if err := readJSON(filepath.Join(dir, ".vc-config.json"), &f); err != nil {
			return err
		}
		f.Binary = filepath.Join(built, f.Files[f.Handler])
		found = append(found, f)
		return fs.SkipDir
	})
	if err != nil {
		t.Fatalf("reading the build's functions: %v", err)
	}
	if len(found) == 0 {
		t.Fatalf("the build has no functions in %s", root)
	}
	return found
}

func TestOutput_functions(t *testing.T) {
	t.Parallel()
	var got, want []string
	for _, f := range functions(t) {
		got = append(got, f.Name)
		if f.Runtime != "provided.al2023" || f.MaxDuration < minDuration {
			t.Errorf("function %s: got runtime %q and maxDuration %d, want provided.al2023 and at least %d",
				f.Name, f.Runtime, f.MaxDuration, minDuration)
		}
	}
	for file := range files(t, filepath.Join(repo, "api")) {
		if name, isGo := strings.CutSuffix(file, ".go"); isGo && !strings.HasSuffix(name, "_test") {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("functions of the build: got %q, want those of the files under api/: %q", got, want)
	}
}

// All of the tree would be public if Vercel did not take vercel.json's outputDirectory for one that exists.
func TestOutput_static(t *testing.T) {
	t.Parallel()
	const public = "pkg/dashboard/static"
	got := files(t, filepath.Join(built, ".vercel/output/static"))
	want := files(t, filepath.Join(repo, public))
	if names, wanted := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(names, wanted) {
		t.Errorf("published files: got %q, want those of %s: %q", names, public, wanted)
	}
	for name, content := range want {
		if !bytes.Equal(got[name], content) {
			t.Errorf("published file %s: its content is not that of %s", name, public)
		}
	}
}

// A build that changes go.mod or go.sum took versions from the network that this repository does not pin, and one that
// leaves files of its own behind would have them in the next commit.
func TestOutput_treeUnchanged(t *testing.T) {
	t.Parallel()
	for name, content := range files(t, built) {
		if strings.HasPrefix(name, ".vercel/") {
			continue
		}
		source, err := os.ReadFile(filepath.Join(repo, name))
		if err != nil {
			t.Errorf("vercel build left a file behind: %s", name)
		} else if !bytes.Equal(content, source) {
			t.Errorf("vercel build changed %s", name)
		}
	}
}

// Vercel checks neither a cron's path nor its schedule when it builds.
func TestOutput_crons(t *testing.T) {
	t.Parallel()
	type config struct {
		Crons []struct{ Path, Schedule string } `json:"crons"`
	}
	var got, want config
	if err := readJSON(filepath.Join(built, ".vercel/output/config.json"), &got); err != nil {
		t.Fatal(err)
	}
	if err := readJSON(filepath.Join(repo, "vercel.json"), &want); err != nil {
		t.Fatal(err)
	}
	if len(got.Crons) == 0 || !slices.Equal(got.Crons, want.Crons) {
		t.Errorf("crons of the build: got %v, want those of vercel.json, at least one: %v", got.Crons, want.Crons)
	}
	for _, cron := range got.Crons {
		if !slices.ContainsFunc(functions(t), func(f function) bool { return f.path() == cron.Path }) {
			t.Errorf("cron %s: no function has that path", cron.Path)
		}
	}
}

func TestOutput_binaries(t *testing.T) {
	t.Parallel()
	for _, f := range functions(t) {
		binary, err := os.ReadFile(f.Binary)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-14s %5.1f MB", f.Name, float64(len(binary))/1e6)
		if len(binary) > maxBinary {
			t.Errorf("function %s: %d bytes, want at most %d", f.Name, len(binary), maxBinary)
		}
		// The names of functions stay in a binary without symbols, for stack traces. That of a package which is surely
		// there shows that the search would find one that should not be.
		if !bytes.Contains(binary, []byte("notionsync/pkg/app.")) {
			t.Errorf("function %s: no name of package app in the binary; are names of functions still kept?", f.Name)
		}
		for _, unwanted := range []string{
			"notionsync/pkg/sim/", "notionsync/pkg/dev", "notionsync/pkg/qsverify/qssign", "alicebob/miniredis", "testing.(*T)",
		} {
			if bytes.Contains(binary, []byte(unwanted)) {
				t.Errorf("function %s: holds %s, which is for tests and local runs only", f.Name, unwanted)
			}
		}
	}
}

// path is where the function is reached.
func (f function) path() string {
	return strings.TrimSuffix(path.Join("/api", f.Name), "/index")
}

// files reads the regular files below root, by slash-separated names relative to it.
func files(t *testing.T, root string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		found[name], err = fs.ReadFile(tree, name)
		return err
	})
	if err != nil {
		t.Fatalf("reading %s: %v", root, err)
	}
	return found
}

func readJSON(file string, into any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
