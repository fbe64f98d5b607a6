package dashboard_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"notionsync/pkg/app"
)

// Each text of the page has a translation, with the same places to fill in, and each translation a text.
func TestTexts(t *testing.T) {
	t.Parallel()
	text := read(t, "fr.json")
	var french map[string]string
	if err := json.Unmarshal([]byte(text), &french); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?s)<[^>]* data-t[^>]*>(.*?)</`).FindAllStringSubmatch(read(t, "index.html"), -1) {
		used[strings.Join(strings.Fields(found[1]), " ")] = true
	}
	scripts, err := filepath.Glob("static/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("Glob = %q, %v", scripts, err)
	}
	for _, script := range scripts {
		for _, found := range regexp.MustCompile(`\bt\(("[^"]+")`).FindAllStringSubmatch(read(t, filepath.Base(script)), -1) {
			used[found[1][1:len(found[1])-1]] = true
		}
	}
	if len(used) < 80 {
		t.Fatalf("%d texts were found, want all of the page", len(used))
	}
	place := regexp.MustCompile(`\{\w+\}`)
	for english := range used {
		got, want := place.FindAllString(french[english], -1), place.FindAllString(english, -1)
		if french[english] == "" || len(got) != len(want) {
			t.Errorf("%q is %q in French, want a text with %q", english, french[english], want)
		}
		for _, name := range want {
			if !strings.Contains(french[english], name) {
				t.Errorf("%q is %q in French, without %s", english, french[english], name)
			}
		}
	}
	for english := range french {
		if !used[english] {
			t.Errorf("fr.json translates %q, which is not said", english)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("static", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the checks say is to be done is there in French.
func TestFixes(t *testing.T) {
	t.Parallel()
	var french map[string]string
	if err := json.Unmarshal([]byte(read(t, "fr-fixes.json")), &french); err != nil {
		t.Fatal(err)
	}
	place, used := regexp.MustCompile(`\\\{\w+\\\}`), map[string]bool{}
	patterns := map[string]*regexp.Regexp{}
	for english := range french {
		patterns[english] = regexp.MustCompile("^" + place.ReplaceAllString(regexp.QuoteMeta(english), `\S+`) + "$")
	}
	known := func(fix string) {
		for english, pattern := range patterns {
			if pattern.MatchString(fix) {
				used[english] = true
				return
			}
		}
		t.Errorf("fr-fixes.json has nothing for %q", fix)
	}
	for _, row := range app.Variables() {
		known(row.Name + ": " + row.Fix + ", and deploy again.")
	}
	known("NOTION_POSTS_DB: unset one of the two, or set it to another database, and deploy again.")
	known("NOTION_PAGE_DB: choose another name, such as NOTION_PAGES_DB, and deploy again.")
	known("Set NEXT_PUBLIC_SITE_URL to the final address, www or not, and deploy again.")
	said := fixesIn(t, "../app/check*.go")
	if len(said) < 20 {
		t.Fatalf("%d fixes were found, want all of the checks", len(said))
	}
	for _, fix := range said {
		known(fix)
	}
	for _, fix := range fixesIn(t, "../queue/errors.go") {
		fix = strings.ToUpper(fix[:1]) + fix[1:] + "."
		if strings.Contains(fix, "QSTASH_") {
			fix += " Then deploy again."
		}
		known(fix)
	}
	for english := range french {
		if names := regexp.MustCompile(`\{\w+\}`).FindAllString(english, -1); !used[english] || len(names) !=
			len(regexp.MustCompile(`\{\w+\}`).FindAllString(french[english], -1)) {
			t.Errorf("%q is %q in French, want what a check says, with the same places to fill in", english, french[english])
		}
	}
}

// fixesIn are what is to be done, as Go files say it: the third argument of failed, and what is assigned to a fix or
// returned by a function of that name. Words that only the running program knows are an X.
func fixesIn(t *testing.T, glob string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(%q) = %q, %v", glob, files, err)
	}
	constants := map[string]string{}
	add := func(e ast.Expr) {
		if text, ok := textOf(e, constants); ok && text != "" && text != "X" {
			all = append(all, text)
		}
	}
	var trees []*ast.File
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if text, ok := textOf(spec.Values[0], constants); ok && spec.Names[0].Name != "fix" {
					constants[spec.Names[0].Name] = text
				}
			}
			return true
		})
	}
	for _, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "failed" && len(n.Args) == 3 {
					add(n.Args[2])
				}
			case *ast.ValueSpec:
				if n.Names[0].Name == "fix" && len(n.Values) == 1 {
					add(n.Values[0])
				}
			case *ast.AssignStmt:
				if name, ok := n.Lhs[0].(*ast.Ident); ok && name.Name == "fix" && n.Tok != token.ADD_ASSIGN {
					add(n.Rhs[0])
				}
			case *ast.KeyValueExpr:
				if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Fix" {
					add(n.Value)
				}
			case *ast.FuncDecl:
				if n.Name.Name != "fix" {
					return true
				}
				ast.Inspect(n, func(n ast.Node) bool {
					if r, ok := n.(*ast.ReturnStmt); ok {
						add(r.Results[0])
					}
					return true
				})
			}
			return true
		})
	}
	return all
}

// textOf is the text that an expression makes; not ok: it is made by a function of its own.
func textOf(e ast.Expr, constants map[string]string) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := textOf(e.X, constants)
		right, too := textOf(e.Y, constants)
		return left + right, ok && too
	case *ast.Ident:
		if text, ok := constants[e.Name]; ok {
			return text, true
		}
		return "X", true
	case *ast.CallExpr:
		if name, ok := e.Fun.(*ast.SelectorExpr); ok && name.Sel.Name == "Sprintf" {
			text, ok := textOf(e.Args[0], constants)
			return regexp.MustCompile(`%[a-z]`).ReplaceAllString(text, "X"), ok
		}
	}
	return "", false
}
