package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// The parts that are real or simulated.
const (
	partNotion = "Notion"
	partQStash = "QStash"
	partRedis  = "Redis"
)

// part is something outside this project.
type part struct {
	name     string
	switches []string               // rows of app.Variables: with all of them set the part is real
	owns     func(name string) bool // the variables that only the real one goes by
	standIn  string                 // what stands in for it, and how to get the real one
	start    func() (*service, error)
}

// service stands in for a part.
type service struct {
	vars  map[string]string    // the variables that lead the routes to it
	close func()               // returns when nothing of it runs any more
	world *notionsim.Workspace // of Notion: what can be edited; else nil

	// settle returns when nothing is left for it to do, or ctx has ended; nil: it does nothing by itself.
	settle func(ctx context.Context)
}

func parts() []part {
	return []part{{
		name: partNotion, switches: []string{"NOTION_API_KEY", "NOTION_<NAME>_DB"}, owns: isNotion, start: startNotion,
		standIn: "a demo workspace; yours with NOTION_API_KEY and a NOTION_<NAME>_DB",
	}, {
		name: partQStash, owns: isQStash, start: startQStash,
		switches: []string{"QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"},
		standIn:  "tries again within seconds; yours with QSTASH_TOKEN and both signing keys",
	}, {
		name: partRedis, switches: []string{"REDIS_URL"}, owns: isRedis, start: startRedis,
		standIn: "empty at every start; yours with REDIS_URL",
	}}
}

func isNotion(name string) bool {
	own := []string{"NOTION_API_KEY", "NOTION_TOKEN", "NOTION_BASE_URL", "NOTION_RATE_LIMIT", "NOTION_WEBHOOK_SECRET"}
	perCollection := strings.HasSuffix(name, "_DB") || strings.HasSuffix(name, "_FILTER")
	return slices.Contains(own, name) || strings.HasPrefix(name, "NOTION_") && perCollection
}

func isQStash(name string) bool {
	return slices.Contains([]string{
		"QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "QSTASH_URL",
	}, name)
}

func isRedis(name string) bool { return name == "REDIS_URL" || name == "KV_URL" }

// notionLatency is about what a request to the real Notion takes; without it there would be no progress to see.
const notionLatency = 150 * time.Millisecond

// notionLimit is what Notion allows in a minute on its larger plans. With the 180 of the others, the third forced sync
// of the demo would take a minute.
const notionLimit = 600

func startNotion() (*service, error) {
	workspace := notionsim.Demo()
	token := "ntn_" + rand.Text()
	vars := map[string]string{
		"NOTION_API_KEY": token, "NOTION_RATE_LIMIT": fmt.Sprintf("%d/1m", notionLimit),
		"NOTION_WEBHOOK_SECRET": "secret_" + rand.Text(),
	}
	for variable, title := range map[string]string{
		"NOTION_PAGES_DB": notionsim.PagesTitle, "NOTION_POSTS_DB": notionsim.PostsTitle,
	} {
		db, err := workspace.Collection(title)
		if err != nil {
			return nil, err
		}
		vars[variable] = db.ID
	}
	url, stop, err := serveLoopback(workspace.Server(notionsim.ServerOptions{
		Token: token, Limit: notionLimit, Latency: notionLatency,
	}))
	if err != nil {
		return nil, err
	}
	vars["NOTION_BASE_URL"] = url
	return &service{vars: vars, close: stop, world: workspace}, nil
}

// startQStash keeps delays as they are, for they wait for Notion's window to open, but retries sooner than QStash's 12
// seconds, 2.5 minutes and half an hour.
func startQStash() (*service, error) {
	token, current, next := "qstash_"+rand.Text(), "sig_"+rand.Text(), "sig_"+rand.Text()
	server := qstashsim.New(qstashsim.Options{
		Token: token, CurrentKey: current, NextKey: next,
		RetryDelay: func(retried int) time.Duration { return 2 * time.Second << retried },
	})
	url, stop, err := serveLoopback(server)
	if err != nil {
		server.Close()
		return nil, err
	}
	return &service{
		vars: map[string]string{
			"QSTASH_TOKEN": token, "QSTASH_CURRENT_SIGNING_KEY": current, "QSTASH_NEXT_SIGNING_KEY": next, "QSTASH_URL": url,
		},
		close: func() {
			stop()
			server.Close()
		},
		settle: func(ctx context.Context) { _ = server.Wait(ctx) }, // what is left then is not waited for
	}, nil
}

func startRedis() (*service, error) {
	server := miniredis.NewMiniRedis()
	server.ClockTTL(true) // leases must run out by themselves; a test server's don't
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the embedded Redis: %w", err)
	}
	return &service{vars: map[string]string{"REDIS_URL": "redis://" + server.Addr()}, close: server.Close}, nil
}
