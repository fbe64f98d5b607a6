package dashboard_test

import (
	"fmt"
	"strings"
	"time"
)

// What the routes might say, in the contract's shapes: for what takes too long or too much to bring about.

// hostile is text that does harm where it is taken for markup.
const hostile = `<img src=x onerror=\"window.harmed=true\"><script>window.harmed=true</script>`

// page of a site with many jobs, of which one runs.
func busyStatus(failed int) string {
	now := time.Now().UTC()
	var errors []string
	for i := range failed {
		errors = append(errors, fmt.Sprintf(`{"pageId":"0fb4ea21-0a44-4c1c-a2e9-0123456789%02d","slug":"handbook/page-%d",
			"error":"read blocks: 502 Bad Gateway: <html> an answer that is not Notion's","at":%q}`, i, i, stamp(now)))
	}
	job := func(id, state string, ago time.Duration, took, synced, skipped, failed, removed, pending int, more string) string {
		return fmt.Sprintf(`{"id":%q,"state":%q,"phase":"fetch","full":true,"force":false,"pages":[],"triggeredAt":%q,"startedAt":%q,
			"updatedAt":%q,"finishedAt":null,"slices":3,"progress":{"discovered":%d,"synced":%d,"skipped":%d,"failed":%d,
			"removed":%d,"pending":%d},"metrics":{"durationMs":%d,"notionRequests":%d},"etaSeconds":null,"error":null%s}`,
			id, state, stamp(now.Add(-ago)), stamp(now.Add(-ago)), stamp(now),
			synced+skipped+failed+pending, synced, skipped, failed, removed, pending, took, synced*3+skipped/100, more)
	}
	running := job("msg_9", "running", 95*time.Second, 95000, 212, 431, failed, 0, 544, "")
	current := strings.Replace(running, `"etaSeconds":null`, `"etaSeconds":84`, 1)
	jobs := []string{running}
	for i := range 10 {
		state := "done"
		if i == 4 {
			state = "failed"
		}
		jobs = append(jobs, job(fmt.Sprintf("msg_%d", i), state, time.Duration(i+1)*23*time.Hour, 4200+i*13000,
			9+i*37, 1150-i*20, i%3, i%4*7, 0, ""))
	}
	return fmt.Sprintf(`{"ok":true,"window":{"used":141,"limit":180,"seconds":60},"edits":{"waiting":2,"dueAt":"2026-03-01T12:30:05Z"},
		"job":%s,"errors":[%s],"warnings":["collection posts could not be listed, nothing of it is removed: 404"]},"jobs":[%s]}`,
		strings.TrimSuffix(current, "}"), strings.Join(errors, ","), strings.Join(jobs, ","))
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

const somePlan = `{"ok":true,"plan":{
	"add":[{"slug":"news/tide-bell","title":"A bell for the tide","notionId":"11111111-0a44-4c1c-a2e9-012345678901"},
		{"slug":"news/fog","title":"Fog, and what to do in it","notionId":"11111111-0a44-4c1c-a2e9-012345678902"}],
	"update":[{"slug":"index","title":"The Tide Library","notionId":"21111111-0a44-4c1c-a2e9-012345678901"},
		{"slug":"handbook/getting-started","title":"Getting started","notionId":"21111111-0a44-4c1c-a2e9-012345678902"},
		{"slug":"cafe","title":"Café „Zur Möwe“ à la carte","notionId":"21111111-0a44-4c1c-a2e9-012345678903"}],
	"remove":[{"slug":"visit/by-sea","title":"By sea","notionId":"31111111-0a44-4c1c-a2e9-012345678901"}],
	"unchanged":120,"drafts":3,
	"conflicts":[{"slug":"faq","pages":["41111111-0a44-4c1c-a2e9-012345678901","41111111-0a44-4c1c-a2e9-012345678902"]}],
	"notionRequests":41,"estimatedSeconds":9},"warnings":["collection notes could not be listed: 404 object_not_found"]}`

const someChecks = `{"ok":false,"checks":[
	{"name":"variables","ok":true,"message":"all that are needed are set and well-formed"},
	{"name":"notion: token","ok":true,"message":"belongs to the integration “Tide Library”"},
	{"name":"notion: collection posts","ok":false,
		"message":"database 0fb4ea21-0a44-4c1c-a2e9-012345678901 is not shared with the integration",
		"fix":"In Notion open the database, ••• → Connections → add the integration"},
	{"name":"redis","ok":true,"message":"written, read and deleted in 4 ms"},
	{"name":"qstash: signing keys","ok":false,"message":"QSTASH_CURRENT_SIGNING_KEY is not the one QStash has now",
		"fix":"Copy both signing keys again from https://console.upstash.com/qstash, of the region of QSTASH_TOKEN, and deploy again."},
	{"name":"public URL","ok":false,"unchecked":true,"message":"not checked: Missing NEXT_PUBLIC_SITE_URL","fix":"set it"},
	{"name":"file store","ok":true,"message":"none: pictures from Notion are gone an hour after a sync",
		"recommended":"Connect a public Blob store with the project in Vercel, Storage. Then deploy again."},
	{"name":"webhook","ok":true,"message":"not configured: with it, edits arrive within seconds"}]}`
