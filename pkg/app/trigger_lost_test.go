package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

// QStash refusing is a 502 that says why and what to do; the next trigger starts anew.
func TestTrigger_queueRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		faults qstashsim.Faults
		change []string
		said   string
	}{
		{"down", qstashsim.Faults{FailPublishes: 9, FailStatus: 503}, nil, "503"},
		{"failing", qstashsim.Faults{FailPublishes: 9}, nil, "500"},
		{"quota used up", qstashsim.Faults{FailPublishes: 1, FailStatus: 429}, nil, "429"},
		{"plan's limit", qstashsim.Faults{FailPublishes: 1, FailStatus: 412}, nil, "412"},
		{"wrong token", qstashsim.Faults{}, []string{"QSTASH_TOKEN", "qstash-wrong"}, "QSTASH_TOKEN"},
		{"nobody there", qstashsim.Faults{}, []string{"QSTASH_URL", "http://127.0.0.1:1"}, "no answer"},
		{"somebody else there", qstashsim.Faults{}, []string{"QSTASH_URL", "the site"}, "404"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			right := []string{"QSTASH_TOKEN", d.env["QSTASH_TOKEN"], "QSTASH_URL", d.env["QSTASH_URL"]}
			if i := slices.Index(row.change, "the site"); i >= 0 {
				row.change[i] = d.url
			}
			d.redeploy(row.change...)
			d.qstash.Misbehave(row.faults)
			a := d.get(triggerPath)
			if a.status != http.StatusBadGateway || a.text(t, "error") != "Failed to trigger sync" ||
				!strings.Contains(a.text(t, "details"), row.said) || strings.Contains(a.body, "qstash-wrong") {
				t.Errorf("answer %s, want 502 Failed to trigger sync with %q", a, row.said)
			}
			if job, jobs := d.statusOf(""); job != nil || len(jobs) > 0 {
				t.Errorf("status shows %+v and %+v, want no job", job, jobs)
			}
			d.redeploy(right...)
			d.qstash.Misbehave(qstashsim.Faults{})
			if a := d.get(triggerPath); a.status != http.StatusOK || a.fields(t)["deduplicated"] != nil {
				t.Errorf("the next trigger answers %s, want 200 with a job of its own", a)
			}
			d.settle()
		})
	}
}

// One hiccup of QStash's is no reason to give up, and a lost answer none to make two jobs.
func TestTrigger_hiccup(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]qstashsim.Faults{
		"an error": {FailPublishes: 1}, "two answers lost": {DropAnswers: 2},
		"each in turn": {FailPublishes: 1, FailStatus: 502, DropAnswers: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Misbehave(faults)
			id := d.trigger("")
			if v := d.finished(id); v.Progress.Synced != len(d.bundles()) || v.Progress.Synced == 0 {
				t.Errorf("the job is %+v, want all pages synced", v)
			}
			if all := d.published(); len(all) != 1 || all[0].ID != id {
				t.Errorf("%d messages were published, want one, %s", len(all), id)
			}
			if _, jobs := d.statusOf(""); len(jobs) != 1 {
				t.Errorf("there are %d jobs, want 1", len(jobs))
			}
		})
	}
}

// QStash took the message but none of its answers came: the job runs all the same, under the message's id.
func TestTrigger_answersLost(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Misbehave(qstashsim.Faults{DropAnswers: 9})
	if a := d.get(triggerPath); a.status != http.StatusBadGateway {
		t.Errorf("answer %s, want 502", a)
	}
	d.qstash.Misbehave(qstashsim.Faults{})
	if v := d.finished(d.last().ID); v.Progress.Synced != len(d.bundles()) || v.Progress.Synced == 0 {
		t.Errorf("the job is %+v, want all pages synced", v)
	}
	if n := len(d.published()); n != 1 {
		t.Errorf("%d messages were published, want 1", n)
	}
	d.finished(d.trigger(""))
}

// A job that has waited for long while nothing runs, its message lost, is published again by the next trigger.
func TestTrigger_messageLost(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	id := d.trigger("")
	d.settle()
	if a := d.get(triggerPath); a.text(t, "jobId") != id || len(d.published()) != 1 {
		t.Errorf("a moment later a trigger answers %s with %d messages, want it folded and nothing published", a, len(d.published()))
	}
	d.age(t, 31*time.Second)
	if a := d.get(triggerPath); a.text(t, "jobId") != id || a.fields(t)["deduplicated"] != true {
		t.Errorf("31 s later a trigger answers %s, want it folded into job %s", a, id)
	}
	if n := len(d.published()); n != 2 {
		t.Errorf("%d messages were published, want the first and one more", n)
	}
	d.finished(id)
}

// So it is if a job that nobody knows any more is said to be running.
func TestTrigger_behindNobody(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.set("sync:running", "msg_gone")
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	id := d.trigger("")
	d.age(t, time.Hour)
	d.trigger("")
	d.finished(id)
}

// A job whose continuation is lost is woken by the next trigger, which waits behind it.
func TestTrigger_wakesStalledJob(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
		t.Fatalf("slice 2 answers %s", a)
	}
	d.qstash.Resume()
	d.settle()
	if v := d.jobOf(id); v.State != "running" || v.Stalled {
		t.Errorf("with its message just lost the job is %+v, want it running", v)
	}
	d.age(t, 2*time.Minute)
	if v := d.jobOf(id); !v.Stalled {
		t.Errorf("two minutes later the job is %+v, want it stalled", v)
	}
	next := d.trigger("")
	d.finished(id)
	d.finished(next)
}
