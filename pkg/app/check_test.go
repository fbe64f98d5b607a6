package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/app"
	"notionsync/pkg/diagnosis"
	"notionsync/pkg/sim/blobsim"
	"notionsync/pkg/sim/notionsim"
)

// findings asks the check route, and checks what must be so of every answer.
func (d *deployment) findings() (status int, checks []app.Finding) {
	d.t.Helper()
	a := d.get(checkPath)
	checks = a.checks(d.t)
	names := map[string]bool{}
	allOK := true
	for _, f := range checks {
		if f.Name == "" || f.Message == "" || f.OK == (f.Fix != "") || names[f.Name] {
			d.t.Errorf("check has %+v, want a name of its own, a message, and a fix if it failed", f)
		}
		names[f.Name] = true
		allOK = allOK && f.OK
	}
	if want := map[bool]int{true: 200, false: 503}[allOK]; a.status != want {
		d.t.Errorf("check answers %s, want %d", a, want)
	}
	return a.status, checks
}

// checks are those of an answer of the check route.
func (a answer) checks(t *testing.T) []app.Finding {
	t.Helper()
	var body struct{ Checks []app.Finding }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body.Checks) == 0 {
		t.Fatalf("check answers %s, want checks", a)
	}
	return body.Checks
}

// placed are the places of a row's sentences.
var placed = regexp.MustCompile(`\{\w+\}`)

// failed are the names of those that failed.
func failedOf(checks []app.Finding) []string {
	var names []string
	for _, f := range checks {
		if !f.OK {
			names = append(names, f.Name)
		}
	}
	return names
}

