package app_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/app"
)

const (
	databaseID = "0f9a7c44-1d2e-4b6a-9c3d-5e8f70123456"
	otherID    = "1f9a7c44-1d2e-4b6a-9c3d-5e8f70123456"
	thirdID    = "2f9a7c44-1d2e-4b6a-9c3d-5e8f70123456"
)

var allNeeds = []app.Need{
	app.NeedAuth, app.NeedSite, app.NeedSigning, app.NeedQueue, app.NeedRedis,
	app.NeedNotion, app.NeedSync, app.NeedMedia, app.NeedNotify, app.NeedWebhook,
}

// complete is an environment in which every variable of the table is set and right.
func complete() map[string]string {
	return map[string]string{
		"NOTION_API_KEY":                  "ntn_0123456789",
		"NOTION_POSTS_DB":                 databaseID,
		"NOTION_POSTS_FILTER":             `{"property":"Status","status":{"equals":"Live"}}`,
		"CRON_SECRET":                     "the-cron-secret-0123",
		"NEXT_PUBLIC_SITE_URL":            "https://www.example.com",
		"QSTASH_TOKEN":                    "qstash-token-0123456789",
		"QSTASH_CURRENT_SIGNING_KEY":      "sig_current_0123456789",
		"QSTASH_NEXT_SIGNING_KEY":         "sig_next_0123456789",
		"QSTASH_URL":                      "https://qstash-us-east-1.upstash.io",
		"REDIS_URL":                       "rediss://default:password@redis.example.com:6379",
		"SYNC_KEY_PREFIX":                 "blog:",
		"SYNC_BUDGET":                     "30s",
		"NOTION_RATE_LIMIT":               "600/1m",
		"NOTION_BASE_URL":                 "http://127.0.0.1:9001",
		"NOTION_WEBHOOK_SECRET":           "secret_0123456789",
		"BLOB_READ_WRITE_TOKEN":           "vercel_blob_rw_store_0123456789",
		"VERCEL_BLOB_API_URL":             "https://blob.example.com/api/blob",
		"S3_ENDPOINT":                     "https://account.r2.cloudflarestorage.com",
		"S3_BUCKET":                       "files",
		"S3_REGION":                       "auto",
		"S3_ACCESS_KEY_ID":                "s3-key-id-0123456789",
		"S3_SECRET_ACCESS_KEY":            "s3-secret-0123456789",
		"S3_PUBLIC_URL":                   "https://files.example.com/",
		"MEDIA_MAX_BYTES":                 "1048576",
		"MEDIA_ALLOW_PRIVATE":             "1",
		"SYNC_CONTENT":                    "markdown",
		"SYNC_GIVE_UP":                    "1h30m",
		"REVALIDATE_URL":                  "https://www.example.com/api/revalidate?tag=a",
		"REVALIDATE_SECRET":               "revalidate-secret-0123",
		"SYNC_WEBHOOK":                    "https://hooks.example.com/services/T0/B0/0123456789",
		"SYNC_FAILURE_WEBHOOK":            "https://hooks.example.com/failed?key=0123456789",
		"VERCEL_AUTOMATION_BYPASS_SECRET": "bypass-0123456789",
	}
}

// load is app.Load of a map's pairs.
func load(vars map[string]string) *app.Config {
	environ := make([]string, 0, len(vars))
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		environ = append(environ, name+"="+vars[name])
	}
	return app.Load(environ)
}

// changed is the complete environment with some variables changed; "-" unsets one.
func changed(pairs ...string) map[string]string {
	vars := complete()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "-" {
			delete(vars, pairs[i])
		} else {
			vars[pairs[i]] = pairs[i+1]
		}
	}
	return vars
}

