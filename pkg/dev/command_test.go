package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// ran is how a command ended.
type ran struct {
	out, err string
	code     int
}

// runs runs the program with a command, in a project whose .env says what is given.
func runs(t *testing.T, env string, args ...string) ran {
	t.Helper()
	dir := t.TempDir()
	copyFile(t, "../../vercel.json", filepath.Join(dir, "vercel.json"))
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = []string{asProgram + "=" + lenient, "HOME=" + dir} // connections to what is real stay open
	if root := os.Getenv("SystemRoot"); root != "" {             // without it Windows has no network
		cmd.Env = append(cmd.Env, "SystemRoot="+root)
	}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

func (r ran) exits(t *testing.T, code int) ran {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\n%s\n%s", r.code, code, r.out, r.err)
	}
	return r
}

// real is Notion, Redis and QStash as an .env file names them: what a command works on then is theirs.
func real(t *testing.T) (env string, redis *miniredis.Miniredis, world *notionsim.Workspace) {
	t.Helper()
	world = notionsim.New(func() time.Time { return time.Now().Add(-time.Hour) })
	db, source, err := world.AddDatabase("", notionsim.PostsTitle, notionsim.Column{Name: "Slug", Type: "rich_text"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := world.AddRow(source, "Hello", map[string]any{"Slug": "hello"}); err != nil {
		t.Fatal(err)
	}
	notion := httptest.NewServer(world.Server(notionsim.ServerOptions{Token: "secret-notion", Limit: -1}))
	t.Cleanup(notion.Close)
	redis = miniredis.RunT(t)
	redis.ClockTTL(true)
	return "NOTION_API_KEY=secret-notion\nNOTION_BASE_URL=" + notion.URL + "\nNOTION_POSTS_DB=" + db +
		"\nREDIS_URL=redis://" + redis.Addr() + "\nCRON_SECRET=secret-cron-0123456789\n", redis, world
}

func TestCommand_planAndSync(t *testing.T) {
	t.Parallel()
	told := make(chan string, 10)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		told <- r.Header.Get("Authorization") + " " + body.String()
	}))
	t.Cleanup(site.Close)
	env, redis, _ := real(t)
	env += "REVALIDATE_URL=" + site.URL + "\nREVALIDATE_SECRET=secret-site\n"

	plan := runs(t, env, "plan").exits(t, 0)
	has(t, "plan", plan.out, "1 page to add", "+ hello", "Hello", "0 pages to remove", "request")
	if keys := redis.Keys(); len(keys) != 1 {
		t.Errorf("a plan has left %q in Redis, want the window alone", keys)
	}
	synced := runs(t, env, "sync").exits(t, 0)
	has(t, "sync", synced.out, "Sync done after", "1 page written", "0 failed")
	if strings.ContainsAny(synced.out, "\r\x1b#") {
		t.Errorf("output into a pipe has control characters or a bar: %q", synced.out)
	}
	if !redis.Exists("page:hello") || !redis.Exists("posts:index") {
		t.Errorf("in Redis are %q, want the page and its index", redis.Keys())
	}
	if got := <-told; got != `Bearer secret-site {"slugs":["hello"],"collections":["posts"],"removed":[]}` {
		t.Errorf("the site was told %s", got)
	}
	has(t, "plan", runs(t, env, "plan").exits(t, 0).out, "0 pages to add", "1 page unchanged")
	has(t, "forced plan", runs(t, env, "plan", "-force").exits(t, 0).out, "1 page to update", "~ hello")
	has(t, "limited sync", runs(t, env, "sync", "-force", "-page", "hello").exits(t, 0).out, "1 page written")
	has(t, "plan of a page that is not there", runs(t, env, "plan", "-page", "nobody").exits(t, 0).out, `Warning: page "nobody"`)
	for _, run := range []ran{plan, synced} {
		if strings.Contains(run.out+run.err, "secret-") {
			t.Errorf("output tells a secret: %s%s", run.out, run.err)
		}
	}
}

func TestCommand_syncFails(t *testing.T) {
	t.Parallel()
	env, _, _ := real(t)
	run := runs(t, strings.Replace(env, "NOTION_API_KEY=secret-notion", "NOTION_API_KEY=secret-other", 1), "sync").exits(t, 1)
	has(t, "error output", run.err, "the sync failed: ", "NOTION_API_KEY")
	unreachable := runs(t, "REDIS_URL=redis://"+nobody(t)+"\n", "plan").exits(t, 1).err
	has(t, "plan's error output", unreachable, "Redis unreachable", "REDIS_URL")
	if strings.Contains(unreachable, "level=ERROR") {
		t.Errorf("what is said twice: %s", unreachable)
	}
}

