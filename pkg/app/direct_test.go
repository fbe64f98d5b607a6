package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// withoutQueue are the variables of a deployment that has no QStash.
var withoutQueue = []string{"QSTASH_TOKEN", "-", "QSTASH_CURRENT_SIGNING_KEY", "-", "QSTASH_NEXT_SIGNING_KEY", "-", "QSTASH_URL", "-"}

func TestDirect_complete(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	for name, change := range map[string][]string{"with QStash": nil, "without QStash": withoutQueue} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), change...)
			a := d.get(directPath)
			fields := a.fields(t)
			shape{
				"ok": "bool", "done": "bool", "jobId": "string", "synced": "number", "posts": "number", "metrics": "object",
			}.check(t, "answer", fields)
			metricsShape.check(t, "metrics", fields["metrics"])
			if id := a.text(t, "jobId"); a.status != http.StatusOK || fields["done"] != true || !strings.HasPrefix(id, "direct_") {
				t.Errorf("answer %s, want 200, done, and an id direct_…", a)
			}
			m, _ := fields["metrics"].(map[string]any)
			posts := 0
			for _, slug := range d.bundles() {
				if b := d.publishedAs(slug); b.Meta.Kind == "page" && b.Meta.Collection == "posts" {
					posts++
				}
			}
			if fields["synced"] != m["pagesSynced"] || fields["synced"] != float64(d.kinds()["page"]) || fields["posts"] != float64(posts) {
				t.Errorf("answer %s, want %d collection pages synced, %d of them posts", a, d.kinds()["page"], posts)
			}
			if m["childPagesSynced"] != float64(d.kinds()["childPage"]) || m["databaseChildrenSynced"] != float64(d.kinds()["databaseRow"]) {
				t.Errorf("metrics are %v, published are %v", m, d.kinds())
			}
			if m["pagesProcessed"] != fields["synced"] || m["pagesSkipped"] != 0. || m["pagesFailed"] != 0. || m["pagesRemoved"] != 0. {
				t.Errorf("metrics are %v, want all pages processed and synced", m)
			}
			if m["notionRequests"] != float64(len(d.notion.Requests())) || m["drafts"] != 1. {
				t.Errorf("metrics are %v, Notion got %d requests and has one draft", m, len(d.notion.Requests()))
			}
			if got := d.siteKeys(); !slices.Equal(got, want) {
				t.Errorf("published are %q, want %q", got, want)
			}
			if len(d.qstash.Messages()) > 0 {
				t.Error("a sync that was complete has published messages")
			}
			if v := d.jobOf(a.text(t, "jobId")); v.State != "done" {
				t.Errorf("its status is %s, want done", v.State)
			}
			again := d.get(directPath).fields(t)
			m, _ = again["metrics"].(map[string]any)
			if again["synced"] != 0. || m["pagesSkipped"] != m["pagesProcessed"] || m["pagesSkipped"] != float64(d.kinds()["page"]) {
				t.Errorf("a second sync answers %v, want all pages skipped", again)
			}
		})
	}
}

// kinds counts the published pages by kind.
func (d *deployment) kinds() map[string]int {
	d.t.Helper()
	kinds := map[string]int{}
	for _, slug := range d.bundles() {
		kinds[d.publishedAs(slug).Meta.Kind]++
	}
	return kinds
}