// text is an error's text, empty for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLoad_complete(t *testing.T) {
	t.Parallel()
	c := load(complete())
	if err := c.Check(allNeeds...); err != nil {
		t.Fatalf("Check(all needs) = %v, want nil", err)
	}
	for _, state := range c.Report() {
		if !state.Set || len(state.Problems) > 0 {
			t.Errorf("Report: %s: set %t, problems %v, want set without problems", state.Name, state.Set, state.Problems)
		}
	}
	for name, values := range map[string][2]any{
		"NotionToken":      {c.NotionToken.Reveal(), "ntn_0123456789"},
		"NotionRate":       {c.NotionRate, app.RateLimit{Requests: 600, Window: time.Minute}},
		"NotionBaseURL":    {c.NotionBaseURL, app.BaseURL("http://127.0.0.1:9001")},
		"WebhookSecret":    {c.WebhookSecret.Reveal(), "secret_0123456789"},
		"CronSecret":       {c.CronSecret.Reveal(), "the-cron-secret-0123"},
		"SiteURL":          {c.SiteURL, app.SiteURL("https://www.example.com")},
		"QStashToken":      {c.QStashToken.Reveal(), "qstash-token-0123456789"},
		"QStashCurrentKey": {c.QStashCurrentKey.Reveal(), "sig_current_0123456789"},
		"QStashNextKey":    {c.QStashNextKey.Reveal(), "sig_next_0123456789"},
		"QStashURL":        {c.QStashURL, app.BaseURL("https://qstash-us-east-1.upstash.io")},
		"ProtectionBypass": {c.ProtectionBypass.Reveal(), "bypass-0123456789"},
		"RedisURL":         {c.RedisURL.Reveal(), "rediss://default:password@redis.example.com:6379"},
		"KeyPrefix":        {c.KeyPrefix, "blog:"},
		"Budget":           {c.Budget, 30 * time.Second},
		"GiveUp":           {c.GiveUp, 90 * time.Minute},
		"Content":          {c.Content, app.ContentMarkdown},
		"BlobToken":        {c.BlobToken.Reveal(), "vercel_blob_rw_store_0123456789"},
		"BlobURL":          {c.BlobURL, app.BaseURL("https://blob.example.com/api/blob")},
		"S3Endpoint":       {c.S3Endpoint, app.BaseURL("https://account.r2.cloudflarestorage.com")},
		"S3Bucket":         {c.S3Bucket, "files"},
		"S3Region":         {c.S3Region, "auto"},
		"S3KeyID":          {c.S3KeyID.Reveal(), "s3-key-id-0123456789"},
		"S3Key":            {c.S3Key.Reveal(), "s3-secret-0123456789"},
		"S3PublicURL":      {c.S3PublicURL, app.BaseURL("https://files.example.com")},
		"MediaMax":         {c.MediaMax, int64(1 << 20)},
		"MediaPrivate":     {c.MediaPrivate, true},
		"RevalidateURL":    {c.RevalidateURL.Reveal(), "https://www.example.com/api/revalidate?tag=a"},
		"RevalidateSecret": {c.RevalidateSecret.Reveal(), "revalidate-secret-0123"},
		"EndHook":          {c.EndHook.Reveal(), "https://hooks.example.com/services/T0/B0/0123456789"},
		"FailureHook":      {c.FailureHook.Reveal(), "https://hooks.example.com/failed?key=0123456789"},
		"Vercel":           {c.Vercel, false},
		"Production":       {c.Production, false},
		"UsesS3":           {c.UsesS3(), true},
		"WorkerURL":        {c.WorkerURL(), "https://www.example.com/api/sync/worker"},
		"CallbackURL":      {c.CallbackURL(), "https://www.example.com/api/sync/callback"},
		"StatusURL":        {c.StatusURL("msg_a/b&c"), "https://www.example.com/api/sync/status?job=msg_a%2Fb%26c"},
	} {
		if values[0] != values[1] {
			t.Errorf("Load(complete).%s = %v, want %v", name, values[0], values[1])
		}
	}
}

func TestLoad_defaults(t *testing.T) {
	t.Parallel()
	c := app.Load(nil)
	if err := c.Check(app.NeedSync, app.NeedMedia, app.NeedNotify); err != nil {
		t.Errorf("Check of needs that require nothing = %v, want nil", err)
	}
	for name, values := range map[string][2]any{
		"Budget":        {c.Budget, 45 * time.Second},
		"GiveUp":        {c.GiveUp, 24 * time.Hour},
		"NotionRate":    {c.NotionRate, app.RateLimit{Requests: 180, Window: time.Minute}},
		"NotionBaseURL": {c.NotionBaseURL, app.BaseURL("https://api.notion.com")},
		"QStashURL":     {c.QStashURL, app.BaseURL("")},
		"Content":       {c.Content, app.ContentBlocks},
		"MediaMax":      {c.MediaMax, int64(100 << 20)},
		"MediaPrivate":  {c.MediaPrivate, false},
		"S3Region":      {c.S3Region, ""},
		"UsesS3":        {c.UsesS3(), false},
		"Collections":   {len(c.Collections), 0},
	} {
		if values[0] != values[1] {
			t.Errorf("Load(nil).%s = %v, want %v", name, values[0], values[1])
		}
	}
}

