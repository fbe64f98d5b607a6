package app_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

const quiet = `200 {"ok":true}`

// event calls the webhook route with a body signed under a token.
func (d *deployment) event(token, body string) answer {
	d.t.Helper()
	r := d.request(http.MethodPost, webhookPath, body)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("X-Notion-Signature", notionsim.SignWebhook(token, []byte(body)))
	}
	return d.send(r)
}

// eventOf is an event about a page.
func eventOf(id, kind, page string) string {
	return fmt.Sprintf(`{"id":%q,"type":%q,"entity":{"id":%q,"type":"page"},"data":{}}`, id, kind, page)
}

// subscribed is a deployment of a workspace that has been synced, and a subscription that sends it events. Notion sends
// again after a moment what is not acknowledged.
func subscribed(t *testing.T, world *notionsim.Workspace, pairs ...string) (*deployment, *notionsim.Subscription) {
	t.Helper()
	d := deploy(t, world, append([]string{"NOTION_WEBHOOK_SECRET", eventSecret}, pairs...)...)
	d.trigger("")
	d.settle()
	s := world.Subscribe(notionsim.SubscriptionOptions{
		URL: d.url + webhookPath, Token: eventSecret, RetryDelay: func(int) time.Duration { return 20 * time.Millisecond },
	})
	t.Cleanup(s.Close)
	return d, s
}

func TestWebhook_handshake(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	before := d.traces()
	token := "secret_" + rand.Text()
	if a := d.event(token, `{"verification_token":"`+token+`"}`); a.String() != quiet {
		t.Errorf("the handshake is answered %s, want %s", a, quiet)
	}
	if logged := lines.having(token); len(logged) != 1 || !strings.Contains(logged[0], "NOTION_WEBHOOK_SECRET") {
		t.Errorf("the log has %q, want the token once, and what to do with it", logged)
	}
	// Nothing else is taken before the secret is known, however it is signed.
	for _, body := range []string{eventOf("e1", "page.created", strings.Repeat("a", 32)), "{}", "", "é", `{"verification_token":""}`} {
		if a := d.event(token, body); a.status != 500 || a.text(t, "error") != "Missing NOTION_WEBHOOK_SECRET" {
			t.Errorf("%q is answered %s, want 500 Missing NOTION_WEBHOOK_SECRET", body, a)
		}
	}
	d.redeploy("NOTION_WEBHOOK_SECRET", eventSecret)
	for _, signed := range []string{"", token} {
		const second = "secret_of-a-stranger-c3d9"
		if a := d.event(signed, `{"verification_token":"`+second+`"}`); a.status != http.StatusUnauthorized {
			t.Errorf("a handshake with the secret known is answered %s, want 401", a)
		}
		if logged := lines.having(second); len(logged) > 0 {
			t.Errorf("a stranger's handshake is logged: %q", logged)
		}
	}
	d.redeploy("NOTION_WEBHOOK_SECRET", "é")
	if a := d.event(token, `{"verification_token":"`+token+`"}`); a.text(t, "error") != "Invalid NOTION_WEBHOOK_SECRET" {
		t.Errorf("with a malformed secret the handshake is answered %s, want 500 Invalid NOTION_WEBHOOK_SECRET", a)
	}
	if after := d.traces(); after != before {
		t.Errorf("handshakes have left traces: %s", after)
	}
}

func TestWebhook_signature(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "NOTION_WEBHOOK_SECRET", eventSecret)
	before := d.traces()
	const want = `401 {"ok":false,"error":"Failed to verify signature"}`
	body := eventOf("e1", "page.content_updated", strings.Repeat("a", 32))
	for name, a := range map[string]answer{
		"no signature":            d.event("", body),
		"another token":           d.event("secret_other", body),
		"CRON_SECRET":             d.send(func() *http.Request { r := d.request("POST", webhookPath+"?secret="+cronSecret, body); return r }()),
		"QStash's signature":      d.send(d.message(webhookPath, "msg_1", body)),
		"a body that is too long": d.event(eventSecret, `{"id":"`+strings.Repeat("x", 1<<20)+`"}`),
	} {
		if a.String() != want {
			t.Errorf("%s is answered %s, want %s", name, a, want)
		}
	}
	r := d.request(http.MethodPost, webhookPath, body+" ")
	r.Header.Set("X-Notion-Signature", notionsim.SignWebhook(eventSecret, []byte(body)))
	if a := d.send(r); a.String() != want {
		t.Errorf("a changed body is answered %s, want %s", a, want)
	}
	if after := d.traces(); after != before {
		t.Errorf("what was refused has left traces: %s", after)
	}
}

