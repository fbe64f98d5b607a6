package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// environment is the variables of a run, and where each came from.
type environment struct {
	values map[string]string
	origin map[string]string // the file's name; absent: the process's environment, or set by this program
}

// envFiles are read from the project's directory. A variable counts where it stands first: before them in the process's
// environment.
var envFiles = [...]string{".env.local", ".env"}

// readEnvironment adds the files in dir to environ. Files that don't exist are fine. A variable that is set to nothing
// counts as unset, so that a copy of .env.example fills up what the other places leave open.
func readEnvironment(environ []string, dir string) (*environment, error) {
	env := &environment{values: map[string]string{}, origin: map[string]string{}}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); name != "" && env.get(name) == "" {
			env.values[name] = value
		}
	}
	for _, name := range envFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, problem{err.Error(), "make the file readable, or remove it"}
		}
		vars, err := godotenv.UnmarshalBytes(text)
		if err != nil { // not shown: it repeats the text, which may be a secret
			return nil, problem{
				fmt.Sprintf("%s can't be read from line %d on", name, badLine(text)),
				"write NAME=value on each line, with quotes around a value that has spaces, and # before a comment",
			}
		}
		for variable, value := range vars {
			switch {
			case variable == "":
				return nil, problem{name + " has a line without a name before its =", "write NAME=value on each line"}
			case strings.Contains(value, "\x00"):
				return nil, problem{fmt.Sprintf("%s has a zero byte in the value of %s", name, variable), "write it as plain text"}
			}
			if env.get(variable) == "" {
				env.values[variable], env.origin[variable] = value, name
			}
		}
	}
	return env, nil
}

// badLine is the line behind the longest beginning of text that can be read.
func badLine(text []byte) int {
	good := 0
	lines := bytes.SplitAfter(text, []byte("\n"))
	for n := range lines {
		if _, err := godotenv.UnmarshalBytes(bytes.Join(lines[:n], nil)); err == nil {
			good = n
		}
	}
	return good + 1
}

// get is a variable's value; what is nothing but white space is empty.
func (e *environment) get(name string) string { return strings.TrimSpace(e.values[name]) }

func (e *environment) set(name, value string) {
	e.values[name] = value
	delete(e.origin, name)
}

// drop unsets the variables that match, and returns the names of those that were set, sorted.
func (e *environment) drop(match func(name string) bool) []string {
	var dropped []string
	for name := range e.values {
		if !match(name) {
			continue
		}
		if e.get(name) != "" {
			dropped = append(dropped, name)
		}
		delete(e.values, name)
	}
	slices.Sort(dropped)
	return dropped
}

// list has the form of os.Environ.
func (e *environment) list() []string {
	pairs := make([]string, 0, len(e.values))
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		pairs = append(pairs, name+"="+e.values[name])
	}
	return pairs
}

// apply makes it the environment of this process.
func (e *environment) apply() error {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if _, ok := e.values[name]; ok || name == "" { // Windows keeps working directories under names like "=C:"
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("unset %s: %w", name, err)
		}
	}
	for name, value := range e.values {
		if os.Getenv(name) == value {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}
