package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"notionsync/pkg/app"
)

// commands are what the program does instead of serving, by its first argument.
var commands = map[string]func(*command, context.Context) error{
	"check": (*command).check,
	"plan":  (*command).plan,
	"sync":  (*command).sync,
}

// command is one run of a command.
type command struct {
	environ []string // as of os.Environ
	verbose bool
	scope   url.Values // what is to be synced, as the routes take it
	screen  *screen
	err     io.Writer
}

// errFound is the end of a command that has shown what is wrong already.
var errFound = errors.New("not everything is right")

// runCommand runs a command and returns the exit code: 0 if all is well, 2 for flags that can't be read, else 1.
func runCommand(name string, args []string, out, errOut io.Writer) int {
	c := &command{environ: os.Environ(), scope: url.Values{}, screen: newScreen(out, errOut), err: errOut}
	flags := flag.NewFlagSet("dev "+name, flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.BoolVar(&c.verbose, "v", false, "show everything: what is right too, and every line of the log")
	if name != "check" {
		flags.BoolFunc("force", "pages that have not changed, too", c.param("force"))
		flags.BoolFunc("failed", "only the pages that failed last time", c.param("failed"))
		flags.Func("page", "only this page, by `slug`, Notion id or URL; may be repeated", c.param("page"))
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(errOut, "unexpected argument %q\n", flags.Arg(0))
		flags.Usage()
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	logTo(c.screen.log(func() bool { return ctx.Err() != nil && !c.verbose }), c.verbose, true)
	err := commands[name](c, ctx)
	c.screen.endProgress()
	if err != nil && !errors.Is(err, errFound) {
		printError(errOut, err)
	}
	if err != nil {
		return 1
	}
	return 0
}

// param makes a flag a parameter of the routes.
func (c *command) param(name string) func(string) error {
	return func(value string) error {
		c.scope.Add(name, value)
		return nil
	}
}

// session is the routes on a port of this machine, with what the environment names behind them, and demos where it names
// nothing.
type session struct {
	setup  *setup
	site   *server
	client *client
}

// answerTime is how long a route may take: as long as a function on Vercel.
const answerTime = 5 * time.Minute

// open serves the routes. The caller ends it with close. queue says whether QStash is needed.
func (c *command) open(ctx context.Context, queue bool) (*session, error) {
	dir, err := projectDir()
	if err != nil {
		return nil, err
	}
	env, err := readEnvironment(c.environ, dir)
	if err != nil {
		return nil, err
	}
	l, err := listen(ctx, "localhost:0")
	if err != nil {
		return nil, err
	}
	var aside []string
	if !queue || outOfReach(env, l.url()) {
		aside = env.drop(isQStash)
	}
	s, err := plan(env, l.url(), true)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	var config *app.Config
	if err = s.complete(); err == nil {
		config, err = s.start()
	}
	if err != nil {
		s.close()
		_ = l.Close()
		return nil, err
	}
	if queue && len(aside) > 0 {
		s.note("QStash cannot reach this machine and is simulated; set aside: %s", strings.Join(aside, ", "))
	}
	mux := http.NewServeMux()
	for path, route := range routes() {
		mux.Handle(path, route)
	}
	opened := &session{setup: s, site: serve(l, mux), client: newClient(l.url(), config.CronSecret.Reveal())}
	opened.client.http.Timeout = answerTime
	return opened, nil
}

// outOfReach reports whether QStash is a real one that finds no way to the routes: they are on this machine, and no public
// address leads elsewhere.
func outOfReach(env *environment, site string) bool {
	return isLoopback(cmp.Or(env.get("NEXT_PUBLIC_SITE_URL"), site)) && !isLoopback(env.get("QSTASH_URL"))
}

// close ends what open has begun, when what is under way to others has arrived.
func (s *session) close(ctx context.Context) {
	const patience = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, stand := range s.setup.services {
		if stand.settle != nil {
			stand.settle(ctx)
		}
	}
	s.client.close()
	s.site.close()
	s.setup.close()
}

// about says what the command works on.
func (c *command) about(s *session) {
	for _, p := range parts() {
		if !s.setup.real[p.name] && (p.name != partQStash || c.verbose) {
			c.screen.printf("%s: %s.\n", p.name, p.standIn)
		}
	}
	if named := c.scope.Has("page") || c.scope.Has("failed"); named && !s.setup.real[partRedis] {
		s.setup.note("the embedded Redis is empty at every start, so no page has a slug or has failed before: " +
			"name pages by Notion id or URL, or set REDIS_URL")
	}
	if site := s.setup.deployment(); site != "" {
		c.screen.printf("The deployment at %s syncs.\n", site)
	}
	for _, note := range s.setup.notes {
		c.screen.printf("Note: %s.\n", note)
	}
}