func TestDirect_parameters(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), withoutQueue...)
	d.get(directPath)
	all, pages := len(d.bundles()), d.kinds()["page"]
	id := d.publishedAs("home").Meta.NotionID
	short := strings.ReplaceAll(id, "-", "")
	for _, row := range []struct {
		name, query, contentType, body string
		synced, skipped                int // of every kind
		warnings                       int
	}{
		{"all", "", "", "", 0, all, 0},
		{"force in the query", "?force=1", "", "", all, 0, 0},
		{"force in JSON", "", jsonType, `{"force":true}`, all, 0, 0},
		{"force in a form", "", formType, "force=true", all, 0, 0},
		{"a page unchanged", "?page=home", "", "", 0, 1, 0},
		{"a page by slug", "?page=home&force=1", "", "", 1, 0, 0},
		{"a page by slug with slashes", "?page=%2Fhello%2F&force=1", "", "", 1, 0, 0},
		{"a page by id", "?force=1&page=" + id, "", "", 1, 0, 0},
		{"a page by id without dashes", "?force=1&page=" + short, "", "", 1, 0, 0},
		{"a page by URL", "?force=1&page=" + url.QueryEscape("https://www.notion.so/team/On-maps-"+short+"?pvs=4"), "", "", 1, 0, 0},
		{"one page three times", "?force=1&page=home&page=" + id + "&page=" + short, "", "", 1, 0, 0},
		{"two pages in JSON", "", jsonType, `{"page":["home","hello"],"force":"1"}`, 2, 0, 0},
		{"two pages in a form", "", formType, "page=home&page=hello&force=1", 2, 0, 0},
		{"a page in query and body", "?page=home", jsonType, `{"page":"hello","force":true}`, 2, 0, 0},
		{"a child page", "?force=1&page=" + url.QueryEscape("docs/guide/łodz-gardens"), "", "", 1, 0, 0},
		{"a row of an inner database", "?force=1&page=docs%2Fguide%2Fnorth", "", "", 1, 0, 0},
		{"a page nobody knows beside one", "?force=1&page=home&page=nowhere", "", "", 1, 0, 1},
		{"an id nobody knows", "?page=0f9a7c441d2e4b6a9c3d5e8f70123456", "", "", 0, 1, 1},
		{"failed, with none failed", "?failed=1", "", "", 0, 0, 0},
		{"failed in JSON", "", jsonType, `{"failed":true}`, 0, 0, 0},
	} {
		var a answer
		if row.contentType == "" {
			a = d.get(directPath + row.query)
		} else {
			a = d.post(directPath+row.query, row.contentType, row.body)
		}
		if a.status != http.StatusOK || a.fields(t)["done"] != true {
			t.Errorf("%s: answer %s, want 200 and done", row.name, a)
			continue
		}
		v := d.jobOf(a.text(t, "jobId"))
		if row.name == "an id nobody knows" {
			v.Progress.Skipped = row.skipped // whether what does not exist counts as skipped is left open
		}
		if v.Progress.Synced != row.synced || v.Progress.Skipped != row.skipped || len(v.Warnings) != row.warnings {
			t.Errorf("%s: progress is %+v with warnings %q, want %d synced, %d skipped, %d warnings",
				row.name, v.Progress, v.Warnings, row.synced, row.skipped, row.warnings)
		}
		if said, _ := a.fields(t)["warnings"].([]any); len(said) != row.warnings {
			t.Errorf("%s: the answer %s has %d warnings, want %d", row.name, a, len(said), row.warnings)
		}
	}
	if len(d.bundles()) != all || d.kinds()["page"] != pages {
		t.Errorf("in the end %d pages are published, want %d", len(d.bundles()), all)
	}
}

// Without QStash nobody can be told how a sync ended, which the log says.
func TestDirect_nobodyIsTold(t *testing.T) {
	t.Parallel()
	const nobody = "nobody is told of this job"
	warnings := func(d *deployment) (job string, found []string) {
		job = d.get(directPath).text(t, "jobId")
		if job == "" {
			v, _ := d.statusOf("")
			job = v.ID
		}
		return job, slices.DeleteFunc(lines.having(job), func(line string) bool { return !strings.Contains(line, nobody) })
	}
	hooks := []string{"SYNC_WEBHOOK", "https://hooks.example.com/x", "REVALIDATE_URL", "https://www.example.com/y"}
	d := deploy(t, small(), append(hooks, withoutQueue...)...)
	if job, found := warnings(d); len(found) != 1 || !strings.Contains(found[0], `"REVALIDATE_URL, SYNC_WEBHOOK"`) {
		t.Errorf("of job %s the log says %q, want one warning that names both variables", job, found)
	}
	d.redeploy("NOTION_API_KEY", "ntn_wrong")
	if job, found := warnings(d); len(found) != 1 {
		t.Errorf("of job %s, which has failed, the log says %q, want one warning", job, found)
	}
	if job, found := warnings(deploy(t, small(), withoutQueue...)); len(found) > 0 {
		t.Errorf("of job %s, of which nobody wants to hear, the log says %q", job, found)
	}
	if job, found := warnings(deploy(t, small(), "SYNC_FAILURE_WEBHOOK", "https://hooks.example.com/x")); len(found) > 0 {
		t.Errorf("of job %s, with QStash, the log says %q", job, found)
	}
}

// A slash is the front page, as in its slug property.
func TestDirect_frontPage(t *testing.T) {
	t.Parallel()
	world, pages, _ := collections()
	row(world, pages, "Front", "/")
	d := deploy(t, aged(world), withoutQueue...)
	d.get(directPath)
	front := d.publishedAs("index")
	for _, query := range []string{"?page=/", "?page=//", "?page=index", "?page=/index/"} {
		v := d.jobOf(d.get(directPath+query+"&force=1").text(t, "jobId"))
		if v.Progress.Synced != 1 || len(v.Warnings) > 0 {
			t.Errorf("%s: progress is %+v with warnings %q, want the front page synced", query, v.Progress, v.Warnings)
		}
		a := d.get(directPath + query + "&force=1&plan=1")
		if !strings.Contains(a.body, front.Meta.NotionID) {
			t.Errorf("the plan of %s is %s, want an update of the front page", query, a)
		}
	}
}

