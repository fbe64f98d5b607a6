package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"notionsync/pkg/app"
)

// ourNames are how the names begin that somebody who writes them means for this project.
var ourNames = regexp.MustCompile(`(?i)^(NOTION|QSTASH|SYNC|REDIS|S3|MEDIA|REVALIDATE|CRON)_`)

// perCollection are the names that stand for one variable a collection.
var perCollection = regexp.MustCompile(`^NOTION_[A-Za-z0-9_]+_(DB|FILTER)$`)

// unread returns a note for each variable in a file that looks like one of ours and is none. In the process's own
// environment there may be those of other programs.
func (e *environment) unread() (notes []string) {
	known := variableNames()
	for _, name := range slices.Sorted(maps.Keys(e.origin)) {
		if e.get(name) == "" || !ourNames.MatchString(name) || slices.Contains(known, name) || perCollection.MatchString(name) {
			continue
		}
		note := fmt.Sprintf("nothing reads %s, which is in %s", name, e.origin[name])
		if like := mostLike(name, known); like != "" {
			note += ": did you mean " + like + "?"
		} else if strings.HasPrefix(strings.ToUpper(name), "NOTION_") {
			note += ": a collection is NOTION_<NAME>_DB"
		}
		notes = append(notes, note)
	}
	return notes
}

// variableNames are all names that the routes read but those of collections.
func variableNames() (names []string) {
	for _, row := range app.Variables() {
		if !strings.Contains(row.Name, "<NAME>") {
			names = append(append(names, row.Name), row.Also...)
		}
	}
	return names
}

// mostLike is the name that takes the fewest edits to become, if they are few, in any case.
func mostLike(name string, known []string) (like string) {
	fewest := 4
	for _, other := range known {
		if n := edits(strings.ToUpper(name), other); n < fewest {
			like, fewest = other, n
		}
	}
	return like
}

// edits is how many letters must be put in, taken out or replaced to make b of a (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
