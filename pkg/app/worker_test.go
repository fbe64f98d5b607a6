package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

// nonRetryable fails the test unless QStash will not deliver the message again.
func nonRetryable(t *testing.T, a answer, wantError string) {
	t.Helper()
	if a.status != 489 || a.header.Get("Upstash-NonRetryable-Error") != "true" || a.text(t, "error") != wantError {
		t.Errorf("answer %s with Upstash-NonRetryable-Error %q, want 489 %s with true",
			a, a.header.Get("Upstash-NonRetryable-Error"), wantError)
	}
}

// A job whose first message can't be read fails: nobody else would ever begin it.
func TestWorker_badFirstMessage(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	d.qstash.Pause()
	id := d.trigger("")
	nonRetryable(t, d.deliver(id, `{"force":"yes"}`), "Invalid request")
	if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), "can't be read") {
		t.Errorf("the job is %s: %q, want failed with the reason", v.State, v.reason())
	}
	d.qstash.Resume()
	d.settle()
	d.finished(d.trigger(""))
	d.atRest()
}

func TestWorker_badBodies(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	before := d.traces()
	for _, row := range []struct{ name, id, body string }{
		{"nothing", "msg_1", ""},
		{"white space", "msg_1", " \n"},
		{"no JSON", "msg_1", "force=1"},
		{"half of it", "msg_1", `{"force":true`},
		{"more than it", "msg_1", `{"force":true}{}`},
		{"null", "msg_1", "null"},
		{"a list", "msg_1", `[{"force":true}]`},
		{"a text", "msg_1", `"force"`},
		{"nested without end", "msg_1", strings.Repeat(`{"pages":`, 20_000)},
		{"force is a text", "msg_1", `{"force":"yes"}`},
		{"pages is a text", "msg_1", `{"pages":"docs/a"}`},
		{"pages holds numbers", "msg_1", `{"pages":[1]}`},
		{"triggeredAt is no time", "msg_1", `{"force":true,"triggeredAt":"yesterday"}`},
		{"a continuation without slice", "msg_1", `{"job":"msg_1"}`},
		{"a continuation without job", "msg_1", `{"slice":1}`},
		{"slice 0", "msg_1", `{"job":"msg_1","slice":0}`},
		{"a negative slice", "msg_1", `{"job":"msg_1","slice":-1}`},
		{"half a slice", "msg_1", `{"job":"msg_1","slice":1.5}`},
		{"slice is a text", "msg_1", `{"job":"msg_1","slice":"1"}`},
		{"a slice beyond all numbers", "msg_1", `{"job":"msg_1","slice":1e400}`},
		{"no job's id", "msg_1", `{"job":"","slice":1}`},
		{"a key of ours for a job", "msg_1", `{"job":"msg_1:todo","slice":1}`},
		{"a job with a line break", "msg_1", `{"job":"msg_1\n","slice":1}`},
		{"a job with a zero byte", "msg_1", `{"job":"msg_\u0000","slice":1}`},
		{"a job without end", "msg_1", `{"job":"` + strings.Repeat("x", 10_000) + `","slice":1}`},
		{"a first message without id", "", `{"force":true}`},
		{"a first message with a key of ours for id", "x:errors", `{"force":true}`},
		{"a first message with spaces in its id", "msg 1", `{"force":true}`},
		{"a first message with an id without end", strings.Repeat("x", 10_000), `{"force":true}`},
		{"a first message with an id outside ASCII", "müsg", `{"force":true}`},
	} {
		a := d.deliver(row.id, row.body)
		if nonRetryable(t, a, "Invalid request"); t.Failed() {
			t.Fatal(row.name)
		}
		if a.text(t, "details") == "" {
			t.Errorf("%s: answer %s, want details", row.name, a)
		}
	}
	nonRetryable(t, d.deliver("msg_2", `{"job":"msg_nobody","slice":1}`), "Unknown job")
	nonRetryable(t, d.deliver("msg_2", `{"job":"msg_nobody","slice":7}`), "Unknown job")
	if after := d.traces(); after != before {
		t.Errorf("bad messages have left traces: %s", after)
	}
}

