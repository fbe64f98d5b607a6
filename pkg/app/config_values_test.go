package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"notionsync/pkg/app"
)

func TestSiteURL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, value, want string }{
		{"with scheme", "https://www.example.com", "https://www.example.com"},
		{"without scheme", "www.example.com", "https://www.example.com"},
		{"trailing slash", "https://www.example.com/", "https://www.example.com"},
		{"trailing slashes", "www.example.com//", "https://www.example.com"},
		{"upper case", "HTTPS://WWW.Example.COM", "https://www.example.com"},
		{"port", "www.example.com:8443", "https://www.example.com:8443"},
		{"explicit http", "http://www.example.com", "http://www.example.com"},
		{"localhost", "localhost", "http://localhost"},
		{"localhost with port", "localhost:3000/", "http://localhost:3000"},
		{"localhost with https", "https://localhost:3000", "https://localhost:3000"},
		{"IPv4 loopback", "127.0.0.1:3000", "http://127.0.0.1:3000"},
		{"IPv6 loopback", "[::1]:3000", "http://[::1]:3000"},
		{"IPv6 loopback without port", "[::1]", "http://[::1]"},
		{"subdomain of localhost", "app.localhost:3000", "http://app.localhost:3000"},
		{"looks like loopback", "localhost.example.com", "https://localhost.example.com"},
		{"private address", "10.0.0.7", "https://10.0.0.7"},
		{"punycode", "xn--mnchen-3ya.de", "https://xn--mnchen-3ya.de"},

		{"path", "https://www.example.com/blog", ""},
		{"path without scheme", "www.example.com/blog/", ""},
		{"IPv6 zone", "https://[fe80::1%25eth0]", ""},
		{"query", "https://www.example.com?a=b", ""},
		{"empty query", "https://www.example.com?", ""},
		{"fragment", "https://www.example.com#top", ""},
		{"empty fragment", "www.example.com#", ""},
		{"user", "https://user@www.example.com", ""},
		{"user and password", "user:pass@www.example.com", ""},
		{"other scheme", "ftp://www.example.com", ""},
		{"one slash", "https:/www.example.com", ""},
		{"no slashes", "https:www.example.com", ""},
		{"three slashes", "https:///www.example.com", ""},
		{"scheme twice", "https://https://www.example.com", ""},
		{"only a slash", "/", ""},
		{"only a scheme", "https://", ""},
		{"two addresses", "https://a.example,https://b.example", ""},
		{"space inside", "www. example.com", ""},
		{"letters outside ASCII", "münchen.de", ""},
		{"empty port", "www.example.com:", ""},
		{"port too large", "www.example.com:70000", ""},
		{"port zero", "www.example.com:0", ""},
		{"port of letters", "www.example.com:http", ""},
		{"bare IPv6", "::1", ""},
		{"wildcard", "*.example.com", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := load(map[string]string{"NEXT_PUBLIC_SITE_URL": row.value})
			err := c.Check(app.NeedSite)
			if string(c.SiteURL) != row.want || (err == nil) != (row.want != "") {
				t.Errorf("Load(%q) = %q, %v, want %q", row.value, c.SiteURL, err, row.want)
			}
		})
	}
}

// What is said of an address is what is wrong with it.
func TestSiteURL_whatIsWrong(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"https://": "has no host", "http:///": "has no host", "https:///www.example.com": "has no host", "/": "has no host",
		"https:": "has no // behind its scheme", "https:/": "has no // behind its scheme",
		"HTTPS:/www.example.com": "has no // behind its scheme", "https:www.example.com": "has no // behind its scheme",
		"www.example.com:": "has an empty port", "www.example.com//blog": "has a path", "ftp://": "does not begin with https://",
	} {
		err := load(map[string]string{"NEXT_PUBLIC_SITE_URL": value}).Check(app.NeedSite)
		var config *app.ConfigError
		if !errors.As(err, &config) || !strings.HasPrefix(config.Problems[0].What, want) {
			t.Errorf("Load(%q) has %v, want NEXT_PUBLIC_SITE_URL %s", value, err, want)
		}
	}
}