func TestDirect_badParameters(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	before := d.traces()
	for _, query := range []string{"?force=yes", "?failed=2", "?page=", "?page=%zz"} {
		if a := d.get(directPath + query); a.status != 400 || a.text(t, "error") != "Invalid request" || a.text(t, "details") == "" {
			t.Errorf("%s answers %s, want 400 Invalid request with details", query, a)
		}
	}
	if a := d.post(directPath, jsonType, `{"force":`); a.status != 400 || a.text(t, "error") != "Invalid request" {
		t.Errorf("half of JSON is answered %s, want 400 Invalid request", a)
	}
	if after := d.traces(); after != before {
		t.Errorf("bad parameters have left traces: %s", after)
	}
}

// A sync that is complete is complete, even if a webhook could not be told of it.
func TestDirect_noticeRefused(t *testing.T) {
	t.Parallel()
	url, _ := hooks(t)
	d := deploy(t, small(), "SYNC_WEBHOOK", url)
	d.qstash.Misbehave(qstashsim.Faults{FailPublishes: 100, FailStatus: 400})
	if a := d.get(directPath); a.status != http.StatusOK || a.fields(t)["done"] != true {
		t.Errorf("answer %s with %d pages published, want 200 and done", a, len(d.bundles()))
	}
}

func TestDirect_failure(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change []string
		spoil  func(*deployment)
		reason string
	}{
		{"wrong token", []string{"NOTION_API_KEY", "ntn_wrong"}, func(*deployment) {}, "NOTION_API_KEY"},
		{"nothing shared", nil, func(d *deployment) {
			for _, db := range d.world.Databases() {
				d.world.Unshare(db.ID)
			}
		}, "no collection could be listed"},
		{"all in the trash", nil, func(d *deployment) {
			for _, db := range d.world.Databases() {
				if err := d.world.Trash(db.ID); err != nil {
					d.t.Error(err)
				}
			}
		}, "no collection could be listed"},
		{"not Notion's ids", []string{"NOTION_PAGES_DB", otherID, "NOTION_POSTS_DB", databaseID}, func(*deployment) {},
			"no collection could be listed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), row.change...)
			row.spoil(d)
			a := d.get(directPath)
			if a.status != 500 || a.text(t, "error") != "Sync failed" || !strings.Contains(a.text(t, "details"), row.reason) {
				t.Errorf("answer %s, want 500 Sync failed with %q", a, row.reason)
			}
			job, _ := d.statusOf("")
			if job == nil || job.State != "failed" || !strings.Contains(job.reason(), row.reason) {
				t.Errorf("its job is %+v, want it failed with %q", job, row.reason)
			}
		})
	}
}

// One database that was unshared does not keep the other from being synced, nor do its pages go.
func TestDirect_oneUnshared(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.get(directPath)
	before := d.siteKeys()
	posts, err := d.world.Collection(notionsim.PostsTitle)
	if err != nil {
		t.Fatal(err)
	}
	d.world.Unshare(posts.ID)
	a := d.get(directPath + "?force=1")
	v := d.jobOf(a.text(t, "jobId"))
	if a.status != http.StatusOK || v.State != "done" || len(v.Warnings) == 0 || !strings.Contains(fmt.Sprint(v.Warnings), "posts") {
		t.Errorf("answer %s, warnings %q, want 200 and a warning about posts", a, v.Warnings)
	}
	if got := d.siteKeys(); !slices.Equal(got, before) || v.Metrics.PagesRemoved != 0 {
		t.Errorf("published are %q, want %q as before", got, before)
	}
}

// A direct sync that broke off in its beginning leaves no keys in Redis for ever.
func TestDirect_leavesNoKeys(t *testing.T) {
	t.Parallel()
	for n := range int64(16) {
		d := deployHooked(t)
		d.downFrom(n)
		a := d.get(directPath)
		d.onCommand(nil)
		d.redis.FastForward(11 * time.Second)
		d.get(directPath)
		for _, key := range d.redis.Keys() {
			if strings.HasPrefix(key, "sync:job:") && d.redis.TTL(key) == 0 {
				t.Fatalf("direct answers %s; after the next call there is %s, which never goes", a, key)
			}
		}
	}
}

// Who asked for a sync in one request learns from its answer which pages failed, and why.
func TestDirect_failedPage(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	if a := d.get(directPath); a.fields(t)["errors"] != nil || a.fields(t)["warnings"] != nil {
		t.Errorf("answer %s, want neither errors nor warnings where all went well", a)
	}
	id := d.publishedAs("home").Meta.NotionID
	d.notion.Fail(notionsim.Rule{Kind: notionsim.KindChildren, ID: id, Fault: notionsim.Status(400)})
	a := d.get(directPath + "?force=1")
	errs, _ := a.fields(t)["errors"].([]any)
	if a.status != http.StatusOK || len(errs) != 1 {
		t.Fatalf("answer %s, want 200 and one error", a)
	}
	if e, _ := errs[0].(map[string]any); e["pageId"] != id || e["slug"] != "home" || !strings.Contains(fmt.Sprint(e["error"]), "400") {
		t.Errorf("the error is %v, want page, slug and Notion's reason", errs[0])
	}
}
