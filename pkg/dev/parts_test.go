package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/sim/notionsim"
)

// refusingNotion is a Notion that takes nobody's token.
func refusingNotion(t *testing.T) string {
	t.Helper()
	notion := httptest.NewServer(notionsim.Demo().Server(notionsim.ServerOptions{Token: "another"}))
	notion.Config.SetKeepAlivesEnabled(false) // the routes keep connections for as long as their process lives
	t.Cleanup(notion.Close)
	return notion.URL
}

// What has a time to live ends by itself in the embedded Redis, in scripts too; a lease would last for ever otherwise.
func TestStartRedis_expiry(t *testing.T) {
	t.Parallel()
	stand, err := startRedis()
	if err != nil {
		t.Fatal(err)
	}
	defer stand.close()
	conn, err := redis.DialURL(stand.vars["REDIS_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Do("SET", "lease", "mine", "PX", 50); err != nil {
		t.Fatal(err)
	}
	held := func() bool {
		t.Helper()
		n, err := redis.Int(conn.Do("EVAL", `return redis.call('EXISTS', KEYS[1])`, 1, "lease"))
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	if !held() {
		t.Error("the lease is gone at once")
	}
	deadline := time.After(10 * time.Second)
	for tick := time.Tick(5 * time.Millisecond); held(); <-tick {
		select {
		case <-deadline:
			t.Fatal("the lease has not run out")
		default:
		}
	}
}

// Nobody on the network can use a simulator's secrets: they are made up for each run.
func TestParts_secrets(t *testing.T) {
	t.Parallel()
	secrets := []string{"NOTION_API_KEY", "QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"}
	for _, name := range secrets {
		values := map[string]bool{}
		for range 2 {
			for _, p := range parts() {
				stand, err := p.start()
				if err != nil {
					t.Fatal(err)
				}
				stand.close()
				if v, ok := stand.vars[name]; ok {
					values[v] = true
				}
			}
		}
		if len(values) != 2 {
			t.Errorf("%s was %v in two runs, want two values", name, values)
		}
	}
}

// The simulated Notion refuses whoever does not have the run's token.
func TestStartNotion(t *testing.T) {
	t.Parallel()
	stand, err := startNotion()
	if err != nil {
		t.Fatal(err)
	}
	defer stand.close()
	own := stand.vars["NOTION_API_KEY"]
	for token, want := range map[string]int{own: http.StatusOK, "other": http.StatusUnauthorized} {
		r, err := http.NewRequest("GET", stand.vars["NOTION_BASE_URL"]+"/v1/databases/"+stand.vars["NOTION_PAGES_DB"], nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Notion-Version", string(notionsim.V20250903))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("the demo's database with token %.5s… = %d, want %d", token, answer.StatusCode, want)
		}
	}
}