func finding(t *testing.T, checks []app.Finding, name string) app.Finding {
	t.Helper()
	i := slices.IndexFunc(checks, func(f app.Finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no check is called %q in %+v", name, checks)
	}
	return checks[i]
}

func TestCheck_allRight(t *testing.T) {
	t.Parallel()
	blob := httptest.NewServer(blobsim.New(blobsim.Options{ServeFiles: true}))
	t.Cleanup(blob.Close)
	d := deploy(t, small(), "BLOB_READ_WRITE_TOKEN", blobsim.DefaultToken, "VERCEL_BLOB_API_URL", blob.URL+blobsim.Path,
		"NOTION_WEBHOOK_SECRET", eventSecret)
	status, checks := d.findings()
	if status != 200 {
		t.Fatalf("failed are %q in %+v", failedOf(checks), checks)
	}
	for _, name := range []string{
		"variable NOTION_API_KEY", "variable NOTION_<NAME>_DB", "variable REVALIDATE_URL", "variable SYNC_BUDGET",
		"notion: token", "notion: collection pages", "notion: collection posts", "redis", "qstash: token",
		"qstash: signing keys", "public URL", "file store", "webhook secret",
	} {
		finding(t, checks, name)
	}
	for _, row := range app.Variables() {
		finding(t, checks, "variable "+row.Name)
	}
	if f := finding(t, checks, "notion: collection pages"); !strings.Contains(f.Message, `"slug"`) {
		t.Errorf("the collection's check says %q, want its slug property named", f.Message)
	}
	if keys := d.redis.Keys(); len(keys) != 1 || keys[0] != "sync:window" {
		t.Errorf("the checks have left %q in Redis, want nothing but the window", keys)
	}
	if n := len(d.qstash.Messages()); n != 0 {
		t.Errorf("the checks have published %d messages", n)
	}
}

// What is optional says what it would give.
func TestCheck_optional(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	status, checks := d.findings()
	if status != 200 {
		t.Fatalf("failed are %q", failedOf(checks))
	}
	for name, want := range map[string]string{
		"file store": "BLOB_READ_WRITE_TOKEN", "webhook secret": d.url + "/api/sync/webhook",
		"variable NOTION_WEBHOOK_SECRET": "seconds after an edit", "variable REVALIDATE_URL": "which slugs",
		"variable SYNC_BUDGET": "45s",
	} {
		if f := finding(t, checks, name); !strings.Contains(f.Message, want) {
			t.Errorf("%s says %q, want %q in it", name, f.Message, want)
		}
	}
}

// With nothing but the secret it still says what to do.
func TestCheck_nothingConfigured(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	var pairs []string
	for name := range d.env {
		if name != "CRON_SECRET" {
			pairs = append(pairs, name, "-")
		}
	}
	d.redeploy(pairs...)
	status, checks := d.findings()
	if status != 503 {
		t.Errorf("status %d, want 503", status)
	}
	want := []string{
		"variable NOTION_API_KEY", "variable NOTION_<NAME>_DB", "variable NEXT_PUBLIC_SITE_URL", "variable QSTASH_TOKEN",
		"variable QSTASH_CURRENT_SIGNING_KEY", "variable QSTASH_NEXT_SIGNING_KEY", "variable REDIS_URL",
		"notion: token", "redis", "qstash: token", "qstash: signing keys", "public URL",
	}
	if got := failedOf(checks); !slices.Equal(got, want) {
		t.Errorf("failed are %q, want %q", got, want)
	}
	says(t, finding(t, checks, "redis"), diagnosis.CheckNotYet, "REDIS_URL")
	for _, name := range want {
		if f := finding(t, checks, name); !strings.Contains(f.Fix, "deploy again") {
			t.Errorf("%s is to be mended by %q, want the way out", name, f.Fix)
		}
	}
}

func TestCheck_whatIsWrong(t *testing.T) {
	t.Parallel()
	dbOf := func(d *deployment, title string) string {
		db, err := d.world.Collection(title)
		ok(t, err)
		return db.ID
	}
	for _, row := range []struct {
		name   string
		change []string
		spoil  func(d *deployment)
		failed []string
		want   diagnosis.ID // of the first
		fix    string       // in its fix
	}{
		{"a malformed variable", []string{"SYNC_BUDGET", "45"}, nil, []string{"variable SYNC_BUDGET"}, diagnosis.VariableWrong, "such as 45s"},
		{"two malformed collections", []string{"NOTION_A_DB", "x", "NOTION_B_DB", "y"}, nil,
			[]string{"variable NOTION_A_DB", "variable NOTION_B_DB"}, diagnosis.VariableWrong, "NOTION_A_DB"},
		{"another token", []string{"NOTION_API_KEY", "ntn_wrong"}, nil,
			[]string{"notion: token", "notion: collection pages", "notion: collection posts"}, diagnosis.NotionUnauthorized, "NOTION_API_KEY"},
		{"a database that is not shared", nil, func(d *deployment) { d.world.Unshare(dbOf(d, notionsim.PostsTitle)) },
			[]string{"notion: collection posts"}, diagnosis.CollectionUnshared, "••• → Connections → add the integration"},
		{"a database in the trash", nil, func(d *deployment) { ok(t, d.world.Trash(dbOf(d, notionsim.PostsTitle))) },
			[]string{"notion: collection posts"}, diagnosis.CollectionTrash, "Restore it"},
		{"a slug that is no text", nil, func(d *deployment) {
			_, source, err := d.world.AddDatabase("", "Odd", notionsim.Column{Name: "SLUG", Type: "number"})
			ok(t, err)
			d.redeploy("NOTION_ODD_DB", source)
		}, []string{"notion: collection odd"}, diagnosis.CollectionSlug, "type to Text"},
		{"a linked view", nil, func(d *deployment) {
			view, err := d.world.AddLinkedView(d.world.AddPage("Top"), "View")
			ok(t, err)
			d.redeploy("NOTION_VIEW_DB", view)
		}, []string{"notion: collection view"}, diagnosis.CollectionView, "the original database"},
		{"a filter that Notion refuses", []string{"NOTION_POSTS_FILTER", `{"property":"Nobody","checkbox":{"equals":true}}`}, nil,
			[]string{"notion: collection posts"}, diagnosis.CollectionFilter, "NOTION_POSTS_FILTER"},
		{"Notion down", nil, func(d *deployment) { d.notion.Fail(notionsim.Rule{Fault: notionsim.Status(502)}) },
			[]string{"notion: token", "notion: collection pages", "notion: collection posts"}, diagnosis.NotionNoAnswer, "status.notion.so"},
		{"a wrong password for Redis", []string{"REDIS_URL", "redis://:wrong@127.0.0.1:1"}, func(d *deployment) {
			d.redeploy("REDIS_URL", "redis://:wrong@"+d.redis.Addr())
		}, []string{"redis"}, diagnosis.RedisPassword, "rediss://default:<password>@<host>:<port>"},
		{"Redis down", []string{"REDIS_URL", "redis://127.0.0.1:1"}, nil, []string{"redis"}, diagnosis.RedisClosed, "REDIS_URL"},
		{"another token of QStash", []string{"QSTASH_TOKEN", "wrong"}, nil,
			[]string{"qstash: token", "qstash: signing keys"}, diagnosis.QStashToken, "Copy QSTASH_TOKEN again"},
		{"keys rolled once", nil, func(d *deployment) { d.qstash.RotateKeys() }, []string{"qstash: signing keys"}, diagnosis.QStashKeysRolled, "Copy both"},
		{"keys rolled twice", nil, func(d *deployment) { d.qstash.RotateKeys(); d.qstash.RotateKeys() },
			[]string{"qstash: signing keys"}, diagnosis.QStashKeysOther, "Copy both"},
		{"keys exchanged", []string{"QSTASH_CURRENT_SIGNING_KEY", nextSecret, "QSTASH_NEXT_SIGNING_KEY", currentSecret}, nil,
			[]string{"qstash: signing keys"}, diagnosis.QStashKeysExchanged, "Exchange"},
		{"QStash down", []string{"QSTASH_URL", "http://127.0.0.1:1"}, nil, []string{"qstash: token", "qstash: signing keys"}, diagnosis.QStashNoAnswer, "QSTASH_URL"},
		{"a store that refuses", []string{"BLOB_READ_WRITE_TOKEN", "vercel_blob_rw_X_wrong"}, func(d *deployment) {
			blob := httptest.NewServer(blobsim.New(blobsim.Options{}))
			t.Cleanup(blob.Close)
			d.redeploy("VERCEL_BLOB_API_URL", blob.URL+blobsim.Path)
		}, []string{"file store"}, diagnosis.FilesKey, "credentials"},
		{"a token that may not read", nil, func(d *deployment) {
			d.notion.Fail(notionsim.Rule{Kind: notionsim.KindDatabase, Fault: notionsim.Error(403, "restricted_resource", "No.")})
		}, []string{"notion: collection pages", "notion: collection posts"}, diagnosis.NotionRefusal, "allow it to read content"},
		{"an id that Notion does not understand", nil, func(d *deployment) {
			d.notion.Fail(notionsim.Rule{Kind: notionsim.KindDatabase, Fault: notionsim.Error(400, "validation_error", "path failed validation")})
		}, []string{"notion: collection pages", "notion: collection posts"}, diagnosis.CollectionID, "NOTION_PAGES_DB"},
		{"a next key of another account", []string{"QSTASH_NEXT_SIGNING_KEY", "sig_another"}, nil, []string{"qstash: signing keys"},
			diagnosis.QStashKeysNext, "Copy both"},
		{"half of an S3 store", []string{"S3_BUCKET", "files"}, nil, []string{
			"variable S3_ENDPOINT", "variable S3_ACCESS_KEY_ID", "variable S3_SECRET_ACCESS_KEY", "file store",
		}, diagnosis.VariableWrong, "S3_"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), row.change...)
			if row.spoil != nil {
				row.spoil(d)
			}
			_, checks := d.findings()
			if got := failedOf(checks); !slices.Equal(got, row.failed) {
				t.Fatalf("failed are %q, want %q: %+v", got, row.failed, checks)
			}
			says(t, finding(t, checks, row.failed[0]), row.want, row.fix)
		})
	}
}

