package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/qstashsim"
)

func TestLeadsHere(t *testing.T) {
	t.Parallel()
	path, site := signpost(http.NotFoundHandler())
	us := httptest.NewServer(site)
	t.Cleanup(us.Close)
	_, another := signpost(http.NotFoundHandler())
	other := httptest.NewServer(another)
	t.Cleanup(other.Close)
	tunnel := httptest.NewServer(http.RedirectHandler(us.URL+path, http.StatusFound))
	t.Cleanup(tunnel.Close)
	if err := leadsHere(t.Context(), us.URL, path, here); err != nil {
		t.Errorf("leadsHere = %v, want nil at our own address", err)
	}
	for name, row := range map[string]struct{ public, want string }{
		"another program": {other.URL, "another program answers there (404 Not Found)"},
		"a redirect":      {tunnel.URL, "302"},
		"nobody":          {"http://" + nobody(t), "refused"},
	} {
		err := leadsHere(t.Context(), row.public, path, here)
		if !errors.As(err, new(problem)) {
			t.Fatalf("%s: leadsHere = %v, want a problem", name, err)
		}
		for _, want := range []string{row.public + " does not lead to this machine", row.want, "tunnel to " + here} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: leadsHere = %v, want %q in it", name, err, want)
			}
		}
		if strings.Contains(err.Error(), path) {
			t.Errorf("%s: leadsHere = %v, which tells the path", name, err)
		}
	}
}

// A deployment's address in an .env file: neither the program nor the command has that deployment sync out of sight.
func TestProgram_asksNoDeployment(t *testing.T) {
	t.Parallel()
	qstash := qstashsim.New(qstashsim.Options{Token: "t", CurrentKey: "c", NextKey: "n"})
	t.Cleanup(qstash.Close)
	queue := httptest.NewServer(qstash)
	t.Cleanup(queue.Close)
	// An address of this machine that does not look like one.
	public := "http://" + strings.Replace(nobody(t), "127.0.0.1", "0.0.0.0", 1)
	env := "QSTASH_TOKEN=t\nQSTASH_CURRENT_SIGNING_KEY=c\nQSTASH_NEXT_SIGNING_KEY=n\nQSTASH_URL=" + queue.URL +
		"\nNEXT_PUBLIC_SITE_URL=" + public + "\nCRON_SECRET=secret-cron-0123456789\n"

	p := start(t, strict, map[string]string{".env": env}, "-once")
	p.exits(1)
	has(t, "the program's error output", p.err.String(), public+" does not lead to this machine", "go run ./pkg/dev sync")

	real, _, _ := real(t)
	real = strings.Join(slices.DeleteFunc(strings.Split(real, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "REDIS_URL")
	}), "\n")
	run := runs(t, env+real, "sync").exits(t, 1)
	has(t, "the command's error output", run.err, "the deployment at "+public+" sync", "without REDIS_URL\n", "unset QSTASH_TOKEN")
	has(t, "error output without Notion, too", runs(t, env, "sync").exits(t, 1).err, "NOTION_API_KEY, NOTION_<NAME>_DB, REDIS_URL")
	if messages := qstash.Messages(); len(messages) > 0 {
		t.Errorf("QStash was given %d messages, want none", len(messages))
	}
}

func TestSetup_afterwards(t *testing.T) {
	t.Parallel()
	qstash := []string{"QSTASH_TOKEN=t", "QSTASH_CURRENT_SIGNING_KEY=c", "QSTASH_NEXT_SIGNING_KEY=n", "NEXT_PUBLIC_SITE_URL=" + away}
	for _, row := range []struct {
		env              []string
		deployment, want string
	}{
		{nil, "", "is gone"},
		{[]string{"REDIS_URL=redis://r"}, "", "with the next sync"},
		{append(qstash, "REDIS_URL=redis://r", "NOTION_TOKEN=ntn_1", "NOTION_POSTS_DB="+database), away, "the deployment goes on"},
	} {
		env, err := readEnvironment(row.env, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		s, err := plan(env, here, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.deployment(); got != row.deployment || s.complete() != nil || !strings.Contains(s.afterwards(), row.want) {
			t.Errorf("%q: deployment %q, %v, afterwards %q, want %q", row.env, got, s.complete(), s.afterwards(), row.want)
		}
	}
}
