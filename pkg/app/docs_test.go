package app_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/app"
	"notionsync/pkg/diagnosis"
)

// repo is the project's directory; go test runs in the package's.
const repo = "../.."

var update = flag.Bool("update", false, "write README's table of variables anew")

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repo, name))
	ok(t, err)
	return string(text)
}

const (
	tableBegin = "<!-- variables: go test ./pkg/app -run Docs -update writes this table -->\n"
	tableEnd   = "<!-- end of variables -->\n"
)

// variablesTable is README's table of variables as the code has it.
func variablesTable() string {
	var b strings.Builder
	b.WriteString("| name | default | meaning |\n| --- | --- | --- |\n")
	for _, row := range app.Variables() {
		name := "`" + row.Name + "`"
		for _, also := range row.Also {
			name += ", or `" + also + "`"
		}
		value := ""
		switch {
		case row.Default != "":
			value = "`" + row.Default + "`"
		case row.Required && !slices.Equal(row.Needs, []app.Need{app.NeedWebhook}):
			value = "required"
		}
		help := regexp.MustCompile(`<[a-z]+>`).ReplaceAllString(row.Help, "`$0`") // else Markdown takes it for HTML
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, value, help)
	}
	return b.String()
}

const (
	diagnosesBegin = "<!-- diagnoses: go test ./pkg/app -run Docs -update writes this table -->\n"
	diagnosesEnd   = "<!-- end of diagnoses -->\n"
)

// diagnosesTable is README's table of what is said and what is to be done, as the catalogue has it. What is said of
// variables, each with its own way out, stands in the table of variables.
func diagnosesTable() string {
	var b strings.Builder
	b.WriteString("| said | do this |\n| --- | --- |\n")
	literally := regexp.MustCompile(`[^ ]*<[a-z]+>[^ ,.;]*|~…?\*`) // else Markdown takes it for HTML, or for its own
	for _, row := range diagnosis.Catalogue() {
		if row.Fix.English == "" || strings.HasPrefix(string(row.ID), "setup/") {
			continue
		}
		what, fix := placed.ReplaceAllString(row.What.English, "…"), placed.ReplaceAllString(row.Fix.English, "…")
		fmt.Fprintf(&b, "| %s | %s |\n", literally.ReplaceAllString(what, "`$0`"), literally.ReplaceAllString(fix, "`$0`"))
	}
	return b.String()
}

// README's tables are what the code says. Not parallel: it may write the file that others read.
func TestDocs_readmeTables(t *testing.T) {
	for _, part := range []struct{ begin, end, want string }{
		{tableBegin, tableEnd, variablesTable()}, {diagnosesBegin, diagnosesEnd, diagnosesTable()},
	} {
		before, rest, found := strings.Cut(readFile(t, "README.md"), part.begin)
		table, after, ended := strings.Cut(rest, part.end)
		if !found || !ended {
			t.Fatalf("README.md has no place for its table after %q", part.begin)
		}
		if *update {
			ok(t, os.WriteFile(filepath.Join(repo, "README.md"), []byte(before+part.begin+part.want+part.end+after), 0o644))
		} else if table != part.want {
			t.Errorf("README's table is\n%s\nand should be, as -update would write it,\n%s", table, part.want)
		}
	}
}