func TestLoad_missing(t *testing.T) {
	t.Parallel()
	missing := func(t *testing.T, vars map[string]string, want string) {
		t.Helper()
		err := load(vars).Check(allNeeds...)
		if text(err) != "Missing "+want {
			t.Errorf("Check = %v, want Missing %s", err, want)
		}
		var config *app.ConfigError
		if errors.As(err, &config) && !config.OnlyMissing() {
			t.Errorf("OnlyMissing() = false for %v, want true", config.Problems)
		}
	}
	for _, row := range app.Variables() {
		if !row.Required {
			continue
		}
		variable := strings.ReplaceAll(row.Name, "<NAME>", "POSTS")
		for kind, value := range map[string]string{
			"unset": "-", "empty": "", "blank": " \t\n", "marks": "\ufeff\u200b",
			"empty quotes": `""`, "blank quotes": "' '",
		} {
			t.Run(row.Name+" "+kind, func(t *testing.T) {
				t.Parallel()
				missing(t, changed("NOTION_POSTS_FILTER", "-", variable, value), row.Name)
			})
		}
	}
	for _, name := range []string{"S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"} {
		t.Run(name+" unset beside its like", func(t *testing.T) {
			t.Parallel()
			missing(t, changed(name, "-"), name)
		})
	}
	t.Run("nothing but a region of S3", func(t *testing.T) {
		t.Parallel()
		err := load(map[string]string{"S3_REGION": "auto"}).Check(app.NeedMedia)
		if text(err) != "Missing S3_ENDPOINT" {
			t.Errorf("Check(media) = %v, want Missing S3_ENDPOINT", err)
		}
	})
}

