package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadEnvironment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, ".env.local", "B=local\nC=\"local\"\n# D=comment\nF=\n")
	write(t, dir, ".env", "A=file\nB=file\nC=file\nD=file\nE=file\nF=file\nG=''\n")
	env, err := readEnvironment([]string{"A=process", "A=again", "B=", "D= ", "G=process", "=C:=odd"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"A": {"process", ""}, "B": {"local", ".env.local"}, "C": {"local", ".env.local"}, "D": {"file", ".env"},
		"E": {"file", ".env"}, "F": {"file", ".env"}, "G": {"process", ""},
	} {
		if got := [2]string{env.get(name), env.origin[name]}; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := strings.Join(env.list(), " "); got != "A=process B=local C=local D=file E=file F=file G=process" {
		t.Errorf("list = %s", got)
	}
}

func TestReadEnvironment_malformed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"first line", "hunter2!\n", "line 1 "},
		{"after a value of several lines", "A=\"1\n2\n3\"\nB=2\nhunter2 = 'x\nC=3\n", "line 5 "},
		{"at the end", "A=1\nB=\"hunter2", "line 2 "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, ".env", row.text)
			_, err := readEnvironment(nil, dir)
			if err == nil || !strings.Contains(err.Error(), ".env can't be read from "+row.want) {
				t.Errorf("readEnvironment = %v, want %s", err, row.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the file: %v", err)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