// With nothing configured, plan and sync work on the demo.
func TestCommand_demo(t *testing.T) {
	t.Parallel()
	has(t, "plan", runs(t, "", "plan").exits(t, 0).out, "a demo workspace", "+ handbook", "3 drafts")
	has(t, "sync", runs(t, "", "sync").exits(t, 0).out, "a demo workspace", "Sync done", "0 failed, 3 drafts")
	page := runs(t, "", "sync", "-page", "index", "-v").exits(t, 0)
	has(t, "sync of a page", page.out, "Note: the embedded Redis is empty", `Warning: page "index"`)
	has(t, "its log", page.err, "path=/api/sync/trigger")
	if strings.Contains(page.err, "path=/api/sync/status") {
		t.Errorf("the log tells of each look at the status:\n%s", page.err)
	}
}

func TestCommand_check(t *testing.T) {
	t.Parallel()
	env, redis, world := real(t)
	qstash := qstashsim.New(qstashsim.Options{Token: "secret-token", CurrentKey: "secret-current", NextKey: "secret-next"})
	t.Cleanup(qstash.Close)
	queue := httptest.NewServer(qstash)
	t.Cleanup(queue.Close)
	env += "QSTASH_URL=" + queue.URL + "\nQSTASH_TOKEN=secret-token\nQSTASH_CURRENT_SIGNING_KEY=secret-current\n" +
		"QSTASH_NEXT_SIGNING_KEY=secret-next\nNEXT_PUBLIC_SITE_URL=http://" + nobody(t) + "\n"
	run := runs(t, env, "check").exits(t, 1)
	has(t, "output", run.out, "ok      notion: token", "ok      notion: collection posts", "ok      redis", "ok      qstash: signing keys",
		"FAILED  public URL: no answer", "        Set NEXT_PUBLIC_SITE_URL", "1 failed")
	if strings.Contains(run.out, "ok      variable") || strings.Contains(run.out+run.err, "secret-") {
		t.Errorf("output = %s%s, want neither variables that are right nor secrets", run.out, run.err)
	}
	has(t, "output with -v", runs(t, env, "check", "-v").exits(t, 1).out, "ok      variable SYNC_BUDGET: not set, so 45s")
	redis.Close()
	for _, db := range world.Databases() {
		world.Unshare(db.ID)
	}
	has(t, "output", runs(t, env, "check").exits(t, 1).out, "FAILED  redis", "FAILED  notion: collection posts", "••• → Connections", "3 failed")
	has(t, "output without anything", runs(t, "", "check").exits(t, 1).out, "FAILED  NOTION_API_KEY is not set",
		"8 failed, 5 not checked", "-       notion: token: not checked: ", "copy .env.example to .env.local", "prints.\n", "demo workspace")
}

func TestCommand_flags(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"plan", "-h"}, 0, "-page slug"},
		{[]string{"plan", "-twice"}, 2, "-force"},
		{[]string{"check", "-force"}, 2, "-v"},
		{[]string{"sync", "now"}, 2, `unexpected argument "now"`},
		{[]string{"snyc"}, 2, `there is no command "snyc"`},
		{[]string{"-h"}, 0, "go run ./pkg/dev bench"},
		{[]string{"plan", "-page", ""}, 1, "page is empty"},
	} {
		run := runs(t, "", row.args...).exits(t, row.code)
		has(t, strings.Join(row.args, " "), run.err, row.want)
	}
}

func TestCommand_bar(t *testing.T) {
	t.Parallel()
	c := &command{screen: &screen{live: true}}
	for _, row := range []struct {
		discovered, pending int
		want                string
	}{
		{0, 0, ""}, {10, 10, "[--------------------] "}, {10, 5, "[##########----------] "},
		{3, 1, "[#############-------] "}, {7, 0, "[####################] "},
	} {
		j := new(job)
		j.Progress.Discovered, j.Progress.Pending = row.discovered, row.pending
		if got := c.bar(j); got != row.want {
			t.Errorf("bar of %d with %d to go = %q, want %q", row.discovered, row.pending, got, row.want)
		}
	}
	c.screen.live = false
	if got := c.bar(&job{}); got != "" {
		t.Errorf("bar without a terminal = %q, want none", got)
	}
}