func TestRedisURL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, value, want string }{
		{"plain", "redis://localhost:6379", "redis://localhost:6379"},
		{"without port", "redis://localhost", "redis://localhost"},
		{"with database", "redis://localhost:6379/3", "redis://localhost:6379/3"},
		{"trailing slash", "redis://localhost:6379/", "redis://localhost:6379/"},
		{"password alone", "redis://:pass@10.0.0.7:6379", "redis://:pass@10.0.0.7:6379"},
		{"TLS", "rediss://default:pass@redis.example.com", "rediss://default:pass@redis.example.com"},
		{"Upstash without TLS", "redis://default:pass@eu-cat-1.upstash.io:6379",
			"rediss://default:pass@eu-cat-1.upstash.io:6379"},
		{"Upstash in upper case", "REDIS://default:Pass@EU-CAT-1.UPSTASH.IO", "rediss://default:Pass@EU-CAT-1.UPSTASH.IO"},
		{"Vercel KV without TLS", "redis://default:pass@a.kv.vercel-storage.com:30001",
			"rediss://default:pass@a.kv.vercel-storage.com:30001"},
		{"only looks like Upstash", "redis://notupstash.io", "redis://notupstash.io"},
		{"Upstash as a subdomain", "redis://a.upstash.io.example.com", "redis://a.upstash.io.example.com"},
		{"encoded password", "redis://default:p%2Fa%23s@localhost", "redis://default:p%2Fa%23s@localhost"},
		{"IPv6", "redis://[::1]:6379", "redis://[::1]:6379"},

		{"REST URL", "https://eu-cat-1.upstash.io", ""},
		{"no scheme", "localhost:6379", ""},
		{"no host", "redis://", ""},
		{"no host but a password", "redis://default:pass@:6379", ""},
		{"database of letters", "redis://localhost/main", ""},
		{"query", "redis://localhost?db=3", ""},
		{"raw slash in the password", "redis://default:p/a@localhost", ""},
		{"raw hash in the password", "redis://default:p#a@localhost", ""},
		{"redis-cli's arguments", "redis-cli --tls -u redis://default:pass@localhost", ""},
		{"port too large", "redis://localhost:70000", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := load(map[string]string{"REDIS_URL": row.value})
			err := c.Check(app.NeedRedis)
			if c.RedisURL.Reveal() != row.want || (err == nil) != (row.want != "") {
				t.Errorf("Load(%q) = %q, %v, want %q", row.value, c.RedisURL.Reveal(), err, row.want)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]app.BaseURL{
		"https://api.example.com":         "https://api.example.com",
		"https://api.example.com//":       "https://api.example.com",
		"http://127.0.0.1:8080/notion/":   "http://127.0.0.1:8080/notion",
		"https://api.example.com/v1beta":  "https://api.example.com/v1beta",
		"https://v1":                      "https://v1",
		"https://api.example.com/v1/":     "",
		"https://api.example.com/x/v2":    "",
		"https://api.example.com?":        "",
		"https://a%zz.example.com":        "",
		"http://user:pass@127.0.0.1:8080": "",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			c := load(changed("NOTION_BASE_URL", value))
			if err := c.Check(app.NeedNotion); (err == nil) != (want != "") || err == nil && c.NotionBaseURL != want {
				t.Errorf("Load(%q) = %q, %v, want %q", value, c.NotionBaseURL, err, want)
			}
		})
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "a.localhost": true, "127.0.0.1": true, "127.8.9.1": true, "::1": true,
		"localhost.example.com": false, "notlocalhost": false, "10.0.0.1": false, "0.0.0.0": false, "": false,
	} {
		if got := app.IsLoopback(host); got != want {
			t.Errorf("IsLoopback(%q) = %t, want %t", host, got, want)
		}
	}
}

func TestSecret_isNotSeen(t *testing.T) {
	t.Parallel()
	const value = "ntn_0123456789"
	c := load(changed(
		"NOTION_API_KEY", value, "REDIS_URL", "redis://:"+value+"@localhost", "SYNC_WEBHOOK", "https://a.example/"+value,
	))
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "token", c.NotionToken, "redis", c.RedisURL, "hook", c.EndHook, "config", c)
	}
	marshalled, err := json.Marshal(c)
	if err != nil {
		t.Fatalf("Marshal(config) = %v", err)
	}
	texts := map[string]string{"log": log.String(), "JSON": string(marshalled)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts[verb] = fmt.Sprintf(verb, c.NotionToken) + fmt.Sprintf(verb, c.RedisURL) + fmt.Sprintf(verb, *c)
	}
	for name, got := range texts {
		if strings.Contains(got, value) || strings.Contains(got, fmt.Sprintf("%x", value)) {
			t.Errorf("%s shows the secret: %s", name, got)
		}
		if !strings.Contains(got, "[redacted]") {
			t.Errorf("%s = %q, want [redacted] in it", name, got)
		}
	}
	if got := fmt.Sprint(app.Secret("")); got != "" {
		t.Errorf("Sprint of an unset secret = %q, want nothing", got)
	}
}
