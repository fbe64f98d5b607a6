package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	here     = "http://localhost:3000"
	away     = "https://www.example.com"
	database = "0123456789abcdef0123456789abcdef"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	notion := []string{"NOTION_TOKEN=ntn_1", "NOTION_POSTS_DB=" + database}
	qstash := []string{"QSTASH_TOKEN=t", "QSTASH_CURRENT_SIGNING_KEY=c", "QSTASH_NEXT_SIGNING_KEY=n"}
	for _, row := range []struct {
		name  string
		env   []string
		open  bool              // other machines reach the server
		real  string            // the real parts
		want  map[string]string // "": unset
		notes []string          // each to be found in one
	}{
		{name: "nothing is set", want: map[string]string{
			"NEXT_PUBLIC_SITE_URL": here, "CRON_SECRET": "demo", "SYNC_KEY_PREFIX": "",
		}},
		{name: "everything is real", env: slices.Concat(notion, qstash, []string{
			"KV_URL=redis://r", "CRON_SECRET=s", "NEXT_PUBLIC_SITE_URL=" + away, "SYNC_WEBHOOK=" + away, "SYNC_KEY_PREFIX=p:",
		}), real: "Notion QStash Redis", want: map[string]string{
			"NOTION_TOKEN": "ntn_1", "QSTASH_TOKEN": "t", "KV_URL": "redis://r", "CRON_SECRET": "s",
			"NEXT_PUBLIC_SITE_URL": away, "SYNC_WEBHOOK": away, "SYNC_KEY_PREFIX": "p:",
		}},
		{name: "half of Notion", env: []string{"NOTION_API_KEY=ntn_1", "NOTION_RATE_LIMIT=600/1m", "NOTION_OLD_FILTER={}"},
			want: map[string]string{"NOTION_API_KEY": "", "NOTION_RATE_LIMIT": "", "NOTION_OLD_FILTER": ""},
			notes: []string{
				"for want of NOTION_<NAME>_DB; set aside: NOTION_API_KEY, NOTION_OLD_FILTER, NOTION_RATE_LIMIT",
				"NOTION_OLD_FILTER, which is set aside, has no _DB of the same name beside it",
			}},
		{name: "half of QStash", env: qstash[:2], want: map[string]string{"QSTASH_TOKEN": ""},
			notes: []string{"QStash is simulated for want of QSTASH_NEXT_SIGNING_KEY"}},
		{name: "the demo into a real Redis", env: []string{"REDIS_URL=redis://r"}, real: "Redis",
			want: map[string]string{"REDIS_URL": "redis://r", "SYNC_KEY_PREFIX": "demo:"}, notes: []string{"your Redis"}},
		{name: "the demo into a real Redis, with a prefix", env: []string{"REDIS_URL=redis://r", "SYNC_KEY_PREFIX=p:"},
			real: "Redis", want: map[string]string{"SYNC_KEY_PREFIX": "p:"}, notes: []string{"begin with p:"}},
		{name: "real pages into a real Redis", env: append(notion, "REDIS_URL=redis://r"), real: "Notion Redis",
			want: map[string]string{"SYNC_KEY_PREFIX": ""}},
		{name: "the demo goes nowhere else", env: []string{
			"SYNC_WEBHOOK=" + away, "REVALIDATE_URL=http://localhost:4000/r", "BLOB_READ_WRITE_TOKEN=vercel_blob_rw_a_b",
			"S3_ENDPOINT=http://127.0.0.1:9000", "S3_BUCKET=files",
		}, want: map[string]string{
			"SYNC_WEBHOOK": "", "REVALIDATE_URL": "http://localhost:4000/r", "BLOB_READ_WRITE_TOKEN": "", "S3_BUCKET": "files",
		}, notes: []string{"SYNC_WEBHOOK", "BLOB_READ_WRITE_TOKEN"}},
		{name: "malformed, and set aside", env: []string{"BLOB_READ_WRITE_TOKEN=abc", "QSTASH_TOKEN=a b", "NOTION_BASE_URL=x", "SYNC_BUDGET=x"},
			want: map[string]string{"BLOB_READ_WRITE_TOKEN": "", "QSTASH_TOKEN": "", "NOTION_BASE_URL": ""}, notes: []string{
				"set aside: NOTION_BASE_URL", "NOTION_BASE_URL, which is set aside, does not begin with",
				"set aside: QSTASH_TOKEN", "QSTASH_TOKEN, which is set aside, holds white space",
				"set aside: BLOB_READ_WRITE_TOKEN", "BLOB_READ_WRITE_TOKEN, which is set aside, is not of the form",
			}},
		{name: "a deployment's address without its QStash", env: append(notion, "NEXT_PUBLIC_SITE_URL="+away),
			real: "Notion", want: map[string]string{"NEXT_PUBLIC_SITE_URL": here}, notes: []string{"delivers to " + here}},
		{name: "variables of a deployment", env: []string{"VERCEL=1", "VERCEL_ENV=production", "VERCEL_URL=x.vercel.app"},
			want: map[string]string{"VERCEL": "", "VERCEL_ENV": "", "VERCEL_URL": "", "NEXT_PUBLIC_SITE_URL": here}},
		{name: "no demo secret where others can call", open: true, want: map[string]string{"CRON_SECRET": ""}},
		{name: "no demo secret behind a tunnel", env: append(qstash, "NEXT_PUBLIC_SITE_URL="+away), real: "QStash",
			want: map[string]string{"CRON_SECRET": ""}},
		{name: "QStash's own local server", env: append(qstash, "QSTASH_URL=http://127.0.0.1:8080"), real: "QStash",
			want: map[string]string{"NEXT_PUBLIC_SITE_URL": here, "CRON_SECRET": "demo"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			env, err := readEnvironment(row.env, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			s, err := plan(env, here, !row.open)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range parts() {
				if got, want := s.real[p.name], strings.Contains(row.real, p.name); got != want {
					t.Errorf("%s is real: %v, want %v", p.name, got, want)
				}
			}
			for name, want := range row.want {
				if got := s.env.get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			for i, want := range row.notes {
				if i >= len(s.notes) || !strings.Contains(s.notes[i], want) {
					t.Errorf("notes = %q, want %q", s.notes, row.notes)
				}
			}
			if len(s.notes) != len(row.notes) {
				t.Errorf("notes = %q, want %q", s.notes, row.notes)
			}
		})
	}
}

func TestPlan_unreachable(t *testing.T) {
	t.Parallel()
	for _, site := range []string{"", "localhost:3000", "http://127.0.0.1:3000"} {
		env, err := readEnvironment([]string{"QSTASH_TOKEN=t", "QSTASH_CURRENT_SIGNING_KEY=c",
			"QSTASH_NEXT_SIGNING_KEY=n", "NEXT_PUBLIC_SITE_URL=" + site}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan(env, here, true); !errors.As(err, new(problem)) || !strings.Contains(err.Error(), "tunnel") {
			t.Errorf("plan with QStash and the address %q = %v, want a way out", site, err)
		}
	}
}
