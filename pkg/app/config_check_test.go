package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/app"
)

func TestConfig_Check_onlyWhatIsNeeded(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		vars  map[string]string
		needs []app.Need
		want  string
	}{
		{"nothing needed, nothing set", nil, nil, ""},
		{"direct sync without QStash", changed(
			"QSTASH_TOKEN", "-", "QSTASH_CURRENT_SIGNING_KEY", "-", "QSTASH_NEXT_SIGNING_KEY", "-",
			"NEXT_PUBLIC_SITE_URL", "-", "QSTASH_URL", "nonsense", "NOTION_WEBHOOK_SECRET", "-",
		), []app.Need{app.NeedAuth, app.NeedNotion, app.NeedRedis, app.NeedSync, app.NeedMedia, app.NeedNotify}, ""},
		{"status without Notion", map[string]string{"CRON_SECRET": "s", "REDIS_URL": "redis://localhost"},
			[]app.Need{app.NeedAuth, app.NeedRedis}, ""},
		{"the secret alone", changed("CRON_SECRET", "-", "REDIS_URL", "-"), []app.Need{app.NeedAuth}, "Missing CRON_SECRET"},
		{"signatures need keys and address", map[string]string{
			"QSTASH_CURRENT_SIGNING_KEY": "a", "QSTASH_NEXT_SIGNING_KEY": "b",
		}, []app.Need{app.NeedSigning}, "Missing NEXT_PUBLIC_SITE_URL"},
		{"signatures need no token", map[string]string{
			"QSTASH_CURRENT_SIGNING_KEY": "a", "QSTASH_NEXT_SIGNING_KEY": "b", "NEXT_PUBLIC_SITE_URL": "localhost",
		}, []app.Need{app.NeedSigning}, ""},
		{"publishing needs an address", map[string]string{"QSTASH_TOKEN": "a"},
			[]app.Need{app.NeedQueue}, "Missing NEXT_PUBLIC_SITE_URL"},
		{"no collection", changed("NOTION_POSTS_DB", "-", "NOTION_POSTS_FILTER", "-"),
			[]app.Need{app.NeedNotion}, "Missing NOTION_<NAME>_DB"},
		{"a malformed collection is not no collection", changed("NOTION_POSTS_DB", "x"),
			[]app.Need{app.NeedNotion}, "Invalid NOTION_POSTS_DB"},
		{"first of the table, malformed before missing", map[string]string{"NOTION_API_KEY": "a\nb"},
			allNeeds, "Invalid NOTION_API_KEY"},
		{"first of the table, missing before malformed", map[string]string{"QSTASH_TOKEN": "a\nb"},
			allNeeds, "Missing NOTION_API_KEY"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if err := load(row.vars).Check(row.needs...); text(err) != row.want {
				t.Errorf("Check(%v) = %v, want %q", row.needs, err, row.want)
			}
		})
	}
}

func TestConfigError_Details_namesAll(t *testing.T) {
	t.Parallel()
	err := load(changed("REDIS_URL", "-", "SYNC_BUDGET", "45", "CRON_SECRET", "-")).Check(allNeeds...)
	var config *app.ConfigError
	if !errors.As(err, &config) {
		t.Fatalf("Check = %v, want a *ConfigError", err)
	}
	var names []string
	for _, p := range config.Problems {
		names = append(names, p.String())
		if !strings.Contains(config.Details(), p.Name+" "+p.What+": "+p.Fix) || p.What == "" || p.Fix == "" {
			t.Errorf("Details() = %q, want in it what is wrong with %s and how to mend it", config.Details(), p.Name)
		}
	}
	want := []string{"Missing CRON_SECRET", "Missing REDIS_URL", "Invalid SYNC_BUDGET"}
	if !slices.Equal(names, want) {
		t.Errorf("Problems = %v, want %v", names, want)
	}
	if config.OnlyMissing() {
		t.Errorf("OnlyMissing() = true with a malformed SYNC_BUDGET, want false")
	}
}

func TestConfig_Report(t *testing.T) {
	t.Parallel()
	states := load(map[string]string{
		"NOTION_TOKEN": "a", "NOTION_POSTS_DB": databaseID, "NOTION_PAGES_DB": "x", "NOTION__DB": databaseID,
	}).Report()
	byName := map[string]app.State{}
	for _, s := range states {
		byName[s.Name] = s
	}
	if s := byName["NOTION_API_KEY"]; !s.Set || len(s.Problems) > 0 {
		t.Errorf("NOTION_API_KEY through NOTION_TOKEN: %+v, want set without problems", s)
	}
	if s := byName["NOTION_<NAME>_DB"]; !s.Set || len(s.Problems) != 2 {
		t.Errorf("NOTION_<NAME>_DB: %+v, want set with two problems", s)
	}
	if s := byName["SYNC_BUDGET"]; s.Set || len(s.Problems) > 0 {
		t.Errorf("SYNC_BUDGET: %+v, want unset without problems", s)
	}
	if s := byName["CRON_SECRET"]; s.Set || len(s.Problems) != 1 || !s.Problems[0].Missing {
		t.Errorf("CRON_SECRET: %+v, want unset and missing", s)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range app.Variables() {
		if seen[v.Name] || len(v.Needs) == 0 || v.Help == "" || v.Fix == "" || strings.Contains(v.Help, "\n") {
			t.Errorf("row %+v: want a new name, needs, one line of help and a fix", v)
		}
		seen[v.Name] = true
		for _, n := range v.Needs {
			if !slices.Contains(allNeeds, n) {
				t.Errorf("row %s has the unknown need %q", v.Name, n)
			}
		}
	}
}

// FuzzLoad: whatever stands in a variable, loading and checking end, and no text about it holds the value.
func FuzzLoad(f *testing.F) {
	for _, value := range complete() {
		f.Add(value)
	}
	f.Add("https://[::1%25a]:99999/#")
	f.Add(`{"and":[{"or":null}]}`)
	problems := func(value string) []app.Problem {
		vars := map[string]string{"NOTION_POSTS_FILTER": value}
		for _, row := range app.Variables() {
			vars[strings.ReplaceAll(row.Name, "<NAME>", "BLOG")] = value
		}
		var config *app.ConfigError
		if !errors.As(load(vars).Check(allNeeds...), &config) {
			return nil
		}
		return config.Problems
	}
	f.Add("vercel_blob_r")
	f.Fuzz(func(t *testing.T, value string) {
		var ours strings.Builder // what the texts say anyway
		for _, row := range app.Variables() {
			ours.WriteString(row.Name + row.Fix)
		}
		for _, p := range problems("x") {
			ours.WriteString(p.What)
		}
		for _, p := range problems(value) {
			if len(value) > 12 && strings.Contains(p.What+p.Fix, value) && !strings.Contains(ours.String(), value) {
				t.Errorf("problem %+v holds the value %q", p, value)
			}
		}
	})
}
