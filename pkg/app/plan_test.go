package app_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
)

type planned struct {
	OK   bool
	Plan struct {
		Add, Update, Remove []struct{ Slug, Title, NotionID string }
		Unchanged, Drafts   int
		Conflicts           []struct {
			Slug  string
			Pages []string
		}
		NotionRequests, EstimatedSeconds int
	}
	Warnings []string
}

// plan asks for a plan, which must leave nothing but the window in Redis as it was not.
func (d *deployment) plan(query string) planned {
	d.t.Helper()
	keys := func() string {
		var all []string
		for _, key := range d.redis.Keys() {
			if key != "sync:window" {
				all = append(all, key)
			}
		}
		return strings.Join(all, "\n")
	}
	before, messages := keys(), len(d.qstash.Messages())
	a := d.get(directPath + "?plan=1" + query)
	var out planned
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != 200 {
		d.t.Fatalf("plan%s answers %s", query, a)
	}
	if after := keys(); after != before {
		d.t.Errorf("plan%s: the keys were\n%s\nand are\n%s", query, before, after)
	}
	if n := len(d.qstash.Messages()) - messages; n != 0 {
		d.t.Errorf("plan%s has published %d messages", query, n)
	}
	return out
}

var withoutQStash = []string{
	"QSTASH_TOKEN", "-", "QSTASH_CURRENT_SIGNING_KEY", "-", "QSTASH_NEXT_SIGNING_KEY", "-", "NEXT_PUBLIC_SITE_URL", "-",
}

func TestPlan(t *testing.T) {
	t.Parallel()
	world := small()
	d := deploy(t, world, withoutQStash...)
	first := d.plan("")
	if n := len(first.Plan.Add); n != 3 || first.Plan.Drafts != 1 || first.Plan.NotionRequests == 0 || first.Plan.EstimatedSeconds == 0 {
		t.Errorf("a first plan is %+v, want the three pages of the collections, a draft, and a forecast", first)
	}
	if a := d.get(directPath); a.status != 200 {
		t.Fatalf("the sync answers %s", a)
	}
	d.notion.Reset()
	same := d.plan("")
	if p := same.Plan; len(p.Add)+len(p.Update)+len(p.Remove) != 0 || p.Unchanged != 5 || len(same.Warnings) != 0 {
		t.Errorf("after a sync the plan is %+v, want five pages unchanged", same)
	}
	if n := len(d.notion.Requests()); n+1 != same.Plan.NotionRequests { // a sync probes the stamp of one child page, too
		t.Errorf("the plan made %d requests and says that the sync will make %d, want one more where nothing is to be read",
			n, same.Plan.NotionRequests)
	}
	home, hello := d.publishedAs("home").Meta, d.publishedAs("hello").Meta
	ok(t, world.SetProperty(home.NotionID, "slug", "start"))
	ok(t, world.Trash(hello.NotionID))
	changed := d.plan("")
	p := changed.Plan
	if len(p.Update) != 1 || p.Update[0].Slug != "start" || p.Update[0].Title != "Home" || p.Update[0].NotionID != home.NotionID ||
		len(p.Remove) != 1 || p.Remove[0].Slug != "hello" || p.Unchanged != 3 {
		t.Errorf("the plan is %+v, want home moved, hello removed, three unchanged", changed)
	}
	if p := d.plan("&page=hello").Plan; len(p.Update) != 0 || len(p.Remove) != 1 {
		t.Errorf("limited to a page the plan is %+v, want it removed and nothing else", p)
	}
	if p := d.plan("&force=1").Plan; len(p.Update) != 4 {
		t.Errorf("by force the plan is %+v, want all that stay updated", p)
	}
	if p := d.plan("&failed=1").Plan; len(p.Add)+len(p.Update)+len(p.Remove)+p.Unchanged != 0 {
		t.Errorf("of failed pages, of which there are none, the plan is %+v", p)
	}
	if got := d.bundles(); !slices.Contains(got, "hello") || slices.Contains(got, "start") {
		t.Errorf("after plans published are %q, want all as before", got)
	}
}

// The answer has every member of the contract, lists also where they are empty.
func TestPlan_shape(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	d.finished(d.trigger(""))
	a := d.get(directPath + "?plan=true")
	for _, member := range []string{
		`"ok":true`, `"plan":{`, `"add":[]`, `"update":[]`, `"remove":[]`, `"unchanged":2`, `"drafts":0`, `"conflicts":[]`,
		`"counts":{"add":0,"update":0,"remove":0,"moves":0,"scheduled":0,"conflicts":0}`,
		`"notionRequests":4`, `"estimatedSeconds":`, `"warnings":[]`,
	} {
		if !strings.Contains(a.body, member) {
			t.Errorf("the plan is %s, want %s in it", a, member)
		}
	}
}

// The demo's first sync takes about what its plan says.
func TestPlan_forecast(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Demo())
	forecast := d.plan("").Plan
	v := d.finished(d.trigger(""))
	if got := v.Metrics.NotionRequests; forecast.NotionRequests < got/2 || forecast.NotionRequests > got*2 {
		t.Errorf("a first plan says %d requests, the sync made %d; want half or double at most", forecast.NotionRequests, got)
	}
	d.notion.Reset()
	forecast = d.plan("&force=1").Plan
	v = d.finished(d.trigger("?force=1"))
	if got := v.Metrics.NotionRequests; got != forecast.NotionRequests {
		t.Errorf("by force the plan says %d requests, the sync made %d", forecast.NotionRequests, got)
	}
}

func TestPlan_errors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		change []string
		query  string
		status int
		error  string
	}{
		{[]string{"NOTION_API_KEY", "-"}, "", 500, "Missing NOTION_API_KEY"},
		{[]string{"REDIS_URL", "-"}, "", 500, "Missing REDIS_URL"},
		{[]string{"REDIS_URL", "redis://127.0.0.1:1"}, "", 503, "Redis unreachable"},
		{[]string{"NOTION_API_KEY", "ntn_wrong"}, "", 500, "Plan failed"},
		{nil, "&force=perhaps", 400, "Invalid request"},
		{[]string{"QSTASH_URL", "qstash"}, "", 200, ""},
	} {
		d := deploy(t, tiny(), row.change...)
		if a := d.get(directPath + "?plan=1" + row.query); a.status != row.status || a.text(t, "error") != row.error {
			t.Errorf("with %q plan%s answers %s, want %d %s", row.change, row.query, a, row.status, row.error)
		}
	}
	d := deploy(t, tiny())
	if a := d.send(d.request(http.MethodGet, directPath+"?plan=1", "")); a.String() != unauthorized {
		t.Errorf("without the secret plan answers %s, want 401", a)
	}
}