func TestWebhook_bodies(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "NOTION_WEBHOOK_SECRET", eventSecret)
	before := d.traces()
	page := strings.Repeat("a", 32)
	for body, status := range map[string]int{
		eventOf("e1", "page.locked", page): 200, eventOf("e2", "comment.created", page): 200,
		eventOf("e3", "teapot.boiled", "x"): 200, eventOf("e4", "view.created", page): 200,
		eventOf("e5", "page.transcription_block.transcript_deleted", page): 200,
		`{"type":"page.created"}`: 400, `{}`: 400, `[]`: 400, ``: 400, `é`: 400, eventOf("e6", "page.created", "x"): 400,
	} {
		a := d.event(eventSecret, body)
		if a.status != status || status == 400 && a.text(t, "error") != "Invalid request" || strings.Contains(a.body, "Go ") {
			t.Errorf("%s is answered %s, want %d without the names of Go's types", body, a, status)
		}
	}
	if after := d.traces(); after != before {
		t.Errorf("events of no interest have left traces: %s", after)
	}
}

func TestWebhook_configuration(t *testing.T) {
	t.Parallel()
	body := eventOf("e1", "page.content_updated", strings.Repeat("a", 32))
	for _, row := range []struct {
		change []string
		status int
		error  string
	}{
		{[]string{"QSTASH_TOKEN", "-"}, 500, "Missing QSTASH_TOKEN"},
		{[]string{"NEXT_PUBLIC_SITE_URL", "-"}, 500, "Missing NEXT_PUBLIC_SITE_URL"},
		{[]string{"REDIS_URL", "mysql://"}, 500, "Invalid REDIS_URL"},
		{[]string{"REDIS_URL", "redis://127.0.0.1:1"}, 503, "Redis unreachable"},
		{[]string{"QSTASH_TOKEN", "wrong"}, 502, "Failed to take the event"},
	} {
		d := deploy(t, tiny(), append([]string{"NOTION_WEBHOOK_SECRET", eventSecret}, row.change...)...)
		if a := d.event(eventSecret, body); a.status != row.status || a.text(t, "error") != row.error {
			t.Errorf("with %q an event is answered %s, want %d %s", row.change, a, row.status, row.error)
		}
	}
}

// An edit is published through the webhook, and nothing but its page is read for it.
func TestWebhook_edit(t *testing.T) {
	t.Parallel()
	world := small()
	d, events := subscribed(t, world)
	id := d.publishedAs("docs/guide").Meta.NotionID
	d.notion.Reset()
	before := len(d.published())
	d.qstash.Pause() // whose seconds are milliseconds here: an edit's events may take longer to come
	ok(t, world.EditBlocks(id, notionsim.Paragraph(notionsim.Text("Edited a moment ago."))))
	events.Wait()
	if got := d.get(statusPath).String(); !strings.Contains(got, `"edits":{"waiting":1,"dueAt":"20`) {
		t.Errorf("the status is %s, want the edit that waits", got)
	}
	d.qstash.Resume()
	d.settle()
	if got := d.get(statusPath).String(); strings.Contains(got, `"edits"`) {
		t.Errorf("the status is %s, want no edit to wait any more", got)
	}
	if got := d.publishedAs("docs/guide").Markdown; !strings.Contains(got, "Edited a moment ago.") {
		t.Errorf("published is %q, want the edit", got)
	}
	if n := len(d.notion.Requests()); n > 4 {
		t.Errorf("%d requests to Notion for one page with an inner database, want at most 4", n)
	}
	for _, a := range events.Attempts() {
		if a.Status != http.StatusOK {
			t.Errorf("event %+v, want it acknowledged at once", a)
		}
	}
	jobs := d.published()
	if n := len(jobs) - before; n != 1 {
		t.Errorf("%d messages for the worker, want one", n)
	}
	if got := jobs[len(jobs)-1].NotBefore.Sub(jobs[len(jobs)-1].CreatedAt); got < 9*time.Second || got > 11*time.Second {
		t.Errorf("the message is delivered after %s, want ten seconds of quiet", got)
	}
	d.atRest()
}

// Pages come, go, move and are renamed; events come twice and in any order. A full sync finds nothing that is missing.
func TestWebhook_everything(t *testing.T) {
	t.Parallel()
	world := small()
	d, events := subscribed(t, world)
	events.Misbehave(notionsim.WebhookFaults{Twice: true, Reorder: 30 * time.Millisecond})
	pages, _ := world.Collection(notionsim.PagesTitle)
	posts, _ := world.Collection(notionsim.PostsTitle)
	guide, hello, home := d.publishedAs("docs/guide").Meta, d.publishedAs("hello").Meta, d.publishedAs("home").Meta
	_, err := world.AddRow(pages.SourceIDs[0], "New", map[string]any{"slug": "new"})
	ok(t, err)
	kid, err := world.AddChildPage(home.NotionID, "Kid")
	ok(t, err)
	ok(t, world.SetProperty(guide.NotionID, "slug", "docs/manual"))
	ok(t, world.Trash(hello.NotionID))
	ok(t, world.Move(guide.ChildPages[0].ID, home.NotionID))
	events.Wait()
	d.settle()
	want := []string{"docs/manual", "docs/manual/north", "home", "home/kid", "home/łodz-gardens", "new"}
	if got := d.bundles(); !slices.Equal(got, want) {
		t.Errorf("published are %q, want %q", got, want)
	}
	if kids := d.publishedAs("home").Meta.ChildPages; len(kids) != 2 || kids[0].ID != kid {
		t.Errorf("home's child pages are %+v, want the new one and the one moved there", kids)
	}

	added, err := world.AddRow(posts.SourceIDs[0], "Late", map[string]any{"slug": "late"})
	ok(t, err)
	ok(t, world.SetProperty(added, "slug", "later"))
	events.Wait()
	d.settle()
	if got := d.bundles(); !slices.Contains(got, "later") || slices.Contains(got, "late") {
		t.Errorf("published are %q, want later among them", got)
	}
	before := d.siteKeys()
	d.finished(d.trigger(""))
	if after := d.siteKeys(); !slices.Equal(after, before) {
		t.Errorf("a full sync finds something else to publish: %q, want %q", after, before)
	}
	d.atRest()
}

