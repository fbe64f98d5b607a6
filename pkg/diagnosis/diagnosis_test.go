package diagnosis_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/diagnosis"
)

// Each row says what is so in every language, with the same places to fill in, and begins and ends as the rows do.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{\w+\}`)
	places := func(text string) []string {
		found := place.FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	known := map[diagnosis.ID]bool{}
	for _, row := range diagnosis.Catalogue() {
		if row.ID == "" || known[row.ID] {
			t.Errorf("the id %q is that of several rows", row.ID)
		}
		known[row.ID] = true
		for name, words := range map[string]diagnosis.Words{"What": row.What, "Fix": row.Fix} {
			if got, want := places(words.French), places(words.English); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the places %q in French, want %q", row.ID, name, got, want)
			}
			if (words.English == "") != (words.French == "") {
				t.Errorf("%s: %s is there in one language only", row.ID, name)
			}
		}
		if row.What.English == "" || strings.HasSuffix(row.What.English, ".") || strings.HasSuffix(row.What.French, ".") {
			t.Errorf("%s: What is %q, want words without a full stop", row.ID, row.What)
		}
		for _, fix := range []string{row.Fix.English, row.Fix.French} {
			if fix != "" && !strings.HasSuffix(fix, ".") {
				t.Errorf("%s: Fix is %q, want whole sentences", row.ID, fix)
			}
		}
	}
	if len(known) < 30 {
		t.Errorf("%d rows, want all of them", len(known))
	}
}

// Each id has a row, and each row that asks for something to be done is produced by a test, which reads what it says.
func TestCatalogue_produced(t *testing.T) {
	t.Parallel()
	ids := map[string]string{} // names of constants, by id
	for _, found := range regexp.MustCompile(`(?m)^\s+(\w+)\s+ID = "([^"]+)"$`).FindAllStringSubmatch(sources(t, "*.go", false), -1) {
		ids[found[2]] = found[1]
	}
	tests := ""
	for _, dir := range []string{"app", "store", "queue", "media"} {
		tests += sources(t, "../"+dir+"/*_test.go", true)
	}
	for _, row := range diagnosis.Catalogue() {
		name := ids[string(row.ID)]
		delete(ids, string(row.ID))
		if row.Fix.English != "" && !regexp.MustCompile(`diagnosis\.`+name+`\b`).MatchString(tests) {
			t.Errorf("no test produces %s", name)
		}
	}
	if len(ids) > 0 {
		t.Errorf("without a row are %v", ids)
	}
}

// sources are the texts of Go files, tests or all others.
func sources(t *testing.T, glob string, tests bool) string {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(%q) = %q, %v", glob, files, err)
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") != tests {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// An error says what is wrong, what was answered, and what to do.
func TestError(t *testing.T) {
	t.Parallel()
	answer := errors.New("dial tcp: connection refused")
	err := fmt.Errorf("job: %w", diagnosis.Wrap(answer, diagnosis.RedisBrokeOff, "host", "redis.example:6379"))
	const want = "job: the connection to redis.example:6379 broke off: dial tcp: connection refused; check again in a moment. " +
		"If it stays so, see that the database runs, and copy REDIS_URL again from its page"
	if err.Error() != want || !errors.Is(err, answer) {
		t.Errorf("the error is %q, want %q, and its cause in it", err, want)
	}
	var d *diagnosis.Error
	if !errors.As(err, &d) || !strings.Contains(d.Message(diagnosis.French), "a été rompue") {
		t.Errorf("the error is %#v, want it to say the same in French", err)
	}
}
