package dashboard_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
