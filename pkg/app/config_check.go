package app

import (
	"slices"
	"strings"
)

// Problem is one variable that is missing or malformed. None of its texts holds a value of any variable: what was
// pasted into the wrong place may be a secret.
type Problem struct {
	Name    string // the variable; NOTION_<NAME>_DB itself where there is no collection at all
	Missing bool   // unset; else malformed
	What    string // what is wrong, as the end of a sentence that begins with Name
	Fix     string // what to do about it
}

// String is the problem's short, stable text: "Missing <NAME>" or "Invalid <NAME>".
func (p Problem) String() string {
	if p.Missing {
		return "Missing " + p.Name
	}
	return "Invalid " + p.Name
}

// ConfigError: variables that are needed are missing or malformed.
type ConfigError struct {
	Problems []Problem // in the order of [Variables], at least one
}

// Error names the first problem in the order of [Variables].
func (e *ConfigError) Error() string { return e.Problems[0].String() }

// Details names all problems, what is wrong and the way out.
func (e *ConfigError) Details() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.Name + " " + p.What + ": " + p.Fix
	}
	return strings.Join(texts, "; ")
}

// OnlyMissing reports whether nothing is malformed: what was asked for is just not configured.
func (e *ConfigError) OnlyMissing() bool {
	return !slices.ContainsFunc(e.Problems, func(p Problem) bool { return !p.Missing })
}

// Check returns a [*ConfigError] unless every variable of the needs is as it must be.
func (c *Config) Check(needs ...Need) error {
	var problems []Problem
	for _, state := range c.Report() {
		if slices.ContainsFunc(state.Needs, func(n Need) bool { return slices.Contains(needs, n) }) {
			problems = append(problems, state.Problems...)
		}
	}
	if problems == nil {
		return nil
	}
	return &ConfigError{Problems: problems}
}

// State is what became of one row of [Variables].
type State struct {
	Variable
	Set      bool      // a value was given, under whichever name
	Problems []Problem // more than one only for a row that stands for several variables
}

// Report returns the state of every variable, whoever needs it.
func (c *Config) Report() []State {
	rows := Variables()
	states := make([]State, len(rows))
	for i, row := range rows {
		states[i] = State{Variable: row, Set: c.set[row.Name], Problems: c.problems[row.Name]}
		if row.Required && !c.set[row.Name] {
			states[i].Problems = []Problem{{Name: row.Name, Missing: true, What: "is not set", Fix: row.Fix}}
		}
	}
	return states
}

// invalid notes that the variable name, of a row of the table, is malformed.
func (c *Config) invalid(row, name, what string) {
	c.problems[row] = append(c.problems[row], Problem{Name: name, What: what, Fix: fixOf(row)})
}

// missing notes that a row's variable is unset though others ask for it.
func (c *Config) missing(row, what string) {
	c.problems[row] = append(c.problems[row], Problem{Name: row, Missing: true, What: what, Fix: fixOf(row)})
}

func fixOf(row string) string {
	rows := Variables()
	return rows[slices.IndexFunc(rows, func(v Variable) bool { return v.Name == row })].Fix
}
