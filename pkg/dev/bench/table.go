package bench

import (
	"fmt"
	"io"
	"time"
)

const head = "%7s  %-14s %5s  %9s %9s  %8s %8s  %9s %6s  %6s  %5s %5s  %9s %9s %7s  %4s\n"

// tableHead begins a table.
func tableHead(w io.Writer) {
	fmt.Fprintf(w, head, "pages", "", "scale", "requests", "least", "wall s", "least", "function", "share", "slices",
		"heap", "RSS", "commands", "run", "a page", "429")
}

// tableLine is one result. What was not measured is a dash.
func tableLine(w io.Writer, r result) {
	dash := func(there bool, format string, v any) string {
		if !there {
			return "-"
		}
		return fmt.Sprintf(format, v)
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
	ours := r.invocations > 0
	share := 0.0
	if r.wall > 0 {
		share = 100 * r.function.Seconds() / r.wall.Seconds()
	}
	fmt.Fprintf(w, head, fmt.Sprint(r.pages), r.what, fmt.Sprintf("%g", r.scale),
		fmt.Sprint(r.requests), dash(r.least > 0, "%d", r.least), seconds(r.wall), dash(r.leastWall > 0, "%s", seconds(r.leastWall)),
		seconds(r.function), fmt.Sprintf("%.0f%%", share), dash(ours, "%d", r.invocations),
		dash(r.heap > 0, "%d", mib(r.heap)), dash(r.rss > 0, "%d", mib(r.rss)),
		dash(ours, "%d", r.commands.sent), dash(r.commands.run >= 0, "%d", r.commands.run),
		dash(ours, "%s", perPage(r)), fmt.Sprint(r.refused))
}

// mib rounds up.
func mib(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }

// perPage is the commands run for each page of the workspace, or sent where Redis does not tell.
func perPage(r result) string {
	return fmt.Sprintf("%.2f", float64(max(r.commands.sent, r.commands.run))/float64(r.pages))
}

const legend = `
requests: to Notion, and the fewest possible. wall: from the trigger to the end of the job, and the least possible at
%d requests in %s / scale, %s an answer. function: the time of all invocations, share: of wall. heap, RSS: the most that
the routes' process ever had, in MiB. commands: sent to Redis; run: with those in scripts, and a page of the workspace.
429: answers that said so. client and notion-to-md only read, and come last, when the edited page has fewer blocks.
`
