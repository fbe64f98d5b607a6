package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"notionsync/pkg/app"
)

// root is where the files that users and Vercel read lie.
const root = "../.."

// TestEnvExample: .env.example has every variable of the table and no other, each under a comment, defaults as in the
// table, and is complete and free of problems but for what must be filled in.
func TestEnvExample(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	assignment := regexp.MustCompile(`^(# )?([A-Z][A-Z0-9_]*)=(.*)$`)
	found := map[string]string{}
	var environ []string
	commented := false
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSuffix(line, "\n")
		m := assignment.FindStringSubmatch(line)
		if m == nil {
			commented = strings.HasPrefix(line, "# ")
			continue
		}
		found[m[2]] = m[3]
		environ = append(environ, m[2]+"="+m[3])
		if !commented {
			t.Errorf("%s stands under no comment", m[2])
		}
	}
	for _, row := range app.Variables() {
		for _, name := range append([]string{row.Name}, row.Also...) {
			name = strings.ReplaceAll(name, "<NAME>", "POSTS")
			value, ok := found[name]
			if !ok {
				t.Errorf("%s is missing", name)
			}
			if row.Default != "" && value != row.Default {
				t.Errorf("%s is %q, want the default %q", name, value, row.Default)
			}
			if row.Secret && value != "" {
				t.Errorf("%s has a value, though it is a secret", name)
			}
			delete(found, name)
		}
	}
	delete(found, "NOTION_PAGES_DB")
	for name := range found {
		t.Errorf("%s is no variable of the table", name)
	}
	c := app.Load(append(environ, "NOTION_POSTS_DB="+databaseID))
	for _, state := range c.Report() {
		for _, p := range state.Problems {
			if !p.Missing && p.Name != "NOTION_POSTS_FILTER" { // its _DB is still to be filled in
				t.Errorf("the example's value of %s %s", p.Name, p.What)
			}
		}
	}
}

// TestVercelJSON: what would be published, and what would stop a deployment, by a slip in vercel.json.
func TestVercelJSON(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "vercel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Framework       *string                                    `json:"framework"`
		BuildCommand    *string                                    `json:"buildCommand"`
		OutputDirectory string                                     `json:"outputDirectory"`
		Functions       map[string]struct{ MaxDuration int }       `json:"functions"`
		Crons           []struct{ Path, Schedule string }          `json:"crons"`
		Headers         []struct{ Headers []struct{ Key string } } `json:"headers"`
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		t.Fatalf("vercel.json: %v", err)
	}
	// Vercel compares prefixes literally: "./" before or "/" behind would publish the whole repository, and so would
	// a folder that is empty or absent (CLI 60.0.0).
	if config.OutputDirectory != "pkg/dashboard/static" {
		t.Errorf("outputDirectory = %q, want pkg/dashboard/static to the letter", config.OutputDirectory)
	}
	if _, err := os.Stat(filepath.Join(root, config.OutputDirectory, "index.html")); err != nil {
		t.Errorf("the output directory has no page: %v", err)
	}
	if config.Framework != nil || config.BuildCommand != nil {
		t.Errorf("framework %v and buildCommand %v are set, want null and none", config.Framework, config.BuildCommand)
	}
	if got := config.Functions["api/sync/*.go"].MaxDuration; got != 60 {
		t.Errorf("maxDuration = %d s, want 60", got)
	}
	if len(config.Crons) != 1 || config.Crons[0].Path != "/api/sync/trigger" || config.Crons[0].Schedule != "0 2 * * *" {
		t.Errorf("crons = %v, want one daily trigger", config.Crons)
	}
	if !strings.Contains(string(raw), "default-src 'self'") || len(config.Headers) != 2 {
		t.Errorf("headers = %v, want those of functions and those of pages, with a content security policy", config.Headers)
	}
}
