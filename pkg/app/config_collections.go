package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"notionsync/pkg/page"
)

// Collection is one NOTION_<NAME>_DB with its filter.
type Collection struct {
	Name     string          // in lower case
	Database string          // id of a database or of a data source, dashed
	Filter   json.RawMessage // a Notion filter object, as it was set; nil: none
}

// The rows of the table that stand for one variable a collection.
const (
	rowDB     = "NOTION_<NAME>_DB"
	rowFilter = "NOTION_<NAME>_FILTER"
)

var collectionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_]*$`)

// readCollections reads every NOTION_<NAME>_DB and NOTION_<NAME>_FILTER. NOTION_DB has no name in it and is not ours.
func (c *Config) readCollections(vars map[string]string) {
	given := map[string]string{}  // collection → its variable
	holder := map[string]string{} // database → the variable of the collection that it is
	for _, variable := range slices.SortedFunc(maps.Keys(vars), documentedFirst) {
		name, ok := collectionOf(variable, "_DB")
		if !ok {
			continue
		}
		c.set[rowDB] = true
		// The page that a link opens over a database (p=…) is not what is meant here.
		link, _, _ := strings.Cut(vars[variable], "?")
		database, isID := page.ParseID(link)
		switch {
		case !collectionName.MatchString(name):
			c.invalid(rowDB, variable, "names no collection")
		case name == "page" || name == "db" || name == "sync":
			c.problems[rowDB] = append(c.problems[rowDB], Problem{
				Name: variable, What: fmt.Sprintf("names a collection %q: page, db and sync are reserved", name),
				Fix: "choose another name, such as NOTION_PAGES_DB",
			})
		case given[name] != "":
			c.invalid(rowDB, variable, "names the same collection as "+given[name])
		case !isID:
			c.invalid(rowDB, variable, "holds no Notion id")
		case holder[database] != "":
			// A page stands in the index of one collection: the two would take it from each other with every sync.
			c.problems[rowDB] = append(c.problems[rowDB], Problem{
				Name: variable, What: "is the same database as " + holder[database],
				Fix: "unset one of the two, or set it to another database",
			})
		default:
			holder[database] = variable
			c.Collections = append(c.Collections, Collection{Name: name, Database: database})
		}
		given[name] = cmp.Or(given[name], variable)
	}
	sort.Slice(c.Collections, func(i, j int) bool { return c.Collections[i].Name < c.Collections[j].Name })
	c.readFilters(vars, given)
}

// documentedFirst orders the variables of collections: the two that every text about them names, then all others by name.
func documentedFirst(a, b string) int {
	rank := func(variable string) int {
		if i := slices.Index([]string{"NOTION_PAGES_DB", "NOTION_POSTS_DB"}, variable); i >= 0 {
			return i
		}
		return 2
	}
	return cmp.Or(rank(a)-rank(b), strings.Compare(a, b))
}

func (c *Config) readFilters(vars, given map[string]string) {
	filtered := map[string]string{} // collection → its filter's variable
	for _, variable := range slices.Sorted(maps.Keys(vars)) {
		name, ok := collectionOf(variable, "_FILTER")
		if !ok {
			continue
		}
		c.set[rowFilter] = true
		filter, err := parseFilter(vars[variable])
		i := slices.IndexFunc(c.Collections, func(have Collection) bool { return have.Name == name })
		switch {
		case given[name] == "":
			c.invalid(rowFilter, variable, "has no _DB of the same name beside it")
		case filtered[name] != "":
			c.invalid(rowFilter, variable, "is for the same collection as "+filtered[name])
		case err != nil:
			c.invalid(rowFilter, variable, err.Error())
		case i >= 0:
			c.Collections[i].Filter = filter
		}
		filtered[name] = cmp.Or(filtered[name], variable)
	}
}

// collectionOf cuts the collection's name out of a variable's.
func collectionOf(variable, suffix string) (name string, ok bool) {
	name, ok = strings.CutPrefix(variable, "NOTION_")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, suffix)
	return strings.ToLower(name), ok
}

// parseFilter accepts one condition, or a list of conditions under "and" or "or". Notion allows one more level, which
// the sync needs for conditions of its own. What a condition says is for Notion to judge.
func parseFilter(text string) (json.RawMessage, error) {
	var filter map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &filter) != nil {
		return nil, malformed("is not a JSON object")
	}
	if len(filter) == 0 {
		return nil, malformed("holds no condition")
	}
	for _, operator := range []string{"and", "or"} {
		list, ok := filter[operator]
		if !ok {
			continue
		}
		if len(filter) > 1 {
			return nil, malformed(`has other keys beside "` + operator + `"`)
		}
		if err := checkConditions(list); err != nil {
			return nil, err
		}
	}
	return json.RawMessage(text), nil
}

func checkConditions(list json.RawMessage) error {
	var conditions []map[string]json.RawMessage
	if json.Unmarshal(list, &conditions) != nil {
		return malformed("has something other than a list of objects under and/or")
	}
	if len(conditions) == 0 {
		return malformed("has an empty list under and/or")
	}
	for _, condition := range conditions {
		if len(condition) == 0 {
			return malformed("holds an empty condition")
		}
		if condition["and"] != nil || condition["or"] != nil {
			return malformed("has more than one level of and/or")
		}
	}
	return nil
}
