package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"notionsync/pkg/app"
)

// problems lists what Check says about Notion's variables, one "Invalid NAME" a problem.
func problems(c *app.Config) string {
	var config *app.ConfigError
	if !errors.As(c.Check(app.NeedNotion), &config) {
		return ""
	}
	var all []string
	for _, p := range config.Problems {
		all = append(all, p.String())
	}
	return strings.Join(all, ", ")
}

func TestLoad_collections(t *testing.T) {
	t.Parallel()
	const (
		plain = "0f9a7c441d2e4b6a9c3d5e8f70123456"
		view  = "?v=ffffffffffffffffffffffffffffffff"
	)
	for _, row := range []struct {
		name     string
		vars     map[string]string
		want     string // name=id …
		problems string
	}{
		{"sorted by name", map[string]string{
			"NOTION_POSTS_DB": databaseID, "NOTION_PAGES_DB": otherID, "NOTION_A1_DB": thirdID,
		}, "a1=" + thirdID + " pages=" + otherID + " posts=" + databaseID, ""},
		{"sorted by name and not by variable", map[string]string{"NOTION_A_B_DB": databaseID, "NOTION_A_DB": otherID},
			"a=" + otherID + " a_b=" + databaseID, ""},
		{"id without dashes", map[string]string{"NOTION_POSTS_DB": plain}, "posts=" + databaseID, ""},
		{"id in upper case", map[string]string{"NOTION_POSTS_DB": strings.ToUpper(plain)}, "posts=" + databaseID, ""},
		{"quoted id", map[string]string{"NOTION_POSTS_DB": `"` + plain + `"`}, "posts=" + databaseID, ""},
		{"URL with a view", map[string]string{
			"NOTION_POSTS_DB": "https://www.notion.so/team/Posts-" + plain + view,
		}, "posts=" + databaseID, ""},
		{"URL with a page opened over the database", map[string]string{
			"NOTION_POSTS_DB": "https://www.notion.so/" + plain + view + "&p=eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
		}, "posts=" + databaseID, ""},
		{"underscores in the name", map[string]string{"NOTION_BLOG_POSTS_DB": databaseID}, "blog_posts=" + databaseID, ""},
		{"name in lower case", map[string]string{"NOTION_posts_DB": databaseID}, "posts=" + databaseID, ""},
		{"NOTION_DB has no name and is not ours", map[string]string{
			"NOTION_DB": "x", "NOTION_POSTS_DB": databaseID, "NOTION_POSTS_DBX": "x", "XNOTION_POSTS_DB": "x",
		}, "posts=" + databaseID, ""},
		{"NOTION_DB alone is no collection", map[string]string{"NOTION_DB": databaseID}, "", "Missing NOTION_<NAME>_DB"},
		{"empty value", map[string]string{"NOTION_POSTS_DB": " "}, "", "Missing NOTION_<NAME>_DB"},
		{"empty name", map[string]string{"NOTION__DB": databaseID}, "", "Invalid NOTION__DB"},
		{"name of underscores", map[string]string{"NOTION___DB": databaseID}, "", "Invalid NOTION___DB"},
		{"hyphen in the name", map[string]string{"NOTION_MY-BLOG_DB": databaseID}, "", "Invalid NOTION_MY-BLOG_DB"},
		{"colon in the name", map[string]string{"NOTION_PAGE:X_DB": databaseID}, "", "Invalid NOTION_PAGE:X_DB"},
		{"reserved names", map[string]string{
			"NOTION_PAGE_DB": databaseID, "NOTION_DB_DB": databaseID, "NOTION_SYNC_DB": databaseID,
			"NOTION_POSTS_DB": databaseID,
		}, "posts=" + databaseID, "Invalid NOTION_DB_DB, Invalid NOTION_PAGE_DB, Invalid NOTION_SYNC_DB"},
		{"one name twice", map[string]string{"NOTION_POSTS_DB": databaseID, "NOTION_Posts_DB": otherID},
			"posts=" + databaseID, "Invalid NOTION_Posts_DB"},
		{"one database twice", map[string]string{"NOTION_PAGES_DB": databaseID, "NOTION_DUP_DB": plain},
			"pages=" + databaseID, "Invalid NOTION_DUP_DB"},
		{"one database in three spellings", map[string]string{
			"NOTION_A_DB": databaseID, "NOTION_B_DB": strings.ToUpper(plain), "NOTION_POSTS_DB": "https://www.notion.so/team/P-" + plain + view,
		}, "posts=" + databaseID, "Invalid NOTION_A_DB, Invalid NOTION_B_DB"},
		{"one database twice, with filters", map[string]string{
			"NOTION_PAGES_DB": databaseID, "NOTION_PAGES_FILTER": `{"property":"a"}`,
			"NOTION_POSTS_DB": databaseID, "NOTION_POSTS_FILTER": `{"property":"b"}`,
		}, "pages=" + databaseID, "Invalid NOTION_POSTS_DB"},
		{"one right, one wrong", map[string]string{"NOTION_POSTS_DB": databaseID, "NOTION_PAGES_DB": "pages"},
			"posts=" + databaseID, "Invalid NOTION_PAGES_DB"},
		{"a URL without an id", map[string]string{"NOTION_POSTS_DB": "https://www.notion.so/team"}, "",
			"Invalid NOTION_POSTS_DB"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.vars["NOTION_API_KEY"] = "a"
			c := load(row.vars)
			var got []string
			for _, collection := range c.Collections {
				got = append(got, collection.Name+"="+collection.Database)
			}
			if strings.Join(got, " ") != row.want || problems(c) != row.problems {
				t.Errorf("Load(%v) = %v with %q, want %q with %q", row.vars, got, problems(c), row.want, row.problems)
			}
		})
	}
}

