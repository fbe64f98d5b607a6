package app

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// everything is an environment in which every variable of which a constructor makes something is set and right.
func everything() map[string]string {
	return map[string]string{
		"NOTION_API_KEY":                  "ntn_0123456789",
		"NOTION_BASE_URL":                 "http://127.0.0.1:9001",
		"NOTION_POSTS_DB":                 "0f9a7c44-1d2e-4b6a-9c3d-5e8f70123456",
		"NOTION_RATE_LIMIT":               "600/1m",
		"CRON_SECRET":                     "the-cron-secret-0123",
		"NEXT_PUBLIC_SITE_URL":            "https://www.example.com",
		"QSTASH_TOKEN":                    "qstash-token-0123456789",
		"QSTASH_CURRENT_SIGNING_KEY":      "sig_current_0123456789",
		"QSTASH_NEXT_SIGNING_KEY":         "sig_next_0123456789",
		"QSTASH_URL":                      "https://qstash-us-east-1.upstash.io",
		"REDIS_URL":                       "rediss://default:password@redis.example.com:6379",
		"SYNC_KEY_PREFIX":                 "blog:",
		"SYNC_BUDGET":                     "30s",
		"SYNC_GIVE_UP":                    "1h",
		"SYNC_CONTENT":                    "blocks",
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
		"REVALIDATE_URL":                  "https://www.example.com/api/revalidate?tag=a",
		"REVALIDATE_SECRET":               "revalidate-secret-0123",
		"SYNC_WEBHOOK":                    "https://hooks.example.com/services/T0/B0/0123456789",
		"SYNC_FAILURE_WEBHOOK":            "https://hooks.example.com/failed?key=0123456789",
		"VERCEL_AUTOMATION_BYPASS_SECRET": "bypass-0123456789",
	}
}

// unfit are values that some constructor, or QStash's address bar, takes and another does not.
var unfit = []string{
	"a b", "a\tb", "a\nb", "ä", "\x7f", "\u00a0x", "-", "a/b", "a..b", "999.999.999.999", "ab-.c", "files", "minio",
	"x_y_z_store_a b", "vercel_blob_rw__secret", "vercel_blob_rw_store_", "not-a-token",
	"https://", "https:", "https:/www.example.com", "//www.example.com", "http://files", "http://minio/", "https://a b",
	"https://example.com/files", "https://example.com/%66iles", "https://example.com/%zz", "https://example.com/a b",
	"https://example.com/ä", "https://example.com/a\"b", "https://example.com/a|b", "https://example.com/a%20b",
	"https://example.com?", "https://example.com#", "https://example.com/?x=a b", "https://example.com/?x={y}",
	"https://example.com/?Upstash-Retries=1", "https://example.com/?qstash%5Ftoken=x", "https://u:p@example.com",
	"https://[fe80::1%25eth0]", "https://[::1]", "https://example.com:", "https://example.com:0", "https://example.com:x",
	"https://example.com/v2/publish", "https://example.com//", "https://EXAMPLE.com./",
	"redis://h/99999999999999999999", "redis://h/1", "redis://:a%zz@h", "redis://h:6379/x", "redis://[fe80::1%25eth0]:1",
	"rediss://:p@ss@h", "1s", "-1s", "1/1s", "0", "1", "9223372036854775807",
}

// TestLoad_constructors: what a constructor would refuse, the configuration has refused by name.
func TestLoad_constructors(t *testing.T) {
	t.Parallel()
	needs := []Need{NeedAuth, NeedSite, NeedSigning, NeedQueue, NeedRedis, NeedNotion, NeedSync, NeedMedia, NeedNotify}
	stores := map[string]func(name string) bool{
		"S3": func(string) bool { return true }, "Vercel Blob": func(name string) bool { return !strings.HasPrefix(name, "S3_") },
	}
	for store, has := range stores {
		for _, name := range slices.Sorted(maps.Keys(everything())) {
			if !has(name) {
				continue
			}
			for _, value := range unfit {
				vars := everything()
				vars[name] = value
				var environ []string
				for name, value := range vars {
					if has(name) {
						environ = append(environ, name+"="+value)
					}
				}
				p := newParts(environ)
				if err := p.config.Check(needs...); err != nil {
					if err.Error() != "Invalid "+name || len(err.(*ConfigError).Problems) != 1 {
						t.Errorf("%s: %s=%q: %v, want a problem of that variable alone", store, name, value, err.(*ConfigError).Details())
					}
					continue
				}
				if err := p.build(); err != nil {
					t.Errorf("%s: %s=%q passes as right, then: %v", store, name, value, err)
				}
			}
		}
	}
}

// build makes all there is to make.
func (p *parts) build() error {
	q, queueErr := p.queue(false)
	_, workerErr := p.verifier(p.config.WorkerURL)
	_, callbackErr := p.verifier(p.config.CallbackURL)
	_, mediaErr := p.media()
	_, engineErr := p.engine(q)
	return errors.Join(queueErr, workerErr, callbackErr, mediaErr, engineErr)
}

// TestLoad_bucketAsHost: only the endpoint's path may not end with the bucket.
func TestLoad_bucketAsHost(t *testing.T) {
	t.Parallel()
	p := newParts([]string{"S3_ENDPOINT=http://files/", "S3_BUCKET=files", "S3_ACCESS_KEY_ID=a", "S3_SECRET_ACCESS_KEY=b"})
	if err := p.config.Check(NeedMedia); err != nil {
		t.Errorf("Check = %v, want nil", err)
	}
	if _, err := p.media(); err != nil {
		t.Error(err)
	}
}
