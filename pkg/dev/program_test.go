package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestProgram_once(t *testing.T) {
	t.Parallel()
	p := start(t, strict, nil, "-once")
	p.exits(0)
	has(t, "output", p.out.String(),
		"Notion  simulated", "QStash  simulated", "Redis   simulated", "Sync done after", " 0 failed", "3 drafts",
		"Warning: database ", "\n    It is there on purpose: the demo has a linked view",
		"KIND           SLUG  ", "page           handbook  ", "    childPage  handbook/getting-started/reading-the-barometer  Reading the barometer",
		"  databaseRow  stations/busum  ", "  Büsum\n", "one GET of page:index", `"slug": "index"`,
	)
	if p.err.String() != "" {
		t.Errorf("error output = %s, want none", &p.err)
	}
	if strings.ContainsAny(p.out.String(), "\r\x1b") {
		t.Errorf("output into a pipe has control characters: %q", p.out.String())
	}
}

// It serves until it is interrupted; every command that it shows works, and the second sync finds nothing to do.
func TestProgram_serves(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted on Windows")
	}
	const secret = `ses&me \ #1+%zz "$HOME" x`
	p := start(t, strict, map[string]string{".env": "CRON_SECRET='" + secret + "'\n"})
	site := p.says(`Serving (http://localhost:[0-9]+)`)
	p.says(`Ctrl-C ends it all`)
	own := newClient(site, secret)
	defer own.close()
	w := watcher{client: own, show: func(string, string) {}, say: func(string, ...any) {}}
	j, err := w.sync(t.Context())
	if err != nil || j.State != stateDone || j.Progress.Synced != 0 || j.Progress.Skipped < 30 {
		t.Errorf("a second sync = %+v, %v, want all pages unchanged", j, err)
	}
	commands := regexp.MustCompile(`(?m)^  curl (-H .+?)(?:  |$)`).FindAllStringSubmatch(p.out.String(), -1)
	if len(commands) != 5 || strings.Contains(p.out.String(), "ses&me") {
		t.Errorf("output = %s, want five commands, without the secret", &p.out)
	}
	for _, command := range commands {
		// What a shell makes of the arguments: the option, the header and the URL.
		shell := exec.Command("sh", "-c", `printf '%s\n' `+command[1])
		shell.Env = []string{"CRON_SECRET=" + secret}
		text, err := shell.Output()
		arguments := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if err != nil || len(arguments) != 3 || arguments[1] != "Authorization: Bearer "+secret {
			t.Fatalf("%s are the arguments %q, %v, want -H, a header with the secret, and a URL", command[1], arguments, err)
		}
		get(t, arguments[2], secret, http.StatusOK, http.StatusAccepted)
	}
	get(t, site+"/", "", http.StatusOK)
	if _, err := w.sync(t.Context()); err != nil { // it ends behind what the commands have begun
		t.Error(err)
	}

	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.exits(0)
	has(t, "output", p.out.String(), "Stopped.")
	if _, err := net.Dial("tcp", strings.TrimPrefix(site, "http://")); err == nil {
		t.Errorf("%s is still served", site)
	}
}

// Interrupted in the middle of a sync, it does not wait for its end.
func TestProgram_interrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted on Windows")
	}
	for _, row := range []struct {
		name string
		args []string
		code int
	}{
		{"serving", nil, 0},
		{"once", []string{"-once"}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, lenient, nil, row.args...)
			p.says(`(?m)^(discover|fetch)`)
			if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			p.exits(row.code)
			if strings.Contains(p.out.String(), "Sync done") || strings.Contains(p.err.String(), "level=") {
				t.Errorf("output = %s%s, want neither a result nor a log", &p.out, &p.err)
			}
		})
	}
}

func get(t *testing.T, url, secret string, wanted ...int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for _, want := range wanted {
		if answer.StatusCode == want {
			return
		}
	}
	t.Errorf("GET %s = %d, want %d", url, answer.StatusCode, wanted)
}

func TestProgram_errors(t *testing.T) {
	t.Parallel()
	refusing := refusingNotion(t)
	for _, row := range []struct {
		name  string
		files map[string]string
		args  []string
		code  int
		want  []string
	}{
		{"flags that can't be read", nil, []string{"-twice"}, 2, []string{"-once"}},
		{"an argument", nil, []string{"now"}, 2, []string{`there is no command "now"`}},
		{"malformed values", map[string]string{
			".env":       "NOTION_TOKEN=secret-value\nNOTION_POSTS_DB=nothing\nSYNC_BUDGET=long\n",
			".env.local": "SYNC_GIVE_UP=soon\n",
		}, []string{"-once"}, 1, []string{
			"NOTION_POSTS_DB (in .env) holds no Notion id", "SYNC_BUDGET (in .env) cannot be read",
			"SYNC_GIVE_UP (in .env.local)", "such as 45s",
		}},
		{"a sync that fails", map[string]string{
			".env": "NOTION_TOKEN=secret-value\nNOTION_POSTS_DB=" + strings.Repeat("a", 32) + "\nNOTION_BASE_URL=" + refusing,
		}, []string{"-once"}, 1, []string{"the sync failed: ", "API token is invalid", "NOTION_API_KEY"}},
		{"a Redis that is not there", map[string]string{".env": "REDIS_URL=redis://:secret-value@" + nobody(t)},
			[]string{"-once"}, 1, []string{"Redis unreachable", "REDIS_URL"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, strict, row.files, row.args...)
			p.exits(row.code)
			has(t, "error output", p.err.String(), row.want...)
			if all := p.out.String() + p.err.String(); strings.Contains(all, "secret-value") {
				t.Errorf("output tells a secret:\n%s", all)
			}
		})
	}
}