func TestLoad_malformed(t *testing.T) {
	t.Parallel()
	const notASecret = "with\nline-break-0123456789"
	rows := []struct{ variable, value string }{
		{"NOTION_API_KEY", notASecret},
		{"NOTION_TOKEN", notASecret},
		{"NOTION_API_KEY", "ntn_0123 456789"},
		{"NOTION_TOKEN", "ntn_0123 456789"},
		{"NOTION_POSTS_DB", "https://www.notion.so/no-id-in-here"},
		{"NOTION_POSTS_FILTER", `["Status"]`},
		{"CRON_SECRET", notASecret},
		{"CRON_SECRET", "schlüssel-0123456789"},
		{"NEXT_PUBLIC_SITE_URL", "https://www.example.com/blog"},
		{"VERCEL_URL", "my site.vercel.app"},
		{"QSTASH_TOKEN", notASecret},
		{"QSTASH_TOKEN", "Bearer qstash-token"},
		{"QSTASH_CURRENT_SIGNING_KEY", notASecret},
		{"QSTASH_NEXT_SIGNING_KEY", notASecret},
		{"QSTASH_URL", "qstash.upstash.io"},
		{"QSTASH_URL", "https://qstash.upstash.io/v2/publish/"},
		{"QSTASH_URL", "https://qstash.upstash.io/v2"},
		{"QSTASH_URL", "https://user:pass@qstash.upstash.io"},
		{"REDIS_URL", "https://pleasant-cat-1234.upstash.io"},
		{"KV_URL", "https://pleasant-cat-1234.upstash.io"},
		{"REDIS_URL", "redis://redis.example.com/99999999999999999999"},
		{"SYNC_KEY_PREFIX", "my blog:"},
		{"SYNC_KEY_PREFIX", "blog\x00"},
		{"SYNC_BUDGET", "45"},
		{"SYNC_BUDGET", "0s"},
		{"SYNC_BUDGET", "-1s"},
		{"SYNC_BUDGET", "45m"},
		{"SYNC_BUDGET", "soon"},
		{"NOTION_RATE_LIMIT", "180"},
		{"NOTION_RATE_LIMIT", "180/m"},
		{"NOTION_RATE_LIMIT", "0/1m"},
		{"NOTION_RATE_LIMIT", "-5/1m"},
		{"NOTION_RATE_LIMIT", "3.5/1s"},
		{"NOTION_RATE_LIMIT", "180/0s"},
		{"NOTION_RATE_LIMIT", "180/2h"},
		{"NOTION_RATE_LIMIT", "180 / 1m"},
		{"NOTION_BASE_URL", "api.notion.com"},
		{"NOTION_BASE_URL", "https://api.notion.com/v1"},
		{"NOTION_BASE_URL", "https://api.notion.com?version=1"},
		{"NOTION_BASE_URL", "ftp://api.notion.com"},
		{"NOTION_WEBHOOK_SECRET", notASecret},
		{"BLOB_READ_WRITE_TOKEN", notASecret},
		{"BLOB_READ_WRITE_TOKEN", "vercel_blob_rw_0123456789"},
		{"BLOB_READ_WRITE_TOKEN", "vercel_blob_rw_store_"},
		{"VERCEL_BLOB_API_URL", "/api/blob"},
		{"S3_ENDPOINT", "account.r2.cloudflarestorage.com"},
		{"S3_ENDPOINT", "https://account.r2.cloudflarestorage.com/files/"},
		{"S3_BUCKET", "my files"},
		{"S3_BUCKET", "my/files"},
		{"S3_BUCKET", "f"},
		{"S3_BUCKET", "192.0.2.1"},
		{"S3_BUCKET", "999.0.2.1"},
		{"S3_BUCKET", "my..files"},
		{"S3_REGION", "us east"},
		{"S3_ACCESS_KEY_ID", notASecret},
		{"S3_SECRET_ACCESS_KEY", notASecret},
		{"S3_PUBLIC_URL", "https://"},
		{"MEDIA_MAX_BYTES", "100 MiB"},
		{"MEDIA_MAX_BYTES", "0"},
		{"MEDIA_MAX_BYTES", "-1"},
		{"MEDIA_MAX_BYTES", "9223372036854775808"},
		{"MEDIA_ALLOW_PRIVATE", "yes"},
		{"SYNC_CONTENT", "html"},
		{"SYNC_CONTENT", "Blocks"},
		{"SYNC_GIVE_UP", "1d"},
		{"SYNC_GIVE_UP", "0s"},
		{"SYNC_GIVE_UP", "169h"},
		{"REVALIDATE_URL", "/api/revalidate"},
		{"REVALIDATE_URL", "https://user:pass@www.example.com/api/revalidate"},
		{"REVALIDATE_SECRET", notASecret},
		{"SYNC_WEBHOOK", "hooks.example.com/services"},
		{"SYNC_WEBHOOK", "https://hooks.example.com/ä"},
		{"SYNC_WEBHOOK", "https://hooks.example.com/services#anchor"},
		{"SYNC_WEBHOOK", "https://hooks.example.com/a b"},
		{"REVALIDATE_URL", "https://www.example.com/api/revalidate?upstash-retries=0"},
		{"SYNC_FAILURE_WEBHOOK", "mailto:me@example.com"},
		{"VERCEL_AUTOMATION_BYPASS_SECRET", notASecret},
		{"VERCEL_AUTOMATION_BYPASS_SECRET", "bypass 0123456789"},
	}
	covered := map[string]bool{}
	for _, row := range rows {
		covered[row.variable] = true
		t.Run(row.variable+" "+row.value, func(t *testing.T) {
			t.Parallel()
			vars := changed(row.variable, row.value)
			for _, v := range app.Variables() { // a substitute is read only where the name itself is unset
				if slices.Contains(v.Also, row.variable) {
					delete(vars, v.Name)
				}
			}
			err := load(vars).Check(allNeeds...)
			if text(err) != "Invalid "+row.variable {
				t.Fatalf("Check with %s=%q: %v, want Invalid %s", row.variable, row.value, err, row.variable)
			}
			var config *app.ConfigError
			if !errors.As(err, &config) {
				t.Fatalf("Check returned a %T, want *ConfigError", err)
			}
			if config.OnlyMissing() {
				t.Errorf("OnlyMissing() = true for %v, want false", config.Problems)
			}
			details := config.Details()
			if len(row.value) > 8 && strings.Contains(details, row.value) {
				t.Errorf("Details() = %q holds the value", details)
			}
			if !strings.HasPrefix(details, row.variable+" ") || len(config.Problems) != 1 {
				t.Errorf("Details() = %q, want one problem, of %s", details, row.variable)
			}
		})
	}
	for _, row := range app.Variables() {
		if !covered[strings.ReplaceAll(row.Name, "<NAME>", "POSTS")] {
			t.Errorf("no malformed value of %s is tested", row.Name)
		}
	}
}