// What a worker answers while a job goes on, and when it is done.
func TestWorker_answers(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	next := d.last()
	first, _ := d.qstash.Message(id)
	if want := fmt.Sprintf(`{"job":%q,"slice":2}`, id); string(next.Body) != want {
		t.Errorf("the continuation is %s, want %s", next.Body, want)
	}
	var message struct {
		Force, Failed *bool
		Pages         *[]string
		TriggeredAt   *time.Time
	}
	if err := json.Unmarshal(first.Body, &message); err != nil || message.Force == nil || message.Failed == nil ||
		message.Pages == nil || message.TriggeredAt == nil || time.Since(*message.TriggeredAt).Abs() > time.Minute {
		t.Errorf("the first message is %s, want force, pages, failed and triggeredAt (%v)", first.Body, err)
	}
	d.qstash.Resume()
	d.finished(id)
	slices := 0
	for _, m := range d.published() {
		for _, attempt := range m.Attempts {
			slices++
			checkProgress(t, answer{attempt.Status, attempt.Header, string(attempt.Body)}, id, slices, m)
		}
	}
	if slices < 3 {
		t.Errorf("the job took %d slices, want several", slices)
	}
}

// checkProgress checks one answer of the n-th slice of a job, and that the message it names continues the job.
func checkProgress(t *testing.T, a answer, job string, n int, m qstashsim.Message) {
	t.Helper()
	fields := a.fields(t)
	if a.status != http.StatusOK || fields["ok"] != true || fields["jobId"] != job || fields["slice"] != float64(n) {
		t.Errorf("slice %d (%s) answers %s, want 200 with ok, jobId and slice", n, m.Body, a)
	}
	progress, _ := fields["progress"].(map[string]any)
	for _, name := range []string{"discovered", "synced", "skipped", "failed", "removed", "pending"} {
		if _, ok := progress[name].(float64); !ok {
			t.Errorf("slice %d answers %s, want a number progress.%s", n, a, name)
		}
	}
	next, has := fields["nextMessageId"].(string)
	switch fields["state"] {
	case "running":
		if !has || next == m.ID {
			t.Errorf("slice %d answers %s, want the id of another message in nextMessageId", n, a)
		}
	case "done":
		if has {
			t.Errorf("the last slice answers %s, want no nextMessageId", a)
		}
	default:
		t.Errorf("slice %d answers %s, want state running or done", n, a)
	}
}

// Messages that come once more change nothing, whether the job goes on or has ended.
func TestWorker_repeats(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	again := func(m qstashsim.Message, state string) {
		t.Helper()
		before := d.traces()
		a := d.deliverAgain(m)
		if a.status != http.StatusOK || a.text(t, "state") != state || a.text(t, "jobId") != id {
			t.Errorf("%s once more is answered %s, want 200 and %s", m.Body, a, state)
		}
		if after := d.traces(); after != before {
			t.Errorf("%s once more has left traces:\n%s\n%s", m.Body, before, after)
		}
	}
	first, _ := d.qstash.Message(id)
	again(first, "running") // the slice just before the one that is due
	for range 2 {
		if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
			t.Fatalf("a slice answers %s, want running", a)
		}
	}
	for _, m := range d.published()[:3] { // slices long past
		again(m, "running")
	}
	d.qstash.Resume()
	d.finished(id)
	for _, m := range d.published() {
		again(m, "done")
	}
	again(qstashsim.Message{ID: "msg_x", Body: []byte(fmt.Sprintf(`{"job":%q,"slice":1000000}`, id))}, "done")
}

