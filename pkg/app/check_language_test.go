package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"notionsync/pkg/app"
	"notionsync/pkg/diagnosis"
)

// Who asks for French gets the check in French, names of variables and quotations aside; all others get English.
func TestCheck_language(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny(), "QSTASH_TOKEN", "wrong", "S3_REGION", "a b", "REDIS_URL", "redis://127.0.0.1:1")
	d.env["SYNC_BUDGET"] = "0s"
	d.redeploy()
	for wish, want := range map[string]string{
		"": "en", "fr": "fr", "de,fr-FR,en": "fr", "en-GB,fr;q=0.5": "en", "fr;q=0.3,en;q=0.7": "en", "de": "en", "français": "en",
	} {
		r := d.request(http.MethodGet, checkPath, "")
		r.Header.Set("Authorization", "Bearer "+cronSecret)
		r.Header.Set("Accept-Language", wish)
		answer, err := http.DefaultClient.Do(r)
		ok(t, err)
		var body struct{ Checks []app.Finding }
		err = json.NewDecoder(answer.Body).Decode(&body)
		answer.Body.Close()
		if err != nil || answer.Header.Get("Content-Language") != want {
			t.Fatalf("asked for %q: answered in %q, %v; want %q", wish, answer.Header.Get("Content-Language"), err, want)
		}
		english := regexp.MustCompile(`\b(the|is|not|and deploy again|with|for)\b`)
		for _, f := range body.Checks {
			said, _, _ := strings.Cut(f.Message, ": dial tcp") // what was answered is quoted
			said, _, _ = strings.Cut(said, ": QStash answered")
			said, _, _ = strings.Cut(said, ": Notion")
			found := english.FindString(said + " " + f.Fix + " " + f.Recommended)
			if want == "fr" && found != "" || want == "en" && strings.Contains(said+f.Fix, "redéployez") {
				t.Errorf("asked for %q: %s says %q, %q, which is in another language", wish, f.Name, f.Message, f.Fix+f.Recommended)
			}
		}
	}
}

// All that the table of variables says of them, and all that may be wrong with them, is there in French.
func TestVariables_french(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, row := range app.Variables() {
		said[row.Help], said[row.Fix] = true, true
	}
	files, err := filepath.Glob("config*.go")
	ok(t, err)
	reasons := regexp.MustCompile(`(?:malformed\(|demand\("[A-Z_]+", .*, |c\.(?:invalid|missing)\([^"]*|public = |spaced = |^\s+)"((?:is|has|holds|ends|does|names|cannot) [^"\\]+)"[,)]?$`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		ok(t, err)
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\n)")
			if found := reasons.FindStringSubmatch(line); found != nil {
				said[found[1]] = true
			}
		}
	}
	if len(said) < 90 {
		t.Errorf("%d phrases were found, want all", len(said))
	}
	for phrase := range said {
		if words := diagnosis.Phrase(phrase); words.French == words.English {
			t.Errorf("%q is not there in French", phrase)
		}
	}
}
