package app_test

import (
	"testing"

	"notionsync/pkg/app"
)

func TestLoad_pasted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, value, want string }{
		{"line break behind", "token\n", "token"},
		{"Windows line break", "token\r\n", "token"},
		{"spaces and tabs", " \ttoken ", "token"},
		{"no-break space", "\u00a0token", "token"},
		{"byte order mark", "\ufefftoken", "token"},
		{"double quotes", `"token"`, "token"},
		{"single quotes", `'token'`, "token"},
		{"spaces around and in quotes", ` " token " `, "token"},
		{"two pairs of quotes", `"'token'"`, "'token'"},
		{"quote at one end", `"token`, `"token`},
		{"different quotes", `"token'`, `"token'`},
		{"only a quote", `"`, `"`},
		{"quotes inside", `to"k"en`, `to"k"en`},
		{"equals signs", "token==", "token=="},
		{"spaces inside", "pass phrase", "pass phrase"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := load(changed("CRON_SECRET", row.value))
			if err := c.Check(app.NeedAuth); err != nil || c.CronSecret.Reveal() != row.want {
				t.Errorf("Load(%q) = %q, %v, want %q", row.value, c.CronSecret.Reveal(), err, row.want)
			}
		})
	}
	t.Run("a name standing twice", func(t *testing.T) {
		t.Parallel()
		c := app.Load([]string{"CRON_SECRET=first", "CRON_SECRET=second", "PATH", "=C:=C:\\"})
		if got := c.CronSecret.Reveal(); got != "first" {
			t.Errorf("Load = %q, want %q as os.Getenv has it", got, "first")
		}
	})
}

func TestLoad_substitutes(t *testing.T) {
	t.Parallel()
	const production = "VERCEL_PROJECT_PRODUCTION_URL"
	for _, row := range []struct {
		name string
		vars map[string]string
		get  func(*app.Config) string
		want string
	}{
		{"NOTION_TOKEN alone", map[string]string{"NOTION_TOKEN": "b"}, notionToken, "b"},
		{"NOTION_API_KEY goes first", map[string]string{"NOTION_API_KEY": "a", "NOTION_TOKEN": "b"}, notionToken, "a"},
		{"empty NOTION_API_KEY", map[string]string{"NOTION_API_KEY": " ", "NOTION_TOKEN": "b"}, notionToken, "b"},
		{"KV_URL alone", map[string]string{"KV_URL": "redis://b"}, redisURL, "redis://b"},
		{"REDIS_URL goes first", map[string]string{"REDIS_URL": "redis://a", "KV_URL": "redis://b"}, redisURL, "redis://a"},
		{
			"a malformed REDIS_URL is not guessed around",
			map[string]string{"REDIS_URL": "http://a", "KV_URL": "redis://b"}, redisURL, "",
		},
		{
			"production has its production URL",
			map[string]string{"VERCEL_ENV": "production", production: "p.example", "VERCEL_URL": "d.example"},
			siteURL, "https://p.example",
		},
		{
			"a preview has its own URL",
			map[string]string{"VERCEL_ENV": "preview", production: "p.example", "VERCEL_URL": "d.example"},
			siteURL, "https://d.example",
		},
		{
			"a preview never has the production URL",
			map[string]string{"VERCEL_ENV": "preview", production: "p.example"}, siteURL, "",
		},
		{
			"production never has the deployment's URL",
			map[string]string{"VERCEL_ENV": "production", "VERCEL_URL": "d.example"}, siteURL, "",
		},
		{"without VERCEL_ENV", map[string]string{"VERCEL_URL": "d.example"}, siteURL, "https://d.example"},
		{
			"NEXT_PUBLIC_SITE_URL goes first",
			map[string]string{"VERCEL_ENV": "production", production: "p.example", "NEXT_PUBLIC_SITE_URL": "a.example"},
			siteURL, "https://a.example",
		},
		{
			"a malformed NEXT_PUBLIC_SITE_URL is not guessed around",
			map[string]string{"VERCEL_URL": "d.example", "NEXT_PUBLIC_SITE_URL": "a.example/b"}, siteURL, "",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.get(load(row.vars)); got != row.want {
				t.Errorf("Load(%v) = %q, want %q", row.vars, got, row.want)
			}
		})
	}
}

func notionToken(c *app.Config) string { return c.NotionToken.Reveal() }
func redisURL(c *app.Config) string    { return c.RedisURL.Reveal() }
func siteURL(c *app.Config) string     { return string(c.SiteURL) }

func TestLoad_publicQStashValues(t *testing.T) {
	t.Parallel()
	const (
		token   = "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0="
		current = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r"
		next    = "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua" // of the second user
	)
	for _, row := range []struct{ name, env, variable, value, want string }{
		{"token in production", "production", "QSTASH_TOKEN", token, "Invalid QSTASH_TOKEN"},
		{"quoted token in production", "production", "QSTASH_TOKEN", `"` + token + `"`, "Invalid QSTASH_TOKEN"},
		{"current key in production", "production", "QSTASH_CURRENT_SIGNING_KEY", current,
			"Invalid QSTASH_CURRENT_SIGNING_KEY"},
		{"next key in production", "production", "QSTASH_NEXT_SIGNING_KEY", next, "Invalid QSTASH_NEXT_SIGNING_KEY"},
		{"token in a preview", "preview", "QSTASH_TOKEN", token, ""},
		{"key elsewhere", "", "QSTASH_CURRENT_SIGNING_KEY", current, ""},
		{"own key in production", "production", "QSTASH_CURRENT_SIGNING_KEY", "sig_own", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := load(changed("VERCEL_ENV", row.env, row.variable, row.value)).Check(allNeeds...)
			if text(err) != row.want {
				t.Errorf("Check = %v, want %q", err, row.want)
			}
		})
	}
}
