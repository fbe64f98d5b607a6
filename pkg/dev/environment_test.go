package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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

func TestReadEnvironment_unfit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"A=1\n=hunter2\n": ".env has a line without a name", "A=hunter2\x00\n": ".env has a zero byte in the value of A",
	} {
		dir := t.TempDir()
		write(t, dir, ".env", text)
		_, err := readEnvironment(nil, dir)
		if !errors.As(err, new(problem)) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("readEnvironment of %q = %v, want %s", text, err, want)
		}
	}
}

func TestEnvironment_unread(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, ".env.local", "SYNC_BUGET=1s\nredis_url=redis://hunter2\n")
	write(t, dir, ".env", strings.Join([]string{
		"NOTION_TOKEN=a", "NOTION_POSTS_DB=b", "NOTION_BLOG_POSTS_FILTER={}", "NOTION_POST_DATABASE=c", "S3_ACCESS_KEY=d", "S3_USE_SSL=e",
		"KV_REST_API_URL=f", "NEXT_PUBLIC_SITE_NAME=g", "NOTION_APIKEY=h", "NOTIONSYNC_X=i", "PATH=j", "REDIS_HOST=",
	}, "\n"))
	env, err := readEnvironment([]string{"SYNC_PROCESS=1"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"nothing reads NOTION_APIKEY, which is in .env: did you mean NOTION_API_KEY?",
		"nothing reads NOTION_POST_DATABASE, which is in .env: a collection is NOTION_<NAME>_DB",
		"nothing reads S3_ACCESS_KEY, which is in .env: did you mean S3_ACCESS_KEY_ID?",
		"nothing reads S3_USE_SSL, which is in .env",
		"nothing reads SYNC_BUGET, which is in .env.local: did you mean SYNC_BUDGET?",
		"nothing reads redis_url, which is in .env.local: did you mean REDIS_URL?",
	}
	if got := env.unread(); !slices.Equal(got, want) {
		t.Errorf("unread = %q, want %q", got, want)
	}
	s, err := plan(env, here, true)
	if err != nil || !slices.Contains(s.notes, want[0]) {
		t.Errorf("plan has the notes %q, %v, want %q among them", s.notes, err, want[0])
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"", "ABC"}: 3, {"ABC", ""}: 3, {"ABC", "ABC"}: 0, {"ABC", "AC"}: 1, {"AC", "ABC"}: 1, {"ABC", "AXC"}: 1,
		{"KITTEN", "SITTING"}: 3,
	} {
		if got := edits(pair[0], pair[1]); got != want {
			t.Errorf("edits(%s, %s) = %d, want %d", pair[0], pair[1], got, want)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