func TestLoad_oneDatabaseTwiceNamesTheOther(t *testing.T) {
	t.Parallel()
	c := load(map[string]string{"NOTION_API_KEY": "a", "NOTION_PAGES_DB": databaseID, "NOTION_DUP_DB": databaseID})
	var config *app.ConfigError
	if !errors.As(c.Check(app.NeedNotion), &config) || !strings.Contains(config.Details(), "NOTION_PAGES_DB") {
		t.Errorf("Check = %v, want details that name NOTION_PAGES_DB", c.Check(app.NeedNotion))
	}
}

func TestLoad_filters(t *testing.T) {
	t.Parallel()
	const condition = `{"property":"Live","checkbox":{"equals":true}}`
	for _, row := range []struct{ name, value, want string }{
		{"one condition", condition, condition},
		{"white space", " { \"property\" : \"Live\" }\n", "{ \"property\" : \"Live\" }"},
		{"timestamp", `{"timestamp":"created_time","created_time":{"past_week":{}}}`,
			`{"timestamp":"created_time","created_time":{"past_week":{}}}`},
		{"and", `{"and":[` + condition + `,` + condition + `]}`, `{"and":[` + condition + `,` + condition + `]}`},
		{"or", `{"or":[` + condition + `]}`, `{"or":[` + condition + `]}`},
		{"a property named and", `{"property":"and","checkbox":{"equals":true}}`,
			`{"property":"and","checkbox":{"equals":true}}`},
		{"a type nobody knows", `{"property":"X","future":{"is":1}}`, `{"property":"X","future":{"is":1}}`},

		{"no JSON", "Live", ""},
		{"cut off", `{"property":"Live"`, ""},
		{"followed by more", condition + condition, ""},
		{"a list", `[` + condition + `]`, ""},
		{"a string", `"Live"`, ""}, // a pair of quotes is dropped, and Live is no JSON
		{"null", "null", ""},
		{"empty object", "{}", ""},
		{"and with no list", `{"and":` + condition + `}`, ""},
		{"and with null", `{"and":null}`, ""},
		{"and with an empty list", `{"and":[]}`, ""},
		{"and with an empty condition", `{"and":[{}]}`, ""},
		{"and with null in the list", `{"and":[null]}`, ""},
		{"and with text in the list", `{"and":["Live"]}`, ""},
		{"and beside or", `{"and":[` + condition + `],"or":[` + condition + `]}`, ""},
		{"and beside a property", `{"and":[` + condition + `],"property":"Live"}`, ""},
		{"two levels", `{"and":[{"or":[` + condition + `]}]}`, ""},
		{"two levels of one", `{"or":[` + condition + `,{"or":[` + condition + `]}]}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := load(map[string]string{
				"NOTION_API_KEY": "a", "NOTION_PAGES_DB": otherID, "NOTION_POSTS_DB": databaseID, "NOTION_POSTS_FILTER": row.value,
			})
			wantProblems := ""
			if row.want == "" {
				wantProblems = "Invalid NOTION_POSTS_FILTER"
			}
			got := fmt.Sprintf("%s %s", c.Collections[0].Filter, c.Collections[1].Filter)
			if got != " "+row.want || problems(c) != wantProblems {
				t.Errorf("Load(%s) = %s with %q, want %s with %q", row.value, got, problems(c), row.want, wantProblems)
			}
		})
	}

	for _, row := range []struct {
		name string
		vars map[string]string
		want string
	}{
		{"without its _DB", map[string]string{"NOTION_POST_FILTER": condition}, "Invalid NOTION_POST_FILTER"},
		{"of an empty _DB", map[string]string{"NOTION_POST_DB": "", "NOTION_POST_FILTER": condition},
			"Invalid NOTION_POST_FILTER"},
		{"of a malformed _DB", map[string]string{"NOTION_POST_DB": "x", "NOTION_POST_FILTER": condition},
			"Invalid NOTION_POST_DB"},
		{"named after the variable", map[string]string{"NOTION_POSTS_DB_FILTER": condition},
			"Invalid NOTION_POSTS_DB_FILTER"},
		{"twice", map[string]string{"NOTION_POSTS_FILTER": condition, "NOTION_Posts_FILTER": condition},
			"Invalid NOTION_Posts_FILTER"},
		{"empty", map[string]string{"NOTION_POSTS_FILTER": " "}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.vars["NOTION_API_KEY"], row.vars["NOTION_POSTS_DB"] = "a", databaseID
			if got := problems(load(row.vars)); got != row.want {
				t.Errorf("Load(%v) has problems %q, want %q", row.vars, got, row.want)
			}
		})
	}
}