// A slice that cannot be due yet is refused, and the job goes on.
func TestWorker_sliceAhead(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	before := d.traces()
	nonRetryable(t, d.deliver("msg_x", fmt.Sprintf(`{"job":%q,"slice":9}`, id)), "Invalid request")
	if after := d.traces(); after != before {
		t.Errorf("slice 9 while slice 2 is due has left traces: %s", after)
	}
	d.qstash.Resume()
	d.finished(id)
}

// QStash delivering everything twice, or twice at the same time, or in any order, makes no difference.
func TestWorker_atLeastOnce(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for name, faults := range map[string]qstashsim.Faults{
		"twice":                    {Twice: true},
		"concurrently":             {Concurrently: true},
		"twice, at once and mixed": {Twice: true, Concurrently: true, Reorder: 20 * time.Second},
		"signed with the next key": {SignWith: qstashsim.NextKey},
		"answers to publishes lost": {
			DropAnswers: 3, Only: func(m qstashsim.Message) bool { return strings.Contains(string(m.Body), "slice") },
		},
		"publishes refused": {
			FailPublishes: 3, Only: func(m qstashsim.Message) bool { return strings.Contains(string(m.Body), "slice") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), "SYNC_BUDGET", "60ms")
			d.slow(15 * time.Millisecond)
			d.qstash.Misbehave(faults)
			v := d.finished(d.trigger(""))
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q", got, want)
			}
			if v.Slices < 2 || v.Progress.Pending != 0 || v.Progress.Discovered != len(d.bundles()) {
				t.Errorf("job %+v with %d pages published, want several slices and all pages counted", v, len(d.bundles()))
			}
			if v.Metrics.NotionRequests > len(d.notion.Requests()) {
				t.Errorf("%d requests are counted, %d were made", v.Metrics.NotionRequests, len(d.notion.Requests()))
			}
		})
	}
}

// While a slice runs, another delivery of it waits, and does nothing once the first has ended.
func TestWorker_overlapThatEnds(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	m := d.last()
	reached, open := d.gate(2)
	answers := make(chan answer, 2)
	go func() { answers <- d.deliverAgain(m) }()
	await(t, reached)
	go func() { answers <- d.deliverAgain(m) }()
	select {
	case a := <-answers:
		t.Errorf("while the slice runs a delivery is answered %s, want it to wait", a)
	case <-time.After(300 * time.Millisecond):
	}
	before := len(d.notion.Requests())
	open()
	for range 2 {
		if a := await(t, answers); a.status != http.StatusOK || a.text(t, "state") != "done" {
			t.Errorf("a delivery is answered %s, want 200 and done", a)
		}
	}
	if v := d.jobOf(id); v.Metrics.NotionRequests != len(d.notion.Requests()) || before == 0 {
		t.Errorf("the job counts %d requests, Notion got %d: the work was done twice", v.Metrics.NotionRequests, len(d.notion.Requests()))
	}
}

// While a slice goes on running, another delivery of it is told to come again.
func TestWorker_overlapThatLasts(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	m := d.last()
	reached, open := d.gate(2)
	first := make(chan answer, 1)
	go func() { first <- d.deliverAgain(m) }()
	await(t, reached)
	began := time.Now()
	a := d.deliverAgain(m)
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != http.StatusServiceUnavailable || err != nil || seconds < 1 {
		t.Errorf("while the slice runs a delivery is answered %s with Retry-After %q, want 503 with seconds",
			a, a.header.Get("Retry-After"))
	}
	if took := time.Since(began); took < 8*time.Second || took > 14*time.Second {
		t.Errorf("it took %s, want up to 10 s of waiting: a retry is dear", took)
	}
	open()
	if a := await(t, first); a.status != http.StatusOK || a.text(t, "state") != "done" {
		t.Errorf("the first delivery is answered %s, want 200 and done", a)
	}
	if a := d.deliverAgain(m); a.status != http.StatusOK || a.text(t, "state") != "done" || d.jobOf(id).State != "done" {
		t.Errorf("the retry is answered %s, want 200 and done", a)
	}
}