// Who answers at the public address is asked, without telling it a secret.
func TestCheck_publicURL(t *testing.T) {
	t.Parallel()
	site := func(h http.HandlerFunc) func(*testing.T, *deployment) string {
		return func(t *testing.T, _ *deployment) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var all strings.Builder
				_ = r.Write(&all)
				for _, secret := range secrets {
					if secret != bypassSecret && strings.Contains(all.String(), secret) {
						t.Errorf("a stranger was told %q: %s", secret, &all)
					}
				}
				h(w, r)
			}))
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	for _, row := range []struct {
		name string
		url  func(t *testing.T, d *deployment) string
		want string // in message or fix; empty: all is right
	}{
		{"this deployment", func(_ *testing.T, d *deployment) string { return d.url }, ""},
		{"not https", func(*testing.T, *deployment) string { return "http://www.example.com" }, "https:// address"},
		{"nobody", func(*testing.T, *deployment) string { return "http://127.0.0.1:1" }, "no answer"},
		{"a redirect", site(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.com/api/sync/check?secret=x", http.StatusPermanentRedirect)
		}), "final address, https://www.example.com, and"},
		{"another site", site(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }), "not as notionsync does"},
		{"another site's 404", site(http.NotFound), "answers 404"},
		{"JSON of another site", site(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok":true}`)) }), "another deployment"},
		{"a deployment with another secret", func(t *testing.T, _ *deployment) string {
			return deploy(t, tiny(), "CRON_SECRET", "another-secret").url
		}, "another deployment"},
		{"a deployment with another Redis", func(t *testing.T, _ *deployment) string { return deploy(t, tiny()).url }, "another deployment"},
		{"Deployment Protection", site(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte("<html>Authentication Required"))
		}), "Deployment Protection"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, tiny())
			d.redeploy("NEXT_PUBLIC_SITE_URL", row.url(t, d))
			_, checks := d.findings()
			f := finding(t, checks, "public URL")
			if f.OK != (row.want == "") || !strings.Contains(f.Message+" "+f.Fix, row.want) {
				t.Errorf("found %+v, want %q", f, row.want)
			}
		})
	}
}