// What QStash refuses Notion sends again, and nothing is lost.
func TestWebhook_queueRefuses(t *testing.T) {
	t.Parallel()
	world := small()
	d, events := subscribed(t, world)
	d.qstash.Misbehave(qstashsim.Faults{FailPublishes: 4, FailStatus: http.StatusServiceUnavailable})
	id := d.publishedAs("home").Meta.NotionID
	ok(t, world.EditBlocks(id, notionsim.Paragraph(notionsim.Text("Not lost."))))
	events.Wait()
	d.settle()
	if got := d.publishedAs("home").Markdown; !strings.Contains(got, "Not lost.") {
		t.Errorf("published is %q, want the edit", got)
	}
	attempts := events.Attempts()
	if first, last := attempts[0], attempts[len(attempts)-1]; first.Status != http.StatusBadGateway || last.Status != http.StatusOK {
		t.Errorf("attempts are %+v, want the first refused with 502 and the last acknowledged", attempts)
	}
	d.atRest()
}

// An event that comes again does nothing, also much later.
func TestWebhook_eventTwice(t *testing.T) {
	t.Parallel()
	d, _ := subscribed(t, tiny())
	page := d.publishedAs("home").Meta.NotionID
	for range 2 {
		if a := d.event(eventSecret, eventOf("e1", "page.content_updated", page)); a.String() != quiet {
			t.Errorf("the event is answered %s, want %s", a, quiet)
		}
	}
	d.settle()
	before := len(d.published())
	if a := d.event(eventSecret, eventOf("e1", "page.content_updated", page)); a.String() != quiet {
		t.Errorf("the event is answered %s, want %s", a, quiet)
	}
	d.settle()
	if n := len(d.published()) - before; n != 0 {
		t.Errorf("an event that was seen to has published %d messages", n)
	}
}

// A message that asks for events when there are none is answered like one of a job that has ended.
func TestWebhook_nothingDue(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	body := `{"force":false,"pages":[],"failed":false,"triggeredAt":"2026-01-02T03:04:05Z","events":"2026-01-02T03:04:15Z"}`
	a := d.deliver("msg_early", body)
	if a.status != http.StatusOK || a.text(t, "jobId") != "msg_early" || a.text(t, "state") != "done" {
		t.Errorf("it is answered %s, want 200 and done", a)
	}
	if job, jobs := d.statusOf(""); job != nil || len(jobs) != 0 {
		t.Errorf("it has made a job: %+v", jobs)
	}
	if got := len(d.notion.Requests()); got != 0 {
		t.Errorf("%d requests were made to Notion", got)
	}
}

// Whichever of its commands to Redis is the last, the webhook loses no event: what is not acknowledged Notion sends again.
func TestWebhook_redisFails(t *testing.T) {
	t.Parallel()
	for n := int64(0); ; n++ {
		world := tiny()
		d := deploy(t, world, "NOTION_WEBHOOK_SECRET", eventSecret)
		d.onCommand(nil)
		d.finished(d.trigger(""))
		page := d.publishedAs("home").Meta.NotionID
		ok(t, world.EditBlocks(page, notionsim.Paragraph(notionsim.Text("Whatever happens."))))
		d.qstash.Pause()
		reached := d.downFrom(n)
		a := d.event(eventSecret, eventOf("e1", "page.content_updated", page))
		if reached() == (a.status == http.StatusOK) {
			t.Errorf("with Redis down from command %d on the event is answered %s", n, a)
		}
		d.onCommand(nil)
		if a.status != http.StatusOK {
			if a := d.event(eventSecret, eventOf("e1", "page.content_updated", page)); a.status != http.StatusOK {
				t.Errorf("sent again, the event is answered %s, want 200", a)
			}
		}
		d.qstash.Resume()
		d.settle()
		if got := d.publishedAs("home").Markdown; !strings.Contains(got, "Whatever happens.") {
			t.Errorf("with Redis down from command %d on published is %q, want the edit", n, got)
		}
		d.atRest()
		if !reached() {
			t.Logf("%d commands", n)
			return
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
