package app_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// requestLines are the lines about requests for a path that name a job.
func requestLines(path, job string) []string {
	var found []string
	for _, line := range lines.having("path=" + path + " ") {
		if strings.Contains(line, "job="+job+" ") {
			found = append(found, line)
		}
	}
	return found
}

// Each invocation writes one line: which job and slice, how the job stands, what was asked of Notion and how much of its
// window is used. What the pages say is in none.
func TestLine_worker(t *testing.T) {
	t.Parallel()
	world := small()
	const title = "A-title-that-no-log-may-hold"
	pages, err := world.Collection(notionsim.PagesTitle)
	ok(t, err)
	_, err = world.AddRow(pages.SourceIDs[0], title, map[string]any{"slug": "titled"}, notionsim.Paragraph(notionsim.Text(title)))
	ok(t, err)
	d := deploy(t, world, "NOTION_RATE_LIMIT", "5000/1m")
	id := d.trigger("")
	d.finished(id)
	got := requestLines(workerPath, id)
	if len(got) != 1 {
		t.Fatalf("%d lines for one slice: %q", len(got), got)
	}
	want := regexp.MustCompile(fmt.Sprintf(`level=INFO msg=request method=POST path=%s status=200 duration_ms=\d+ job=%s slice=1 `+
		`requests=%d state=done phase=publish synced=6 skipped=0 failed=0 removed=0 pending=0 window_used=(\d+) window_limit=4950`,
		workerPath, id, len(d.notion.Requests())))
	found := want.FindStringSubmatch(got[0])
	if found == nil {
		t.Fatalf("the line is %s, want %s", got[0], want)
	}
	if used, _ := strconv.Atoi(found[1]); used < len(d.notion.Requests()) || used > len(d.notion.Requests())+2 { // spares
		t.Errorf("%d of the window are used for %d requests", used, len(d.notion.Requests()))
	}
	if got := requestLines(triggerPath, id); len(got) != 1 || !strings.Contains(got[0], "deduplicated=false") {
		t.Errorf("the trigger's lines are %q, want one", got)
	}
	if got := lines.having(title); len(got) > 0 {
		t.Errorf("the log holds what a page says: %q", got)
	}
}

// Of several slices each has its own line, with the requests that it has made itself.
func TestLine_slices(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "20ms")
	d.slow(15 * time.Millisecond)
	id := d.trigger("")
	v := d.finished(id)
	got := requestLines(workerPath, id)
	sum := 0
	for _, line := range got {
		var requests int
		if _, err := fmt.Sscanf(line[strings.Index(line, "requests="):], "requests=%d", &requests); err != nil {
			t.Fatal(err)
		}
		sum += requests
	}
	for slice := 1; slice <= v.Slices; slice++ {
		if !strings.Contains(strings.Join(got, ""), fmt.Sprintf(" slice=%d ", slice)) {
			t.Errorf("no line for slice %d: %q", slice, got)
		}
	}
	if made := len(d.notion.Requests()); v.Slices < 2 || sum != made {
		t.Errorf("the lines of %d slices say %d requests, want several with all %d", v.Slices, sum, made)
	}
}

func TestLine_direct(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny(), withoutQStash...)
	id := d.get(directPath).text(t, "jobId")
	if got := requestLines(directPath, id); len(got) != 1 || !strings.Contains(got[0], "state=done phase=publish synced=2") {
		t.Errorf("the lines are %q, want one with what was done", got)
	}
}

// A slice that fails names the job, too.
func TestLine_failure(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny(), "NOTION_API_KEY", "ntn_wrong")
	id := d.trigger("")
	d.settle()
	got := requestLines(workerPath, id)
	if len(got) != 1 || !strings.Contains(got[0], "status=489") || !strings.Contains(got[0], "error=") {
		t.Errorf("the lines are %q, want one with the error", got)
	}
}
