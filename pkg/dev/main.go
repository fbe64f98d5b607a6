// Command dev runs everything on one machine, with nothing to sign up for and nothing to configure:
//
//	go run ./pkg/dev
//
// It serves the routes of api/sync and the dashboard on http://localhost:3000, with a demo workspace for Notion, a
// simulated QStash and an embedded Redis behind them; runs a first sync through them; shows what a site would read;
// and goes on serving until Ctrl-C. The routes are the very functions that Vercel deploys; the worker runs in a process
// of its own, so that it can be killed. Beside them, on the next port, is the playground: a page on which the demo's
// pages are edited, and which shows the site and every call. In a terminal, keys do some of that too.
//
// Variables of the environment, of .env.local and of .env (the first that has one counts) switch the real Notion,
// QStash and Redis in one by one, see .env.example. A part is either the real one, with exactly what is set, or
// simulated, with nothing of it. While Notion is the demo, none of its pages goes anywhere but into Redis, and into a
// real one under keys of its own.
//
// With a first argument it does one thing and ends: "check" says whether everything that the environment names is set up
// right, "plan" what a sync would do, "sync" syncs.
//
// The exit code is 0 after Ctrl-C (of which go run itself makes 1) and, with -once, after a sync in which no page
// failed; 2 for flags that can't be read; else 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"notionsync/pkg/dev/bench"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errOut io.Writer) int {
	if len(args) > 0 && commands[args[0]] != nil {
		return runCommand(args[0], args[1:], out, errOut)
	}
	if len(args) > 0 && args[0] == workerArgument {
		return serveWorker(os.Stdin, out, errOut, slices.Contains(args[1:], "-v"))
	}
	if len(args) > 0 && args[0] == "bench" {
		return bench.Main(args[1:], out, errOut)
	}
	p := program{environ: os.Environ(), out: out, err: errOut}
	flags := flag.NewFlagSet("dev", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&p.addr, "addr", "", "`host:port` to serve on (default localhost:3000, or the port in PORT)")
	flags.BoolVar(&p.once, "once", false, "exit after the first sync, with code 1 if it or a page of it failed")
	flags.BoolVar(&p.verbose, "v", false, "show every line of the log, not only warnings and errors")
	flags.Usage = func() {
		fmt.Fprint(errOut, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(errOut, "there is no command %q\n\n", flags.Arg(0))
		flags.Usage()
		return 2
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once, whatever it is waiting for
	if err := p.Run(ctx); err != nil {
		printError(errOut, err)
		return 1
	}
	return 0
}

const usage = `go run ./pkg/dev [flags]  serves everything on this machine; what is not configured, demos stand in for
go run ./pkg/dev check    is everything that the environment names set up right?
go run ./pkg/dev plan     what would a sync do?
go run ./pkg/dev sync     syncs
go run ./pkg/dev bench    measures how fast that is

Each command says with -h which flags it takes. Without one they are:
`

// problem is an error with its way out, both for people.
type problem struct{ what, fix string }

func (p problem) Error() string { return p.what + ": " + p.fix }

// printError prints every problem in an error with its way out below it.
func printError(w io.Writer, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			printError(w, one)
		}
		return
	}
	var p problem
	if !errors.As(err, &p) {
		p.what = err.Error()
	}
	fmt.Fprintln(w, "error:", p.what)
	if p.fix != "" {
		fmt.Fprintln(w, "  "+strings.ReplaceAll(p.fix, "\n", "\n  "))
	}
}