var (
	// assignment is a line of .env.example that sets a variable, or would without its #.
	assignment = regexp.MustCompile(`(?m)^(# )?([A-Z][A-Z0-9_]*)=(.*)$`)
	// mentioned is what looks like a variable in prose.
	mentioned = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(?:_(?:[A-Z0-9]+|<NAME>))+\b`)
)

// fromVercel are variables that only Vercel sets, and that this project reads.
var fromVercel = []string{"VERCEL_ENV", "VERCEL_DEPLOYMENT_ID", "VERCEL_PROJECT_PRODUCTION_URL", "VERCEL_URL"}

// rowOf is the row of the table that a variable belongs to.
func rowOf(name string) (app.Variable, bool) {
	for _, row := range app.Variables() {
		if row.Name == name || slices.Contains(row.Also, name) {
			return row, true
		}
		if prefix, suffix, pattern := strings.Cut(row.Name, "<NAME>"); pattern &&
			strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
			return row, true
		}
	}
	return app.Variable{}, false
}

// .env.example has every variable, those that are required ready to be filled in, the others with their defaults as
// comments, and none that the code does not know.
func TestDocs_envExample(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, m := range assignment.FindAllStringSubmatch(readFile(t, ".env.example"), -1) {
		comment, name, value := m[1] != "", m[2], m[3]
		row, known := rowOf(name)
		if !known {
			t.Errorf(".env.example has %s, which the code does not read", name)
			continue
		}
		has[name], has[row.Name] = true, true
		needed := row.Required && row.Name == name && !slices.Equal(row.Needs, []app.Need{app.NeedWebhook}) || row.Name == "NOTION_<NAME>_DB"
		if needed == comment {
			t.Errorf(".env.example: %s is behind a # %t, required %t", name, comment, needed)
		}
		if row.Default != "" && value != row.Default {
			t.Errorf(".env.example says %s=%s, the default is %s", name, value, row.Default)
		}
	}
	for _, row := range app.Variables() {
		for _, name := range append([]string{row.Name}, row.Also...) {
			if !has[name] && !slices.Contains(fromVercel, name) {
				t.Errorf(".env.example has no %s", name)
			}
		}
	}
}

// Neither file speaks of a variable that nobody reads.
func TestDocs_noOtherVariables(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"README.md", ".env.example"} {
		for _, name := range mentioned.FindAllString(readFile(t, file), -1) {
			if _, known := rowOf(name); !known && !slices.Contains(fromVercel, name) && !strings.HasPrefix(name, "NOTIONSYNC_") {
				t.Errorf("%s speaks of %s, which the code does not read", file, name)
			}
		}
	}
}

// routeFiles are the paths of the functions that Vercel makes of the files under api.
func routeFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repo, "api", "sync", "*.go"))
	ok(t, err)
	var paths []string
	for _, file := range files {
		if name, test := strings.CutSuffix(filepath.Base(file), "_test.go"); !test {
			paths = append(paths, strings.TrimSuffix(path.Join("/api/sync", strings.TrimSuffix(name, ".go")), "/index"))
		}
	}
	slices.Sort(paths)
	return paths
}

// README's table of routes has every route with the methods that it answers, and no other.
func TestDocs_routes(t *testing.T) {
	t.Parallel()
	methods := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(/api/[a-z/]+)` \\| ([A-Z, ]+) \\| (secret|QStash|Notion) \\| ").
		FindAllStringSubmatch(readFile(t, "README.md"), -1) {
		if methods[m[1]] != "" {
			t.Errorf("README's table has %s twice", m[1])
		}
		methods[m[1]] = m[2]
	}
	want := routeFiles(t)
	if got := slices.Sorted(maps.Keys(methods)); !slices.Equal(got, want) {
		t.Errorf("README's table has the routes %q, the files under api are those of %q", got, want)
	}
	d := deploy(t, tiny())
	if got := slices.Sorted(maps.Keys(d.routes)); !slices.Equal(got, want) {
		t.Errorf("the tests know the routes %q, the files under api are those of %q", got, want)
	}
	for route, said := range methods {
		out := httptest.NewRecorder()
		d.routes[route].ServeHTTP(out, httptest.NewRequest(http.MethodPatch, route, nil))
		if allow := out.Header().Get("Allow"); allow != said {
			t.Errorf("README says that %s answers %s, it answers %s", route, said, allow)
		}
	}
	for _, mention := range regexp.MustCompile(`/api/sync[a-z/]*`).FindAllString(readFile(t, "README.md"), -1) {
		if !slices.Contains(want, strings.TrimSuffix(mention, "/")) {
			t.Errorf("README speaks of %s, which is no route", mention)
		}
	}
}
