package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	pages    string
	scale    float64
	latency  time.Duration
	markdown bool
	node     int
	commands bool
}

// Main is the command "bench" of pkg/dev. It returns the exit code: 0, 1 after an error, 2 for flags that can't be read.
func Main(args []string, out, errOut io.Writer) int {
	slog.SetDefault(slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if os.Getenv(functionVariable) != "" {
		if err := function(os.Stdin, out); err != nil {
			fmt.Fprintln(errOut, "error:", err)
			return 1
		}
		return 0
	}
	var o options
	flags := flag.NewFlagSet("dev bench", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&o.pages, "pages", "45,50,1000,10000", "`sizes` of workspaces; 100000 takes about half an hour")
	flags.Float64Var(&o.scale, "scale", 0, "`factor` by which Notion's window is shorter (default 6, for the first sync of more than 5,000 pages 60, of more than 20,000 600)")
	flags.DurationVar(&o.latency, "latency", 150*time.Millisecond, "how long Notion takes to answer")
	flags.BoolVar(&o.markdown, "markdown", false, "read pages as Notion's own Markdown (SYNC_CONTENT=markdown)")
	flags.IntVar(&o.node, "node", 50, "measure the official client and notion-to-md too with workspaces of up to so many `pages`, if Node is installed")
	flags.BoolVar(&o.commands, "commands", false, "show which commands were sent to Redis, and run in scripts")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	plans, err := o.plans()
	if err != nil {
		fmt.Fprintln(errOut, "error:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, o, plans, out, errOut); err != nil {
		fmt.Fprintln(errOut, "error:", err)
		return 1
	}
	return 0
}

func (o options) plans() ([]plan, error) {
	var plans []plan
	for field := range strings.SplitSeq(o.pages, ",") {
		pages, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || pages < 1 {
			return nil, fmt.Errorf("-pages: %q is no number of pages", field)
		}
		p := plan{pages: pages, scale: o.scale, later: o.scale, latency: o.latency, markdown: o.markdown, node: pages <= o.node}
		if o.scale == 0 {
			p.scale, p.later = scaleFor(pages), scaleFor(1)
		}
		if p.scale < 0 || p.latency < 0 {
			return nil, errors.New("-scale, -latency: negative")
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// scaleFor keeps a first sync within minutes. Some 3.6 requests a page are made.
func scaleFor(pages int) float64 {
	switch {
	case pages <= 5_000:
		return 6
	case pages <= 20_000:
		return 60
	}
	return 600
}

func measure(ctx context.Context, o options, plans []plan, out, errOut io.Writer) error {
	fmt.Fprintf(out, "%s, %d CPUs, %s/%s, %s\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	var n *node
	for _, p := range plans {
		if !p.node || n != nil {
			continue
		}
		var err error
		if n, err = installNode(ctx); err != nil {
			fmt.Fprintln(errOut, "the official client and notion-to-md are left out:", err)
			break
		}
		defer n.close()
		fmt.Fprintf(out, "Node %s: %s\n", n.version, strings.Join(nodePackages, ", "))
	}
	for i, p := range plans {
		if err := measureOne(ctx, o, p, n, out, i == 0); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, legend, windowLimit, window, o.latency)
	return nil
}

// measureOne measures one size, each with a world of its own.
func measureOne(ctx context.Context, o options, p plan, n *node, out io.Writer, first bool) error {
	w, err := newWorld(ctx, p)
	defer w.close()
	if err != nil {
		return err
	}
	if first {
		fmt.Fprintf(out, "%s\n\n", w.redis.what)
		tableHead(out)
	}
	err = w.run(ctx, func(r result) {
		tableLine(out, r)
		if o.commands {
			fmt.Fprintf(out, "         sent %v\n         in scripts %v\n", r.commands.names, r.commands.inside)
		}
	})
	if err != nil || n == nil || !p.node {
		return err
	}
	for _, what := range []string{"client", "notion-to-md"} {
		r, err := n.walk(ctx, w, what)
		if err != nil {
			return err
		}
		tableLine(out, r)
		if err := w.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}