// Deployment Protection that lets QStash through with the bypass secret lets the check through, too.
func TestCheck_bypass(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	d.detour(checkPath, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" && r.Header.Get("X-Vercel-Protection-Bypass") != bypassSecret {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte("<html>Authentication Required"))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	if _, checks := d.findings(); !finding(t, checks, "public URL").OK {
		t.Errorf("found %+v", finding(t, checks, "public URL"))
	}
	d.redeploy("VERCEL_AUTOMATION_BYPASS_SECRET", "-")
	if _, checks := d.findings(); finding(t, checks, "public URL").OK {
		t.Error("without the secret the public URL is taken for right")
	}
}

// Two deployments of one project are told apart by Vercel's ids.
func TestCheck_deploymentID(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny(), "VERCEL_DEPLOYMENT_ID", "dpl_new")
	if status, checks := d.findings(); status != 200 {
		t.Errorf("failed are %q", failedOf(checks))
	}
	var environ []string
	for name, value := range d.env {
		if name != "VERCEL_DEPLOYMENT_ID" {
			environ = append(environ, name+"="+value)
		}
	}
	for id, fine := range map[string]bool{"dpl_old": false, "dpl_new": true, "": true} {
		f := finding(t, app.Examine(t.Context(), append(environ, "VERCEL_DEPLOYMENT_ID="+id)), "public URL")
		if !fine {
			says(t, f, diagnosis.SiteOtherDeployment, "at that address")
		}
		if f.OK != fine {
			t.Errorf("seen from deployment %q: %+v, want right %t", id, f, fine)
		}
	}
}

// A challenge that was not made with the same settings is no way in.
func TestCheck_challenge(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	for _, challenge := range []string{"x", "nonce.", ".", "nonce." + strings.Repeat("0", 64), cronSecret} {
		r := d.request(http.MethodGet, checkPath, "")
		r.Header.Set("X-Notionsync-Challenge", challenge)
		if a := d.send(r); a.String() != unauthorized {
			t.Errorf("challenge %q is answered %s, want 401", challenge, a)
		}
	}
}

// While a sync uses all of Notion's window, the check says so and does not go over it.
func TestCheck_windowUsed(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny(), "NOTION_RATE_LIMIT", "1/1m")
	_, checks := d.findings()
	waits := 0
	for _, f := range checks {
		if strings.HasPrefix(f.Name, "notion: ") && strings.Contains(f.Fix, "check again in") {
			waits++
			says(t, f, diagnosis.NotionUsed, "seconds")
		}
	}
	if n := len(d.notion.Requests()); n != 1 || waits < 2 {
		t.Errorf("%d requests made, %d checks told to wait: %+v; want one request", n, waits, checks)
	}
}
